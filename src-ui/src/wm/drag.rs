//! One gesture with the pointer, from its press to its end.

use super::desktop::Desktop;
use super::geometry::{Edge, Point, Rect};
use super::window::{Mode, Window, WindowId};
use super::zone::Zone;

/// How far the pointer goes before a press is a drag: a click on a maximised window's title must not take it down.
const THRESHOLD: f64 = 4.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    Move,
    Resize(Edge),
}

/// A window being moved or resized. It changes the desktop as it goes; [`Drag::cancel`] puts all back.
#[derive(Clone, Debug, PartialEq)]
pub struct Drag {
    id: WindowId,
    gesture: Gesture,
    /// Where the pointer was pressed.
    origin: Point,
    /// The window as it was then.
    before: Window,
    /// Where the pointer holds the window, once it has moved.
    grip: Option<Point>,
    target: Option<Mode>,
}

impl Drag {
    /// Begins with the pointer pressed at `at`; the window comes to the front. Nothing for a window that is not there to
    /// be dragged, and for the edges of a maximised one.
    pub fn start(desktop: &mut Desktop, id: WindowId, gesture: Gesture, at: Point) -> Option<Drag> {
        let before = desktop.get(id).filter(|window| !window.minimised)?.clone();
        desktop.focus(id);
        if before.mode == Mode::Maximised && gesture != Gesture::Move {
            return None;
        }
        Some(Drag { id, gesture, origin: at, before, grip: None, target: None })
    }

    pub fn window(&self) -> WindowId {
        self.id
    }

    pub fn gesture(&self) -> Gesture {
        self.gesture
    }

    /// Whether the pointer has gone far enough for more than a click.
    pub fn is_moving(&self) -> bool {
        self.grip.is_some()
    }

    /// What the window will fill if it is let go now.
    pub fn target(&self) -> Option<Mode> {
        self.target
    }

    /// Where it would then lie.
    pub fn preview(&self, desktop: &Desktop) -> Option<Rect> {
        self.target?.rect(desktop.area(), self.before.min)
    }

    /// The pointer is at `to`.
    pub fn update(&mut self, desktop: &mut Desktop, to: Point) {
        let by = Point { x: to.x - self.origin.x, y: to.y - self.origin.y };
        if self.grip.is_none() && by.x.hypot(by.y) < THRESHOLD {
            return;
        }
        match self.gesture {
            Gesture::Move => {
                if self.grip.is_none() {
                    self.grip = desktop.pick_up(self.id, self.origin);
                }
                let Some(grip) = self.grip else { return };
                desktop.move_to(self.id, Point { x: to.x - grip.x, y: to.y - grip.y });
                self.target = Zone::at(desktop.area(), to);
            }
            Gesture::Resize(edge) => {
                self.grip = Some(self.origin);
                desktop.resize(self.id, edge, self.before.bounds, by);
            }
        }
    }

    /// The pointer was let go.
    pub fn end(self, desktop: &mut Desktop) {
        let Some(target) = self.target else { return };
        // It goes back to where it was taken from, not to the screen's edge where it was let go.
        let home = self.before.normal_bounds();
        desktop.arrange(self.id, target);
        desktop.change(self.id, |window, area| window.restore = Some(home.reachable(area)));
    }

    /// The window goes back to where it was, in the mode it was in.
    pub fn cancel(self, desktop: &mut Desktop) {
        if !self.is_moving() {
            return;
        }
        let before = self.before;
        desktop.change(self.id, |window, area| {
            window.mode = before.mode;
            window.restore = before.restore.map(|bounds| bounds.reachable(area));
            window.bounds = before.mode.rect(area, window.min).unwrap_or(before.bounds);
        });
    }
}
