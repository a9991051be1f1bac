//! The parts of the desktop that a window can be made to fill.

use serde::{Deserialize, Serialize};

use super::geometry::{Point, Rect};
use super::window::Mode;

/// How near to the desktop's side the pointer asks for a half.
const SIDE: f64 = 16.0;
/// How near to its top the pointer asks for all of it.
const TOP: f64 = 4.0;
/// How far along from a corner the pointer still asks for a quarter.
const CORNER: f64 = 96.0;

/// A half or a quarter of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    Left,
    Right,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl Zone {
    pub const ALL: [Zone; 6] =
        [Zone::Left, Zone::Right, Zone::TopLeft, Zone::TopRight, Zone::BottomLeft, Zone::BottomRight];

    /// What it covers of `area`. Halves and quarters join without a gap, also where a side is odd.
    pub fn rect(self, area: Rect) -> Rect {
        let (half_w, half_h) = ((area.w / 2.0).floor(), (area.h / 2.0).floor());
        let (x, w) = match self {
            Zone::Left | Zone::TopLeft | Zone::BottomLeft => (area.x, half_w),
            Zone::Right | Zone::TopRight | Zone::BottomRight => (area.x + half_w, area.w - half_w),
        };
        let (y, h) = match self {
            Zone::Left | Zone::Right => (area.y, area.h),
            Zone::TopLeft | Zone::TopRight => (area.y, half_h),
            Zone::BottomLeft | Zone::BottomRight => (area.y + half_h, area.h - half_h),
        };
        Rect { x, y, w, h }
    }

    /// What a window that is let go with the pointer at `at` is to fill; a pointer beyond the area counts as at its side.
    pub fn at(area: Rect, at: Point) -> Option<Mode> {
        let corner = CORNER.min(area.w / 4.0).min(area.h / 4.0);
        let (left, right) = (at.x - area.x, area.right() - at.x);
        let (top, bottom) = (at.y - area.y, area.bottom() - at.y);
        let side = left.min(right) <= SIDE;
        let on_top = top <= TOP;
        if !side && !on_top {
            return None;
        }
        let (west, east) = (left <= corner, right <= corner);
        let zone = match (top <= corner, bottom <= corner) {
            (true, _) if west => Zone::TopLeft,
            (true, _) if east => Zone::TopRight,
            (_, true) if west => Zone::BottomLeft,
            (_, true) if east => Zone::BottomRight,
            _ if on_top => return Some(Mode::Maximised),
            _ if west => Zone::Left,
            _ => Zone::Right,
        };
        Some(Mode::Snapped(zone))
    }
}
