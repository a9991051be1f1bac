//! Cards and rows: one thing each.

use yew::prelude::*;

use super::{Glyph, Icon, Tone, ids::yes_no};

#[derive(Properties, PartialEq)]
pub struct CardProps {
    pub children: Html,
    /// Above everything, edge to edge: a thumbnail.
    #[prop_or_default]
    pub media: Option<Html>,
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Quietly beside the title: a number.
    #[prop_or_default]
    pub meta: Option<AttrValue>,
    /// At the end of the title's line.
    #[prop_or_default]
    pub aside: Option<Html>,
    #[prop_or_default]
    pub footer: Option<Html>,
    /// Colours the edge; neutral leaves the hairline.
    #[prop_or_default]
    pub tone: Tone,
    /// Makes the title a button that opens the card's thing.
    #[prop_or_default]
    pub onopen: Option<Callback<()>>,
    #[prop_or_default]
    pub class: Classes,
}

/// One thing with what belongs to it.
#[function_component]
pub fn Card(props: &CardProps) -> Html {
    let title = props.title.as_ref().map(|title| match props.onopen.clone() {
        Some(onopen) => {
            let onclick = Callback::from(move |_| onopen.emit(()));
            html! { <button type="button" class="card__title card__open" {onclick}>{ title }</button> }
        }
        None => html! { <span class="card__title">{ title }</span> },
    });
    let edged = (props.tone != Tone::Neutral).then_some("card--edged");
    html! {
        <article class={classes!("card", edged, props.tone.class(), props.class.clone())}
            aria-label={props.title.clone()}>
            if let Some(media) = &props.media { <div class="card__media">{ media.clone() }</div> }
            <div class="card__inner">
                if props.title.is_some() || props.aside.is_some() {
                    <header class="card__head">
                        { for title }
                        if let Some(meta) = &props.meta { <span class="card__meta">{ meta }</span> }
                        if let Some(aside) = &props.aside { <span class="card__aside">{ aside.clone() }</span> }
                    </header>
                }
                { props.children.clone() }
                if let Some(footer) = &props.footer { <footer class="card__foot">{ footer.clone() }</footer> }
            </div>
        </article>
    }
}

#[derive(Properties, PartialEq)]
pub struct ListRowProps {
    pub title: AttrValue,
    #[prop_or_default]
    pub subtitle: Option<AttrValue>,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    /// Colours the icon.
    #[prop_or_default]
    pub tone: Tone,
    /// At the end: a count, a time, a badge.
    #[prop_or_default]
    pub trailing: Option<Html>,
    /// Buttons at the end, outside of what a click on the row does.
    #[prop_or_default]
    pub actions: Option<Html>,
    #[prop_or_default]
    pub selected: bool,
    #[prop_or_default]
    pub disabled: bool,
    /// Makes the row a button.
    #[prop_or_default]
    pub onclick: Option<Callback<MouseEvent>>,
}

/// One line of a list or a side bar.
#[function_component]
pub fn ListRow(props: &ListRowProps) -> Html {
    let inner = html! {
        <>
            if let Some(icon) = props.icon { <Icon {icon} class={classes!("row__icon", props.tone.class())} /> }
            <span class="row__text">
                <span class="row__title">{ &props.title }</span>
                if let Some(subtitle) = &props.subtitle { <span class="row__subtitle">{ subtitle }</span> }
            </span>
            if let Some(trailing) = &props.trailing { <span class="row__trailing">{ trailing.clone() }</span> }
        </>
    };
    let main = match &props.onclick {
        Some(onclick) => html! {
            <button type="button" class="row__main row__main--button" onclick={onclick.clone()}
                disabled={props.disabled} aria-current={props.selected.then_some(yes_no(true))}>{ inner }</button>
        },
        None => html! { <div class="row__main">{ inner }</div> },
    };
    html! {
        <div class={classes!("row", props.selected.then_some("row--selected"))}>
            { main }
            if let Some(actions) = &props.actions { <span class="row__actions">{ actions.clone() }</span> }
        </div>
    }
}
