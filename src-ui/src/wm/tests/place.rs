//! Where windows come up, and where they stay when the screen changes.

use super::{AREA, bounds, desktop, spec};
use crate::wm::{Desktop, Mode, Point, Rect, Size, Zone};

#[test]
fn a_first_window_comes_up_near_the_middle() {
    let (desktop, ids) = desktop(&["a"]);
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(300.0, 133.0, 600.0, 400.0));
}

#[test]
fn the_area_need_not_begin_at_the_corner() {
    let mut desktop = Desktop::new(Rect::new(100.0, 30.0, 1000.0, 700.0));
    let id = desktop.open(&spec("files"), "");
    assert_eq!(bounds(&desktop, id), Rect::new(300.0, 130.0, 600.0, 400.0));
    desktop.snap(id, Zone::Left);
    assert_eq!(bounds(&desktop, id), Rect::new(100.0, 30.0, 500.0, 700.0));
    desktop.arrange(id, Mode::Normal);
    desktop.move_to(id, Point { x: -5000.0, y: -5000.0 });
    assert_eq!((bounds(&desktop, id).x, bounds(&desktop, id).y), (100.0 + 120.0 - 600.0, 30.0));
}

#[test]
fn no_two_windows_come_up_in_one_place() {
    let mut desktop = Desktop::new(AREA);
    let mut corners = Vec::new();
    for n in 0..40 {
        let id = desktop.open(&spec("files"), &n.to_string());
        let place = bounds(&desktop, id);
        assert!(AREA.holds(&place), "{place:?}");
        corners.push((place.x as i64, place.y as i64));
    }
    corners.sort_unstable();
    corners.dedup();
    assert_eq!(corners.len(), 40);
}

#[test]
fn an_app_comes_back_as_it_was_left() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.move_to(ids[0], Point { x: 40.0, y: 50.0 });
    desktop.resize_by(ids[0], Size::new(100.0, 60.0));
    let left = bounds(&desktop, ids[0]);
    desktop.toggle_maximise(ids[0]);
    desktop.close(ids[0]);
    let again = desktop.open(&spec("files"), "other");
    assert_eq!(desktop.get(again).unwrap().mode, Mode::Maximised);
    desktop.toggle_maximise(again);
    assert_eq!(bounds(&desktop, again), left);
    let other = desktop.open(&spec("terminal"), "");
    assert_eq!(bounds(&desktop, other).size(), Size::new(600.0, 400.0));
}

#[test]
fn a_small_area_makes_windows_small() {
    let mut desktop = Desktop::new(Rect::new(0.0, 0.0, 250.0, 150.0));
    let id = desktop.open(&spec("files"), "");
    assert_eq!(bounds(&desktop, id), desktop.area());
    desktop.snap(id, Zone::Right);
    assert_eq!(bounds(&desktop, id), desktop.area());
}

#[test]
fn a_window_made_too_small_by_the_screen_grows_back_with_it() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.set_area(Rect::new(0.0, 0.0, 100.0, 30.0));
    assert_eq!(bounds(&desktop, ids[0]), desktop.area());
    desktop.set_area(AREA);
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(0.0, 0.0, 300.0, 200.0));
}

#[test]
fn a_smaller_screen_keeps_windows_in_sight() {
    let (mut desktop, ids) = desktop(&["in", "hanging", "large", "half", "all"]);
    desktop.move_to(ids[0], Point { x: 600.0, y: 400.0 });
    desktop.move_to(ids[1], Point { x: 1080.0, y: 760.0 });
    desktop.move_to(ids[2], Point { x: 0.0, y: 0.0 });
    desktop.resize_by(ids[2], Size::new(500.0, 300.0));
    desktop.snap(ids[3], Zone::Right);
    desktop.toggle_maximise(ids[4]);
    let area = Rect::new(0.0, 0.0, 800.0, 500.0);
    desktop.set_area(area);
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(200.0, 100.0, 600.0, 400.0));
    assert_eq!(bounds(&desktop, ids[1]), Rect::new(680.0, 460.0, 600.0, 400.0));
    assert_eq!(bounds(&desktop, ids[2]), area);
    assert_eq!(bounds(&desktop, ids[3]), Rect::new(400.0, 0.0, 400.0, 500.0));
    assert_eq!(bounds(&desktop, ids[4]), area);
    desktop.toggle_maximise(ids[4]);
    assert!(area.holds(&bounds(&desktop, ids[4])));
}

#[test]
fn an_area_of_no_size_is_passed_over() {
    let (mut desktop, _) = desktop(&["a"]);
    let before = desktop.clone();
    desktop.set_area(Rect::new(0.0, 0.0, 0.0, 500.0));
    desktop.set_area(Rect::new(0.0, f64::NAN, 100.0, 500.0));
    assert_eq!(desktop, before);
}
