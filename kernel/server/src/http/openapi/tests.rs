use aether_protocol::Command;
use serde_json::Value;

use super::operation;
use super::written::{Give, Take};

fn content(operation: &Value) -> &Value {
    &operation["requestBody"]["content"]["application/json"]
}

#[test]
fn every_command_that_rest_reaches_is_described_once() {
    let operations = operation::all();
    for row in Command::methods().filter(|row| crate::http::commands::has_rest(row)) {
        assert!(operations.iter().any(|known| known.row.is_some_and(|known| known.wire == row.wire)), "{}", row.wire);
    }
    let document = &*super::NEWER;
    let described: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .filter_map(|path| path.as_object())
        .map(|path| path.len())
        .sum();
    assert_eq!(described, operations.len(), "no two are at one place");
}

#[test]
fn written_routes_name_commands_that_there_are() {
    for written in super::written::WRITTEN {
        let is_one = Command::methods().any(|row| row.wire == written.wire);
        assert!(is_one || written.wire.is_empty() && !written.doc.is_empty(), "{} {}", written.verb, written.path);
        for take in written.takes {
            if let Take::Like(text) = take {
                serde_json::from_str::<Value>(text).expect("JSON");
            }
        }
        if let Give::Like(text) = written.gives {
            serde_json::from_str::<Value>(text).expect("JSON");
        }
    }
}

/// An example that the command does not take would be no example.
#[test]
fn the_examples_of_commands_can_be_sent() {
    let mut sent = 0;
    for (path, verbs) in super::NEWER["paths"].as_object().expect("paths") {
        let Some(wire) = path.strip_prefix("/api/v1/commands/") else { continue };
        let example = &content(&verbs["post"])["example"];
        if let Err(error) = Command::decode(wire, &example.to_string()) {
            panic!("{wire} does not take {example}: {error}");
        }
        sent += 1;
    }
    assert!(sent > 100, "{sent}");
}

#[test]
fn references_lead_somewhere() {
    fn check(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(path)) = fields.get("$ref") {
                    let pointer = path.strip_prefix('#').expect("within the document");
                    assert!(document.pointer(pointer).is_some(), "{path}");
                }
                fields.values().for_each(|value| check(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| check(value, document)),
            _ => {}
        }
    }
    check(&super::NEWER, &super::NEWER);
    let older: Value = serde_json::from_slice(&super::OLDER_TEXT).expect("JSON");
    check(&older["data"], &older["data"]);
    assert_eq!((&older["data"]["openapi"], &super::NEWER["openapi"]), (&"3.0.3".into(), &"3.1.0".into()));
}

#[test]
fn the_page_shows_every_path_and_needs_no_script() {
    let page = String::from_utf8(super::PAGE.to_vec()).expect("text");
    for path in super::NEWER["paths"].as_object().expect("paths").keys() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("style="));
}
