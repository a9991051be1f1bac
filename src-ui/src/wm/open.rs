//! Where a new window comes up.

use super::desktop::{Desktop, Geometry};
use super::geometry::{Rect, Size};
use super::window::{AppId, Mode, Window, WindowId};

/// How far a window comes up from one that is in the same place.
const CASCADE: f64 = 28.0;
/// Corners nearer than this look like one.
const SAME: f64 = 12.0;

/// What the window manager knows of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct AppSpec {
    pub id: AppId,
    /// The title of its windows until the app gives another.
    pub title: String,
    /// It has one window at most.
    pub single: bool,
    /// The size of its first window.
    pub size: Size,
    /// The smallest size a person can give its windows.
    pub min: Size,
}

impl Desktop {
    /// Opens a window, or brings the one to the front that shows the same: that of a single-window app, or of the same
    /// app with the same `args`. A single-window app that is open is given `args`, unless they are empty.
    pub fn open(&mut self, spec: &AppSpec, args: &str) -> WindowId {
        let open = self.of_app(&spec.id).rfind(|window| spec.single || window.args == args).map(|window| window.id);
        if let Some(id) = open {
            if !args.is_empty() {
                self.set_args(id, args);
            }
            self.focus(id);
            return id;
        }
        let (bounds, maximised) = self.place(spec);
        let id = WindowId(self.next);
        self.next += 1;
        self.windows.push(Window {
            id,
            app: spec.id.clone(),
            args: args.to_owned(),
            title: spec.title.clone(),
            bounds,
            restore: None,
            mode: Mode::Normal,
            minimised: false,
            min: spec.min,
        });
        if maximised {
            self.arrange(id, Mode::Maximised);
        }
        id
    }

    fn place(&self, spec: &AppSpec) -> (Rect, bool) {
        let sibling = self
            .of_app(&spec.id)
            .next_back()
            .map(|window| Geometry { bounds: window.normal_bounds(), maximised: window.mode == Mode::Maximised });
        let known = sibling.or_else(|| self.remembered.get(&spec.id).copied());
        let bounds = match known {
            Some(geometry) => {
                let bounds = geometry.bounds;
                Rect { w: bounds.w.max(spec.min.w), h: bounds.h.max(spec.min.h), ..bounds }
            }
            None => {
                let Size { w, h } = spec.size.within(self.area.size());
                // A little above the middle is where the eye takes the middle to be.
                Rect { x: self.area.x + (self.area.w - w) / 2.0, y: self.area.y + (self.area.h - h) / 3.0, w, h }
            }
        };
        (self.cascade(bounds.inside(self.area).rounded()), known.is_some_and(|geometry| geometry.maximised))
    }

    /// The first place from `bounds` on, down to the right, where no other window begins; it goes on from the top left
    /// corner where the desktop ends. Where none is free, `bounds`.
    fn cascade(&self, bounds: Rect) -> Rect {
        let taken = |place: &Rect| {
            self.visible()
                .any(|window| (window.bounds.x - place.x).abs() < SAME && (window.bounds.y - place.y).abs() < SAME)
        };
        let (room_x, room_y) = (self.area.w - bounds.w, self.area.h - bounds.h);
        let (mut x, mut y) = (bounds.x - self.area.x, bounds.y - self.area.y);
        for _ in 0..=self.windows.len() {
            let place = Rect { x: self.area.x + x, y: self.area.y + y, ..bounds };
            if !taken(&place) {
                return place.inside(self.area);
            }
            x = if x + CASCADE > room_x { (x + CASCADE) % room_x.max(CASCADE) } else { x + CASCADE };
            y = if y + CASCADE > room_y { (y + CASCADE) % room_y.max(CASCADE) } else { y + CASCADE };
        }
        bounds
    }
}
