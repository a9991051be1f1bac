//! Routes that follow from the protocol's tables, and requests put together from a path, a query and a body.

use std::collections::HashMap;
use std::sync::OnceLock;

use aether_protocol::{Command, ErrorCode, HttpMethod, Method, Pid, WireError};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::pace::is_too_slow;
use super::query;

/// Every route that a row of the tables names.
pub(crate) struct Routes(Vec<Derived>);

/// One of them.
pub(crate) struct Derived {
    pub row: &'static Method,
    pub status: u16,
    /// The flag that an answer without data says.
    pub says: Option<&'static str>,
    verb: http::Method,
    segments: Vec<Segment>,
    kinds: OnceLock<HashMap<String, Kind>>,
}

enum Segment {
    Fixed(&'static str),
    /// Fills the field of this name.
    Field(&'static str),
}

/// What a field of a request takes, for values that come as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
    List,
}

impl Routes {
    pub fn from_tables() -> Routes {
        let rows = Command::methods().filter(|row| !row.internal);
        let routes = rows.filter_map(|row| {
            let route = row.route?;
            let segments = route.path.trim_matches('/').split('/').map(|part| match part.strip_prefix(':') {
                Some(field) => Segment::Field(field),
                None => Segment::Fixed(part),
            });
            Some(Derived {
                row,
                status: route.status,
                says: route.says,
                verb: verb(route.method),
                segments: segments.collect(),
                kinds: OnceLock::new(),
            })
        });
        let mut routes: Vec<Derived> = routes.collect();
        // A fixed segment wins over a field in the same place: `/mcp/tools/export` over `/mcp/tools/:id`.
        routes.sort_by_key(|route| {
            route.segments.iter().map(|segment| matches!(segment, Segment::Field(_))).collect::<Vec<_>>()
        });
        Routes(routes)
    }

    /// The route a request asks for, and the fields its path fills. `path` is what follows `/api/v1/`.
    pub fn find(&self, verb: &http::Method, path: &str) -> Option<(&Derived, Vec<(&'static str, String)>)> {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        self.0
            .iter()
            .filter(|route| route.verb == *verb && route.segments.len() == parts.len())
            .find_map(|route| Some((route, matched(&route.segments, &parts)?)))
    }
}

fn matched(segments: &[Segment], parts: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let mut fields = Vec::new();
    for (segment, part) in segments.iter().zip(parts) {
        match segment {
            Segment::Fixed(fixed) if fixed == part => {}
            Segment::Fixed(_) => return None,
            Segment::Field(_) if part.is_empty() => return None,
            Segment::Field(name) => fields.push((*name, query::decode(part)?)),
        }
    }
    Some(fields)
}

fn verb(method: HttpMethod) -> http::Method {
    match method {
        HttpMethod::get => http::Method::GET,
        HttpMethod::post => http::Method::POST,
        HttpMethod::put => http::Method::PUT,
        HttpMethod::patch => http::Method::PATCH,
        HttpMethod::delete => http::Method::DELETE,
    }
}

impl Derived {
    /// Puts a request together: the body, then the query, then the path, of which the later wins.
    pub fn command(&self, path: Vec<(&'static str, String)>, query: &str, body: &str) -> Result<Command, WireError> {
        let mut request: Map<String, Value> = serde_json::from_str(body)
            .map_err(|_| WireError::invalid("The body must be a JSON object with the fields of the request."))?;
        for (name, value) in query::fields(query) {
            let value = self.value(&name, value);
            request.insert(name, value);
        }
        for (name, value) in path {
            let value = self.value(name, value);
            request.insert(name.to_owned(), value);
        }
        Command::decode(self.row.wire, &Value::Object(request).to_string())
    }

    fn value(&self, name: &str, text: String) -> Value {
        let kinds = self.kinds.get_or_init(|| kinds(self.row));
        typed(kinds.get(name).copied().unwrap_or(Kind::Text), text)
    }
}

/// Reads text as what its field takes; what cannot be read so stays text, and decoding names the field.
fn typed(kind: Kind, text: String) -> Value {
    match kind {
        Kind::Text => Value::String(text),
        Kind::Number => match (serde_json::from_str::<serde_json::Number>(&text), Pid::parse(&text)) {
            (Ok(number), _) => Value::Number(number),
            (Err(_), Some(pid)) => Value::from(pid.0),
            (Err(_), None) => Value::String(text),
        },
        Kind::Flag => match text.as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => Value::String(text),
        },
        Kind::List => text.split(',').filter(|item| !item.is_empty()).map(Value::from).collect(),
    }
}

/// What each field of a row's request takes, by its schema.
fn kinds(row: &Method) -> HashMap<String, Kind> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = (row.request)(&mut SchemaGenerator::new(settings)).to_value();
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        return HashMap::new();
    };
    let named = [("integer", Kind::Number), ("number", Kind::Number), ("boolean", Kind::Flag), ("array", Kind::List)];
    let kind = |schema: &Value| match named.iter().find(|(name, _)| takes(schema, name)) {
        Some((_, kind)) if !takes(schema, "string") => *kind,
        _ => Kind::Text,
    };
    fields.iter().map(|(name, schema)| (name.clone(), kind(schema))).collect()
}

/// True if a schema takes values of this JSON type.
fn takes(schema: &Value, name: &str) -> bool {
    let among = |value: &Value| match value {
        Value::String(kind) => kind == name,
        Value::Array(kinds) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let one_of = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(|choices| choices.iter().any(|choice| takes(choice, name)))
    };
    schema.get("type").is_some_and(among) || one_of("anyOf") || one_of("oneOf")
}

/// A body as the text of a JSON object; an empty one is an object without fields.
pub fn object(body: Result<Bytes, BytesRejection>) -> Result<String, WireError> {
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let text = std::str::from_utf8(&body).map_err(|_| WireError::invalid("The body must be UTF-8."))?;
    match text.trim_start() {
        "" => Ok("{}".to_owned()),
        trimmed if trimmed.starts_with('{') => Ok(text.to_owned()),
        _ => Err(WireError::invalid("The body must be a JSON object.")),
    }
}

/// Why a body could not be read.
pub fn unreadable(rejection: &BytesRejection) -> WireError {
    match rejection.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => {
            WireError::new(ErrorCode::TooLarge, "The body is over the limit. Send less at a time.")
        }
        _ if is_too_slow(rejection) => WireError::invalid("The body did not come in time. Send it again."),
        _ => WireError::invalid("The body could not be read."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wire: &str) -> &'static Method {
        Command::methods().find(|method| method.wire == wire).expect("a row")
    }

    fn derived(wire: &str, path: &'static str) -> Derived {
        let segments = path.trim_matches('/').split('/').map(|part| match part.strip_prefix(':') {
            Some(field) => Segment::Field(field),
            None => Segment::Fixed(part),
        });
        Derived {
            row: row(wire),
            status: 200,
            says: None,
            verb: http::Method::POST,
            segments: segments.collect(),
            kinds: OnceLock::new(),
        }
    }

    #[test]
    fn path_and_query_become_what_their_fields_take() {
        let mut list = derived("process.setPriority", "/agents/:pid/priority");
        list.verb = http::Method::PUT;
        let routes = Routes(vec![list]);
        let (route, fields) = routes.find(&http::Method::PUT, "agents/agent_12/priority").expect("a route");
        let command = route.command(fields, "priority=2", "{}").expect("a command");
        assert_eq!(command.encode("c"), r#"{"type":"process.setPriority","id":"c","pid":12,"priority":2}"#);
        assert!(routes.find(&http::Method::POST, "agents/agent_12/priority").is_none());
        assert!(routes.find(&http::Method::PUT, "agents//priority").is_none());
        let (route, fields) = routes.find(&http::Method::PUT, "agents/nobody/priority").expect("a route");
        let error = route.command(fields, "", r#"{"priority":2}"#).expect_err("no pid");
        assert_eq!(error.code, ErrorCode::InvalidInput);
    }

    #[test]
    fn the_path_wins_over_the_body() {
        let routes = Routes(vec![derived("process.signal", "/p/:pid")]);
        let (route, fields) = routes.find(&http::Method::POST, "p/3/").expect("a route");
        let command = route.command(fields, "", r#"{"pid":4,"signal":"SIGINT"}"#).expect("a command");
        assert!(command.encode("c").contains("\"pid\":3"));
        let (route, fields) = routes.find(&http::Method::POST, "p/3").expect("a route");
        assert!(route.command(fields, "", "[]").is_err());
    }

    #[test]
    fn kinds_come_from_the_schema() {
        assert_eq!(kinds(row("agent.continue"))["extraSteps"], Kind::Number);
        assert_eq!(kinds(row("fs.rm"))["recursive"], Kind::Flag);
        assert_eq!(kinds(row("fs.rm"))["path"], Kind::Text);
        assert_eq!(typed(Kind::List, "a,b".into()), serde_json::json!(["a", "b"]));
        assert_eq!(typed(Kind::Number, "many".into()), serde_json::json!("many"));
    }
}
