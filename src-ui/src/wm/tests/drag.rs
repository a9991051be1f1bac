//! Gestures with the pointer.

use super::{AREA, bounds, desktop};
use crate::wm::{Desktop, Drag, Edge, Gesture, Mode, Point, Rect, WindowId, Zone};

fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// Presses in the middle of the window's title bar.
fn pressed(desktop: &mut Desktop, id: WindowId) -> Drag {
    let bounds = bounds(desktop, id);
    Drag::start(desktop, id, Gesture::Move, at(bounds.x + bounds.w / 2.0, bounds.y + 20.0)).unwrap()
}

#[test]
fn the_window_follows_the_pointer_and_comes_to_the_front() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    let from = bounds(&desktop, ids[0]);
    let mut drag = pressed(&mut desktop, ids[0]);
    assert!(desktop.is_front(ids[0]));
    drag.update(&mut desktop, at(600.0 + 50.0, from.y + 20.0 + 30.0));
    assert_eq!(bounds(&desktop, ids[0]), Rect { x: from.x + 50.0, y: from.y + 30.0, ..from });
    drag.end(&mut desktop);
    assert_eq!(bounds(&desktop, ids[0]).x, from.x + 50.0);
}

#[test]
fn a_click_is_not_a_drag() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.toggle_maximise(ids[0]);
    let before = desktop.clone();
    let mut drag = pressed(&mut desktop, ids[0]);
    drag.update(&mut desktop, at(602.0, 21.0));
    assert!(!drag.is_moving());
    drag.end(&mut desktop);
    assert_eq!(desktop, before);
}

#[test]
fn no_window_is_dragged_out_of_reach() {
    for to in [at(-9999.0, 300.0), at(9999.0, 300.0), at(600.0, -9999.0), at(600.0, 9999.0)] {
        let (mut desktop, ids) = desktop(&["a"]);
        let mut drag = pressed(&mut desktop, ids[0]);
        drag.update(&mut desktop, to);
        let now = bounds(&desktop, ids[0]);
        assert!(now.right() >= 120.0 && now.x <= AREA.w - 120.0 && now.y >= 0.0 && now.y <= AREA.h - 40.0, "{now:?}");
    }
}

#[test]
fn sides_corners_and_the_top_are_zones() {
    let check = |x: f64, y: f64, expected: Option<Mode>| assert_eq!(Zone::at(AREA, at(x, y)), expected, "{x}, {y}");
    let snapped = |zone| Some(Mode::Snapped(zone));
    check(600.0, 400.0, None);
    check(600.0, 20.0, None);
    check(600.0, 799.0, None);
    check(17.0, 400.0, None);
    check(10.0, 400.0, snapped(Zone::Left));
    check(-50.0, 400.0, snapped(Zone::Left));
    check(1195.0, 400.0, snapped(Zone::Right));
    check(600.0, 2.0, Some(Mode::Maximised));
    check(600.0, -20.0, Some(Mode::Maximised));
    check(10.0, 50.0, snapped(Zone::TopLeft));
    check(60.0, 0.0, snapped(Zone::TopLeft));
    check(1195.0, 50.0, snapped(Zone::TopRight));
    check(1150.0, 0.0, snapped(Zone::TopRight));
    check(5.0, 750.0, snapped(Zone::BottomLeft));
    check(1199.0, 850.0, snapped(Zone::BottomRight));
}

#[test]
fn letting_go_in_a_zone_fills_it_and_keeps_the_way_back() {
    let (mut desktop, ids) = desktop(&["a"]);
    let home = bounds(&desktop, ids[0]);
    let mut drag = pressed(&mut desktop, ids[0]);
    drag.update(&mut desktop, at(3.0, 400.0));
    assert_eq!(drag.preview(&desktop), Some(desktop.zone_rect(Zone::Left)));
    drag.end(&mut desktop);
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(0.0, 0.0, 600.0, 800.0));
    desktop.arrange(ids[0], Mode::Normal);
    assert_eq!(bounds(&desktop, ids[0]), home);
}

#[test]
fn a_preview_ends_when_the_pointer_leaves_the_zone() {
    let (mut desktop, ids) = desktop(&["a"]);
    let mut drag = pressed(&mut desktop, ids[0]);
    drag.update(&mut desktop, at(600.0, 0.0));
    assert_eq!(drag.preview(&desktop), Some(AREA));
    drag.update(&mut desktop, at(600.0, 300.0));
    assert_eq!(drag.preview(&desktop), None);
}

#[test]
fn pulled_off_it_has_its_old_size_under_the_pointer() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.toggle_maximise(ids[0]);
    let mut drag = Drag::start(&mut desktop, ids[0], Gesture::Move, at(900.0, 10.0)).unwrap();
    drag.update(&mut desktop, at(900.0, 110.0));
    let window = desktop.get(ids[0]).unwrap();
    assert_eq!(window.mode, Mode::Normal);
    // Three quarters along the title bar before and after.
    assert_eq!(window.bounds, Rect::new(900.0 - 450.0, 100.0, 600.0, 400.0));
    drag.end(&mut desktop);
    assert_eq!(desktop.get(ids[0]).unwrap().restore, None);
}

#[test]
fn escape_puts_all_back() {
    for mode in [Mode::Normal, Mode::Maximised, Mode::Snapped(Zone::TopLeft)] {
        let (mut desktop, ids) = desktop(&["a"]);
        desktop.arrange(ids[0], mode);
        let before = desktop.clone();
        let mut drag = pressed(&mut desktop, ids[0]);
        drag.update(&mut desktop, at(700.0, 500.0));
        drag.update(&mut desktop, at(0.0, 500.0));
        assert_ne!(desktop, before);
        drag.cancel(&mut desktop);
        assert_eq!(desktop, before, "{mode:?}");
    }
}

#[test]
fn escape_puts_back_a_size_too() {
    let (mut desktop, ids) = desktop(&["a"]);
    let before = desktop.clone();
    let mut drag = Drag::start(&mut desktop, ids[0], Gesture::Resize(Edge::NorthWest), at(300.0, 133.0)).unwrap();
    drag.update(&mut desktop, at(200.0, 100.0));
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(200.0, 100.0, 700.0, 433.0));
    drag.cancel(&mut desktop);
    assert_eq!(desktop, before);
}

#[test]
fn a_resize_that_comes_back_is_none() {
    let (mut desktop, ids) = desktop(&["a"]);
    let from = bounds(&desktop, ids[0]);
    let mut drag = Drag::start(&mut desktop, ids[0], Gesture::Resize(Edge::West), at(300.0, 300.0)).unwrap();
    drag.update(&mut desktop, at(5000.0, 300.0));
    assert_eq!(bounds(&desktop, ids[0]), Rect { x: 600.0, w: 300.0, ..from });
    drag.update(&mut desktop, at(300.0, 300.0));
    assert_eq!(bounds(&desktop, ids[0]), from);
}

#[test]
fn what_is_maximised_or_gone_is_not_resized() {
    let (mut desktop, ids) = desktop(&["a", "b", "c"]);
    let edge = Gesture::Resize(Edge::South);
    desktop.toggle_maximise(ids[0]);
    assert!(Drag::start(&mut desktop, ids[0], edge, at(0.0, 0.0)).is_none());
    desktop.minimise(ids[1]);
    assert!(Drag::start(&mut desktop, ids[1], edge, at(0.0, 0.0)).is_none());
    let mut drag = pressed(&mut desktop, ids[2]);
    desktop.close(ids[2]);
    let before = desktop.clone();
    drag.update(&mut desktop, at(0.0, 500.0));
    drag.end(&mut desktop);
    assert_eq!(desktop, before);
}
