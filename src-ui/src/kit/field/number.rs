//! Numbers with bounds.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::use_control;

#[derive(Properties, PartialEq)]
pub struct NumberInputProps {
    /// Nothing: the field is empty.
    pub value: Option<f64>,
    /// A number, or nothing where what stands there is none.
    #[prop_or_default]
    pub onchange: Callback<Option<f64>>,
    #[prop_or_default]
    pub min: Option<f64>,
    #[prop_or_default]
    pub max: Option<f64>,
    #[prop_or(1.0)]
    pub step: f64,
    /// After the number: "steps", "USD".
    #[prop_or_default]
    pub unit: Option<AttrValue>,
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub placeholder: Option<AttrValue>,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub node_ref: NodeRef,
}

/// A number.
#[function_component]
pub fn NumberInput(props: &NumberInputProps) -> Html {
    let control = use_control();
    let oninput = props.onchange.reform(|event: InputEvent| {
        event.target_unchecked_into::<HtmlInputElement>().value().trim().parse::<f64>().ok().filter(|n| n.is_finite())
    });
    html! {
        <span class="input input--number">
            <input ref={props.node_ref.clone()} id={control.id.clone()} type="number" class="input__control"
                value={props.value.map(|value| value.to_string()).unwrap_or_default()} {oninput}
                min={props.min.map(|min| min.to_string())} max={props.max.map(|max| max.to_string())}
                step={props.step.to_string()} placeholder={props.placeholder.clone()} disabled={props.disabled}
                aria-label={props.label.clone()} aria-describedby={control.described_by.clone()}
                aria-invalid={control.invalid_attr()} aria-required={control.required.then_some("true")} />
            if let Some(unit) = &props.unit { <span class="input__unit">{ unit }</span> }
        </span>
    }
}
