//! Halves, quarters, all of it, and sizes by edges and keys.

use super::{AREA, bounds, desktop};
use crate::wm::{Direction, Edge, Mode, Point, Rect, Size, Zone};

#[test]
fn zones_join_without_a_gap() {
    let area = Rect::new(10.0, 28.0, 1281.0, 701.0);
    let [left, right, top_left, top_right, bottom_left, bottom_right] = Zone::ALL.map(|zone| zone.rect(area));
    assert_eq!((left.x, left.right(), right.right()), (area.x, right.x, area.right()));
    assert_eq!((left.h, right.h), (area.h, area.h));
    assert_eq!((top_left.bottom(), bottom_left.bottom()), (bottom_left.y, area.bottom()));
    assert_eq!((top_right.x, top_right.right(), bottom_right.x), (top_left.right(), area.right(), right.x));
    assert_eq!(
        top_left.w * top_left.h + top_right.w * top_right.h + right.w * bottom_right.h + left.w * bottom_left.h,
        { area.w * area.h }
    );
}

#[test]
fn a_mode_is_left_for_the_place_from_before() {
    let (mut desktop, ids) = desktop(&["a"]);
    let home = bounds(&desktop, ids[0]);
    desktop.snap(ids[0], Zone::TopRight);
    desktop.snap(ids[0], Zone::Left);
    desktop.toggle_maximise(ids[0]);
    assert_eq!(bounds(&desktop, ids[0]), AREA);
    desktop.toggle_maximise(ids[0]);
    let window = desktop.get(ids[0]).unwrap();
    assert_eq!((window.bounds, window.mode, window.restore), (home, Mode::Normal, None));
}

#[test]
fn a_zone_is_not_smaller_than_its_window_can_be() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.set_area(Rect::new(0.0, 0.0, 500.0, 300.0));
    desktop.snap(ids[0], Zone::BottomRight);
    assert_eq!(bounds(&desktop, ids[0]), Rect::new(200.0, 100.0, 300.0, 200.0));
}

#[test]
fn arrow_keys_tile_as_people_know_it() {
    use Direction::{Down, Left, Right, Up};
    let check = |keys: &[Direction], expected: Option<Mode>| {
        let (mut desktop, ids) = desktop(&["a"]);
        for key in keys {
            desktop.tile(ids[0], *key);
        }
        let window = desktop.get(ids[0]).unwrap();
        assert_eq!((!window.minimised).then_some(window.mode), expected, "{keys:?}");
    };
    let snapped = |zone| Some(Mode::Snapped(zone));
    check(&[Left], snapped(Zone::Left));
    check(&[Left, Left], snapped(Zone::Left));
    check(&[Left, Right], Some(Mode::Normal));
    check(&[Right, Up], snapped(Zone::TopRight));
    check(&[Right, Up, Left], snapped(Zone::TopLeft));
    check(&[Right, Up, Up], Some(Mode::Maximised));
    check(&[Right, Up, Down], snapped(Zone::Right));
    check(&[Left, Down], snapped(Zone::BottomLeft));
    check(&[Left, Down, Right], snapped(Zone::BottomRight));
    check(&[Left, Down, Down], None);
    check(&[Up], Some(Mode::Maximised));
    check(&[Up, Up], Some(Mode::Maximised));
    check(&[Up, Left], snapped(Zone::Left));
    check(&[Up, Down], Some(Mode::Normal));
    check(&[Up, Down, Down], None);
    check(&[Down, Left], None);
}

#[test]
fn each_edge_moves_alone() {
    let by = Point { x: 10.0, y: 20.0 };
    for edge in Edge::ALL {
        let (mut desktop, ids) = desktop(&["a"]);
        let from = bounds(&desktop, ids[0]);
        desktop.resize(ids[0], edge, from, by);
        let now = bounds(&desktop, ids[0]);
        let moved = |side: char, by: f64| if edge.name().contains(side) { by } else { 0.0 };
        assert_eq!(now.x - from.x, moved('w', 10.0), "{edge:?}");
        assert_eq!(now.right() - from.right(), moved('e', 10.0), "{edge:?}");
        assert_eq!(now.y - from.y, moved('n', 20.0), "{edge:?}");
        assert_eq!(now.bottom() - from.bottom(), moved('s', 20.0), "{edge:?}");
    }
}

#[test]
fn an_edge_stops_at_the_least_size_and_at_the_screens_end() {
    for edge in Edge::ALL {
        for far in [-9999.0, 9999.0] {
            let (mut desktop, ids) = desktop(&["a"]);
            let from = bounds(&desktop, ids[0]);
            desktop.resize(ids[0], edge, from, Point { x: far, y: far });
            let now = bounds(&desktop, ids[0]);
            assert!(now.w >= 300.0 && now.h >= 200.0 && AREA.holds(&now), "{edge:?} {now:?}");
            assert!(edge.name().contains('w') || now.x == from.x, "{edge:?} {now:?}");
            assert!(edge.name().contains('e') || now.right() == from.right(), "{edge:?} {now:?}");
            assert!(edge.name().contains('n') || now.y == from.y, "{edge:?} {now:?}");
            assert!(edge.name().contains('s') || now.bottom() == from.bottom(), "{edge:?} {now:?}");
        }
    }
}

#[test]
fn keys_move_and_resize_by_steps() {
    let (mut desktop, ids) = desktop(&["a"]);
    let from = bounds(&desktop, ids[0]);
    desktop.move_by(ids[0], Point { x: -32.0, y: 32.0 });
    desktop.resize_by(ids[0], Size::new(32.0, -32.0));
    let expected = Rect::new(from.x - 32.0, from.y + 32.0, from.w + 32.0, from.h - 32.0);
    assert_eq!(bounds(&desktop, ids[0]), expected);
    desktop.resize_by(ids[0], Size::new(-9999.0, -9999.0));
    assert_eq!(bounds(&desktop, ids[0]).size(), Size::new(300.0, 200.0));
}

#[test]
fn a_snapped_window_is_moved_free_and_a_maximised_one_is_not() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.snap(ids[0], Zone::Left);
    desktop.move_by(ids[0], Point { x: 32.0, y: 0.0 });
    let window = desktop.get(ids[0]).unwrap();
    assert_eq!((window.mode, window.bounds), (Mode::Normal, Rect::new(32.0, 0.0, 600.0, 800.0)));
    desktop.toggle_maximise(ids[0]);
    desktop.move_by(ids[0], Point { x: 32.0, y: 0.0 });
    desktop.resize_by(ids[0], Size::new(-32.0, 0.0));
    assert_eq!(bounds(&desktop, ids[0]), AREA);
}
