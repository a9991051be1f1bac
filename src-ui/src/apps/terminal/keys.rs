//! Which keys are the program's in a terminal, and what the others do.

use crate::kit::Pressed;

/// Where a key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// To the program in the terminal.
    Program,
    /// To whoever listens further out: the app's tabs, the shell, the browser.
    Page,
    Copy,
    Find,
    /// The shell has ended: another one is wanted.
    Again,
}

/// Letters that the desktop wants with Alt in a terminal too. The rest are those of line editors: Alt+B, Alt+F, Alt+D.
const DESKTOP: [&str; 6] = ["KeyN", "KeyT", "KeyW", "KeyM", "KeyA", "Comma"];

/// Where a key goes; `code` is that of the `KeyboardEvent`. `selected`: some text is.
pub(super) fn route(key: &Pressed, code: &str, mac: bool, selected: bool, ended: bool) -> Route {
    let Pressed { control, meta, shift, alt, .. } = *key;
    let arrow = code.starts_with("Arrow");
    match code {
        "Enter" | "NumpadEnter" if ended && !(control || meta || alt) => Route::Again,
        // The browser pastes, and what it pastes comes by xterm's own listener.
        "KeyV" if control && shift && !alt => Route::Page,
        "Insert" if shift && !control => Route::Page,
        "KeyC" if control && shift && !alt => Route::Copy,
        "Insert" if control && !shift && selected => Route::Copy,
        "KeyF" if control && shift && !alt => Route::Find,
        "KeyF" if meta && mac => Route::Find,
        "KeyK" if control && shift && !alt => Route::Page,
        "Tab" | "PageUp" | "PageDown" if control => Route::Page,
        _ if meta => Route::Page,
        _ if arrow && alt && (control || shift) => Route::Page,
        _ if alt && !control && !mac && is_desktops(code) => Route::Page,
        _ => Route::Program,
    }
}

fn is_desktops(code: &str) -> bool {
    code.starts_with("Digit") || code == "Backquote" || DESKTOP.contains(&code)
}

/// What Control makes of a typed letter, for keyboards on a touch screen that have none.
pub(super) fn controlled(typed: &[u8]) -> Vec<u8> {
    match typed {
        [letter @ (b'@'..=b'_' | b'a'..=b'z')] => vec![letter & 0x1f],
        [b' '] => vec![0],
        [b'?'] => vec![0x7f],
        other => other.to_vec(),
    }
}

/// Whether a program seems to run: it has the whole screen, or the line with the cursor does not begin as a prompt does.
/// A prompt nobody knows counts as a program, so that one is asked once too often and never too seldom.
pub(super) fn seems_busy(whole: bool, line: &str) -> bool {
    const ENDS: [char; 5] = ['$', '#', '%', '>', '\u{276f}'];
    let line = line.trim_end_matches('\0');
    let prompt = ENDS.iter().any(|end| line.ends_with(*end) || line.contains(&format!("{end} ")));
    whole || !prompt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, held: &str) -> Pressed {
        Pressed {
            key: key.to_owned(),
            control: held.contains('c'),
            meta: held.contains('m'),
            shift: held.contains('s'),
            alt: held.contains('a'),
        }
    }

    fn routed(name: &str, held: &str, code: &str) -> Route {
        route(&key(name, held), code, false, false, false)
    }

    #[test]
    fn control_is_the_programs_and_the_desktop_keeps_its_own() {
        for (name, code) in [("c", "KeyC"), ("w", "KeyW"), ("k", "KeyK"), ("v", "KeyV")] {
            assert_eq!(routed(name, "c", code), Route::Program, "{name}");
        }
        for (name, held, code) in [
            ("t", "a", "KeyT"),
            ("1", "a", "Digit1"),
            ("Tab", "c", "Tab"),
            ("K", "cs", "KeyK"),
            ("ArrowLeft", "ca", "ArrowLeft"),
            ("c", "m", "KeyC"),
        ] {
            assert_eq!(routed(name, held, code), Route::Page, "{held} {name}");
        }
        assert_eq!(routed("b", "a", "KeyB"), Route::Program);
        assert_eq!(routed("ArrowLeft", "a", "ArrowLeft"), Route::Program);
    }

    #[test]
    fn copy_and_find_have_keys_that_no_program_gets() {
        assert_eq!(routed("C", "cs", "KeyC"), Route::Copy);
        assert_eq!(routed("F", "cs", "KeyF"), Route::Find);
        assert_eq!(route(&key("Insert", "c"), "Insert", false, true, false), Route::Copy);
        assert_eq!(routed("Insert", "c", "Insert"), Route::Program);
        assert_eq!(routed("V", "cs", "KeyV"), Route::Page);
    }

    #[test]
    fn enter_asks_for_a_shell_only_where_there_is_none() {
        assert_eq!(routed("Enter", "", "Enter"), Route::Program);
        assert_eq!(route(&key("Enter", ""), "Enter", false, false, true), Route::Again);
    }

    #[test]
    fn control_makes_control_characters() {
        assert_eq!(controlled(b"c"), [3]);
        assert_eq!(controlled(b"["), [27]);
        assert_eq!(controlled(b" "), [0]);
        assert_eq!(controlled(b"\x1b[A"), b"\x1b[A");
    }

    #[test]
    fn a_prompt_is_told_from_a_program() {
        assert!(!seems_busy(false, "ada@aether:~$ "));
        assert!(!seems_busy(false, "ada@aether:~$ ls -l"));
        assert!(seems_busy(false, ""), "what runs in silence");
        assert!(seems_busy(false, "y"));
        assert!(seems_busy(true, "ada@aether:~$ "));
    }
}
