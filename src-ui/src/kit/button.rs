//! Buttons: what a person can do.

use yew::prelude::*;

use super::{Glyph, Icon, Side, Spinner, Tooltip, ids::yes_no};

/// How much a button asks for attention. One primary button a view: the one thing to do next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    Primary,
    #[default]
    Secondary,
    Ghost,
    Danger,
}

impl Variant {
    const fn class(self) -> &'static str {
        match self {
            Variant::Primary => "btn--primary",
            Variant::Secondary => "btn--secondary",
            Variant::Ghost => "btn--ghost",
            Variant::Danger => "btn--danger",
        }
    }
}

/// The height of a control: 24, 28 or 36 pixels; 40 by touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    Small,
    #[default]
    Medium,
    Large,
}

impl Size {
    const fn class(self) -> &'static str {
        match self {
            Size::Small => "btn--small",
            Size::Medium => "btn--medium",
            Size::Large => "btn--large",
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct ButtonProps {
    pub children: Html,
    #[prop_or_default]
    pub onclick: Callback<MouseEvent>,
    #[prop_or_default]
    pub variant: Variant,
    #[prop_or_default]
    pub size: Size,
    /// Before the text.
    #[prop_or_default]
    pub icon: Option<Glyph>,
    #[prop_or_default]
    pub disabled: bool,
    /// What it does is under way: it cannot be pressed again, and says so.
    #[prop_or_default]
    pub busy: bool,
    /// For a button that stays down: whether it is.
    #[prop_or_default]
    pub pressed: Option<bool>,
    /// Sends the form that it is in.
    #[prop_or_default]
    pub submit: bool,
    /// For a button that opens something: whether it is open.
    #[prop_or_default]
    pub expanded: Option<bool>,
    /// `menu`, `dialog` or `listbox`: what it opens.
    #[prop_or_default]
    pub haspopup: Option<AttrValue>,
    /// A longer name, where the text alone does not say enough.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub node_ref: NodeRef,
}

/// A button with text.
#[function_component]
pub fn Button(props: &ButtonProps) -> Html {
    let icon = match (props.busy, props.icon) {
        (true, _) => html! { <Spinner /> },
        (false, Some(icon)) => html! { <Icon {icon} size={14} /> },
        (false, None) => Html::default(),
    };
    html! {
        <button type={if props.submit { "submit" } else { "button" }} ref={props.node_ref.clone()}
            class={classes!("btn", props.variant.class(), props.size.class(), props.class.clone())}
            onclick={guarded(props.busy, &props.onclick)} disabled={props.disabled}
            aria-disabled={props.busy.then_some("true")} aria-busy={props.busy.then_some("true")}
            aria-pressed={props.pressed.map(yes_no)} aria-expanded={props.expanded.map(yes_no)}
            aria-haspopup={props.haspopup.clone()} aria-label={props.label.clone()}>
            { icon }
            <span class="btn__text">{ props.children.clone() }</span>
        </button>
    }
}

// A busy button keeps its focus, so it is not disabled; it only does nothing.
fn guarded(busy: bool, onclick: &Callback<MouseEvent>) -> Callback<MouseEvent> {
    if busy { Callback::from(|event: MouseEvent| event.prevent_default()) } else { onclick.clone() }
}

#[derive(Properties, PartialEq)]
pub struct IconButtonProps {
    pub icon: Glyph,
    /// What it does: its name, and its tooltip.
    pub label: AttrValue,
    #[prop_or_default]
    pub onclick: Callback<MouseEvent>,
    #[prop_or(Variant::Ghost)]
    pub variant: Variant,
    #[prop_or_default]
    pub size: Size,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub busy: bool,
    #[prop_or_default]
    pub pressed: Option<bool>,
    #[prop_or_default]
    pub expanded: Option<bool>,
    #[prop_or_default]
    pub haspopup: Option<AttrValue>,
    /// Where the tooltip stands.
    #[prop_or(Side::Bottom)]
    pub tooltip: Side,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub node_ref: NodeRef,
}

/// A button of which only the icon shows.
#[function_component]
pub fn IconButton(props: &IconButtonProps) -> Html {
    let class = classes!("btn", "btn--icon", props.variant.class(), props.size.class(), props.class.clone());
    html! {
        <Tooltip text={props.label.clone()} side={props.tooltip} describes={false}>
            <button type="button" ref={props.node_ref.clone()} {class}
                onclick={guarded(props.busy, &props.onclick)} disabled={props.disabled}
                aria-label={props.label.clone()} aria-busy={props.busy.then_some("true")}
                aria-disabled={props.busy.then_some("true")} aria-pressed={props.pressed.map(yes_no)}
                aria-expanded={props.expanded.map(yes_no)} aria-haspopup={props.haspopup.clone()}>
                if props.busy { <Spinner /> } else { <Icon icon={props.icon} /> }
            </button>
        </Tooltip>
    }
}
