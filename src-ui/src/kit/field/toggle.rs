//! Yes or no.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::use_control;
use crate::kit::{
    Glyph, Icon,
    ids::{use_id, yes_no},
};

#[derive(Properties, PartialEq)]
pub struct CheckboxProps {
    pub label: AttrValue,
    pub checked: bool,
    #[prop_or_default]
    pub onchange: Callback<bool>,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// Some of what it stands for is chosen.
    #[prop_or_default]
    pub mixed: bool,
    #[prop_or_default]
    pub disabled: bool,
    /// Only those who cannot see the box need the label.
    #[prop_or_default]
    pub label_hidden: bool,
}

/// A choice that takes effect when the form is sent.
#[function_component]
pub fn Checkbox(props: &CheckboxProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((props.mixed, props.checked), move |(mixed, _)| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                input.set_indeterminate(*mixed);
            }
        });
    }
    let hint_id = use_id("check");
    let onchange = props.onchange.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().checked());
    let text = if props.label_hidden { "hidden-text" } else { "check__label" };
    html! {
        <label class={classes!("check", props.disabled.then_some("check--disabled"))}>
            <input ref={node} type="checkbox" class="check__input" checked={props.checked} {onchange}
                disabled={props.disabled} aria-describedby={props.hint.as_ref().map(|_| hint_id.clone())} />
            <span class="check__box" aria-hidden="true">
                <Icon icon={if props.mixed { Glyph::Minus } else { Glyph::Check }} size={14} />
            </span>
            <span class="check__text">
                <span class={text}>{ &props.label }</span>
                if let Some(hint) = &props.hint { <span class="check__hint" id={hint_id}>{ hint }</span> }
            </span>
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub struct SwitchProps {
    pub label: AttrValue,
    pub on: bool,
    #[prop_or_default]
    pub onchange: Callback<bool>,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub disabled: bool,
    /// The change is under way.
    #[prop_or_default]
    pub busy: bool,
    #[prop_or_default]
    pub label_hidden: bool,
}

/// A choice that takes effect at once.
#[function_component]
pub fn Switch(props: &SwitchProps) -> Html {
    let control = use_control();
    let id = use_id("switch");
    let (label_id, hint_id) = (format!("{id}-label"), format!("{id}-hint"));
    let (on, busy) = (props.on, props.busy);
    let onchange = props.onchange.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        if !busy {
            onchange.emit(!on);
        }
    });
    let described = props.hint.as_ref().map(|_| AttrValue::from(hint_id.clone())).or(control.described_by);
    html! {
        <div class={classes!("switch", props.disabled.then_some("switch--disabled"))}>
            <span class={if props.label_hidden { "hidden-text" } else { "switch__text" }}>
                <span class="switch__label" id={label_id.clone()}>{ &props.label }</span>
                if let Some(hint) = &props.hint { <span class="switch__hint" id={hint_id}>{ hint }</span> }
            </span>
            <button type="button" role="switch" class="switch__track" aria-checked={yes_no(on)}
                aria-labelledby={label_id} aria-describedby={described} aria-busy={busy.then_some("true")}
                disabled={props.disabled} {onclick}>
                <span class="switch__thumb" aria-hidden="true" />
            </button>
        </div>
    }
}
