//! The journal as a line of bars: where the run is, and a way back to any moment of it.

mod field;
mod scrub;

use aether_protocol::domains::agent::TrajectoryKind;
use yew::prelude::*;

use self::field::Field;
use super::record::{Record, bars};
use crate::kit::format::{self, LocalTime};
use crate::kit::{Glyph, IconButton, Side, Size};

/// Bars at the most; more would be thinner than they can be seen.
const MOST: usize = 120;
/// Bars up to which there is room between them.
const FEW: usize = 48;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    /// The whole of it.
    pub record: Record,
    /// The entry that is looked at; nothing where it is now.
    pub at: Option<u64>,
    pub onmove: Callback<Option<u64>>,
    /// True while the agent may still do something.
    pub alive: bool,
    /// The step it is on, or the last one.
    pub step: u32,
    /// Steps it may take.
    pub most: Option<u32>,
    /// What it has cost, as words.
    pub cost: Option<String>,
}

/// See the module.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let bars = use_memo(props.record.clone(), |record| bars(record.all(), MOST));
    let count = props.record.all().len();
    if count == 0 {
        return Html::default();
    }
    let place = place(props);
    let ongo = {
        let (record, onmove) = (props.record.clone(), props.onmove.clone());
        Callback::from(move |to: Option<usize>| {
            onmove.emit(to.and_then(|index| record.all().get(index)).map(|entry| entry.n));
        })
    };
    let rewind = ongo.reform(|_: MouseEvent| Some(0));
    let class = classes!(
        "timeline",
        props.at.is_some().then_some("timeline--past"),
        (bars.len() > FEW).then_some("timeline--dense")
    );
    html! {
        <div {class}>
            <IconButton icon={Glyph::Rewind} label="Back to the beginning" size={Size::Small} onclick={rewind}
                disabled={place == Some(0)} tooltip={Side::Top} />
            <Field {bars} {place} {count} words={words(props, place.unwrap_or(count - 1))} {ongo} />
            <span class="timeline__label">{ label(props) }</span>
        </div>
    }
}

fn place(props: &TimelineProps) -> Option<usize> {
    let all = props.record.all();
    props.at.map(|at| all.partition_point(|entry| entry.n <= at).saturating_sub(1))
}

/// Steps and money, and whether it is now.
fn label(props: &TimelineProps) -> Html {
    let Some(place) = place(props) else {
        let steps = match (props.alive, props.most) {
            (false, _) => format::plural(props.step.into(), "step", "steps"),
            (true, Some(most)) => format!("step {} of {most}", props.step),
            (true, None) => format!("step {}", props.step),
        };
        let cost = props.cost.iter().map(|cost| html! { <span class="timeline__part">{ cost }</span> });
        return html! {
            <>
                <span>{ steps }</span>
                { for cost }
                if props.alive { <span class="timeline__part timeline__live">{ "live" }</span> }
            </>
        };
    };
    let here = props.record.all().get(place).map_or(0, |entry| entry.step);
    html! { format!("step {here} of {}", props.step) }
}

/// Where it stands, in words.
fn words(props: &TimelineProps, index: usize) -> String {
    let Some(entry) = props.record.all().get(index) else { return String::new() };
    let what = match (entry.kind, &entry.tool) {
        (TrajectoryKind::Action, Some(tool)) => tool.clone(),
        (kind, _) => format!("{kind:?}").to_lowercase(),
    };
    let when = LocalTime::of(entry.at as i64).clock_seconds();
    let live = if props.at.is_none() && props.alive { ", live" } else { "" };
    format!("Step {}, {what}, {when}{live}", entry.step)
}
