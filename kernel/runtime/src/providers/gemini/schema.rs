//! JSON Schema as the Gemini API takes it: its `Schema` is the part of OpenAPI 3.0 that its reference lists, and one
//! unknown word in one tool makes it refuse the whole request.

use std::cell::Cell;

use serde_json::{Map, Value, json};

/// Words that mean the same in both, and have a text or a number.
const KEPT_TEXTS: [&str; 2] = ["description", "pattern"];
const KEPT_NUMBERS: [&str; 6] = ["minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"];
/// How deep a schema goes. Recursive types end in an object without a shape.
const DEPTH: usize = 12;
/// How many members it has in all: a type that refers to itself in several places grows fast, and tools come from
/// servers that nobody here wrote.
const SIZE: usize = 2000;

/// The parameters of a function; `None` where it takes none.
pub(super) fn parameters(schema: &Value) -> Option<Value> {
    let root = Root { schema, left: Cell::new(SIZE) };
    let sent = root.convert(schema, DEPTH);
    sent["properties"].as_object().is_some_and(|properties| !properties.is_empty()).then_some(sent)
}

struct Root<'a> {
    /// Where references are looked up.
    schema: &'a Value,
    left: Cell<usize>,
}

impl Root<'_> {
    fn convert(&self, schema: &Value, depth: usize) -> Value {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.left.get().checked_sub(1)) else {
            return json!({ "type": "object" });
        };
        self.left.set(left);
        let Some(schema) = self.resolve(schema) else {
            // `true`, a schema for anything: the API has none, and a model writes text where it may choose.
            return json!({ "type": "string" });
        };
        let mut sent = Map::new();
        let texts = KEPT_TEXTS.iter().filter(|word| schema.get(**word).is_some_and(Value::is_string));
        let numbers = KEPT_NUMBERS.iter().filter(|word| schema.get(**word).is_some_and(Value::is_number));
        for word in texts.chain(numbers) {
            sent.insert((*word).to_owned(), schema[*word].clone());
        }
        self.choices(&schema, &mut sent, depth);
        self.kind(&schema, &mut sent);
        self.members(&schema, &mut sent, depth);
        Value::Object(sent)
    }

    /// The schema without `$ref` and `allOf`; none if it is not an object.
    fn resolve(&self, schema: &Value) -> Option<Map<String, Value>> {
        let mut merged = schema.as_object()?.clone();
        for _ in 0..DEPTH {
            let reference = merged.remove("$ref");
            let target = reference
                .as_ref()
                .and_then(Value::as_str)
                .and_then(|path| self.schema.pointer(path.strip_prefix('#')?));
            let all = merged.remove("allOf");
            let parts = all.as_ref().and_then(Value::as_array).into_iter().flatten().chain(target);
            let mut found = false;
            for part in parts.filter_map(Value::as_object) {
                found = true;
                for (word, value) in part {
                    merged.entry(word.clone()).or_insert_with(|| value.clone());
                }
            }
            if !found {
                break;
            }
        }
        Some(merged)
    }

    /// `oneOf` and `anyOf`; a choice between something and null is that something, nullable.
    fn choices(&self, schema: &Map<String, Value>, sent: &mut Map<String, Value>, depth: usize) {
        let Some(choices) = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word)?.as_array()) else {
            return;
        };
        let (nulls, others): (Vec<&Value>, Vec<&Value>) = choices.iter().partition(|choice| choice["type"] == "null");
        if !nulls.is_empty() {
            sent.insert("nullable".to_owned(), json!(true));
        }
        match others.as_slice() {
            [] => {}
            [only] => {
                if let Value::Object(words) = self.convert(only, depth) {
                    for (word, value) in words {
                        sent.entry(word).or_insert(value);
                    }
                }
            }
            // A choice between constants is an enumeration.
            several if several.iter().all(|choice| choice["const"].is_string()) => {
                let constants = several.iter().map(|choice| choice["const"].clone()).collect();
                sent.insert("type".to_owned(), json!("string"));
                sent.insert("enum".to_owned(), constants);
            }
            several => {
                let several = several.iter().map(|choice| self.convert(choice, depth)).collect();
                sent.insert("anyOf".to_owned(), several);
            }
        }
    }

    /// The type is one word; enumerations and formats are those the API knows.
    fn kind(&self, schema: &Map<String, Value>, sent: &mut Map<String, Value>) {
        match schema.get("type") {
            Some(Value::String(kind)) => {
                sent.insert("type".to_owned(), json!(kind));
            }
            Some(Value::Array(kinds)) => {
                if kinds.iter().any(|kind| kind == "null") {
                    sent.insert("nullable".to_owned(), json!(true));
                }
                let kind = kinds.iter().find(|kind| *kind != "null").cloned();
                sent.insert("type".to_owned(), kind.unwrap_or_else(|| json!("string")));
            }
            _ if sent.contains_key("type") || sent.contains_key("anyOf") => {}
            _ => {
                let kind = if schema.contains_key("properties") { "object" } else { "string" };
                sent.insert("type".to_owned(), json!(kind));
            }
        }
        let values: Vec<&Value> = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().filter(|value| !value.is_null()).collect(),
            (_, Some(value)) => vec![value],
            _ => Vec::new(),
        };
        if !values.is_empty() && values.iter().all(|value| value.is_string()) {
            sent.insert("type".to_owned(), json!("string"));
            sent.insert("enum".to_owned(), values.into_iter().cloned().collect());
        }
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        if ["date-time", "int32", "int64", "float", "double"].contains(&format) {
            sent.insert("format".to_owned(), json!(format));
        }
    }

    fn members(&self, schema: &Map<String, Value>, sent: &mut Map<String, Value>, depth: usize) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let converted: Map<String, Value> =
                properties.iter().map(|(name, member)| (name.clone(), self.convert(member, depth))).collect();
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let required: Vec<Value> =
                names.filter(|name| name.as_str().is_some_and(|name| properties.contains_key(name))).cloned().collect();
            sent.insert("properties".to_owned(), Value::Object(converted));
            if !required.is_empty() {
                sent.insert("required".to_owned(), Value::Array(required));
            }
        }
        if sent.get("type").is_some_and(|kind| kind == "array") && !sent.contains_key("items") {
            let items = schema.get("items").map(|items| self.convert(items, depth));
            sent.insert("items".to_owned(), items.unwrap_or_else(|| json!({ "type": "string" })));
        }
    }
}

#[cfg(test)]
mod tests;
