//! How far something is.

use yew::prelude::*;

use super::{Tone, format};

#[derive(Properties, PartialEq)]
pub struct ProgressProps {
    /// Done so far, of `total`.
    pub value: f64,
    #[prop_or(1.0)]
    pub total: f64,
    /// What is under way.
    pub label: AttrValue,
    #[prop_or(Tone::Working)]
    pub tone: Tone,
}

/// How far something with a known end is.
#[function_component]
pub fn Progress(props: &ProgressProps) -> Html {
    let percent = share(props.value, props.total);
    html! {
        <div class={classes!("progress", props.tone.class())} role="progressbar" aria-label={props.label.clone()}
            aria-valuemin="0" aria-valuemax="100" aria-valuenow={percent.to_string()}>
            <div class="progress__bar" style={format!("--share: {percent}%")} />
        </div>
    }
}

fn share(value: f64, total: f64) -> f64 {
    if total > 0.0 { (value / total * 1000.0).round().clamp(0.0, 1000.0) / 10.0 } else { 0.0 }
}

#[derive(Properties, PartialEq)]
pub struct MeterProps {
    /// What it measures: "Spent".
    pub label: AttrValue,
    pub value: f64,
    pub limit: f64,
    /// The figures as text: "$1.84 of $5". Without it: percent.
    #[prop_or_default]
    pub text: Option<AttrValue>,
    /// Shows the label and the figures above the bar.
    #[prop_or(true)]
    pub shown: bool,
}

/// How much of a limit is used; it warns from four fifths on.
#[function_component]
pub fn Meter(props: &MeterProps) -> Html {
    let percent = share(props.value, props.limit);
    let tone = match percent {
        percent if percent >= 100.0 => Tone::Failed,
        percent if percent >= 80.0 => Tone::NeedsYou,
        _ => Tone::Accent,
    };
    let text = props.text.clone().unwrap_or_else(|| AttrValue::from(format::percent(percent / 100.0)));
    html! {
        <div class={classes!("meter", tone.class())}>
            if props.shown {
                <div class="meter__head"><span>{ &props.label }</span><span class="meter__text">{ &text }</span></div>
            }
            <div class="progress" role="meter" aria-label={props.label.clone()} aria-valuemin="0" aria-valuemax="100"
                aria-valuenow={percent.to_string()} aria-valuetext={text.clone()}>
                <div class="progress__bar" style={format!("--share: {percent}%")} />
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct SpinnerProps {
    /// What is waited for; without it the text beside says so.
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// Something takes a while, and nobody knows how long.
#[function_component]
pub fn Spinner(props: &SpinnerProps) -> Html {
    let (role, hidden) = if props.label.is_some() { (Some("status"), None) } else { (None, Some("true")) };
    html! {
        <span class="spinner" {role} aria-hidden={hidden}>
            if let Some(label) = &props.label { <span class="hidden-text">{ label }</span> }
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub struct SkeletonProps {
    /// Lines of text that are to come.
    #[prop_or(3)]
    pub lines: usize,
    /// A block such as a card's picture before them.
    #[prop_or_default]
    pub block: bool,
    #[prop_or(AttrValue::Static("Loading"))]
    pub label: AttrValue,
}

/// The room that content takes which is on its way.
#[function_component]
pub fn Skeleton(props: &SkeletonProps) -> Html {
    html! {
        <div class="skeleton" role="status">
            <span class="hidden-text">{ &props.label }</span>
            if props.block { <div class="skeleton__block" /> }
            { for (0..props.lines).map(|line| html! { <div key={line} class="skeleton__line" /> }) }
        </div>
    }
}
