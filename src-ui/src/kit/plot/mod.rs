//! Figures as lines and bars.

mod bars;
mod chart;
mod scale;
mod series;
mod spark;
mod width;

pub use bars::{Bar, Bars, BarsProps};
pub use chart::{Plot, PlotProps};
pub use scale::{Scale, ticks};
pub use series::{Figure, PlotKind, Series, Unit};
pub use spark::{Sparkline, SparklineProps};
