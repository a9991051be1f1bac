//! Which entries are chosen, and where the keyboard is. By their paths: a folder that changes loses no choice.

use std::collections::BTreeSet;

/// How a click or a move of the cursor changes what is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// This one and no other.
    Only,
    /// This one too, or no longer.
    Toggle,
    /// All from where the last choice began to this one.
    Range,
    /// The cursor goes there; what is chosen stays.
    Keep,
}

impl How {
    pub fn held(shift: bool, control: bool) -> How {
        match (shift, control) {
            (true, _) => How::Range,
            (false, true) => How::Toggle,
            (false, false) => How::Only,
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    chosen: BTreeSet<String>,
    /// Where a range begins.
    anchor: Option<String>,
    cursor: Option<String>,
}

impl Selection {
    pub fn of(paths: impl IntoIterator<Item = String>) -> Selection {
        let chosen: BTreeSet<String> = paths.into_iter().collect();
        let first = chosen.first().cloned();
        Selection { anchor: first.clone(), cursor: first, chosen }
    }

    pub fn contains(&self, path: &str) -> bool {
        self.chosen.contains(path)
    }

    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.chosen.iter().map(String::as_str)
    }

    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Chooses by the entry at `index` of what is shown.
    pub fn choose(&mut self, rows: &[&str], index: usize, how: How) {
        let Some(path) = rows.get(index).map(|path| (*path).to_owned()) else { return };
        match how {
            How::Only => {
                self.chosen = BTreeSet::from([path.clone()]);
                self.anchor = Some(path.clone());
            }
            How::Toggle => {
                if !self.chosen.remove(&path) {
                    self.chosen.insert(path.clone());
                }
                self.anchor = Some(path.clone());
            }
            How::Range => {
                let from = self.anchor.as_deref().and_then(|anchor| rows.iter().position(|row| *row == anchor));
                let from = from.unwrap_or(index);
                let (first, last) = (from.min(index), from.max(index));
                self.chosen = rows.iter().take(last + 1).skip(first).map(|row| (*row).to_owned()).collect();
                self.anchor = rows.get(from).map(|row| (*row).to_owned());
            }
            How::Keep => {}
        }
        self.cursor = Some(path);
    }

    /// Chooses the entries at these places, with those that were chosen `before`.
    pub fn choose_these(&mut self, rows: &[&str], places: &[usize], before: &Selection) {
        let path = |place: &usize| rows.get(*place).map(|path| (*path).to_owned());
        self.chosen = before.chosen.iter().cloned().chain(places.iter().filter_map(path)).collect();
        self.anchor = places.iter().find_map(path).or_else(|| before.anchor.clone());
        self.cursor.clone_from(&before.cursor);
    }

    pub fn choose_all(&mut self, rows: &[&str]) {
        self.chosen = rows.iter().map(|row| (*row).to_owned()).collect();
        if self.cursor.is_none() {
            self.cursor = rows.first().map(|row| (*row).to_owned());
        }
    }

    pub fn clear(&mut self) {
        self.chosen.clear();
        self.anchor = None;
    }

    /// Drops what is no longer there. A cursor whose entry is gone goes to the one that took its place.
    pub fn settle(&mut self, before: &[&str], now: &[&str]) {
        let there: BTreeSet<&str> = now.iter().copied().collect();
        let lost_all = !self.chosen.is_empty() && self.chosen.iter().all(|path| !there.contains(path.as_str()));
        self.chosen.retain(|path| there.contains(path.as_str()));
        self.anchor = self.anchor.take().filter(|path| there.contains(path.as_str()));
        let Some(cursor) = self.cursor.take() else { return };
        if there.contains(cursor.as_str()) {
            self.cursor = Some(cursor);
            return;
        }
        let place = before.iter().position(|row| *row == cursor).unwrap_or_default();
        let next = before.get(place..).unwrap_or_default().iter().find(|row| there.contains(**row));
        self.cursor = next.or(now.last()).map(|row| (*row).to_owned());
        if lost_all {
            self.chosen.extend(self.cursor.clone());
            self.anchor.clone_from(&self.cursor);
        }
    }

    /// An entry has another name from now on.
    pub fn renamed(&mut self, from: &str, to: &str) {
        if self.chosen.remove(from) {
            self.chosen.insert(to.to_owned());
        }
        for place in [&mut self.anchor, &mut self.cursor] {
            if place.as_deref() == Some(from) {
                *place = Some(to.to_owned());
            }
        }
    }
}

/// Where an arrow key leads in a field of entries that is so many wide.
pub fn moved(key: &str, from: Option<usize>, count: usize, columns: usize, page: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let columns = columns.max(1);
    let Some(from) = from else {
        return match key {
            "ArrowDown" | "ArrowRight" | "Home" | "PageDown" => Some(0),
            "ArrowUp" | "ArrowLeft" | "End" | "PageUp" => Some(last),
            _ => None,
        };
    };
    Some(match key {
        "ArrowDown" if from + columns <= last => from + columns,
        // The last line may be shorter than the one above it.
        "ArrowDown" if from / columns < last / columns => last,
        "ArrowUp" if from >= columns => from - columns,
        "ArrowRight" if columns > 1 => (from + 1).min(last),
        "ArrowLeft" if columns > 1 => from.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        "PageDown" => (from + page.max(1) * columns).min(last),
        "PageUp" => from.saturating_sub(page.max(1) * columns),
        "ArrowDown" | "ArrowUp" => from,
        _ => return None,
    })
}

/// The next entry that begins with what was typed. One letter again and again goes from one entry with it to the next.
pub fn typed(names: &[&str], from: Option<usize>, text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let repeated = text.chars().all(|letter| letter == first);
    let wanted = if repeated { first.to_lowercase().to_string() } else { text.to_lowercase() };
    let start = match from {
        Some(from) if repeated => from + 1,
        Some(from) => from,
        None => 0,
    };
    (0..names.len())
        .map(|step| (start + step) % names.len())
        .find(|index| names.get(*index).is_some_and(|name| name.to_lowercase().starts_with(&wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn chosen(selection: &Selection) -> Vec<&str> {
        selection.paths().collect()
    }

    #[test]
    fn clicks_choose_as_people_know_it() {
        let mut selection = Selection::default();
        selection.choose(&ROWS, 1, How::Only);
        selection.choose(&ROWS, 3, How::Range);
        assert_eq!(chosen(&selection), ["b", "c", "d"]);
        selection.choose(&ROWS, 0, How::Range);
        assert_eq!(chosen(&selection), ["a", "b"]);
        selection.choose(&ROWS, 4, How::Toggle);
        selection.choose(&ROWS, 0, How::Toggle);
        assert_eq!(chosen(&selection), ["b", "e"]);
        selection.choose(&ROWS, 2, How::Keep);
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["b", "e"], Some("c")));
        selection.choose(&ROWS, 9, How::Only);
        assert_eq!(selection.len(), 2);
    }

    #[test]
    fn what_a_band_touches_is_chosen_with_what_was_before() {
        let before = Selection::of([String::from("e")]);
        let mut selection = Selection::default();
        selection.choose_these(&ROWS, &[1, 2, 7], &before);
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["b", "c", "e"], Some("e")));
        selection.choose(&ROWS, 3, How::Range);
        assert_eq!(chosen(&selection), ["b", "c", "d"], "a range goes on from the first of them");
        selection.choose_these(&ROWS, &[2], &Selection::default());
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["c"], None));
        selection.choose_these(&ROWS, &[], &before);
        assert_eq!(selection, before);
    }

    #[test]
    fn what_goes_leaves_the_cursor_beside_it() {
        let mut selection = Selection::default();
        selection.choose(&ROWS, 1, How::Only);
        selection.settle(&ROWS, &["a", "c", "d", "e"]);
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["c"], Some("c")));
        selection.choose_all(&["a", "c", "d", "e"]);
        selection.settle(&["a", "c", "d", "e"], &["a", "new"]);
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["a"], Some("new")));
        selection.settle(&["a", "new"], &[]);
        assert_eq!((selection.len(), selection.cursor()), (0, None));
    }

    #[test]
    fn a_new_name_is_the_same_entry() {
        let mut selection = Selection::of([String::from("a")]);
        selection.renamed("a", "z");
        assert_eq!((chosen(&selection), selection.cursor()), (vec!["z"], Some("z")));
    }

    #[test]
    fn arrows_stay_in_the_field() {
        assert_eq!(moved("ArrowDown", None, 5, 1, 3), Some(0));
        assert_eq!(moved("ArrowDown", Some(4), 5, 1, 3), Some(4));
        assert_eq!(moved("ArrowDown", Some(2), 8, 3, 3), Some(5));
        assert_eq!(moved("ArrowDown", Some(5), 8, 3, 3), Some(7));
        assert_eq!(moved("ArrowDown", Some(7), 8, 3, 3), Some(7));
        assert_eq!(moved("ArrowUp", Some(1), 8, 3, 3), Some(1));
        assert_eq!(moved("ArrowRight", Some(1), 8, 1, 3), None);
        assert_eq!(moved("PageDown", Some(0), 100, 1, 10), Some(10));
        assert_eq!(moved("End", Some(0), 0, 1, 10), None);
    }

    #[test]
    fn typing_leads_to_a_name() {
        let names = ["alpha", "Beta", "bravo", "été"];
        assert_eq!(typed(&names, None, "b"), Some(1));
        assert_eq!(typed(&names, Some(1), "bb"), Some(2));
        assert_eq!(typed(&names, Some(2), "b"), Some(1));
        assert_eq!(typed(&names, Some(1), "br"), Some(2));
        assert_eq!(typed(&names, None, "É"), Some(3));
        assert_eq!(typed(&[], None, "a"), None);
    }
}
