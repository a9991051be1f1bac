mod arrange;
mod drag;
mod order;
mod place;
mod random;
mod session;

use super::{AppSpec, Desktop, Rect, Size, WindowId};

pub(super) const AREA: Rect = Rect::new(0.0, 0.0, 1200.0, 800.0);

pub(super) fn spec(id: &str) -> AppSpec {
    AppSpec {
        id: id.to_owned(),
        title: id.to_uppercase(),
        single: id == "settings",
        size: Size::new(600.0, 400.0),
        min: Size::new(300.0, 200.0),
    }
}

/// A desktop with these windows of one app, from back to front.
pub(super) fn desktop(args: &[&str]) -> (Desktop, Vec<WindowId>) {
    let mut desktop = Desktop::new(AREA);
    let ids = args.iter().map(|args| desktop.open(&spec("files"), args)).collect();
    (desktop, ids)
}

pub(super) fn bounds(desktop: &Desktop, id: WindowId) -> Rect {
    desktop.get(id).map(|window| window.bounds).unwrap()
}
