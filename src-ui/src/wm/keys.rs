//! What the keyboard does with windows: a table from keys to actions, and what each action does.

use super::desktop::Desktop;
use super::geometry::{Direction, Size};

/// How far one press of a key moves or resizes a window.
pub const STEP: f64 = 32.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Close,
    Minimise,
    ToggleMaximise,
    /// The window behind comes to the front; false: the one at the very back.
    Cycle(bool),
    Tile(Direction),
    Move(Direction),
    Resize(Direction),
}

/// The keys held with another: `command` is Cmd on a Mac and Ctrl elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    pub command: bool,
    pub alt: bool,
    pub shift: bool,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortcut {
    pub modifiers: Modifiers,
    /// As `KeyboardEvent.key` says it, in lower case; as `KeyboardEvent.code` for keys whose sign changes with Alt.
    pub key: &'static str,
    pub action: Action,
    /// What it does, for menus and for the list of shortcuts.
    pub label: &'static str,
}

const fn held(command: bool, alt: bool, shift: bool) -> Modifiers {
    Modifiers { command, alt, shift }
}

const fn row(modifiers: Modifiers, key: &'static str, action: Action, label: &'static str) -> Shortcut {
    Shortcut { modifiers, key, action, label }
}

const COMMAND: Modifiers = held(true, false, false);
const TILE: Modifiers = held(true, true, false);
const MOVE: Modifiers = held(false, true, true);
const RESIZE: Modifiers = held(true, true, true);

/// All of them. Where two do the same, the first is the one to show: a browser keeps some keys for itself.
pub const SHORTCUTS: &[Shortcut] = &[
    row(COMMAND, "w", Action::Close, "Close window"),
    row(COMMAND, "q", Action::Close, "Close window"),
    row(COMMAND, "m", Action::Minimise, "Minimise window"),
    row(held(true, false, true), "m", Action::ToggleMaximise, "Maximise or restore window"),
    row(COMMAND, "tab", Action::Cycle(true), "Next window"),
    row(held(false, true, false), "backquote", Action::Cycle(true), "Next window"),
    row(held(true, false, true), "tab", Action::Cycle(false), "Previous window"),
    row(held(false, true, true), "backquote", Action::Cycle(false), "Previous window"),
    row(TILE, "arrowleft", Action::Tile(Direction::Left), "Tile to the left"),
    row(TILE, "arrowright", Action::Tile(Direction::Right), "Tile to the right"),
    row(TILE, "arrowup", Action::Tile(Direction::Up), "Tile up"),
    row(TILE, "arrowdown", Action::Tile(Direction::Down), "Tile down"),
    row(MOVE, "arrowleft", Action::Move(Direction::Left), "Move left"),
    row(MOVE, "arrowright", Action::Move(Direction::Right), "Move right"),
    row(MOVE, "arrowup", Action::Move(Direction::Up), "Move up"),
    row(MOVE, "arrowdown", Action::Move(Direction::Down), "Move down"),
    row(RESIZE, "arrowleft", Action::Resize(Direction::Left), "Make narrower"),
    row(RESIZE, "arrowright", Action::Resize(Direction::Right), "Make wider"),
    row(RESIZE, "arrowup", Action::Resize(Direction::Up), "Make shorter"),
    row(RESIZE, "arrowdown", Action::Resize(Direction::Down), "Make taller"),
];

/// What a press of a key asks for; `key` and `code` are those of the `KeyboardEvent`.
pub fn action(modifiers: Modifiers, key: &str, code: &str) -> Option<Action> {
    SHORTCUTS
        .iter()
        .find(|row| {
            row.modifiers == modifiers && (row.key.eq_ignore_ascii_case(key) || row.key.eq_ignore_ascii_case(code))
        })
        .map(|row| row.action)
}

impl Action {
    /// Does it to the window with the focus. False: there is none, and the key is somebody else's.
    pub fn apply(self, desktop: &mut Desktop) -> bool {
        let Some(id) = desktop.front().map(|window| window.id) else { return false };
        match self {
            Action::Close => desktop.close(id),
            Action::Minimise => desktop.minimise(id),
            Action::ToggleMaximise => desktop.toggle_maximise(id),
            Action::Cycle(forward) => desktop.cycle(forward),
            Action::Tile(to) => desktop.tile(id, to),
            Action::Move(to) => {
                let mut by = to.step();
                by.x *= STEP;
                by.y *= STEP;
                desktop.move_by(id, by);
            }
            Action::Resize(to) => {
                let step = to.step();
                desktop.resize_by(id, Size::new(step.x * STEP, step.y * STEP));
            }
        }
        true
    }
}
