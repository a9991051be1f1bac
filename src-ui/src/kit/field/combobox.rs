//! Free text with suggestions.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{props::typed, text::use_focus_at_start, use_control};
use crate::kit::{
    Align, Anchor, Choice, Floating, Side,
    ids::{use_id, yes_no},
};

typed! {
    #[derive(Properties, PartialEq)]
    pub struct ComboboxProps {
        /// What can be chosen; those whose value or label contain the text are shown.
        pub suggestions: Vec<Choice>,
    }
}

/// Text that may be anything, with suggestions reached by the arrow keys.
#[function_component]
pub fn Combobox(props: &ComboboxProps) -> Html {
    let control = use_control();
    let list_id = use_id("combo");
    let open = use_state(|| false);
    let active = use_state(|| None::<usize>);
    let typed = use_state(|| false);
    let node = props.node_ref.clone();
    use_focus_at_start(&node, props.autofocus);
    let shown: Vec<Choice> = matching(&props.suggestions, if *typed { &props.value } else { "" }).cloned().collect();
    let choose = {
        let (onchange, open, active) = (props.onchange.clone(), open.clone(), active.clone());
        Callback::from(move |value: AttrValue| {
            onchange.emit(value.to_string());
            open.set(false);
            active.set(None);
        })
    };
    let oninput = {
        let (onchange, open, active, typed) = (props.onchange.clone(), open.clone(), active.clone(), typed.clone());
        Callback::from(move |event: InputEvent| {
            onchange.emit(event.target_unchecked_into::<HtmlInputElement>().value());
            open.set(true);
            typed.set(true);
            active.set(None);
        })
    };
    let begin = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| {
            typed.set(false);
            open.set(true);
        })
    };
    let onkeydown = keys(props, &shown, &open, &active, &choose);
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    let onblur = close.reform(|_: FocusEvent| ());
    let visible = *open && !shown.is_empty();
    let current = (*active).filter(|_| visible).map(|index| AttrValue::from(format!("{list_id}-{index}")));
    html! {
        <span class="input combo">
            <input ref={node.clone()} id={control.id.clone()} type="text" role="combobox" autocomplete="off"
                class={classes!("input__control", props.mono.then_some("mono"))} value={props.value.clone()}
                {oninput} {onkeydown} {onblur} onclick={begin} placeholder={props.placeholder.clone()}
                disabled={props.disabled} spellcheck="false" aria-autocomplete="list" aria-expanded={yes_no(visible)}
                aria-controls={visible.then(|| list_id.clone())} aria-activedescendant={current}
                aria-label={props.label.clone()} aria-describedby={control.described_by.clone()}
                aria-invalid={control.invalid_attr()} aria-required={control.required.then_some("true")} />
            if visible {
                <Floating anchor={Anchor::Element(node)} side={Side::Bottom} align={Align::Start} onclose={close}
                    match_width={true} restore_focus={false}>
                    <div class="menu" role="listbox" id={list_id.clone()} aria-label="Suggestions">
                        { for shown.iter().enumerate().map(|(index, choice)|
                            suggestion(&list_id, index, choice, *active == Some(index), &choose)) }
                    </div>
                </Floating>
            }
        </span>
    }
}

fn suggestion(list: &str, index: usize, choice: &Choice, active: bool, choose: &Callback<AttrValue>) -> Html {
    let value = choice.value.clone();
    let choose = choose.clone();
    // Not on click: by then the input has lost its focus and the list is gone.
    let onmousedown = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        choose.emit(value.clone());
    });
    html! {
        <div key={index} id={format!("{list}-{index}")} role="option" aria-selected={yes_no(active)} {onmousedown}
            class={classes!("menu__item", active.then_some("menu__item--active"))}>
            <span class="menu__label">{ &choice.label }</span>
            if let Some(hint) = &choice.hint { <span class="menu__hint">{ hint }</span> }
        </div>
    }
}

fn keys(
    props: &ComboboxProps,
    shown: &[Choice],
    open: &UseStateHandle<bool>,
    active: &UseStateHandle<Option<usize>>,
    choose: &Callback<AttrValue>,
) -> Callback<KeyboardEvent> {
    let values: Vec<AttrValue> = shown.iter().map(|choice| choice.value.clone()).collect();
    let (open, active, choose, onsubmit) = (open.clone(), active.clone(), choose.clone(), props.onsubmit.clone());
    Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowDown" | "ArrowUp" if !values.is_empty() => {
            event.prevent_default();
            active.set(Some(step(*active, event.key() == "ArrowDown", values.len())));
            open.set(true);
        }
        "Enter" if !event.is_composing() => {
            let chosen = (*active).filter(|_| *open).and_then(|index| values.get(index));
            match (chosen, &onsubmit) {
                (Some(value), _) => {
                    event.prevent_default();
                    choose.emit(value.clone());
                }
                (None, Some(onsubmit)) => {
                    event.prevent_default();
                    onsubmit.emit(());
                }
                (None, None) => {}
            }
        }
        "Escape" if *open => {
            event.prevent_default();
            event.stop_propagation();
            open.set(false);
        }
        _ => {}
    })
}

fn step(active: Option<usize>, down: bool, count: usize) -> usize {
    match (active, down) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(index), true) => (index + 1) % count,
        (Some(index), false) => (index + count - 1) % count,
    }
}

fn matching<'a>(suggestions: &'a [Choice], text: &str) -> impl Iterator<Item = &'a Choice> {
    let text = text.trim().to_lowercase();
    suggestions
        .iter()
        .filter(move |choice| {
            choice.value.to_lowercase().contains(&text) || choice.label.to_lowercase().contains(&text)
        })
        .take(50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_match_by_value_or_label_whatever_their_case() {
        let all = [Choice::new("claude-opus", "Opus"), Choice::new("gpt-5", "Large"), Choice::new("local", "Ollama")];
        let found = |text: &str| matching(&all, text).map(|choice| choice.value.to_string()).collect::<Vec<_>>();
        assert_eq!(found("OPUS"), ["claude-opus"]);
        assert_eq!(found("l"), ["claude-opus", "gpt-5", "local"]);
        assert_eq!(found(""), ["claude-opus", "gpt-5", "local"]);
        assert!(found("nothing").is_empty());
    }

    #[test]
    fn arrows_go_round() {
        assert_eq!((step(None, true, 3), step(None, false, 3)), (0, 2));
        assert_eq!((step(Some(2), true, 3), step(Some(0), false, 3)), (0, 2));
    }
}
