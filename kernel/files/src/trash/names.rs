//! Names for what comes back to a place where its own is taken.

use aether_protocol::domains::fs::FileType;

/// Bytes of a name, at most.
const NAME: usize = 255;
/// Bytes of an ending that stays behind the number: what is longer is no ending.
const ENDING: usize = 16;

/// The name itself, then with a number: `a.txt`, `a 2.txt`, `a 3.txt`.
pub fn numbered(name: &str, kind: FileType) -> impl Iterator<Item = String> {
    let (stem, ending) = match name.rfind('.') {
        Some(at) if at > 0 && kind != FileType::Directory && (2..=ENDING).contains(&(name.len() - at)) => {
            name.split_at(at)
        }
        _ => (name, ""),
    };
    let with_number = move |number: usize| {
        let behind = format!(" {number}{ending}");
        let mut room = NAME.saturating_sub(behind.len()).min(stem.len());
        while !stem.is_char_boundary(room) {
            room -= 1;
        }
        format!("{}{behind}", &stem[..room])
    };
    std::iter::once(name.to_owned()).chain((2..).map(with_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_before_the_ending() {
        let second = |name: &str, kind| numbered(name, kind).nth(1).expect("a second name");
        for (name, expect) in [
            ("a.txt", "a 2.txt"),
            ("a", "a 2"),
            (".profile", ".profile 2"),
            ("a.", "a. 2"),
            ("v1.2 of \"x\"\n", "v1 2.2 of \"x\"\n"),
            ("an ending.that is far too long", "an ending.that is far too long 2"),
        ] {
            assert_eq!(second(name, FileType::File), expect, "{name}");
        }
        assert_eq!(second("photos.old", FileType::Directory), "photos.old 2");
        assert_eq!(numbered("a.txt", FileType::File).take(3).collect::<Vec<_>>(), ["a.txt", "a 2.txt", "a 3.txt"]);
        let long = second(&format!("{}.txt", "ü".repeat(125)), FileType::File);
        assert!(long.len() <= NAME && long.ends_with(" 2.txt"), "{long}");
    }
}
