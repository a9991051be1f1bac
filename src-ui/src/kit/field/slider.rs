//! A value on a scale.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::use_control;

#[derive(Properties, PartialEq)]
pub struct SliderProps {
    pub value: f64,
    #[prop_or_default]
    pub onchange: Callback<f64>,
    #[prop_or(0.0)]
    pub min: f64,
    #[prop_or(100.0)]
    pub max: f64,
    #[prop_or(1.0)]
    pub step: f64,
    /// The value in words, shown beside and read out: "80 %".
    #[prop_or_default]
    pub text: Option<AttrValue>,
    #[prop_or_default]
    pub label: Option<AttrValue>,
    #[prop_or_default]
    pub disabled: bool,
}

/// A value between two ends.
#[function_component]
pub fn Slider(props: &SliderProps) -> Html {
    let control = use_control();
    let onchange = props.onchange.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
        if value.is_finite() {
            onchange.emit(value);
        }
    });
    let span = props.max - props.min;
    let share = if span > 0.0 { ((props.value - props.min) / span * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    html! {
        <span class="slider">
            <input id={control.id.clone()} type="range" class="slider__control" value={props.value.to_string()} {oninput}
                min={props.min.to_string()} max={props.max.to_string()} step={props.step.to_string()}
                disabled={props.disabled} style={format!("--share: {share}%")} aria-label={props.label.clone()}
                aria-valuetext={props.text.clone()} aria-describedby={control.described_by.clone()} />
            if let Some(text) = &props.text { <output class="slider__text">{ text }</output> }
        </span>
    }
}
