//! Recorded frames and REST answers, held against the tables: whatever a sample says must survive being read as the
//! type its row declares and being written again.
#![allow(clippy::expect_used, clippy::panic)]

use aether_protocol::{Command, Event, HttpMethod, Method};
use serde_json::{Value, json};

/// One line a recorded exchange; `door` says over what.
const SAMPLES: &str = include_str!("samples.jsonl");

fn samples() -> impl Iterator<Item = (usize, Value)> {
    SAMPLES.lines().enumerate().map(|(at, line)| {
        let mut sample = serde_json::from_str(line).expect("a sample is JSON");
        without_cuts(&mut sample);
        (at + 1, sample)
    })
}

/// Takes out the marks of where long lists were cut when they were recorded: `"<12 more>"`.
fn without_cuts(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|item| !item.as_str().is_some_and(|text| text.starts_with('<') && text.ends_with("more>")));
            list.iter_mut().for_each(without_cuts);
        }
        Value::Object(fields) => fields.values_mut().for_each(without_cuts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What of the sample is not in ours, by its path. Fields beyond the sample are fine, other spellings of a number too.
fn lost(sample: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (sample, ours) {
        (Value::Object(sample), Value::Object(ours)) => {
            for (name, value) in sample {
                match ours.get(name) {
                    Some(kept) => lost(value, kept, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name} is lost")),
                }
            }
        }
        (Value::Array(sample), Value::Array(ours)) if sample.len() == ours.len() => {
            for (at, (value, kept)) in sample.iter().zip(ours).enumerate() {
                lost(value, kept, &format!("{path}[{at}]"), found);
            }
        }
        (Value::Number(sample), Value::Number(ours)) if sample.as_f64() == ours.as_f64() => {}
        (sample, ours) if sample == ours => {}
        (sample, ours) => found.push(format!("{path} was {sample} and is {ours}")),
    }
}

/// Faults of all samples, by line; one failing test names them all.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn compare(&mut self, line: usize, what: &str, sample: &Value, ours: Result<String, impl std::fmt::Display>) {
        let mut found = Vec::new();
        match ours {
            Ok(ours) => {
                let ours = serde_json::from_str(&ours).expect("what was written is JSON");
                lost(sample, &ours, "", &mut found);
            }
            Err(error) => found.push(error.to_string()),
        }
        self.0.extend(found.iter().map(|fault| format!("line {line}, {what}: {fault}")));
    }

    fn event(&mut self, line: usize, frame: &Value) {
        let wire = wire(frame);
        let ours = Event::decode(wire, &frame.to_string()).map(|event| event.json());
        self.compare(line, &format!("event {wire}"), frame, ours);
    }

    /// A command that was refused may be refused by us for what it says, as long as we know its name.
    fn command(&mut self, line: usize, frame: &Value, refused: bool) {
        let wire = wire(frame);
        let id = frame["id"].as_str().expect("a command has an id");
        let ours = Command::decode(wire, &frame.to_string()).map(|command| command.encode(id));
        if refused && row(wire).is_some() && ours.is_err() {
            return;
        }
        self.compare(line, &format!("command {wire}"), frame, ours);
    }

    fn answer(&mut self, line: usize, row: &Method, data: &Value) {
        let ours = (row.check_answer)(&data.to_string());
        self.compare(line, &format!("answer of {}", row.wire), data, ours);
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{} differ:\n{}", self.0.len(), self.0.join("\n"));
    }
}

fn wire(frame: &Value) -> &str {
    frame["type"].as_str().expect("a frame has a type")
}

fn row(wire: &str) -> Option<&'static Method> {
    Command::methods().find(|row| row.wire == wire)
}

#[test]
fn recorded_commands_and_answers_keep_their_shape() {
    let mut faults = Faults::default();
    let mut seen = 0;
    for (line, sample) in samples().filter(|(_, sample)| sample["door"] == "ws" && sample["send"].is_object()) {
        seen += 1;
        let answer = &sample["answer"];
        faults.command(line, &sample["send"], wire(answer) == "response.error");
        match (wire(answer), row(wire(&sample["send"]))) {
            ("response.ok", Some(row)) => faults.answer(line, row, answer.get("data").unwrap_or(&Value::Null)),
            ("response.error", _) => assert!(answer["error"].is_string(), "line {line}"),
            // A command without a row is a fault of its own, which the line above has found.
            ("response.ok", None) => {}
            (other, _) => panic!("line {line} is answered by {other}"),
        }
    }
    assert!(seen > 150, "{seen} commands were recorded");
    faults.none();
}

#[test]
fn recorded_events_keep_their_shape() {
    let mut faults = Faults::default();
    let mut seen = 0;
    for (line, sample) in samples().filter(|(_, sample)| sample["door"] == "ws") {
        let alone = std::slice::from_ref(&sample["frame"]);
        let frames = sample["frame"].as_array().map_or(alone, Vec::as_slice).iter().filter(|frame| !frame.is_null());
        for frame in frames.chain(sample["events"].as_array().into_iter().flatten()) {
            seen += 1;
            faults.event(line, frame);
        }
    }
    assert!(seen > 80, "{seen} events were recorded");
    faults.none();
}

/// The row whose route a recorded request takes; routes written by hand have none.
fn routed(request: &str) -> Option<&'static Method> {
    let (verb, path) = request.split_once(' ')?;
    let path: Vec<&str> = path.strip_prefix("/api/v1")?.split('?').next()?.split('/').collect();
    let fits = |named: &str| {
        named.split('/').count() == path.len()
            && named.split('/').zip(&path).all(|(named, given)| named.starts_with(':') || named == *given)
    };
    let takes = |row: &&Method| row.route.is_some_and(|route| verb == text(route.method) && fits(route.path));
    // As in the kernel, fixed words win over fields.
    Command::methods().filter(takes).min_by_key(|row| row.route.map_or(0, |route| route.path.matches(':').count()))
}

fn text(method: HttpMethod) -> &'static str {
    match method {
        HttpMethod::get => "GET",
        HttpMethod::post => "POST",
        HttpMethod::put => "PUT",
        HttpMethod::patch => "PATCH",
        HttpMethod::delete => "DELETE",
    }
}

#[test]
fn recorded_rest_answers_keep_their_shape() {
    let mut faults = Faults::default();
    for (line, sample) in samples().filter(|(_, sample)| sample["door"] == "rest") {
        let request = sample["send"].as_str().expect("a request");
        let status = sample["status"].as_u64().expect("a status");
        let Some(row) = routed(request).filter(|_| status < 300) else { continue };
        let route = row.route.expect("it was found by its route");
        assert_eq!(u64::from(route.status), status, "line {line}, {request}");
        let data = &sample["answer"]["data"];
        match route.says {
            Some(flag) => assert_eq!(data, &json!({ flag: true }), "line {line}, {request}"),
            None => faults.answer(line, row, data),
        }
    }
    faults.none();
}
