//! A line as small as a word.

use yew::prelude::*;

use super::series::{path, summary};
use super::{PlotKind, Scale, Series, Unit};
use crate::kit::Tone;

#[derive(Properties, PartialEq)]
pub struct SparklineProps {
    /// What it shows.
    pub label: AttrValue,
    /// In order, evenly spaced.
    pub values: std::rc::Rc<[f64]>,
    #[prop_or_default]
    pub unit: Unit,
    #[prop_or(Tone::Accent)]
    pub tone: Tone,
    /// The upper end at the least: 1 for shares.
    #[prop_or_default]
    pub at_least: Option<f64>,
    #[prop_or(96.0)]
    pub width: f64,
    #[prop_or(24.0)]
    pub height: f64,
}

/// The last figures beside a name.
#[function_component]
pub fn Sparkline(props: &SparklineProps) -> Html {
    let points: Vec<(f64, f64)> = props.values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
    let top = props.values.iter().copied().fold(props.at_least.unwrap_or(0.0), f64::max);
    let last = points.len().saturating_sub(1).max(1) as f64;
    let x = Scale::new((0.0, last), (1.0, props.width - 1.0));
    let y = Scale::new((0.0, if top > 0.0 { top } else { 1.0 }), (props.height - 2.0, 2.0));
    let words = summary(&[Series::new(props.label.clone(), points.clone())], props.unit);
    html! {
        <svg class={classes!("spark", props.tone.class())} width={props.width.to_string()} height={props.height.to_string()}
            role="img" aria-label={words} focusable="false">
            <path class="plot__area" d={path(&points, PlotKind::Area, &x, &y, Some(props.height))} />
            <path class="plot__line" d={path(&points, PlotKind::Line, &x, &y, None)} />
        </svg>
    }
}
