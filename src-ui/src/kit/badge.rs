//! Small marks: states, origins, counts, people.

use yew::prelude::*;

use super::{Glyph, Icon, Tone, WorkState, format};

#[derive(Properties, PartialEq)]
pub struct BadgeProps {
    pub label: AttrValue,
    #[prop_or_default]
    pub tone: Tone,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub class: Classes,
}

/// A word about a state, in its colour.
#[function_component]
pub fn Badge(props: &BadgeProps) -> Html {
    html! {
        <span class={classes!("badge", props.tone.class(), props.class.clone())}>
            if let Some(icon) = props.icon { <Icon {icon} size={14} /> }
            <span class="badge__text">{ &props.label }</span>
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct StateBadgeProps {
    pub state: WorkState,
    /// Another word than the state's own, such as "Running".
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// What an agent is at.
#[function_component]
pub fn StateBadge(props: &StateBadgeProps) -> Html {
    let label = props.label.clone().unwrap_or(AttrValue::Static(props.state.label()));
    html! { <Badge {label} tone={props.state.tone()} icon={props.state.glyph()} /> }
}

#[derive(Properties, PartialEq)]
pub struct TagProps {
    pub label: AttrValue,
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub tone: Tone,
    /// Makes it removable.
    #[prop_or_default]
    pub onremove: Option<Callback<()>>,
}

/// Where a text comes from ("web, untrusted"), or another word about it.
#[function_component]
pub fn Tag(props: &TagProps) -> Html {
    let remove = props.onremove.clone().map(|onremove| {
        let onclick = Callback::from(move |_| onremove.emit(()));
        html! {
            <button type="button" class="tag__remove" {onclick} aria-label={format!("Remove {}", props.label)}>
                <Icon icon={Glyph::X} size={12} />
            </button>
        }
    });
    html! {
        <span class={classes!("tag", props.tone.class())}>
            if let Some(icon) = props.icon { <Icon {icon} size={12} /> }
            { &props.label }
            { for remove }
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct CountProps {
    pub value: u64,
    #[prop_or_default]
    pub tone: Tone,
    /// What is counted, for those who cannot see where it stands: "waiting".
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// A number on a dock icon or beside a word.
#[function_component]
pub fn Count(props: &CountProps) -> Html {
    html! {
        <span class={classes!("count", props.tone.class())}>
            { format::count(props.value) }
            if let Some(label) = &props.label { <span class="hidden-text">{ format!(" {label}") }</span> }
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct AvatarProps {
    pub name: AttrValue,
    /// Width and height in pixels.
    #[prop_or(24)]
    pub size: u32,
}

/// A person's initials.
#[function_component]
pub fn Avatar(props: &AvatarProps) -> Html {
    let class = if props.size >= 36 { "avatar avatar--large" } else { "avatar" };
    html! { <span {class} role="img" aria-label={props.name.clone()}>{ format::initials(&props.name) }</span> }
}
