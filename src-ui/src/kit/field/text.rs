//! Text of one line or of many.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::{props::typed, use_control};
use crate::kit::{Glyph, Icon};

typed! {
    #[derive(Properties, PartialEq)]
    pub struct TextInputProps {
        #[prop_or_default]
        pub onkeydown: Callback<KeyboardEvent>,
        #[prop_or_default]
        pub onblur: Callback<FocusEvent>,
        /// `text`, `email`, `url`, `search`, `tel`.
        #[prop_or(AttrValue::Static("text"))]
        pub kind: AttrValue,
        #[prop_or_default]
        pub icon: Option<Glyph>,
        #[prop_or_default]
        pub readonly: bool,
        #[prop_or_default]
        pub autocomplete: Option<AttrValue>,
        #[prop_or_default]
        pub inputmode: Option<AttrValue>,
        #[prop_or_default]
        pub maxlength: Option<u32>,
        #[prop_or_default]
        pub class: Classes,
    }
}

/// One line of text.
#[function_component]
pub fn TextInput(props: &TextInputProps) -> Html {
    let control = use_control();
    use_focus_at_start(&props.node_ref, props.autofocus);
    let oninput = props.onchange.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let onkeydown = on_enter(&props.onsubmit, &props.onkeydown);
    html! {
        <span class={classes!("input", props.icon.map(|_| "input--icon"), props.class.clone())}>
            if let Some(icon) = props.icon { <Icon {icon} class="input__icon" /> }
            <input ref={props.node_ref.clone()} id={control.id.clone()} type={props.kind.clone()}
                class={classes!("input__control", props.mono.then_some("mono"))} value={props.value.clone()}
                {oninput} {onkeydown} onblur={props.onblur.clone()} placeholder={props.placeholder.clone()}
                disabled={props.disabled} readonly={props.readonly} autocomplete={props.autocomplete.clone()}
                inputmode={props.inputmode.clone()} maxlength={props.maxlength.map(|length| length.to_string())}
                spellcheck={props.mono.then_some("false")} aria-label={props.label.clone()}
                aria-describedby={control.described_by.clone()} aria-invalid={control.invalid_attr()}
                aria-required={control.required.then_some("true")} />
        </span>
    }
}

/// Puts the focus where a person will type, when the control appears.
#[hook]
pub(super) fn use_focus_at_start(node: &NodeRef, wanted: bool) {
    let node = node.clone();
    use_effect_with((), move |()| {
        if wanted && let Some(element) = node.cast::<HtmlElement>() {
            let _ = element.focus();
        }
    });
}

pub(super) fn on_enter(
    onsubmit: &Option<Callback<()>>,
    onkeydown: &Callback<KeyboardEvent>,
) -> Callback<KeyboardEvent> {
    let (onsubmit, onkeydown) = (onsubmit.clone(), onkeydown.clone());
    Callback::from(move |event: KeyboardEvent| {
        // Enter that ends the composition of a character sends nothing.
        if event.key() == "Enter"
            && !event.is_composing()
            && let Some(onsubmit) = &onsubmit
        {
            event.prevent_default();
            onsubmit.emit(());
        }
        onkeydown.emit(event);
    })
}

/// What Enter does in several lines that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enter {
    Submits,
    /// The browser begins a new line by itself.
    BreaksLine,
    /// Few browsers do, and elsewhere the keys mean something else.
    NeedsBreak,
}

fn enter(shift: bool, alt: bool) -> Enter {
    match (shift, alt) {
        (_, true) => Enter::NeedsBreak,
        (true, false) => Enter::BreaksLine,
        (false, false) => Enter::Submits,
    }
}

/// Types into what has the focus. A command of the browser's, so that it can be undone as what a person types is.
fn insert(text: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(document) = document.and_then(|document| document.dyn_into::<HtmlDocument>().ok()) {
        let _ = document.exec_command_with_show_ui_and_value("insertText", false, text);
    }
}

typed! {
    #[derive(Properties, PartialEq)]
    pub struct TextAreaProps {
        #[prop_or_default]
        pub onkeydown: Callback<KeyboardEvent>,
        /// Its height at the least, in lines; it grows with its text to twelve lines.
        #[prop_or(3)]
        pub rows: u32,
        #[prop_or_default]
        pub readonly: bool,
        #[prop_or_default]
        pub maxlength: Option<u32>,
        #[prop_or_default]
        pub class: Classes,
    }
}

/// Several lines of text.
#[function_component]
pub fn TextArea(props: &TextAreaProps) -> Html {
    let control = use_control();
    use_focus_at_start(&props.node_ref, props.autofocus);
    let node = props.node_ref.clone();
    use_effect_with(props.value.clone(), move |_| {
        if let Some(area) = node.cast::<HtmlTextAreaElement>() {
            let style = web_sys::HtmlElement::style(&area);
            let _ = style.set_property("height", "auto");
            let _ = style.set_property("height", &format!("{}px", area.scroll_height() + 2));
        }
    });
    let oninput =
        props.onchange.reform(|event: InputEvent| event.target_unchecked_into::<HtmlTextAreaElement>().value());
    let (onsubmit, keys) = (props.onsubmit.clone(), props.onkeydown.clone());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter"
            && !event.is_composing()
            && let Some(onsubmit) = &onsubmit
        {
            match enter(event.shift_key(), event.alt_key()) {
                Enter::Submits => {
                    event.prevent_default();
                    onsubmit.emit(());
                }
                Enter::BreaksLine => {}
                Enter::NeedsBreak => {
                    event.prevent_default();
                    insert("\n");
                }
            }
        }
        keys.emit(event);
    });
    html! {
        <textarea ref={props.node_ref.clone()} id={control.id.clone()} rows={props.rows.to_string()}
            class={classes!("textarea", props.mono.then_some("mono"), props.class.clone())}
            value={props.value.clone()} {oninput} {onkeydown} placeholder={props.placeholder.clone()}
            disabled={props.disabled} readonly={props.readonly}
            maxlength={props.maxlength.map(|length| length.to_string())} aria-label={props.label.clone()}
            aria-describedby={control.described_by.clone()} aria-invalid={control.invalid_attr()}
            aria-required={control.required.then_some("true")} />
    }
}

#[derive(Properties, PartialEq)]
pub struct SearchFieldProps {
    pub value: AttrValue,
    #[prop_or_default]
    pub onchange: Callback<String>,
    #[prop_or_default]
    pub onsubmit: Option<Callback<()>>,
    #[prop_or_default]
    pub onkeydown: Callback<KeyboardEvent>,
    /// What is searched: its name and its placeholder.
    pub label: AttrValue,
    #[prop_or_default]
    pub autofocus: bool,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub node_ref: NodeRef,
}

/// A search; Escape empties it before it does anything else.
#[function_component]
pub fn SearchField(props: &SearchFieldProps) -> Html {
    let (onchange, onkeydown, empty) = (props.onchange.clone(), props.onkeydown.clone(), props.value.is_empty());
    let keys = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" && !empty {
            event.prevent_default();
            event.stop_propagation();
            onchange.emit(String::new());
        } else {
            onkeydown.emit(event);
        }
    });
    let (onchange, node) = (props.onchange.clone(), props.node_ref.clone());
    let clear = Callback::from(move |_| {
        onchange.emit(String::new());
        if let Some(input) = node.cast::<HtmlElement>() {
            let _ = input.focus();
        }
    });
    html! {
        <span class={classes!("search", props.class.clone())} role="search">
            <TextInput value={props.value.clone()} onchange={props.onchange.clone()} kind="search"
                onsubmit={props.onsubmit.clone()} onkeydown={keys} label={props.label.clone()}
                placeholder={props.label.clone()} icon={Glyph::Search} autofocus={props.autofocus}
                autocomplete="off" node_ref={props.node_ref.clone()} />
            if !props.value.is_empty() {
                <button type="button" class="search__clear" onclick={clear} aria-label="Clear search">
                    <Icon icon={Glyph::X} size={14} />
                </button>
            }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_sends_and_with_shift_or_alt_begins_a_line() {
        assert_eq!(enter(false, false), Enter::Submits);
        assert_eq!(enter(true, false), Enter::BreaksLine);
        assert_eq!((enter(false, true), enter(true, true)), (Enter::NeedsBreak, Enter::NeedsBreak));
    }
}
