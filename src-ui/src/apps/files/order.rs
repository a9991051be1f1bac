//! The order of a folder's entries.

use std::cmp::Ordering;
use std::rc::Rc;

use aether_protocol::domains::fs::{FileStat, FileType};
use serde::{Deserialize, Serialize};

use super::kind::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    #[default]
    Name,
    Kind,
    Size,
    Modified,
}

impl Key {
    pub const ALL: [Key; 4] = [Key::Name, Key::Kind, Key::Size, Key::Modified];

    pub fn label(self) -> &'static str {
        match self {
            Key::Name => "Name",
            Key::Kind => "Kind",
            Key::Size => "Size",
            Key::Modified => "Changed",
        }
    }
}

/// See the module. Folders come first, whichever way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order {
    pub key: Key,
    pub descending: bool,
}

impl Order {
    /// After a press on a column's head. What is large or new is looked for first.
    pub fn pressed(self, key: Key) -> Order {
        if self.key == key {
            return Order { key, descending: !self.descending };
        }
        Order { key, descending: matches!(key, Key::Size | Key::Modified) }
    }

    pub fn sort(self, entries: &mut [Rc<FileStat>]) {
        // A kind is worked out once an entry, not once a comparison.
        entries.sort_by_cached_key(|entry| self.place(entry));
    }

    fn place(self, entry: &Rc<FileStat>) -> Place {
        let kind = match self.key {
            Key::Kind => Some(Kind::of(&entry.name, entry.kind)),
            Key::Name | Key::Size | Key::Modified => None,
        };
        Place { order: self, kind, entry: entry.clone() }
    }
}

struct Place {
    order: Order,
    kind: Option<Kind>,
    entry: Rc<FileStat>,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (&self.entry, &other.entry);
        let folder = |entry: &FileStat| entry.kind == FileType::Directory;
        let by_key = match self.order.key {
            Key::Name => natural(&a.name, &b.name),
            Key::Kind => self.kind.cmp(&other.kind),
            // The size of a folder says nothing.
            Key::Size if folder(a) && folder(b) => Ordering::Equal,
            Key::Size => a.size.cmp(&b.size),
            Key::Modified => a.modified_at.total_cmp(&b.modified_at),
        };
        let by_key = if self.order.descending { by_key.reverse() } else { by_key };
        folder(b).cmp(&folder(a)).then(by_key).then_with(|| natural(&a.name, &b.name)).then_with(|| a.path.cmp(&b.path))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

/// As people order names: without regard to case, numbers by their value. Names that differ are never equal.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let (Some(x), Some(y)) = (left.peek().copied(), right.peek().copied()) else {
            return left.peek().is_some().cmp(&right.peek().is_some()).then_with(|| a.cmp(b));
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (digits(&mut left), digits(&mut right));
            x.len().cmp(&y.len()).then(x.cmp(&y))
        } else {
            left.next();
            right.next();
            x.to_lowercase().cmp(y.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A number without its leading zeros, as text: the longer one is the larger one.
fn digits(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut digits = String::new();
    while let Some(digit) = letters.next_if(char::is_ascii_digit) {
        if digit != '0' || !digits.is_empty() {
            digits.push(digit);
        }
    }
    digits
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn entry(name: &str, kind: FileType, size: u64, at: f64) -> Rc<FileStat> {
        let all = serde_json::json!({"read": true, "write": true, "execute": false});
        let stat = serde_json::json!({
            "path": format!("/home/ada/{name}"), "name": name, "type": kind, "size": size, "uid": "ada",
            "mode": {"owner": all, "group": all, "other": all}, "createdAt": 0.0, "modifiedAt": at,
            "isHidden": name.starts_with('.'),
        });
        Rc::new(serde_json::from_value(stat).expect("a file"))
    }

    fn sorted(order: Order) -> Vec<String> {
        let (file, folder) = (FileType::File, FileType::Directory);
        let mut entries = vec![
            entry("file10.txt", file, 5, 3.0),
            entry("File2.txt", file, 7, 1.0),
            entry("z", folder, 4096, 9.0),
            entry("a.png", file, 7, 2.0),
            entry("B", folder, 0, 4.0),
        ];
        order.sort(&mut entries);
        entries.iter().map(|entry| entry.name.clone()).collect()
    }

    #[test]
    fn folders_come_first_and_numbers_count() {
        assert_eq!(sorted(Order::default()), ["B", "z", "a.png", "File2.txt", "file10.txt"]);
        let down = Order { key: Key::Name, descending: true };
        assert_eq!(sorted(down), ["z", "B", "file10.txt", "File2.txt", "a.png"]);
        let size = Order::default().pressed(Key::Size);
        assert_eq!(sorted(size), ["B", "z", "a.png", "File2.txt", "file10.txt"]);
        assert_eq!(sorted(size.pressed(Key::Size)), ["B", "z", "file10.txt", "a.png", "File2.txt"]);
        assert_eq!(sorted(Order::default().pressed(Key::Modified))[2..], ["file10.txt", "a.png", "File2.txt"]);
    }

    #[test]
    fn names_that_differ_are_never_equal() {
        assert_eq!(natural("a1", "a01"), "a1".cmp("a01"));
        assert_eq!(natural("a", "A"), "a".cmp("A"));
        assert_eq!(natural("a", "a"), Ordering::Equal);
        assert_eq!(natural("a99999999999999999999999", "a100000000000000000000000"), Ordering::Less);
        assert!(natural("é", "É").is_ne());
        assert_eq!(natural("", "a"), Ordering::Less);
    }
}
