//! Figures side by side.

use yew::prelude::*;

use super::Unit;
use crate::kit::Tone;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: AttrValue,
    pub value: f64,
    pub tone: Tone,
}

impl Bar {
    pub fn new(label: impl Into<AttrValue>, value: f64) -> Self {
        Bar { label: label.into(), value, tone: Tone::Accent }
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

#[derive(Properties, PartialEq)]
pub struct BarsProps {
    /// What they show.
    pub label: AttrValue,
    pub bars: Vec<Bar>,
    #[prop_or_default]
    pub unit: Unit,
    /// The longest bar's figure at the least.
    #[prop_or_default]
    pub at_least: Option<f64>,
}

/// Named figures, the longer the larger.
#[function_component]
pub fn Bars(props: &BarsProps) -> Html {
    let top = props.bars.iter().map(|bar| bar.value).fold(props.at_least.unwrap_or(0.0), f64::max);
    let share = |value: f64| if top > 0.0 { (value / top * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    html! {
        <ul class="bars" aria-label={props.label.clone()}>
            { for props.bars.iter().map(|bar| html! {
                <li key={bar.label.to_string()} class={classes!("bars__row", bar.tone.class())}>
                    <span class="bars__label">{ &bar.label }</span>
                    <span class="bars__track" aria-hidden="true">
                        <span class="bars__bar" style={format!("--share: {}%", share(bar.value))} />
                    </span>
                    <span class="bars__value">{ props.unit.write(bar.value) }</span>
                </li>
            }) }
        </ul>
    }
}
