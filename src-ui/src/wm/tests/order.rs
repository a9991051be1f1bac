//! Who is open, and who is in front.

use super::{desktop, spec};
use crate::wm::keys::{self, Action, Modifiers};
use crate::wm::{Desktop, Direction, WindowId};

fn order(desktop: &Desktop) -> Vec<&str> {
    desktop.visible().map(|window| window.args.as_str()).collect()
}

fn front(desktop: &Desktop) -> Option<WindowId> {
    desktop.front().map(|window| window.id)
}

#[test]
fn the_same_app_with_the_same_args_has_one_window() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    assert_eq!(desktop.open(&spec("files"), "a"), ids[0]);
    assert_eq!(order(&desktop), ["b", "a"]);
    assert_ne!(desktop.open(&spec("terminal"), "a"), ids[0]);
    assert_eq!(desktop.windows().len(), 3);
}

#[test]
fn opening_what_is_minimised_brings_it_back() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    desktop.minimise(ids[0]);
    desktop.open(&spec("files"), "a");
    assert_eq!(order(&desktop), ["b", "a"]);
}

#[test]
fn a_single_window_app_shows_what_it_is_asked_for_last() {
    let (mut desktop, _) = desktop(&["a"]);
    let id = desktop.open(&spec("settings"), "network");
    assert_eq!(desktop.open(&spec("settings"), ""), id);
    assert_eq!(desktop.get(id).unwrap().args, "network");
    assert_eq!(desktop.open(&spec("settings"), "models"), id);
    assert_eq!(desktop.get(id).unwrap().args, "models");
    assert_eq!(desktop.windows().len(), 2);
}

#[test]
fn the_focus_goes_to_the_next_in_order() {
    let (mut desktop, ids) = desktop(&["a", "b", "c"]);
    desktop.focus(ids[0]);
    assert_eq!(order(&desktop), ["b", "c", "a"]);
    desktop.close(ids[0]);
    assert_eq!(front(&desktop), Some(ids[2]));
    desktop.minimise(ids[2]);
    assert_eq!(front(&desktop), Some(ids[1]));
    desktop.close(ids[1]);
    assert_eq!(front(&desktop), None);
    desktop.toggle_minimise(ids[2]);
    assert_eq!(front(&desktop), Some(ids[2]));
}

#[test]
fn ids_are_not_used_twice() {
    let (mut desktop, ids) = desktop(&["a"]);
    desktop.close(ids[0]);
    assert_ne!(desktop.open(&spec("files"), "a"), ids[0]);
    let before = desktop.clone();
    desktop.focus(ids[0]);
    desktop.close(ids[0]);
    desktop.tile(ids[0], Direction::Left);
    assert_eq!(desktop, before);
}

#[test]
fn cycling_passes_every_visible_window_and_comes_back() {
    let (mut desktop, ids) = desktop(&["a", "b", "c", "d"]);
    desktop.minimise(ids[1]);
    let before = order(&desktop).join("");
    let mut seen = Vec::new();
    for _ in 0..3 {
        desktop.cycle(true);
        seen.push(front(&desktop).unwrap());
    }
    assert_eq!(seen, [ids[2], ids[0], ids[3]]);
    assert_eq!(order(&desktop).join(""), before);
    desktop.cycle(true);
    desktop.cycle(false);
    assert_eq!(order(&desktop).join(""), before);
}

#[test]
fn a_press_in_the_dock_shows_focuses_and_minimises() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    assert!(!desktop.summon("terminal"));
    let terminal = desktop.open(&spec("terminal"), "");
    assert!(desktop.summon("files"));
    assert_eq!(front(&desktop), Some(ids[1]));
    assert!(desktop.summon("files"));
    assert_eq!(front(&desktop), Some(terminal));
    desktop.minimise(ids[0]);
    assert!(desktop.summon("files"));
    assert_eq!(desktop.visible().count(), 2);
}

#[test]
fn titles_are_the_apps_own() {
    let (mut desktop, ids) = desktop(&["a"]);
    assert_eq!(desktop.get(ids[0]).unwrap().title, "FILES");
    desktop.set_title(ids[0], "Reports");
    assert_eq!(desktop.get(ids[0]).unwrap().title, "Reports");
}

#[test]
fn keys_act_on_the_window_in_front() {
    let (mut desktop, ids) = desktop(&["a", "b"]);
    let command = Modifiers { command: true, ..Modifiers::default() };
    assert_eq!(keys::action(command, "w", "KeyW"), Some(Action::Close));
    assert_eq!(keys::action(command, "W", "KeyW"), Some(Action::Close));
    assert_eq!(keys::action(Modifiers::default(), "w", "KeyW"), None);
    let alt = Modifiers { alt: true, ..Modifiers::default() };
    assert_eq!(keys::action(alt, "Dead", "Backquote"), Some(Action::Cycle(true)));
    assert!(Action::Close.apply(&mut desktop));
    assert_eq!(front(&desktop), Some(ids[0]));
    desktop.close(ids[0]);
    assert!(!Action::Close.apply(&mut desktop));
}

#[test]
fn no_key_is_in_the_table_twice() {
    for (at, row) in keys::SHORTCUTS.iter().enumerate() {
        let same = |other: &&keys::Shortcut| other.modifiers == row.modifiers && other.key == row.key;
        assert!(keys::SHORTCUTS[..at].iter().find(same).is_none(), "{row:?}");
    }
}
