//! All windows: their order, and who is in front.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::geometry::{Rect, Size};
use super::window::{AppId, Mode, Window, WindowId};

/// How an app's window was left, for its next one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometry {
    pub bounds: Rect,
    pub maximised: bool,
}

/// The open windows, from back to front, on the area they may use.
///
/// The front-most window that is not minimised has the focus. Whatever is done here, every window stays reachable: its
/// title bar in the area's height, and 120 pixels of it in the area's width. Ids that are not open are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Desktop {
    pub(super) windows: Vec<Window>,
    pub(super) area: Rect,
    pub(super) remembered: BTreeMap<AppId, Geometry>,
    pub(super) next: u32,
}

impl Default for Desktop {
    /// An empty desktop on an area to begin with, until the page knows its own.
    fn default() -> Self {
        Desktop::new(Rect::new(0.0, 0.0, 1280.0, 752.0))
    }
}

impl Desktop {
    pub fn new(area: Rect) -> Self {
        Desktop { windows: Vec::new(), area, remembered: BTreeMap::new(), next: 1 }
    }

    /// From back to front, minimised ones among them.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    pub fn area(&self) -> Rect {
        self.area
    }

    pub fn get(&self, id: WindowId) -> Option<&Window> {
        self.windows.iter().find(|window| window.id == id)
    }

    /// From back to front, without the minimised ones.
    pub fn visible(&self) -> impl DoubleEndedIterator<Item = &Window> {
        self.windows.iter().filter(|window| !window.minimised)
    }

    /// The window with the focus.
    pub fn front(&self) -> Option<&Window> {
        self.visible().next_back()
    }

    pub fn is_front(&self, id: WindowId) -> bool {
        self.front().is_some_and(|front| front.id == id)
    }

    /// How many windows lie behind it, minimised ones included.
    pub fn depth(&self, id: WindowId) -> Option<usize> {
        self.windows.iter().position(|window| window.id == id)
    }

    /// An app's windows, from back to front.
    pub fn of_app<'a>(&'a self, app: &'a str) -> impl DoubleEndedIterator<Item = &'a Window> {
        self.windows.iter().filter(move |window| window.app == app)
    }

    /// Brings it to the front, out of the dock if it is there.
    pub fn focus(&mut self, id: WindowId) {
        let Some(at) = self.depth(id) else { return };
        let mut window = self.windows.remove(at);
        window.minimised = false;
        self.windows.push(window);
    }

    /// The focus goes to the next window in order.
    pub fn close(&mut self, id: WindowId) {
        let Some(at) = self.depth(id) else { return };
        let window = self.windows.remove(at);
        let geometry = Geometry { bounds: window.normal_bounds(), maximised: window.mode == Mode::Maximised };
        self.remembered.insert(window.app, geometry);
    }

    /// The focus goes to the next window in order.
    pub fn minimise(&mut self, id: WindowId) {
        self.change(id, |window, _| window.minimised = true);
    }

    pub fn minimise_all(&mut self) {
        for window in &mut self.windows {
            window.minimised = true;
        }
    }

    /// Out of the dock, to the front.
    pub fn restore(&mut self, id: WindowId) {
        self.focus(id);
    }

    pub fn toggle_minimise(&mut self, id: WindowId) {
        match self.get(id).map(|window| window.minimised) {
            Some(true) => self.restore(id),
            Some(false) => self.minimise(id),
            None => {}
        }
    }

    /// What a press on an app's place in the dock does: its front-most window comes to the front, or is minimised if it
    /// is there already. False: the app has no window to show.
    pub fn summon(&mut self, app: &str) -> bool {
        let window = self.of_app(app).rfind(|window| !window.minimised).or_else(|| self.of_app(app).next_back());
        let Some(id) = window.map(|window| window.id) else { return false };
        if self.is_front(id) {
            self.minimise(id);
        } else {
            self.focus(id);
        }
        true
    }

    /// Goes round the visible windows: forward to the one behind, else to the one at the very back.
    pub fn cycle(&mut self, forward: bool) {
        if self.visible().count() < 2 {
            return;
        }
        if !forward {
            let back = self.visible().next().map(|window| window.id);
            if let Some(id) = back {
                self.focus(id);
            }
            return;
        }
        let Some(at) = self.windows.iter().rposition(|window| !window.minimised) else { return };
        let front = self.windows.remove(at);
        self.windows.insert(0, front);
    }

    pub fn set_title(&mut self, id: WindowId, title: impl Into<String>) {
        self.change(id, |window, _| window.title = title.into());
    }

    /// What the app shows from now on, so that the window comes back with it.
    pub fn set_args(&mut self, id: WindowId, args: impl Into<String>) {
        self.change(id, |window, _| window.args = args.into());
    }

    /// The area that windows may use has changed. What fills it or a part of it goes on doing so; what was wholly in it
    /// stays so. An area of no size, such as that of a page that is not shown, is passed over.
    pub fn set_area(&mut self, area: Rect) {
        if !area.is_sound() || area == self.area {
            return;
        }
        let before = std::mem::replace(&mut self.area, area);
        for window in &mut self.windows {
            window.bounds = match window.mode.rect(area, window.min) {
                Some(filled) => filled,
                None => moved_over(window.bounds, window.min, before, area),
            };
            window.restore = window.restore.map(|bounds| moved_over(bounds, window.min, before, area));
        }
    }

    /// Changes one window; it stays reachable.
    pub(super) fn change(&mut self, id: WindowId, change: impl FnOnce(&mut Window, Rect)) {
        let area = self.area;
        if let Some(window) = self.windows.iter_mut().find(|window| window.id == id) {
            change(window, area);
            window.bounds = window.bounds.reachable(area);
        }
    }
}

fn moved_over(bounds: Rect, min: Size, before: Rect, area: Rect) -> Rect {
    // It may be as small as it is because the area was smaller than a window may be.
    let grown = Rect { w: bounds.w.max(min.w), h: bounds.h.max(min.h), ..bounds };
    let too_large = grown.w > area.w || grown.h > area.h;
    if too_large || before.holds(&bounds) { grown.inside(area).reachable(area) } else { grown.reachable(area) }
}
