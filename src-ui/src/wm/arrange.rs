//! Windows that fill the desktop or a part of it, and those that are moved and resized by keys.

use super::desktop::Desktop;
use super::geometry::{Direction, Edge, Point, Rect, Size};
use super::window::{Mode, Window, WindowId};
use super::zone::Zone;

impl Desktop {
    /// What `zone` covers.
    pub fn zone_rect(&self, zone: Zone) -> Rect {
        zone.rect(self.area)
    }

    /// Puts it in `mode`; back in the normal one it has the place and size from before.
    pub fn arrange(&mut self, id: WindowId, mode: Mode) {
        self.change(id, |window, area| match mode.rect(area, window.min) {
            Some(filled) => {
                window.restore = Some(window.normal_bounds());
                window.bounds = filled;
                window.mode = mode;
            }
            None => {
                window.bounds = window.normal_bounds();
                window.restore = None;
                window.mode = Mode::Normal;
            }
        });
    }

    pub fn snap(&mut self, id: WindowId, zone: Zone) {
        self.arrange(id, Mode::Snapped(zone));
    }

    pub fn toggle_maximise(&mut self, id: WindowId) {
        match self.get(id).map(|window| window.mode) {
            Some(Mode::Maximised) => self.arrange(id, Mode::Normal),
            Some(_) => self.arrange(id, Mode::Maximised),
            None => {}
        }
    }

    /// Arranges it by an arrow key: to a side for a half, from a half up or down for a quarter, up for all of the desktop,
    /// down for less of it and at last for the dock.
    pub fn tile(&mut self, id: WindowId, to: Direction) {
        let Some(window) = self.get(id).filter(|window| !window.minimised) else { return };
        match tiled(window.mode, to) {
            Some(mode) if mode == window.mode => {}
            Some(mode) => self.arrange(id, mode),
            None => self.minimise(id),
        }
    }

    /// Moves it. A snapped window keeps its size and is free; a maximised one does not move.
    pub fn move_by(&mut self, id: WindowId, by: Point) {
        self.change(id, |window, _| {
            if set_free(window) {
                window.bounds.x += by.x;
                window.bounds.y += by.y;
            }
        });
    }

    /// Moves its left upper corner there; as [`Desktop::move_by`].
    pub fn move_to(&mut self, id: WindowId, to: Point) {
        self.change(id, |window, _| {
            if set_free(window) {
                window.bounds = Rect { x: to.x, y: to.y, ..window.bounds }.rounded();
            }
        });
    }

    /// Makes it larger by `by`, or smaller, with its left upper corner where it is. A maximised window has one size.
    pub fn resize_by(&mut self, id: WindowId, by: Size) {
        if let Some(window) = self.get(id) {
            let from = window.bounds;
            self.resize(id, Edge::SouthEast, from, Point { x: by.w, y: by.h });
        }
    }

    /// Gives it the size that comes of moving an edge or a corner of `from` by `by`.
    pub fn resize(&mut self, id: WindowId, edge: Edge, from: Rect, by: Point) {
        self.change(id, |window, area| {
            if set_free(window) {
                window.bounds = edge.resize(from, by, window.min, area);
            }
        });
    }

    /// Takes it from what it fills, at the point `at` of its title bar: it gets its old size back, under the pointer.
    /// The answer is where the pointer then is in the window; nothing if it is not open.
    pub(super) fn pick_up(&mut self, id: WindowId, at: Point) -> Option<Point> {
        self.change(id, |window, _| {
            let Some(old) = window.restore.take() else { return };
            let share = if window.bounds.w > 0.0 { (at.x - window.bounds.x) / window.bounds.w } else { 0.5 };
            window.bounds = Rect { x: (at.x - share * old.w).round(), y: window.bounds.y, ..old };
            window.mode = Mode::Normal;
        });
        self.get(id).map(|window| Point { x: at.x - window.bounds.x, y: at.y - window.bounds.y })
    }
}

/// Whether the window can be moved and resized: it is normal, or snapped and made normal where it is.
fn set_free(window: &mut Window) -> bool {
    if window.mode == Mode::Maximised {
        return false;
    }
    window.mode = Mode::Normal;
    window.restore = None;
    true
}

/// What an arrow key makes of a mode; nothing stands for the dock.
fn tiled(mode: Mode, to: Direction) -> Option<Mode> {
    use Direction::{Down, Left, Right, Up};
    let zone = match (mode, to) {
        (Mode::Normal, Up) => return Some(Mode::Maximised),
        (Mode::Normal, Down) => return None,
        (Mode::Maximised, Up) => return Some(Mode::Maximised),
        (Mode::Maximised, Down) => return Some(Mode::Normal),
        (Mode::Normal | Mode::Maximised, Left) => Zone::Left,
        (Mode::Normal | Mode::Maximised, Right) => Zone::Right,
        (Mode::Snapped(zone), _) => match (zone, to) {
            (Zone::Left, Right) | (Zone::Right, Left) => return Some(Mode::Normal),
            (Zone::TopLeft | Zone::TopRight, Up) => return Some(Mode::Maximised),
            (Zone::BottomLeft | Zone::BottomRight, Down) => return None,
            (Zone::Left, Up) | (Zone::TopRight, Left) | (Zone::TopLeft, Left) => Zone::TopLeft,
            (Zone::Right, Up) | (Zone::TopLeft, Right) | (Zone::TopRight, Right) => Zone::TopRight,
            (Zone::Left, Down) | (Zone::BottomRight, Left) | (Zone::BottomLeft, Left) => Zone::BottomLeft,
            (Zone::Right, Down) | (Zone::BottomLeft, Right) | (Zone::BottomRight, Right) => Zone::BottomRight,
            (Zone::Left, Left) | (Zone::TopLeft, Down) | (Zone::BottomLeft, Up) => Zone::Left,
            (Zone::Right, Right) | (Zone::TopRight, Down) | (Zone::BottomRight, Up) => Zone::Right,
        },
    };
    Some(Mode::Snapped(zone))
}
