//! Passwords and keys.

use yew::prelude::*;

use super::{TextInput, props::typed};
use crate::kit::{Glyph, Icon};

typed! {
    #[derive(Properties, PartialEq)]
    pub struct PasswordInputProps {
        /// `current-password`, `new-password` or `off`.
        #[prop_or(AttrValue::Static("current-password"))]
        pub autocomplete: AttrValue,
    }
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
