//! The page and the service worker, written for the names of one build.

use std::collections::BTreeMap;

use crate::{Result, names};

/// Where the page keeps the names of what it loads later.
const LIST: &str = "id=\"assets\">{}</script>";
/// What stands in the service worker's source for the list and its version.
const VERSION: &str = "const VERSION = \"unpacked\";";
const FILES: &str = "const FILES = [];";

/// The page: each `"/assets/<plain name>"` becomes the name that is served, and the list of all of them is put in.
///
/// # Errors
/// When the page names a file that was not packed, or has no place for the list.
pub fn page(source: &str, served: &BTreeMap<String, String>) -> Result<String> {
    let mut parts = source.split("\"/assets/");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (plain, rest) = part.split_once('"').ok_or("index.html: a name is not closed")?;
        let name = served.get(plain).ok_or_else(|| format!("index.html names {plain}, which was not packed"))?;
        page.push_str(&format!("\"/assets/{name}\"{rest}"));
    }
    let urls: BTreeMap<&String, String> =
        served.iter().map(|(plain, name)| (plain, format!("/assets/{name}"))).collect();
    let list = serde_json::to_string(&urls).map_err(|error| error.to_string())?;
    replaced(&page, "index.html", LIST, &format!("id=\"assets\">{list}</script>"))
}

/// The service worker: it keeps these files, under a version that changes whenever one of them or the page does.
pub fn worker(source: &str, page: &str, files: &[String]) -> Result<String> {
    let list = serde_json::to_string(files).map_err(|error| error.to_string())?;
    let version = names::by_content("", "", format!("{page}{list}{source}").as_bytes());
    let version = version.trim_matches(['-', '.']);
    let worker = replaced(source, "sw.js", VERSION, &format!("const VERSION = \"{version}\";"))?;
    replaced(&worker, "sw.js", FILES, &format!("const FILES = {list};"))
}

fn replaced(text: &str, file: &str, place: &str, value: &str) -> Result<String> {
    match text.matches(place).count() {
        1 => Ok(text.replace(place, value)),
        count => Err(format!("{file} must have `{place}` once, and has it {count} times")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served() -> BTreeMap<String, String> {
        [("start.js", "start-A.js"), ("terminal.js", "terminal-B.js")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    }

    #[test]
    fn the_page_names_what_is_served_and_lists_the_rest() {
        let source = r#"<script src="/assets/start.js"></script><script id="assets">{}</script>"#;
        let expected = concat!(
            r#"<script src="/assets/start-A.js"></script>"#,
            r#"<script id="assets">{"start.js":"/assets/start-A.js","terminal.js":"/assets/terminal-B.js"}</script>"#
        );
        assert_eq!(page(source, &served()).as_deref(), Ok(expected));
        assert!(page(r#"<script src="/assets/other.js">"#, &served()).is_err());
        assert!(page("<script>", &served()).is_err());
    }

    #[test]
    fn another_page_is_another_version() {
        let source = format!("{VERSION}\n{FILES}");
        let files = ["/assets/start-A.js".to_owned()];
        let one = worker(&source, "a", &files).expect("a worker");
        assert!(one.ends_with("const FILES = [\"/assets/start-A.js\"];") && !one.contains("unpacked"), "{one}");
        assert_ne!(one, worker(&source, "b", &files).expect("a worker"));
        assert!(worker(FILES, "a", &files).is_err());
    }
}
