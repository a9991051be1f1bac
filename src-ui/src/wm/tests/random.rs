//! Whatever is done to it, in any order, the desktop stays one that a person can use.

use super::spec;
use crate::wm::{Desktop, Direction, Drag, Edge, Gesture, Mode, Point, Rect, Session, Size, VISIBLE, WindowId, Zone};

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }

    fn length(&mut self) -> f64 {
        self.roll(40_000) as f64 / 10.0 - 2000.0
    }

    fn point(&mut self) -> Point {
        Point { x: self.length(), y: self.length() }
    }

    fn area(&mut self) -> Rect {
        let (x, y) = (self.roll(60) as f64, self.roll(60) as f64);
        Rect::new(x, y, self.roll(2000) as f64, self.roll(1400) as f64)
    }

    /// An open window or, now and then, one that is not.
    fn window(&mut self, desktop: &Desktop) -> WindowId {
        let open: Vec<WindowId> = desktop.windows().iter().map(|window| window.id).collect();
        if open.is_empty() || self.roll(20) == 0 { WindowId(self.roll(500) as u32) } else { self.of(&open) }
    }
}

const DIRECTIONS: [Direction; 4] = [Direction::Left, Direction::Right, Direction::Up, Direction::Down];

fn act(desktop: &mut Desktop, drag: &mut Option<Drag>, dice: &mut Dice) {
    let id = dice.window(desktop);
    match dice.roll(24) {
        0..=2 => {
            let app = dice.of(&["files", "terminal", "settings"]);
            let args = dice.of(&["", "a", "b", "c", "d"]);
            let id = desktop.open(&spec(app), args);
            assert!(desktop.is_front(id));
        }
        3 => desktop.close(id),
        4 => desktop.focus(id),
        5 => desktop.minimise(id),
        6 => desktop.toggle_minimise(id),
        7 => desktop.toggle_maximise(id),
        8 => desktop.snap(id, dice.of(&Zone::ALL)),
        9 => desktop.tile(id, dice.of(&DIRECTIONS)),
        10 => desktop.move_by(id, dice.point()),
        11 => desktop.move_to(id, dice.point()),
        12 => desktop.resize_by(id, Size::new(dice.length(), dice.length())),
        13 => {
            if let Some(from) = desktop.get(id).map(|window| window.bounds) {
                desktop.resize(id, dice.of(&Edge::ALL), from, dice.point());
            }
        }
        14 => desktop.cycle(dice.roll(2) == 0),
        15 => desktop.set_area(dice.area()),
        16 => {
            desktop.summon(dice.of(&["files", "terminal", "settings"]));
        }
        17 => desktop.arrange(id, Mode::Normal),
        18 => {
            let gesture = if dice.roll(2) == 0 { Gesture::Move } else { Gesture::Resize(dice.of(&Edge::ALL)) };
            *drag = Drag::start(desktop, id, gesture, dice.point());
        }
        19..=21 => {
            if let Some(drag) = drag {
                drag.update(desktop, dice.point());
            }
        }
        22 => {
            if let Some(drag) = drag.take() {
                drag.end(desktop);
            }
        }
        _ => {
            if let Some(drag) = drag.take() {
                drag.cancel(desktop);
            }
        }
    }
}

fn check(desktop: &Desktop) {
    let area = desktop.area();
    let mut ids: Vec<WindowId> = desktop.windows().iter().map(|window| window.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), desktop.windows().len(), "an id is in the order twice");
    let shown = desktop.visible().count();
    assert_eq!(desktop.front().is_some(), shown > 0);
    assert!(desktop.front().is_none_or(|front| !front.minimised));
    for window in desktop.windows() {
        let at = window.bounds;
        assert!(at.is_sound(), "{window:?}");
        assert!(at.y >= area.y && at.y + 40f64.min(area.h) <= area.bottom(), "title out of sight: {window:?} {area:?}");
        let visible = at.right().min(area.right()) - at.x.max(area.x);
        assert!(visible >= VISIBLE.min(at.w).min(area.w), "out of reach: {window:?} {area:?}");
        match window.mode.rect(area, window.min) {
            Some(filled) => assert_eq!((at, window.restore.is_some()), (filled, true), "{window:?}"),
            None => assert_eq!(window.restore, None, "{window:?}"),
        }
        if let Some(restore) = window.restore {
            assert_eq!(restore.reachable(area), restore, "{window:?} {area:?}");
        }
        let same = desktop.of_app(&window.app).filter(|other| other.args == window.args).count();
        assert!(same == 1, "two windows show the same: {window:?}");
    }
}

#[test]
fn any_sequence_leaves_every_window_in_reach() {
    for seed in 1..=200 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let mut desktop = Desktop::new(Rect::new(0.0, 28.0, 1200.0, 800.0));
        let mut drag = None;
        for step in 0..300 {
            let before: Vec<WindowId> = desktop.windows().iter().map(|window| window.id).collect();
            act(&mut desktop, &mut drag, &mut dice);
            check(&desktop);
            let lost = before.iter().filter(|id| desktop.get(**id).is_none()).count();
            assert!(lost <= 1, "seed {seed}, step {step}: {lost} windows went");
        }
        let again = Session::read(&Session::of(&desktop).write()).unwrap();
        check(&again.desktop(dice.area(), |app| Some(spec(app))));
        assert_eq!(again.desktop(desktop.area(), |app| Some(spec(app))).windows().len(), desktop.windows().len());
    }
}
