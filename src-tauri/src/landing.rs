//! Where a file lands that leaves Aether OS: under a name that is safe and taken by nobody, and only once it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Bytes of a name. Systems take 255; a number and an ending are still to come.
const LONGEST: usize = 200;
/// Names that are tried before a folder is given up.
const TRIES: u32 = 10_000;

/// A file that is being written. Unless it is settled, nothing of it stays.
pub struct Landing {
    folder: PathBuf,
    name: String,
    part: PathBuf,
    settled: bool,
}

impl Landing {
    /// Begins a file that shall be called `name` or nearly so, and gives the file to write into.
    pub fn begin(folder: &Path, name: &str) -> Result<(Landing, File)> {
        fs::create_dir_all(folder)?;
        let name = safe_name(name);
        let part_name = format!("{name}.part");
        let (part, file) = free(folder, &part_name, |path| OpenOptions::new().write(true).create_new(true).open(path))?;
        Ok((Landing { folder: folder.to_owned(), name, part, settled: false }, file))
    }

    /// Gives the file its name, which replaces no other file, and answers where it is.
    pub fn settle(mut self) -> Result<PathBuf> {
        let place = |path: &Path| match fs::hard_link(&self.part, path) {
            // Some disks know no second name of a file: there an empty file holds the name for a moment.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                OpenOptions::new().write(true).create_new(true).open(path)?;
                fs::rename(&self.part, path).inspect_err(|_| drop(fs::remove_file(path)))
            }
            linked => linked,
        };
        let (path, ()) = free(&self.folder, &self.name, place)?;
        match fs::remove_file(&self.part) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, path = %self.part.display(), "a second name of a saved file stays");
            }
            _ => {}
        }
        self.settled = true;
        Ok(path)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.settled
            && let Err(error) = fs::remove_file(&self.part)
        {
            tracing::warn!(%error, path = %self.part.display(), "a file that did not come whole stays");
        }
    }
}

/// A path in a folder that nothing is at, and nothing is on its way to.
pub fn free_path(folder: &Path, name: &str, is_taken: impl Fn(&Path) -> bool) -> Result<PathBuf> {
    let name = safe_name(name);
    let vacant = |path: &Path| match fs::symlink_metadata(path) {
        _ if is_taken(path) => Err(Error::from(ErrorKind::AlreadyExists)),
        Ok(_) => Err(Error::from(ErrorKind::AlreadyExists)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    fs::create_dir_all(folder)?;
    free(folder, &name, vacant).map(|(path, ())| path)
}

/// Takes the first name that is free: `a.txt`, `a (1).txt`, ...
fn free<T>(folder: &Path, name: &str, take: impl Fn(&Path) -> Result<T>) -> Result<(PathBuf, T)> {
    for number in 0..TRIES {
        let path = folder.join(numbered(name, number));
        match take(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            taken => return taken.map(|taken| (path, taken)),
        }
    }
    Err(Error::from(ErrorKind::AlreadyExists))
}

fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (0, _) => name.to_owned(),
        (_, Some((stem, ending))) if !stem.is_empty() => format!("{stem} ({number}).{ending}"),
        _ => format!("{name} ({number})"),
    }
}

/// A name that is a name: it leads nowhere else, hides nothing of itself, and the system takes it.
pub fn safe_name(name: &str) -> String {
    safe_name_for(name, cfg!(windows))
}

fn safe_name_for(name: &str, windows: bool) -> String {
    let allowed = |c: char| {
        let hides =
            matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let reserved = matches!(c, '/' | '\\') || windows && matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*');
        !c.is_control() && !hides && !reserved
    };
    let name: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    // What begins with a dot is not shown; Windows drops dots and blanks at the end.
    let name = name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    let name = shortened(name);
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_digit = |rest: &str| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_numbered = |device: &str| stem.strip_prefix(device).is_some_and(is_digit);
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || is_numbered("COM") || is_numbered("LPT");
    match name.as_str() {
        "" => "download".to_owned(),
        _ if windows && is_device => format!("_{name}"),
        _ => name,
    }
}

/// A name that systems take, with its ending.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 20 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(LONGEST - ending.len());
    format!("{}{ending}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_name_leads_nowhere_else_and_hides_nothing() {
        for (name, expect) in [
            ("report.pdf", "report.pdf"),
            ("a b:c.txt", "a b:c.txt"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\x", "_x"),
            ("..", "download"),
            (".bashrc", "bashrc"),
            ("", "download"),
            ("a\nb\0c", "a_b_c"),
            ("\u{202e}fdp.exe", "_fdp.exe"),
            ("ends. . ", "ends"),
        ] {
            assert_eq!(safe_name_for(name, false), expect, "{name:?}");
        }
        assert_eq!(safe_name_for("a:b?.txt", true), "a_b_.txt");
        assert_eq!(safe_name_for("nul.txt", true), "_nul.txt");
        assert_eq!(safe_name_for("com1", true), "_com1");
        assert_eq!(safe_name_for("company.txt", true), "company.txt");
        let long = safe_name_for(&format!("{}.tar", "ä".repeat(300)), false);
        assert!(long.len() <= LONGEST && long.ends_with("ä.tar"), "{long}");
    }

    #[test]
    fn no_file_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let save = |text: &str| {
            let (landing, mut file) = Landing::begin(folder.path(), "a.txt").expect("begun");
            file.write_all(text.as_bytes()).expect("written");
            landing.settle().expect("settled")
        };
        let [first, second] = ["one", "two"].map(save);
        assert_eq!(first.file_name(), Some("a.txt".as_ref()));
        assert_eq!(second.file_name(), Some("a (1).txt".as_ref()));
        assert_eq!(fs::read_to_string(first).expect("read"), "one");
        assert_eq!(fs::read_to_string(second).expect("read"), "two");
        assert_eq!(free_path(folder.path(), "a.txt", |_| false).expect("free"), folder.path().join("a (2).txt"));
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 2, "no part is left");
    }

    #[test]
    fn what_does_not_come_whole_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (landing, mut file) = Landing::begin(&folder.path().join("new"), "a").expect("begun");
        file.write_all(b"half").expect("written");
        drop(landing);
        assert_eq!(fs::read_dir(folder.path().join("new")).expect("read").count(), 0);
    }
}
