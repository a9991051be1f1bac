//! Passwords and keys.

use yew::prelude::*;

use super::TextInput;
use crate::kit::{Glyph, Icon};

#[derive(Properties, PartialEq)]
pub struct PasswordInputProps {
    pub value: AttrValue,
    #[prop_or_default]
    pub onchange: Callback<String>,
    #[prop_or_default]
    pub onsubmit: Option<Callback<()>>,
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub placeholder: Option<AttrValue>,
    /// `current-password`, `new-password` or `off`.
    #[prop_or(AttrValue::Static("current-password"))]
    pub autocomplete: AttrValue,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub autofocus: bool,
    #[prop_or_default]
    pub node_ref: NodeRef,
}

/// A secret, hidden until its owner wants to see it.
#[function_component]
pub fn PasswordInput(props: &PasswordInputProps) -> Html {
    let shown = use_state(|| false);
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_| shown.set(!*shown))
    };
    let (label, icon) = if *shown { ("Hide", Glyph::EyeOff) } else { ("Show", Glyph::Eye) };
    html! {
        <span class="secret">
            <TextInput value={props.value.clone()} onchange={props.onchange.clone()} onsubmit={props.onsubmit.clone()}
                kind={if *shown { "text" } else { "password" }} label={props.label.clone()}
                placeholder={props.placeholder.clone()} autocomplete={props.autocomplete.clone()}
                disabled={props.disabled} autofocus={props.autofocus} node_ref={props.node_ref.clone()}
                mono={*shown} />
            <button type="button" class="secret__toggle" onclick={toggle} disabled={props.disabled}
                aria-label={label}><Icon {icon} /></button>
        </span>
    }
}
