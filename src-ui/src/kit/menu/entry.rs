//! What a menu is made of, and where its keys lead.

use yew::AttrValue;

use crate::kit::{Glyph, Shortcut, Tone};

/// A line of a menu.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuEntry {
    Item(MenuItem),
    Separator,
    /// The name of the lines below it.
    Heading(AttrValue),
}

impl From<MenuItem> for MenuEntry {
    fn from(item: MenuItem) -> Self {
        MenuEntry::Item(item)
    }
}

/// A command of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuItem {
    /// What `onselect` is told.
    pub id: AttrValue,
    pub label: AttrValue,
    pub icon: Option<Glyph>,
    pub shortcut: Option<Shortcut>,
    /// For commands that turn something on and off: whether it is on.
    pub checked: Option<bool>,
    pub disabled: bool,
    /// Something is lost by it.
    pub danger: bool,
    /// What its icon and its hint say of a state.
    pub tone: Tone,
    /// Quietly after the label.
    pub hint: Option<AttrValue>,
}

impl MenuItem {
    pub fn new(id: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        MenuItem {
            id: id.into(),
            label: label.into(),
            icon: None,
            shortcut: None,
            checked: None,
            disabled: false,
            danger: false,
            tone: Tone::Neutral,
            hint: None,
        }
    }

    pub fn icon(mut self, icon: Glyph) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn shortcut(mut self, shortcut: Option<Shortcut>) -> Self {
        self.shortcut = shortcut;
        self
    }

    pub fn checked(mut self, checked: bool) -> Self {
        self.checked = Some(checked);
        self
    }

    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    pub fn hint(mut self, hint: impl Into<AttrValue>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Where the focus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    First,
    Last,
    Next,
    Previous,
}

/// The line that a move from `from` leads to: items only, round the ends.
pub(super) fn moved(entries: &[MenuEntry], from: Option<usize>, by: Move) -> Option<usize> {
    let items: Vec<usize> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| matches!(entry, MenuEntry::Item(_)))
        .map(|(index, _)| index)
        .collect();
    let (first, last) = (*items.first()?, *items.last()?);
    Some(match (by, from) {
        (Move::First, _) | (Move::Next, None) => first,
        (Move::Last, _) | (Move::Previous, None) => last,
        (Move::Next, Some(from)) => items.iter().copied().find(|item| *item > from).unwrap_or(first),
        (Move::Previous, Some(from)) => items.iter().rev().copied().find(|item| *item < from).unwrap_or(last),
    })
}

/// The next line after `from` whose label begins with what was typed. One letter again and again goes from one line
/// with it to the next.
pub(super) fn typed(entries: &[MenuEntry], from: Option<usize>, text: &str) -> Option<usize> {
    let mut letters = text.chars();
    let first = letters.next()?;
    let repeated = letters.all(|letter| letter == first);
    let wanted = if repeated { first.to_lowercase().to_string() } else { text.to_lowercase() };
    let start = match from {
        Some(from) if repeated => from + 1,
        Some(from) => from,
        None => 0,
    };
    (0..entries.len()).map(|step| (start + step) % entries.len()).find(|index| match entries.get(*index) {
        Some(MenuEntry::Item(item)) => item.label.to_lowercase().starts_with(&wanted),
        Some(MenuEntry::Separator | MenuEntry::Heading(_)) | None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<MenuEntry> {
        vec![
            MenuEntry::Heading("File".into()),
            MenuItem::new("open", "Open").into(),
            MenuItem::new("over", "Overwrite").into(),
            MenuEntry::Separator,
            MenuItem::new("rename", "Rename").into(),
        ]
    }

    #[test]
    fn moves_pass_over_what_is_no_command_and_go_round() {
        let entries = entries();
        assert_eq!(moved(&entries, None, Move::Next), Some(1));
        assert_eq!(moved(&entries, Some(2), Move::Next), Some(4));
        assert_eq!(moved(&entries, Some(4), Move::Next), Some(1));
        assert_eq!(moved(&entries, Some(1), Move::Previous), Some(4));
        assert_eq!(moved(&[MenuEntry::Separator], None, Move::First), None);
    }

    #[test]
    fn typing_finds_the_label_and_the_same_letter_the_next_one() {
        let entries = entries();
        assert_eq!(typed(&entries, None, "o"), Some(1));
        assert_eq!(typed(&entries, Some(1), "oo"), Some(2));
        assert_eq!(typed(&entries, Some(2), "o"), Some(1));
        assert_eq!(typed(&entries, Some(1), "ov"), Some(2));
        assert_eq!(typed(&entries, Some(1), "x"), None);
    }
}
