//! What each packed file is called: by its plain name in the sources, and by its content in what is served.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Result;

/// Plain names and the names that are served, as esbuild's list of its outputs (`meta.json`) has them.
///
/// An entry point gives its script and, with the same stem, its style; a font or a picture keeps its own name. What is
/// split off from scripts has no plain name, because only scripts ask for it.
pub fn of_bundle(meta: &str) -> Result<BTreeMap<String, String>> {
    let meta: Value = serde_json::from_str(meta).map_err(|error| format!("esbuild's list of files: {error}"))?;
    let outputs = meta["outputs"].as_object().ok_or("esbuild's list of files has no outputs")?;
    let mut names = BTreeMap::new();
    for (path, output) in outputs {
        let served = last(path);
        if let Some(entry) = output["entryPoint"].as_str().filter(|_| ends_in(served, "js")) {
            let stem = last(entry).split('.').next().unwrap_or_default();
            names.insert(format!("{stem}.js"), served.to_owned());
            if let Some(style) = output["cssBundle"].as_str() {
                names.insert(format!("{stem}.css"), last(style).to_owned());
            }
            continue;
        }
        let sources = output["inputs"].as_object();
        if let Some((source, _)) = sources.filter(|_| is_copied(served)).and_then(|sources| sources.iter().next()) {
            names.insert(last(source).to_owned(), served.to_owned());
        }
    }
    Ok(names)
}

/// A name that says what is in the file.
pub fn by_content(stem: &str, ending: &str, bytes: &[u8]) -> String {
    format!("{stem}-{}.{ending}", &blake3::hash(bytes).to_hex()[..10])
}

fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn ends_in(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}

fn is_copied(name: &str) -> bool {
    !["js", "css", "map"].iter().any(|ending| ends_in(name, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_fonts_have_plain_names_and_chunks_have_none() {
        let meta = r#"{"outputs": {
            "x/start-A.js": {"entryPoint": "src-ui/js/start.js", "cssBundle": "x/start-B.css", "inputs": {}},
            "x/start-B.css": {"inputs": {"src-ui/js/fonts.css": {}}},
            "x/webgl-C.js": {"inputs": {"node_modules/a/webgl.js": {}}},
            "x/webgl-D.js": {"entryPoint": "node_modules/a/webgl.mjs", "inputs": {}},
            "x/latin-E.woff2": {"inputs": {"node_modules/b/latin.woff2": {}}}
        }}"#;
        let names = of_bundle(meta).expect("names");
        assert_eq!(names["start.js"], "start-A.js");
        assert_eq!(names["start.css"], "start-B.css");
        assert_eq!(names["latin.woff2"], "latin-E.woff2");
        assert_eq!(names["webgl.js"], "webgl-D.js");
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn another_content_is_another_name() {
        let name = by_content("aether", "wasm", b"a");
        assert_eq!(name, by_content("aether", "wasm", b"a"));
        assert_ne!(name, by_content("aether", "wasm", b"b"));
        assert!(name.starts_with("aether-") && name.ends_with(".wasm"));
    }
}
