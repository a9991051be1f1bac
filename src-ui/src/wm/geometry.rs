//! Places and sizes.

use serde::{Deserialize, Serialize};

/// How high a title bar is.
pub const TITLE_BAR: f64 = 40.0;
/// How much of a window's width stays in sight, wherever it is moved.
pub const VISIBLE: f64 = 120.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub w: f64,
    pub h: f64,
}

impl Size {
    pub const fn new(w: f64, h: f64) -> Self {
        Size { w, h }
    }

    /// The smaller of both in each direction.
    pub fn within(self, other: Size) -> Size {
        Size { w: self.w.min(other.w), h: self.h.min(other.h) }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Rect { x, y, w, h }
    }

    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub fn size(&self) -> Size {
        Size { w: self.w, h: self.h }
    }

    pub fn contains(&self, point: Point) -> bool {
        point.x >= self.x && point.x < self.right() && point.y >= self.y && point.y < self.bottom()
    }

    /// Whether all of `other` lies in it.
    pub fn holds(&self, other: &Rect) -> bool {
        other.x >= self.x && other.right() <= self.right() && other.y >= self.y && other.bottom() <= self.bottom()
    }

    /// Whether it can be drawn: a number everywhere, and a size.
    pub fn is_sound(&self) -> bool {
        [self.x, self.y, self.w, self.h].iter().all(|n| n.is_finite()) && self.w > 0.0 && self.h > 0.0
    }

    /// On whole pixels, where text is sharp.
    pub(super) fn rounded(self) -> Rect {
        Rect { x: self.x.round(), y: self.y.round(), w: self.w.round(), h: self.h.round() }
    }

    /// All of it inside `area`; made smaller only where it is larger than the area.
    pub fn inside(self, area: Rect) -> Rect {
        let Size { w, h } = self.size().within(area.size());
        Rect { x: between(self.x, area.x, area.right() - w), y: between(self.y, area.y, area.bottom() - h), w, h }
    }

    /// Moved as little as makes it reachable: its title bar in `area`'s height, [`VISIBLE`] pixels of it in its width.
    pub fn reachable(self, area: Rect) -> Rect {
        let shown = VISIBLE.min(self.w).min(area.w);
        let title = TITLE_BAR.min(area.h);
        Rect {
            x: between(self.x, area.x + shown - self.w, area.right() - shown),
            y: between(self.y, area.y, area.bottom() - title),
            ..self
        }
    }
}

/// Unlike `clamp` this has an answer for every input: where the bounds cross, the lower one wins.
pub(super) fn between(value: f64, low: f64, high: f64) -> f64 {
    value.min(high).max(low)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    /// One step that way: (1, 0) is to the right, (0, 1) is down.
    pub fn step(self) -> Point {
        let (x, y) = match self {
            Direction::Left => (-1.0, 0.0),
            Direction::Right => (1.0, 0.0),
            Direction::Up => (0.0, -1.0),
            Direction::Down => (0.0, 1.0),
        };
        Point { x, y }
    }
}

/// Where a window is taken hold of to change its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
}

impl Edge {
    pub const ALL: [Edge; 8] = [
        Edge::North,
        Edge::NorthEast,
        Edge::East,
        Edge::SouthEast,
        Edge::South,
        Edge::SouthWest,
        Edge::West,
        Edge::NorthWest,
    ];

    /// As style sheets say it: `n`, `ne`, `e`, ...
    pub fn name(self) -> &'static str {
        match self {
            Edge::North => "n",
            Edge::NorthEast => "ne",
            Edge::East => "e",
            Edge::SouthEast => "se",
            Edge::South => "s",
            Edge::SouthWest => "sw",
            Edge::West => "w",
            Edge::NorthWest => "nw",
        }
    }

    /// `from` with this edge or corner moved by `by`, not smaller than `min`, reachable in `area`, and not out of it
    /// unless it was. The edges that are not moved stay where they are.
    pub(super) fn resize(self, from: Rect, by: Point, min: Size, area: Rect) -> Rect {
        let min = min.within(area.size());
        let (mut left, mut right, mut top, mut bottom) = (from.x, from.right(), from.y, from.bottom());
        let name = self.name();
        if name.contains('e') {
            let least = (left + min.w).max(area.x + VISIBLE.min(area.w));
            right = between(right + by.x, least, area.right().max(from.right()));
        }
        if name.contains('w') {
            let most = (right - min.w).min(area.right() - VISIBLE.min(area.w));
            left = between(left + by.x, area.x.min(from.x), most);
        }
        if name.contains('s') {
            bottom = between(bottom + by.y, top + min.h, area.bottom().max(from.bottom()));
        }
        if name.contains('n') {
            let most = (bottom - min.h).min(area.bottom() - TITLE_BAR.min(area.h));
            top = between(top + by.y, area.y, most);
        }
        Rect { x: left, y: top, w: right - left, h: bottom - top }.rounded().reachable(area)
    }
}
