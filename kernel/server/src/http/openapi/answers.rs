//! What operations answer: their success, and every error that may come instead.

use serde_json::{Map, Value, json};

use super::example;
use super::operation::Operation;
use super::written::{Give, Take};

/// Statuses that any operation may answer, and what each means.
const ERRORS: [(u16, &str); 11] = [
    (400, "The request could not be read."),
    (401, "Nobody has signed in, or not any more."),
    (403, "The caller may not, or a person has to approve it first."),
    (404, "It does not exist, or the caller may not know that it does."),
    (409, "It is there already, or not in a state that allows this."),
    (413, "The body or the file is over the limit."),
    (421, "Aether OS is not known by this host name here."),
    (429, "Too many requests, or a share is used up."),
    (500, "Our fault; the kernel's log has the details."),
    (501, "The command exists, and its subsystem does not yet."),
    (503, "Something outside failed or is away, or the kernel is closing."),
];

/// The schemas of errors. The older routes say only what happened.
pub fn schemas(definitions: &mut Map<String, Value>) {
    let retry = json!({ "type": "integer", "minimum": 0, "description": "Seconds to wait before trying again." });
    let message = json!({ "type": "string", "description": "What happened, then what to do." });
    definitions.insert(
        "Error".into(),
        json!({
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": { "code": { "type": "string" }, "message": message },
                },
                "retryAfter": retry,
            },
        }),
    );
    definitions.insert(
        "OlderError".into(),
        json!({
            "type": "object",
            "required": ["error"],
            "properties": { "error": message, "retryAfter": retry },
        }),
    );
}

/// The error responses that operations refer to.
pub fn responses() -> Value {
    let mut responses = Map::new();
    for (status, means) in ERRORS {
        for (prefix, schema) in [("Error", "Error"), ("OlderError", "OlderError")] {
            let reference = json!({ "$ref": format!("#/components/schemas/{schema}") });
            // A path that nothing serves is answered as it always was, whatever it begins with.
            let schema = match (status, prefix) {
                (404, "Error") => json!({ "anyOf": [reference, { "$ref": "#/components/schemas/OlderError" }] }),
                _ => reference,
            };
            let mut response = json!({
                "description": means,
                "content": { "application/json": { "schema": schema } },
            });
            if matches!(status, 429 | 503) {
                response["headers"] = json!({
                    "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } },
                });
            }
            responses.insert(format!("{prefix}{status}"), response);
        }
    }
    Value::Object(responses)
}

/// What one operation may answer. `answer` is the schema of its command's answer.
pub fn of(operation: &Operation, answer: &Value, definitions: &Map<String, Value>) -> Value {
    let mut answers = Map::new();
    match operation.gives {
        Give::File => {
            let bytes = json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } });
            answers.insert("200".into(), json!({ "description": "The file.", "content": bytes }));
            answers.insert("206".into(), json!({ "description": "A part of it.", "content": bytes }));
            answers.insert("304".into(), json!({ "description": "The version that is known." }));
            answers.insert("416".into(), json!({ "description": "The part lies beyond the end." }));
        }
        _ => {
            answers.insert(operation.status.to_string(), success(operation, answer, definitions));
        }
    }
    if operation.path == "/ready" {
        let content = json!({ "application/json": { "schema": { "type": "object" } } });
        answers.insert("503".into(), json!({ "description": "No new work is welcome.", "content": content }));
    }
    if operation.takes.iter().any(|take| matches!(take, Take::File | Take::Bytes)) {
        let content = json!({ "application/json": { "schema": {} } });
        answers
            .insert("411".into(), json!({ "description": "The length of the body is not known.", "content": content }));
    }
    let prefix = if operation.is_v1() { "Error" } else { "OlderError" };
    for (status, _) in ERRORS {
        let reference = json!({ "$ref": format!("#/components/responses/{prefix}{status}") });
        answers.entry(status.to_string()).or_insert(reference);
    }
    Value::Object(answers)
}

fn success(operation: &Operation, answer: &Value, definitions: &Map<String, Value>) -> Value {
    let wrapped = |schema: Value| json!({ "type": "object", "required": ["data"], "properties": { "data": schema } });
    let (media, schema, example) = match operation.gives {
        Give::Bare => ("application/json", answer.clone(), None),
        Give::Data => ("application/json", wrapped(answer.clone()), None),
        Give::Page(field) => ("application/json", page(answer, field, definitions), None),
        Give::Flag(flag) => {
            let like = json!({ "data": { flag: true } });
            ("application/json", example::schema_of(&like), Some(like))
        }
        Give::Like(text) => {
            let like: Value = serde_json::from_str(text).unwrap_or_default();
            ("application/json", example::schema_of(&like), Some(like))
        }
        Give::Json | Give::File => ("application/json", json!({}), None),
        Give::Media(media) => (media, json!({ "type": "string" }), None),
    };
    let mut content = json!({ "schema": schema });
    let example = example.unwrap_or_else(|| example::of(&schema, "", definitions));
    if media == "application/json" && !example.is_null() {
        content["example"] = example;
    }
    json!({ "description": "Done.", "content": { media: content } })
}

fn page(answer: &Value, field: &str, definitions: &Map<String, Value>) -> Value {
    let answer = example::resolved(answer, definitions).unwrap_or(answer);
    let entries = if field.is_empty() { answer.clone() } else { answer["properties"][field].clone() };
    let meta = example::schema_of(&json!({ "total": 1, "limit": 20, "offset": 0 }));
    json!({ "type": "object", "required": ["data", "meta"], "properties": { "data": entries, "meta": meta } })
}
