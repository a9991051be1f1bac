//! What is drawn.

use std::rc::Rc;

use yew::AttrValue;

use super::Scale;
use crate::kit::{Tone, format};

/// How the points are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlotKind {
    #[default]
    Line,
    /// A line with the room below it filled.
    Area,
    /// Each value holds until the next point.
    Step,
}

/// Points under one name, in ascending order of x.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub label: AttrValue,
    pub points: Rc<[(f64, f64)]>,
    /// The line's colour; the second and third series are dashed and dotted too.
    pub tone: Tone,
}

impl Series {
    pub fn new(label: impl Into<AttrValue>, points: impl Into<Rc<[(f64, f64)]>>) -> Self {
        Series { label: label.into(), points: points.into(), tone: Tone::Accent }
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// What a figure counts, and so how it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Count,
    /// Shares from 0 to 1.
    Percent,
    Bytes,
    /// Dollars.
    Money,
    /// Lengths in milliseconds.
    Duration,
    /// Milliseconds since 1970, shown by the clock.
    Time,
}

impl Unit {
    pub fn write(self, value: f64) -> String {
        match self {
            Unit::Count => format::short_count(value),
            Unit::Percent => format::percent(value),
            Unit::Bytes => format::bytes(value.max(0.0) as u64),
            Unit::Money => format::money(value),
            Unit::Duration => format::duration(value.max(0.0) as u64),
            Unit::Time => format::LocalTime::of(value as i64).clock_seconds(),
        }
    }
}

/// An axis: its name and its unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    pub label: AttrValue,
    pub unit: Unit,
}

impl Figure {
    pub fn new(label: impl Into<AttrValue>, unit: Unit) -> Self {
        Figure { label: label.into(), unit }
    }
}

/// The SVG path of `points`, closed down to `floor` for an area.
pub(super) fn path(points: &[(f64, f64)], kind: PlotKind, x: &Scale, y: &Scale, floor: Option<f64>) -> String {
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for (index, point) in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).enumerate() {
        let (at_x, at_y) = (x.at(point.0), y.at(point.1));
        match (index, kind, before) {
            (0, _, _) => path.push_str(&format!("M{at_x:.1} {at_y:.1}")),
            (_, PlotKind::Step, Some(_)) => path.push_str(&format!("H{at_x:.1}V{at_y:.1}")),
            _ => path.push_str(&format!("L{at_x:.1} {at_y:.1}")),
        }
        before = Some(at_y);
    }
    if let (Some(floor), Some(first), Some(last)) = (floor, points.first(), points.last()) {
        path.push_str(&format!("L{:.1} {floor:.1}L{:.1} {floor:.1}Z", x.at(last.0), x.at(first.0)));
    }
    path
}

/// Every series in words: its last, lowest and highest figure.
pub(super) fn summary(series: &[Series], unit: Unit) -> String {
    let sentence = |series: &Series| {
        let values = series.points.iter().map(|point| point.1);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.clone().fold(f64::NEG_INFINITY, f64::max);
        match series.points.last().map(|point| point.1) {
            Some(last) => {
                format!("{}: {} now, from {} to {}.", series.label, unit.write(last), unit.write(low), unit.write(high))
            }
            None => format!("{}: no figures yet.", series.label),
        }
    };
    series.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_their_kind() {
        let (x, y) = (Scale::new((0.0, 2.0), (0.0, 20.0)), Scale::new((0.0, 1.0), (10.0, 0.0)));
        let points = [(0.0, 0.0), (1.0, 1.0), (2.0, 0.5)];
        assert_eq!(path(&points, PlotKind::Line, &x, &y, None), "M0.0 10.0L10.0 0.0L20.0 5.0");
        assert_eq!(path(&points, PlotKind::Step, &x, &y, None), "M0.0 10.0H10.0V0.0H20.0V5.0");
        assert_eq!(
            path(&points, PlotKind::Area, &x, &y, Some(10.0)),
            "M0.0 10.0L10.0 0.0L20.0 5.0L20.0 10.0L0.0 10.0Z"
        );
        assert_eq!(path(&[], PlotKind::Area, &x, &y, Some(10.0)), "");
        assert_eq!(path(&[(0.0, f64::NAN), (2.0, 0.0)], PlotKind::Line, &x, &y, None), "M20.0 10.0");
    }

    #[test]
    fn a_plot_can_be_read_without_being_seen() {
        let series = [Series::new("CPU", vec![(0.0, 0.2), (1.0, 0.9), (2.0, 0.4)]), Series::new("GPU", vec![])];
        assert_eq!(
            summary(&series, Unit::Percent),
            "CPU: 40\u{202f}% now, from 20\u{202f}% to 90\u{202f}%. GPU: no figures yet."
        );
    }
}
