//! Names of files as they are shown: every character of them in sight, and none that changes its surroundings.

use std::fmt::Write;

use yew::prelude::*;

/// A name with what cannot be seen made visible, so that no name looks like another one's.
pub fn shown(name: &str) -> String {
    let edge = name.trim_matches(' ');
    let (leading, trailing) = match name.find(edge) {
        Some(at) if !edge.is_empty() => (at, name.len() - at - edge.len()),
        _ => (name.len(), 0),
    };
    let mut shown = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        match c {
            ' ' if at < leading || at >= name.len() - trailing => shown.push_str("\u{2039}space\u{203a}"),
            '\n' => shown.push_str("\u{2039}newline\u{203a}"),
            '\t' => shown.push_str("\u{2039}tab\u{203a}"),
            c if is_hidden(c) => {
                // A string takes whatever is written to it.
                let _ = write!(shown, "\u{2039}{:02X}\u{203a}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A name as a part of a sentence that no element sets apart.
pub fn isolated(name: &str) -> String {
    let shown = shown(name);
    if shown.is_ascii() { shown } else { format!("\u{2068}{shown}\u{2069}") }
}

/// What takes no room, or turns the order of what is around it. Joiners stay: scripts and emoji are written with them.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e001f}')
}

/// What is wrong with a name that somebody gives, if anything is.
pub fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("Type a name."),
        "." | ".." => Some("This name means another folder. Choose another one."),
        name if name.contains('/') => Some("A name cannot hold a slash. Choose another one."),
        name if name.contains('\0') => Some("A name cannot hold this character. Choose another one."),
        name if name.len() > 255 => Some("A name has at most 255 bytes. Choose a shorter one."),
        _ => None,
    }
}

/// The name without its ending, and the ending with its point: `("a.tar", ".gz")`, `(".bashrc", "")`.
pub fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// A name that is not taken: `a.txt`, `a (2).txt`, `a (3).txt`.
pub fn free(name: &str, is_folder: bool, taken: impl Fn(&str) -> bool) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let (stem, ending) = if is_folder { (name, "") } else { parts(name) };
    let (stem, first) = counted(stem);
    let mut number = first;
    loop {
        let next = format!("{stem} ({number}){ending}");
        if !taken(&next) {
            return next;
        }
        number += 1;
    }
}

/// A stem that ends with a number, and the number after it.
fn counted(stem: &str) -> (&str, u64) {
    let counted = stem.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match counted.and_then(|(stem, number)| Some((stem, number.parse::<u64>().ok()?))) {
        Some((stem, number)) if !stem.is_empty() && number < u64::MAX => (stem, number + 1),
        _ => (stem, 2),
    }
}

#[derive(Properties, PartialEq)]
pub struct FileNameProps {
    pub name: AttrValue,
    #[prop_or_default]
    pub class: Classes,
}

/// A file's name, kept to itself whatever way it is written.
#[function_component]
pub fn FileName(props: &FileNameProps) -> Html {
    let text = shown(&props.name);
    html! { <bdi class={classes!("file-name", props.class.clone())} title={text.clone()}>{ text }</bdi> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown_and_the_rest_stays() {
        for (name, expect) in [
            ("plain.txt", "plain.txt"),
            ("a\nb\tc", "a‹newline›b‹tab›c"),
            ("\u{202e}gnp.exe", "‹202E›gnp.exe"),
            ("zero\u{200b}width", "zero‹200B›width"),
            (" edge  ", "‹space›edge‹space›‹space›"),
            ("  ", "‹space›‹space›"),
            ("family 👩\u{200d}👧", "family 👩\u{200d}👧"),
            ("e\u{301}", "e\u{301}"),
            ("שלום", "שלום"),
            ("\u{7f}", "‹7F›"),
        ] {
            assert_eq!(shown(name), expect, "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_the_next_number() {
        let taken = ["a.txt", "a (2).txt", "b", "c (9)", ".rc", "d.tar"];
        let free = |name, folder| free(name, folder, |other| taken.contains(&other));
        assert_eq!(free("new", false), "new");
        assert_eq!(free("a.txt", false), "a (3).txt");
        assert_eq!(free("a (2).txt", false), "a (3).txt");
        assert_eq!(free("b", true), "b (2)");
        assert_eq!(free("c (9)", true), "c (10)");
        assert_eq!(free(".rc", false), ".rc (2)");
        assert_eq!(free("d.tar", true), "d.tar (2)");
    }

    #[test]
    fn names_that_no_file_can_have_are_refused() {
        for name in ["", ".", "..", "a/b", "a\0", &"x".repeat(256)] {
            assert!(refusal(name).is_some(), "{name:?}");
        }
        for name in ["a", "\n", "\"'", "…", ".hidden", "a.b.c"] {
            assert!(refusal(name).is_none(), "{name:?}");
        }
    }
}
