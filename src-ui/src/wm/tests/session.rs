//! What is kept from one day to the next.

use super::{AREA, bounds, desktop, spec};
use crate::wm::{AppSpec, Mode, Point, Rect, Session, Zone};

fn known(app: &str) -> Option<AppSpec> {
    (app != "gone").then(|| spec(app))
}

#[test]
fn a_session_comes_back_as_it_was() {
    let (mut desktop, ids) = desktop(&["a", "b", "c", "d"]);
    desktop.snap(ids[0], Zone::BottomLeft);
    desktop.move_to(ids[1], Point { x: 1000.0, y: 700.0 });
    desktop.set_title(ids[1], "Reports");
    desktop.toggle_maximise(ids[2]);
    desktop.minimise(ids[2]);
    let closed = desktop.open(&spec("terminal"), "");
    desktop.move_to(closed, Point { x: 7.0, y: 8.0 });
    desktop.close(closed);
    let read = Session::read(&Session::of(&desktop).write()).unwrap();
    let mut again = read.desktop(AREA, known);
    let shape = |desktop: &crate::wm::Desktop| {
        let of = |w: &crate::wm::Window| (w.args.clone(), w.title.clone(), w.bounds, w.restore, w.mode, w.minimised);
        desktop.windows().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(shape(&again), shape(&desktop));
    let terminal = again.open(&spec("terminal"), "");
    assert_eq!((bounds(&again, terminal).x, bounds(&again, terminal).y), (7.0, 8.0));
}

#[test]
fn apps_that_are_gone_are_left_out() {
    let (mut desktop, _) = desktop(&["a"]);
    desktop.open(&spec("gone"), "");
    let closed = desktop.open(&spec("gone"), "other");
    desktop.close(closed);
    let again = Session::of(&desktop).desktop(AREA, known);
    assert_eq!(again.windows().len(), 1);
    assert!(!Session::of(&again).write().contains("gone"));
}

#[test]
fn a_smaller_screen_brings_all_inside() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    desktop.toggle_maximise(ids[0]);
    desktop.move_to(ids[1], Point { x: 1000.0, y: 700.0 });
    let area = Rect::new(0.0, 0.0, 500.0, 300.0);
    let again = Session::of(&desktop).desktop(area, known);
    assert_eq!(again.windows()[0].bounds, area);
    assert_eq!(again.windows()[0].restore, Some(area));
    assert!(area.holds(&again.windows()[1].bounds));
}

#[test]
fn another_form_and_damage_are_no_session() {
    assert_eq!(Session::read(r#"{"version":2,"windows":[]}"#), None);
    assert_eq!(Session::read("{\"version\":1,\"windows\":[{"), None);
    assert_eq!(Session::read(""), None);
    assert!(Session::read(r#"{"version":1}"#).is_some());
}

#[test]
fn nonsense_in_it_does_no_harm() {
    let text = r#"{"version":1,"later":true,"remembered":{"files":{"bounds":{"x":0,"y":0,"w":-4,"h":0},"maximised":false}},
        "windows":[{"app":"files","bounds":{"x":1e300,"y":-1e300,"w":0.5,"h":1e300}},
                   {"app":"files","bounds":{"x":5,"y":5,"w":0,"h":-1},"mode":"maximised"},
                   {"app":"settings","bounds":{"x":5,"y":5,"w":400,"h":300},"mode":{"snapped":"top-left"}}]}"#;
    let desktop = Session::read(text).unwrap().desktop(AREA, known);
    assert_eq!(desktop.windows().len(), 2);
    assert!(desktop.windows().iter().all(|window| AREA.holds(&window.bounds) && window.bounds.w >= 300.0));
    assert_eq!(desktop.windows()[1].mode, Mode::Snapped(Zone::TopLeft));
}
