//! The goal of an agent that a call starts: the owner's words, with parts of what the caller sent.
//!
//! `{{payload}}` stands for all that was sent, `{{payload.a.0.b}}` for one value of it. Whatever comes from the caller is
//! marked as data.

use serde_json::Value;

use crate::error::Result;
use crate::rules::invalid;

/// Values one template may name.
const FIELDS: usize = 16;
/// Bytes of all that a caller's values add to a goal.
const ROOM: usize = 24 * 1024;
/// What stands for all that was sent.
const PAYLOAD: &str = "payload";

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// The value that is there in the payload; no steps mean all of it.
    Value(Vec<String>),
}

/// Reads a template.
///
/// # Errors
/// When what stands between braces is no value of the payload.
pub fn parse(template: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("{{") {
        let Some((name, more)) = after.split_once("}}") else {
            return Err(invalid("The transform opens {{ and does not close it. Add }}."));
        };
        parts.push(Part::Text(text.to_owned()));
        parts.push(Part::Value(steps(name.trim())?));
        rest = more;
    }
    parts.push(Part::Text(rest.to_owned()));
    if parts.len() / 2 > FIELDS {
        return Err(invalid(format!("A transform names {FIELDS} values at most. Use {{{{payload}}}} for all of it.")));
    }
    if !parts.iter().any(|part| matches!(part, Part::Value(_))) && template.trim().is_empty() {
        return Err(invalid("The transform is empty. Write the agent's goal, with {{payload}} in it."));
    }
    Ok(parts)
}

fn steps(name: &str) -> Result<Vec<String>> {
    let mut steps = name.split('.').map(str::to_owned);
    let (first, steps) = (steps.next(), steps.collect::<Vec<_>>());
    if first.as_deref() != Some(PAYLOAD) || steps.iter().any(String::is_empty) {
        let name: String = name.chars().take(64).collect();
        return Err(invalid(format!(
            "The transform names {{{{{name}}}}}. Use {{{{payload}}}}, or {{{{payload.field}}}} for one value of it."
        )));
    }
    Ok(steps)
}

/// The goal for one call. `mark` marks text as data.
pub fn render(parts: &[Part], payload: &Value, mark: &dyn Fn(&str) -> String) -> String {
    let values = parts.iter().filter(|part| matches!(part, Part::Value(_))).count().max(1);
    let one = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Value(steps) => mark(&cut(&shown(find(payload, steps)), ROOM / values)),
    };
    parts.iter().map(one).collect()
}

fn find<'p>(payload: &'p Value, steps: &[String]) -> &'p Value {
    steps.iter().fold(payload, |value, step| match value {
        Value::Array(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)).unwrap_or(&Value::Null),
        other => other.get(step).unwrap_or(&Value::Null),
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The first bytes of a text, whole characters only.
fn cut(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let left_out = if end < text.len() { "\n[The rest was left out.]" } else { "" };
    format!("{}{left_out}", &text[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn goal(template: &str, payload: &Value) -> String {
        render(&parse(template).expect("a template"), payload, &|text| format!("<{text}>"))
    }

    #[test]
    fn values_of_the_payload_are_put_in_and_marked() {
        let payload = json!({ "a": { "b": ["x", 7] }, "text": "hello {{payload.a}}", "0": "zero" });
        assert_eq!(goal("Say {{payload.text}}.", &payload), "Say <hello {{payload.a}}>.");
        assert_eq!(goal("{{ payload.a.b.1 }} {{payload.a.b}}", &payload), "<7> <[\"x\",7]>");
        assert_eq!(goal("{{payload.a.c.d}}{{payload.0}}", &payload), "<null><zero>");
        assert_eq!(goal("Look at {{payload}}", &json!("plain")), "Look at <plain>");
        assert_eq!(goal("Nothing of it } } {", &payload), "Nothing of it } } {");
        let long = goal("{{payload}}{{payload}}", &json!("ä".repeat(ROOM)));
        assert!(long.len() < ROOM + 100 && long.contains("left out"), "{}", long.len());
    }

    #[test]
    fn what_is_no_value_is_named() {
        for (template, says) in [
            ("{{name}}", "{{name}}"),
            ("{{payload", "does not close"),
            ("{{payload..a}}", "payload..a"),
            ("{{}}", "{{payload.field}}"),
            ("  ", "empty"),
            (&"{{payload}}".repeat(17), "16 values"),
        ] {
            let refusal = parse(template).expect_err("refused").to_string();
            assert!(refusal.contains(says), "{template}: {refusal}");
        }
    }
}
