//! What the person should know: in a corner, in place of content, or above it.

use yew::prelude::*;

use super::{Button, Glyph, Icon, IconButton, Tone};

#[derive(Properties, PartialEq)]
pub struct NoticeCardProps {
    pub title: AttrValue,
    #[prop_or(Glyph::Info)]
    pub icon: Glyph,
    #[prop_or_default]
    pub tone: Tone,
    #[prop_or_default]
    pub body: Option<AttrValue>,
    /// The body is what will run or change.
    #[prop_or_default]
    pub mono: bool,
    /// When: a word or a `TimeAgo`.
    #[prop_or_default]
    pub time: Option<Html>,
    /// Buttons that answer it.
    #[prop_or_default]
    pub actions: Option<Html>,
    #[prop_or_default]
    pub ondismiss: Option<Callback<()>>,
    /// Between body and actions.
    #[prop_or_default]
    pub children: Html,
}

/// A notification that acts. Shown in a corner it is a toast; in the list of the past it is the same.
#[function_component]
pub fn NoticeCard(props: &NoticeCardProps) -> Html {
    let dismiss = props.ondismiss.as_ref().map(|ondismiss| {
        let onclick = ondismiss.reform(|_: MouseEvent| ());
        html! { <IconButton icon={Glyph::X} label="Dismiss" {onclick} size={super::Size::Small} class="notice__dismiss" /> }
    });
    html! {
        <section class={classes!("notice", props.tone.class())} aria-label={props.title.clone()}>
            <header class="notice__head">
                <span class="notice__icon"><Icon icon={props.icon} /></span>
                <span class="notice__title">{ &props.title }</span>
                if let Some(time) = &props.time { <span class="notice__time">{ time.clone() }</span> }
                { for dismiss }
            </header>
            if let Some(body) = &props.body {
                <p class={classes!("notice__body", props.mono.then_some("mono"))}>{ body }</p>
            }
            { props.children.clone() }
            if let Some(actions) = &props.actions { <div class="notice__actions">{ actions.clone() }</div> }
        </section>
    }
}

#[derive(Properties, PartialEq)]
pub struct EmptyStateProps {
    pub icon: Glyph,
    pub title: AttrValue,
    /// What will be here, or what to do.
    #[prop_or_default]
    pub text: Option<AttrValue>,
    #[prop_or_default]
    pub action: Option<Html>,
}

/// Nothing is here, and that is no fault.
#[function_component]
pub fn EmptyState(props: &EmptyStateProps) -> Html {
    html! {
        <div class="blank">
            <Icon icon={props.icon} size={22} class="blank__icon" />
            <div class="blank__title">{ &props.title }</div>
            if let Some(text) = &props.text { <p class="blank__text">{ text }</p> }
            if let Some(action) = &props.action { <div class="blank__action">{ action.clone() }</div> }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct ErrorStateProps {
    /// What did not work: "The files could not be listed".
    pub title: AttrValue,
    /// Why, and what to do.
    pub message: AttrValue,
    #[prop_or_default]
    pub onretry: Option<Callback<()>>,
    #[prop_or_default]
    pub busy: bool,
    /// For whoever looks into it: the code, the request.
    #[prop_or_default]
    pub details: Option<AttrValue>,
}

/// Something did not work; what to do about it.
#[function_component]
pub fn ErrorState(props: &ErrorStateProps) -> Html {
    html! {
        <div class="blank blank--error tone-failed" role="alert">
            <Icon icon={Glyph::CircleAlert} size={22} class="blank__icon" />
            <div class="blank__title">{ &props.title }</div>
            <p class="blank__text">{ &props.message }</p>
            if let Some(onretry) = &props.onretry {
                <div class="blank__action">
                    <Button icon={Glyph::RefreshCw} busy={props.busy} onclick={onretry.reform(|_| ())}>{ "Retry" }</Button>
                </div>
            }
            if let Some(details) = &props.details {
                <details class="blank__details"><summary>{ "Details" }</summary><pre class="mono">{ details }</pre></details>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct BannerProps {
    pub text: AttrValue,
    /// Neutral informs, NeedsYou warns, Failed tells an error, Done a success.
    #[prop_or_default]
    pub tone: Tone,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub action: Option<Html>,
    #[prop_or_default]
    pub ondismiss: Option<Callback<()>>,
}

/// A sentence above the content that it is about.
#[function_component]
pub fn Banner(props: &BannerProps) -> Html {
    let icon = props.icon.unwrap_or(match props.tone {
        Tone::Neutral | Tone::Accent | Tone::Working | Tone::Queued | Tone::Paused => Glyph::Info,
        Tone::NeedsYou => Glyph::TriangleAlert,
        Tone::Failed => Glyph::CircleAlert,
        Tone::Done => Glyph::CircleCheck,
    });
    let role = if props.tone == Tone::Failed { "alert" } else { "status" };
    html! {
        <div class={classes!("banner", props.tone.class())} {role}>
            <Icon {icon} class="banner__icon" />
            <span class="banner__text">{ &props.text }</span>
            if let Some(action) = &props.action { <span class="banner__action">{ action.clone() }</span> }
            if let Some(ondismiss) = &props.ondismiss {
                <IconButton icon={Glyph::X} label="Dismiss" size={super::Size::Small} onclick={ondismiss.reform(|_| ())} />
            }
        </div>
    }
}
