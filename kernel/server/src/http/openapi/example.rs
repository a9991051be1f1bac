//! Examples: the least that a schema takes, with values that read like real ones.

use serde_json::{Map, Value, json};

/// How deep a record may hold records of its kind.
const DEEPEST: usize = 6;

/// A value of a schema, by the name of the field it is for. `definitions` is where references lead.
pub fn of(schema: &Value, name: &str, definitions: &Map<String, Value>) -> Value {
    within(schema, name, definitions, 0)
}

fn within(schema: &Value, name: &str, definitions: &Map<String, Value>, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(target) = resolved(schema, definitions) {
        return within(target, name, definitions, depth + 1);
    }
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(first) = first(schema, "enum") {
        return first.clone();
    }
    for choices in ["anyOf", "oneOf", "allOf"] {
        if let Some(choice) = first(schema, choices) {
            return within(choice, name, definitions, depth + 1);
        }
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    match kind {
        "string" => json!(text(name)),
        "integer" | "number" => number(schema, name),
        "boolean" => json!(true),
        "array" => match schema.get("items") {
            Some(items) if !schema["minItems"].is_null() => json!([within(items, name, definitions, depth + 1)]),
            _ => json!([]),
        },
        "object" => record(schema, definitions, depth),
        _ => Value::Null,
    }
}

/// The definition a reference leads to.
pub fn resolved<'d>(schema: &Value, definitions: &'d Map<String, Value>) -> Option<&'d Value> {
    let name = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
    definitions.get(name)
}

fn first<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    schema.get(key)?.as_array()?.first()
}

fn record(schema: &Value, definitions: &Map<String, Value>, depth: usize) -> Value {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let fields = required.filter_map(|name| {
        let field = schema.get("properties")?.get(name)?;
        Some((name.to_owned(), within(field, name, definitions, depth + 1)))
    });
    Value::Object(fields.collect())
}

fn text(name: &str) -> &'static str {
    match name {
        "username" => "ada",
        "password" | "newPassword" | "currentPassword" => "correct horse battery",
        "displayName" | "display_name" => "Ada",
        "path" | "from" => "/home/ada/notes.txt",
        "to" => "/home/ada/notes-2.txt",
        "content" | "text" | "message" => "Look at the tests as well.",
        "role" => "Researcher",
        "goal" => "Sum up what changed this week",
        "code" => "123456",
        "url" => "https://hooks.example/aether",
        "cron" | "cron_expression" | "cronExpression" => "0 7 * * 1-5",
        "event_type" | "eventType" => "process.exit",
        "model" => "ollama:llama3.1",
        "provider" => "ollama",
        "name" => "weekly",
        "key" => "layout",
        name if name.ends_with("Id") || name.ends_with("_id") || name == "id" => "4f1c",
        _ => "text",
    }
}

fn number(schema: &Value, name: &str) -> Value {
    let least = schema.get("minimum").and_then(Value::as_f64).unwrap_or_default();
    match name {
        "pid" | "ownerPid" | "fromPid" | "toPid" => json!(7),
        "limit" => json!(50),
        name if name.ends_with("At") || name.ends_with("_at") || name == "timestamp" => json!(1_767_225_600_000_u64),
        _ if least > 1.0 => json!(least),
        _ => json!(1),
    }
}

/// A schema of what is like this value: every field is there.
pub fn schema_of(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => json!({ "type": "array", "items": items.first().map_or(json!({}), schema_of) }),
        Value::Object(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), schema_of(value))).collect();
            let required: Vec<&String> = fields.keys().collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
    }
}
