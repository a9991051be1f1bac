//! How the screen looks.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::section::Section;
use crate::desk::{Desk, use_desk};
use crate::kit::{Switch, use_id};
use crate::look::{Look, Theme};
use crate::store::use_slice;

const THEMES: [(Theme, &str); 3] = [(Theme::Dark, "dark"), (Theme::Light, "light"), (Theme::System, "system")];

/// See the module.
#[component]
pub fn Appearance() -> Html {
    let desk = use_desk();
    let look = *use_slice(&desk.look);
    let contrast = change(&desk, |look, on| look.contrast = on);
    let still = change(&desk, |look, on| look.still = on);
    html! {
        <>
            <Section id="theme" title="Theme">
                <Themes theme={look.theme} />
            </Section>
            <Section id="contrast" title="Contrast">
                <Switch label="More contrast" hint="Stronger lines and text, whatever your system says."
                    on={look.contrast} onchange={contrast} />
            </Section>
            <Section id="motion" title="Motion">
                <Switch label="Reduce motion" hint="Nothing slides or fades, whatever your system says."
                    on={look.still} onchange={still} />
            </Section>
            <p class="settings__note">{ "Saved to your account, so your other screens follow." }</p>
        </>
    }
}

fn change(desk: &Desk, set: fn(&mut Look, bool)) -> Callback<bool> {
    let desk = desk.clone();
    Callback::from(move |on| {
        let mut look = *desk.look.get();
        set(&mut look, on);
        desk.set_look(look);
    })
}

#[derive(Properties, PartialEq)]
struct ThemesProps {
    theme: Theme,
}

/// The themes, each with a small picture of the desktop in it.
#[component]
fn Themes(props: &ThemesProps) -> Html {
    let desk = use_desk();
    let name = use_id("theme");
    html! {
        <div class="themes" role="radiogroup" aria-labelledby="setting-theme-title">
            { for THEMES.iter().map(|(theme, id)| {
                let (desk, theme) = (desk.clone(), *theme);
                let onchange = Callback::from(move |event: Event| {
                    if event.target_unchecked_into::<HtmlInputElement>().checked() {
                        desk.set_look(Look { theme, ..*desk.look.get() });
                    }
                });
                html! {
                    <label key={*id} class="theme" data-test={format!("theme-{id}")}>
                        <input type="radio" class="theme__input" name={name.clone()} value={*id}
                            checked={props.theme == theme} {onchange} />
                        <span class="theme__frame" aria-hidden="true">
                            if theme != Theme::Light { <Picture of="dark" /> }
                            if theme != Theme::Dark { <Picture of="light" /> }
                        </span>
                        <span class="theme__label">{ theme.label() }</span>
                    </label>
                }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PictureProps {
    of: &'static str,
}

#[component]
fn Picture(props: &PictureProps) -> Html {
    html! {
        <span class={classes!("picture", format!("picture--{}", props.of))}>
            <span class="picture__bar"></span>
            <span class="picture__window">
                <span class="picture__title"></span>
                <span class="picture__line"></span>
                <span class="picture__line picture__line--short"></span>
                <span class="picture__button"></span>
            </span>
        </span>
    }
}
