//! The schemas under `schema/`, which must be those of the tables. `AETHER_UPDATE_SCHEMAS=1` writes them anew.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;

use aether_protocol::{Domain, schema};

#[test]
fn the_schemas_are_those_of_the_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let ours: BTreeMap<String, String> = Domain::ALL
        .iter()
        .map(|domain| {
            let document = serde_json::to_string_pretty(&schema::document(*domain)).expect("a document is JSON");
            (format!("{domain:?}.json"), document + "\n")
        })
        .collect();
    if std::env::var_os("AETHER_UPDATE_SCHEMAS").is_some() {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the old schemas go");
        }
        std::fs::create_dir(&folder).expect("a folder for the schemas");
        for (name, text) in &ours {
            std::fs::write(folder.join(name), text).expect("a schema is written");
        }
    }
    let kept: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .expect("the schemas lie in kernel/protocol/schema")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a schema is text").replace("\r\n", "\n"))
        })
        .collect();
    let names = |documents: &BTreeMap<String, String>| documents.keys().cloned().collect::<Vec<_>>();
    let remedy = "Run `cargo xtask schema` and commit what it writes.";
    assert_eq!(names(&kept), names(&ours), "schema/ has other files than there are domains. {remedy}");
    for (name, text) in &ours {
        assert!(kept[name] == *text, "schema/{name} is not what the table says. {remedy}");
    }
}
