//! Answers and requests held to the generated schemas.

use std::sync::LazyLock;

use aether_protocol::Method;
use aether_tests::programs;
use serde_json::{Map, Value, json};

/// The committed schemas, by domain.
static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let folder = programs::repository().join("kernel/protocol/schema");
    let files = std::fs::read_dir(folder).expect("the schemas").map(|entry| entry.expect("a file").path());
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).expect("JSON"))
    };
    files.map(read).collect()
});

fn of(method: &Method, part: &str) -> (&'static Value, &'static Value) {
    let document = &SCHEMAS[method.domain];
    (&document["commands"][method.wire][part], &document["$defs"])
}

/// Where an answer is not what its row declares: by the schema, and by the type that the schema was made from.
pub fn faults(method: &Method, answer: &Value) -> Vec<String> {
    let (schema, definitions) = of(method, "answer");
    let mut found = Vec::new();
    fits(answer, schema, definitions, "answer", &mut found);
    match (method.check_answer)(&answer.to_string()) {
        Ok(again) => {
            let again: Value = serde_json::from_str(&again).expect("JSON");
            if said(&again) != said(answer) {
                found.push(format!("the type keeps {again} of it"));
            }
        }
        Err(error) => found.push(error.message),
    }
    found
}

/// A value without the fields that say nothing.
fn said(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), said(value)))
            .collect(),
        Value::Array(items) => items.iter().map(said).collect(),
        other => other.clone(),
    }
}

/// JSON Schema (draft 2020-12), as far as ours use it.
fn fits(value: &Value, schema: &Value, definitions: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        fits(value, &definitions[name], definitions, at, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(value, part, definitions, at, found);
    }
    for choices in ["anyOf", "oneOf"].iter().filter_map(|name| schema[name].as_array()) {
        let fits_one = |choice: &Value| {
            let mut faults = Vec::new();
            fits(value, choice, definitions, at, &mut faults);
            faults.is_empty()
        };
        if !choices.iter().any(fits_one) {
            found.push(format!("{at} is none of what it may be"));
        }
    }
    let among = |name: &str| schema[name].as_array().is_none_or(|values| values.contains(value));
    if !among("enum") || schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at} is {value}"));
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !kinds.iter().any(|kind| kind.is_null() || is(value, kind.as_str().unwrap_or_default())) {
        found.push(format!("{at} is no {}", schema["type"]));
    }
    if let Value::Object(fields) = value {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, value) in fields {
            let own = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
            if let Some(own) = own.filter(|own| own.is_object()) {
                fits(value, own, definitions, &format!("{at}.{name}"), found);
            }
        }
    }
    if let (Value::Array(items), Some(own)) = (value, schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            fits(item, own, definitions, &format!("{at}[{index}]"), found);
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Requests that cannot be right, each with what the refusal must name: every required field left out, and one that is
/// given another kind of value where none is required.
pub fn spoilt(method: &Method, fields: &Value) -> Vec<(String, Value)> {
    let (mut schema, definitions) = of(method, "request");
    while let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        schema = &definitions[name];
    }
    let without = |name: &str| {
        let mut fields = fields.clone();
        fields.as_object_mut().expect("an object").remove(name);
        (name.to_owned(), fields)
    };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.is_empty() {
        return required.into_iter().map(without).collect();
    }
    let Some((name, _)) = schema["properties"].as_object().and_then(|properties| properties.iter().next()) else {
        return Vec::new();
    };
    let mut wrong = fields.clone();
    wrong[name] = json!([[{ "no": "such value" }]]);
    vec![(String::new(), wrong)]
}

#[test]
fn what_is_no_answer_is_told_from_one() {
    let method = aether_protocol::Command::methods().find(|method| method.wire == "fs.read").expect("a row");
    assert_eq!(faults(method, &json!({ "content": "a", "size": 1 })), Vec::<String>::new());
    for wrong in [json!({ "content": "a" }), json!({ "content": 1, "size": 1 }), json!(null)] {
        assert!(!faults(method, &wrong).is_empty(), "{wrong}");
    }
    assert!(!faults(method, &json!({ "content": "a", "size": 1, "more": 2 })).is_empty(), "what no row declares");
}
