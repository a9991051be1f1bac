//! The document: its head, its paths, and what they refer to.

use aether_protocol::{Domain, REST_VERSION};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{self, Operation};
use super::written::Take;
use super::{answers, example};

/// Which OpenAPI is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Older,
    Newer,
}

const ABOUT: &str = "Every command of the kernel that is not a stream. Older routes answer bare values and \
                     `{\"error\": \"text\"}`; those under `/api/v1` answer `{\"data\"}` and \
                     `{\"error\": {\"code\", \"message\"}}`. Times are milliseconds since the Unix epoch, sizes are bytes.";

/// Describes the whole interface.
pub fn of(version: Version, settings: SchemaSettings) -> Value {
    let operations = operation::all();
    let mut generator = SchemaGenerator::new(settings);
    let shapes: Vec<(Value, Value)> = operations.iter().map(|operation| shape(operation, &mut generator)).collect();
    let mut definitions = generator.take_definitions(true);
    answers::schemas(&mut definitions);
    let mut paths: Map<String, Value> = Map::new();
    for (operation, (request, answer)) in operations.iter().zip(&shapes) {
        let described = described(operation, request, answer, &definitions);
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.verb] = described;
    }
    let spoken = if version == Version::Newer { "3.1.0" } else { "3.0.3" };
    json!({
        "openapi": spoken,
        "info": {
            "title": "Aether OS",
            "version": REST_VERSION,
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "cookie": [] }],
        "tags": tags(&operations),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "aether_token" },
            },
            "schemas": definitions,
            "responses": answers::responses(),
        },
    })
}

fn tags(operations: &[Operation]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for operation in operations {
        if !names.contains(&operation.tag()) {
            names.push(operation.tag());
        }
    }
    names.iter().map(|name| json!({ "name": name })).collect()
}

/// The schemas of a command's request and answer.
fn shape(operation: &Operation, generator: &mut SchemaGenerator) -> (Value, Value) {
    match operation.row {
        // Anything at all may be said as `true`, which not every reader of schemas knows.
        Some(row) => {
            let plain = |schema: Value| if schema == Value::Bool(true) { json!({}) } else { schema };
            (plain((row.request)(generator).to_value()), plain((row.answer)(generator).to_value()))
        }
        None => (json!({}), json!({})),
    }
}

fn described(operation: &Operation, request: &Value, answer: &Value, definitions: &Map<String, Value>) -> Value {
    let request = example::resolved(request, definitions).unwrap_or(request);
    let in_path = operation.fields();
    let mut parameters: Vec<Value> = in_path.iter().map(|name| path_parameter(operation, name, request)).collect();
    let mut body = None;
    for take in &operation.takes {
        match take {
            Take::Query => parameters.extend(query(request, &in_path)),
            Take::Field(name, kind, doc) => parameters.push(field(name, kind, doc, false)),
            Take::Needed(name, kind, doc) => parameters.push(field(name, kind, doc, true)),
            Take::Body => body = Some(fields(operation, request, &in_path, definitions)),
            Take::Inner(name) => {
                let schema = request["properties"][*name].clone();
                let example = example::of(&schema, name, definitions);
                body = Some(json_body(&schema, &example, true));
            }
            Take::Like(text) => {
                let like: Value = serde_json::from_str(text).unwrap_or_default();
                body = Some(json_body(&example::schema_of(&like), &like, true));
            }
            Take::File => {
                let text = json!({ "content": "hello" });
                let mut taken = json_body(&example::schema_of(&text), &text, true);
                taken["content"]["application/octet-stream"] = json!({ "schema": bytes() });
                body = Some(taken);
            }
            Take::Bytes => {
                body = Some(json!({ "content": { "application/octet-stream": { "schema": bytes() } } }));
            }
        }
    }
    let mut described = json!({
        "tags": [operation.tag()],
        "operationId": id(operation),
        "summary": operation.doc,
        "parameters": parameters,
        "responses": answers::of(operation, answer, definitions),
    });
    if let Some(row) = operation.row {
        described["x-command"] = row.wire.into();
        described["x-needs"] = row.needs.into();
        described["x-served"] = served(row.domain).into();
    }
    if let Some(body) = body {
        described["requestBody"] = body;
    }
    if operation.public {
        described["security"] = json!([]);
    }
    described
}

fn served(domain: &str) -> bool {
    Domain::ALL.iter().any(|known| format!("{known:?}") == domain && aether_system::serves(*known))
}

fn bytes() -> Value {
    json!({ "type": "string", "format": "binary" })
}

fn id(operation: &Operation) -> String {
    let path: String = operation.path.chars().map(|at| if at.is_ascii_alphanumeric() { at } else { '_' }).collect();
    format!("{}{path}", operation.verb)
}

fn json_body(schema: &Value, example: &Value, required: bool) -> Value {
    json!({ "required": required, "content": { "application/json": { "schema": schema, "example": example } } })
}

fn path_parameter(operation: &Operation, name: &str, request: &Value) -> Value {
    // Agents go by their uid too, where a route is written by hand.
    let is_derived = operation.takes.iter().any(|take| matches!(take, Take::Query | Take::Body));
    let known = request["properties"].get(name).filter(|_| is_derived).cloned();
    let schema = known.unwrap_or_else(|| json!({ "type": "string", "minLength": 1 }));
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn field(name: &str, kind: &str, doc: &str, required: bool) -> Value {
    let mut schema = json!({ "type": kind });
    if kind == "integer" {
        schema["minimum"] = 0.into();
    }
    json!({ "name": name, "in": "query", "required": required, "description": doc, "schema": schema })
}

/// The fields of a request that are left, as parameters of the query.
fn query(request: &Value, in_path: &[&str]) -> Vec<Value> {
    let fields = request["properties"].as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !in_path.contains(&name.as_str()))
        .map(|(name, schema)| {
            let mut parameter = json!({
                "name": name,
                "in": "query",
                "required": is_required(request, name),
                "schema": schema,
            });
            if schema["type"] == "array" {
                parameter["style"] = "form".into();
                parameter["explode"] = false.into();
            }
            parameter
        })
        .collect()
}

fn is_required(request: &Value, name: &str) -> bool {
    request["required"].as_array().is_some_and(|required| required.iter().any(|field| field == name))
}

/// The fields that are left, as a body.
fn fields(operation: &Operation, request: &Value, in_path: &[&str], definitions: &Map<String, Value>) -> Value {
    // Hand-written routes call the pid of an agent its uid.
    let is_left = |name: &str| !(in_path.contains(&name) || in_path.contains(&"uid") && name == "pid");
    let mut schema = request.clone();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| is_left(name));
    }
    let mut needs_some = operation.row.is_some() && schema.get("properties").is_none() && !is_empty(request);
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_some_and(is_left));
        needs_some |= !required.is_empty();
    }
    if schema["required"].as_array().is_some_and(Vec::is_empty)
        && let Some(schema) = schema.as_object_mut()
    {
        schema.remove("required");
    }
    let example = example::of(&schema, "", definitions);
    json_body(&schema, &example, needs_some)
}

/// True for a request without fields.
fn is_empty(request: &Value) -> bool {
    request["type"] == "object"
}
