//! Plots, sparklines and bars.

use std::rc::Rc;

use yew::prelude::*;

use super::Sample;
use crate::kit::{Bar, Bars, Figure, Plot, PlotKind, Series, Sparkline, Tone, Unit};

fn wave(points: usize, phase: f64, level: f64) -> Vec<(f64, f64)> {
    (0..points)
        .map(|index| {
            let x = index as f64;
            (x * 2000.0, (level + 0.25 * (x / 6.0 + phase).sin() + 0.08 * (x * 1.7).sin()).clamp(0.0, 1.0))
        })
        .collect()
}

#[function_component]
pub(super) fn Figures() -> Html {
    let cpu = vec![
        Series::new("CPU", wave(60, 0.0, 0.45)),
        Series::new("Memory", wave(60, 2.0, 0.6)).tone(Tone::Paused),
        Series::new("Disk", wave(60, 4.0, 0.3)).tone(Tone::Done),
    ];
    let network =
        vec![Series::new("Received", wave(40, 1.0, 0.5).into_iter().map(|(x, y)| (x, y * 4e6)).collect::<Vec<_>>())];
    let steps = vec![Series::new(
        "Agents",
        (0..20).map(|x| (f64::from(x) * 60_000.0, f64::from(x * 7 % 5))).collect::<Vec<_>>(),
    )];
    let spark: Rc<[f64]> = wave(30, 0.0, 0.5).into_iter().map(|point| point.1).collect::<Vec<_>>().into();
    let x = Figure::new("time", Unit::Duration);
    html! {
        <div class="gallery__grid">
            <Sample name="Plot, lines" wide={true}>
                <Plot label="Load" series={cpu} x={x.clone()} y={Figure::new("share", Unit::Percent)} at_least={1.0} />
            </Sample>
            <Sample name="Plot, area" wide={true}>
                <Plot label="Network" series={network} kind={PlotKind::Area} x={x.clone()} y={Figure::new("bytes a second", Unit::Bytes)} />
            </Sample>
            <Sample name="Plot, steps" wide={true}>
                <Plot label="Agents at work" series={steps} kind={PlotKind::Step} {x} />
            </Sample>
            <Sample name="Plot, nothing yet" wide={true}><Plot label="Load" series={vec![Series::new("CPU", vec![])]} /></Sample>
            <Sample name="Sparkline">
                <Sparkline label="CPU" values={spark.clone()} unit={Unit::Percent} at_least={1.0} />
                <Sparkline label="Errors" values={spark} tone={Tone::Failed} />
            </Sample>
            <Sample name="Bars" wide={true}>
                <Bars label="Cost by agent" unit={Unit::Money} bars={vec![Bar::new("Coder", 0.41), Bar::new("SysAdmin", 0.22).tone(Tone::Done),
                    Bar::new("Researcher", 0.12), Bar::new("Reviewer", 0.0)]} />
            </Sample>
        </div>
    }
}
