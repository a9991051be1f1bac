//! One to three series over one axis, with the figures under the pointer.

use web_sys::Element;
use yew::prelude::*;

use super::scale::nearest;
use super::series::{path, summary};
use super::width::use_width;
use super::{Figure, PlotKind, Scale, Series, ticks};

#[derive(Properties, PartialEq)]
pub struct PlotProps {
    /// What it shows.
    pub label: AttrValue,
    /// One to three.
    pub series: Vec<Series>,
    #[prop_or_default]
    pub kind: PlotKind,
    #[prop_or_default]
    pub x: Figure,
    #[prop_or_default]
    pub y: Figure,
    /// The y axis reaches at least from 0 to this.
    #[prop_or_default]
    pub at_least: Option<f64>,
    /// Pixels.
    #[prop_or(160.0)]
    pub height: f64,
    #[prop_or_default]
    pub class: Classes,
}

const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

struct Drawing {
    width: f64,
    height: f64,
    x: Scale,
    y: Scale,
    xs: Vec<f64>,
    y_ticks: Vec<f64>,
    x_ends: (f64, f64),
}

impl Drawing {
    fn new(props: &PlotProps, width: f64) -> Self {
        let points = || props.series.iter().flat_map(|series| series.points.iter()).filter(|p| p.0.is_finite());
        let low = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let high = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        let mut x_ends = (low(&mut points().map(|p| p.0)), high(&mut points().map(|p| p.0)));
        if x_ends.0 > x_ends.1 {
            x_ends = (0.0, 1.0);
        }
        let finite = || points().map(|p| p.1).filter(|y| y.is_finite());
        let bottom = low(&mut finite()).min(0.0);
        let top = high(&mut finite()).max(props.at_least.unwrap_or(0.0));
        let y_ticks = ticks(bottom, top.max(bottom), 4);
        let y_ends = (y_ticks.first().copied().unwrap_or(0.0), y_ticks.last().copied().unwrap_or(1.0));
        let mut xs: Vec<f64> = points().map(|p| p.0).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        Drawing {
            width,
            height: props.height,
            x: Scale::new(x_ends, (LEFT, (width - RIGHT).max(LEFT + 1.0))),
            y: Scale::new(y_ends, (props.height - BOTTOM, TOP)),
            xs,
            y_ticks,
            x_ends,
        }
    }
}

/// A plot of lines. The pointer or the arrow keys read its figures.
#[function_component]
pub fn Plot(props: &PlotProps) -> Html {
    let node = use_node_ref();
    let width = use_width(&node, 480.0);
    let chosen = use_state(|| None::<f64>);
    let drawing = Drawing::new(props, width);
    let at = (*chosen).and_then(|x| nearest(&drawing.xs, x)).and_then(|index| drawing.xs.get(index).copied());
    let onpointermove = {
        let (node, chosen, scale) = (node.clone(), chosen.clone(), drawing.x);
        Callback::from(move |event: PointerEvent| {
            if let Some(element) = node.cast::<Element>() {
                chosen.set(Some(scale.back(f64::from(event.client_x()) - element.get_bounding_client_rect().x())));
            }
        })
    };
    let clear = {
        let chosen = chosen.clone();
        Callback::from(move |_: PointerEvent| chosen.set(None))
    };
    let onblur = {
        let chosen = chosen.clone();
        Callback::from(move |_: FocusEvent| chosen.set(None))
    };
    let onkeydown = keys(&drawing, &chosen, at);
    let last = drawing.xs.len().saturating_sub(1);
    let index = at.and_then(|at| drawing.xs.iter().position(|x| *x == at)).unwrap_or(last);
    let words = match at {
        Some(at) => readout(props, at).join(", "),
        None => summary(&props.series, props.y.unit),
    };
    html! {
        <figure class={classes!("plot", props.class.clone())}>
            <figcaption class="plot__head">
                <span class="plot__title">{ &props.label }</span>
                { legend(props, at) }
            </figcaption>
            <div ref={node} class="plot__field" role="slider" tabindex="0" aria-label={props.label.clone()}
                aria-valuemin="0" aria-valuemax={last.to_string()} aria-valuenow={index.to_string()} aria-valuetext={words}
                {onpointermove} onpointerleave={clear} {onkeydown} {onblur}>
                { draw(props, &drawing, at) }
            </div>
        </figure>
    }
}

fn keys(drawing: &Drawing, chosen: &UseStateHandle<Option<f64>>, at: Option<f64>) -> Callback<KeyboardEvent> {
    let (xs, chosen) = (drawing.xs.clone(), chosen.clone());
    Callback::from(move |event: KeyboardEvent| {
        let last = xs.len().saturating_sub(1);
        let now = at.and_then(|at| xs.iter().position(|x| *x == at));
        let to = match (event.key().as_str(), now) {
            ("ArrowLeft" | "ArrowDown", now) => now.unwrap_or(last + 1).saturating_sub(1),
            ("ArrowRight" | "ArrowUp", now) => now.map_or(0, |now| (now + 1).min(last)),
            ("Home", _) => 0,
            ("End", _) => last,
            ("Escape", Some(_)) => {
                event.stop_propagation();
                chosen.set(None);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        chosen.set(xs.get(to).copied());
    })
}

fn value_at(series: &Series, x: f64) -> Option<f64> {
    series.points.iter().find(|point| point.0 == x).map(|point| point.1)
}

fn readout(props: &PlotProps, at: f64) -> Vec<String> {
    let mut words = vec![props.x.unit.write(at)];
    for series in &props.series {
        let value = value_at(series, at).map_or(String::from("no figure"), |value| props.y.unit.write(value));
        words.push(format!("{} {value}", series.label));
    }
    words
}

fn legend(props: &PlotProps, at: Option<f64>) -> Html {
    let figure = |series: &Series| {
        let value = match at {
            Some(at) => value_at(series, at),
            None => series.points.last().map(|point| point.1),
        };
        value.map_or(String::from("–"), |value| props.y.unit.write(value))
    };
    html! {
        <span class="plot__legend" aria-hidden="true">
            { for props.series.iter().enumerate().map(|(index, series)| html! {
                <span key={index} class={classes!("plot__name", series.tone.class(), format!("plot__name--{index}"))}>
                    <span class="plot__swatch" />{ &series.label }<span class="plot__value">{ figure(series) }</span>
                </span>
            }) }
        </span>
    }
}

fn draw(props: &PlotProps, drawing: &Drawing, at: Option<f64>) -> Html {
    let (width, height) = (drawing.width.to_string(), drawing.height.to_string());
    let floor = drawing.height - BOTTOM;
    let right = (drawing.width - RIGHT).to_string();
    // Where the axis has its name, so that nothing moves while figures are read.
    let middle = at.map_or(props.x.label.clone(), |at| AttrValue::from(props.x.unit.write(at)));
    html! {
        <svg class="plot__svg" {width} {height} aria-hidden="true" focusable="false">
            { for drawing.y_ticks.iter().map(|tick| {
                let y = drawing.y.at(*tick);
                html! {
                    <g key={tick.to_string()}>
                        <line class="plot__grid" x1={LEFT.to_string()} x2={right.clone()} y1={y.to_string()} y2={y.to_string()} />
                        <text class="plot__tick" x={(LEFT - 8.0).to_string()} y={(y + 4.0).to_string()} text-anchor="end">
                            { props.y.unit.write(*tick) }
                        </text>
                    </g>
                }
            }) }
            if !drawing.xs.is_empty() {
                <text class="plot__tick" x={LEFT.to_string()} y={(drawing.height - 6.0).to_string()}>
                    { props.x.unit.write(drawing.x_ends.0) }
                </text>
                <text class="plot__tick" x={right.clone()} y={(drawing.height - 6.0).to_string()} text-anchor="end">
                    { props.x.unit.write(drawing.x_ends.1) }
                </text>
            }
            if drawing.xs.is_empty() {
                <text class="plot__nothing" x={((LEFT + drawing.width - RIGHT) / 2.0).to_string()}
                    y={((TOP + floor) / 2.0 + 4.0).to_string()} text-anchor="middle">{ "No figures yet" }</text>
            }
            <text class="plot__tick plot__axis" x={((LEFT + drawing.width - RIGHT) / 2.0).to_string()}
                y={(drawing.height - 6.0).to_string()} text-anchor="middle">{ middle }</text>
            { for props.series.iter().enumerate().map(|(index, series)| curve(index, series, props.kind, drawing, floor)) }
            if let Some(at) = at { { cursor(props, drawing, at, floor) } }
        </svg>
    }
}

fn curve(index: usize, series: &Series, kind: PlotKind, drawing: &Drawing, floor: f64) -> Html {
    html! {
        <g key={format!("series-{index}")} class={classes!("plot__series", format!("plot__series--{index}"), series.tone.class())}>
            if kind == PlotKind::Area {
                <path class="plot__area" d={path(&series.points, kind, &drawing.x, &drawing.y, Some(floor))} />
            }
            <path class="plot__line" d={path(&series.points, kind, &drawing.x, &drawing.y, None)} />
        </g>
    }
}

fn cursor(props: &PlotProps, drawing: &Drawing, at: f64, floor: f64) -> Html {
    let x = drawing.x.at(at).to_string();
    html! {
        <g key="cursor">
            <line class="plot__cursor" x1={x.clone()} x2={x.clone()} y1={TOP.to_string()} y2={floor.to_string()} />
            { for props.series.iter().enumerate().filter_map(|(index, series)| value_at(series, at).map(|value| html! {
                <circle key={index} class={classes!("plot__dot", series.tone.class())} cx={x.clone()}
                    cy={drawing.y.at(value).to_string()} r="3.5" />
            })) }
        </g>
    }
}
