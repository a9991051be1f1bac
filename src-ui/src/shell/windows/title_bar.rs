//! A window's title bar: its controls, its title, and room for the app.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use yew::prelude::*;

use super::bar::{back_id, host_id};
use super::gestures::Gestures;
use crate::kit::{Glyph, Icon};
use crate::wm::{Desktop, Gesture, Mode, WindowId};

#[derive(Properties, PartialEq)]
pub(super) struct TitleBarProps {
    pub window: WindowId,
    pub title: AttrValue,
    pub mode: Mode,
    pub compact: bool,
    /// The tab bar leads here: it is neither left nor closed from here.
    pub root: bool,
    pub gestures: Gestures,
}

#[component]
pub(super) fn TitleBar(props: &TitleBarProps) -> Html {
    let TitleBarProps { window, compact, root, gestures, .. } = props;
    let (window, compact, root) = (*window, *compact, *root);
    let onpointerdown = {
        let gestures = gestures.clone();
        Callback::from(move |event: PointerEvent| {
            if !compact && is_on_bar(&event) {
                gestures.begin(&event, window, Gesture::Move);
            }
        })
    };
    let ondblclick = {
        let desktop = gestures.desktop.clone();
        Callback::from(move |event: MouseEvent| {
            if !compact && is_on_bar(&event) {
                desktop.update(|desktop| desktop.toggle_maximise(window));
            }
        })
    };
    let button = |what: Act| html! { <Control {what} {window} {compact} gestures={gestures.clone()} /> };
    let controls = match (compact, props.mode) {
        (true, _) if root => Html::default(),
        (true, _) => button(Act::Back),
        (false, Mode::Maximised) => {
            html! { <>{ button(Act::Close) }{ button(Act::Minimise) }{ button(Act::Restore) }</> }
        }
        (false, Mode::Normal | Mode::Snapped(_)) => {
            html! { <>{ button(Act::Close) }{ button(Act::Minimise) }{ button(Act::Maximise) }</> }
        }
    };
    html! {
        <header class="window__bar" {onpointerdown} {ondblclick}>
            if !root { <div class="window__controls">{ controls }</div> }
            <div class="window__back" id={back_id(window)}></div>
            <h2 class="window__title" title={props.title.clone()}>{ props.title.clone() }</h2>
            <div class="window__accessory" id={host_id(window)}></div>
            if compact && !root {
                <div class="window__controls">{ button(Act::Close) }</div>
            }
        </header>
    }
}

/// Whether a press is on the bar itself, and not on something in it that can be pressed.
fn is_on_bar(event: &Event) -> bool {
    const PRESSED: &str = "a, button, input, label, select, textarea, [contenteditable], [tabindex], .window__bar";
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let nearest = target.and_then(|target| target.closest(PRESSED).ok().flatten());
    nearest.is_some_and(|nearest| nearest.class_list().contains("window__bar"))
}

#[derive(Clone, Copy, PartialEq)]
enum Act {
    Back,
    Close,
    Minimise,
    Maximise,
    Restore,
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Act::Back => "Back",
            Act::Close => "Close",
            Act::Minimise => "Minimise",
            Act::Maximise => "Maximise",
            Act::Restore => "Restore",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Act::Back => "window__control--back",
            Act::Close => "window__control--close",
            Act::Minimise => "window__control--minimise",
            Act::Maximise | Act::Restore => "window__control--maximise",
        }
    }

    /// On a phone there is room for an icon.
    fn glyph(self) -> Glyph {
        match self {
            Act::Back => Glyph::ChevronLeft,
            Act::Close => Glyph::X,
            Act::Minimise => Glyph::Minus,
            Act::Maximise => Glyph::Maximize2,
            Act::Restore => Glyph::Minimize2,
        }
    }

    /// Drawn for 12 pixels: an icon made for 24 has no lines left at that size.
    fn path(self) -> &'static str {
        match self {
            Act::Back => "M7.5 2.5 4 6l3.5 3.5",
            Act::Close => "m3.75 3.75 4.5 4.5m0-4.5-4.5 4.5",
            Act::Minimise => "M3.25 6h5.5",
            Act::Maximise => "M6 3.25v5.5M3.25 6h5.5",
            Act::Restore => "M3.25 4.5h5.5M3.25 7.5h5.5",
        }
    }

    fn apply(self, desktop: &mut Desktop, window: WindowId) {
        match self {
            Act::Back | Act::Minimise => desktop.minimise(window),
            Act::Close => desktop.close(window),
            Act::Maximise | Act::Restore => desktop.toggle_maximise(window),
        }
    }
}

#[derive(Properties, PartialEq)]
struct ControlProps {
    what: Act,
    window: WindowId,
    compact: bool,
    gestures: Gestures,
}

#[component]
fn Control(props: &ControlProps) -> Html {
    let desktop = props.gestures.desktop.clone();
    let (what, window) = (props.what, props.window);
    let onclick = Callback::from(move |_: MouseEvent| desktop.update(|desktop| what.apply(desktop, window)));
    html! {
        <button type="button" class={classes!("window__control", what.class())} aria-label={what.name()} {onclick}>
            if props.compact {
                <Icon icon={what.glyph()} size={22} />
            } else {
                <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false"><path d={what.path()} /></svg>
            }
        </button>
    }
}
