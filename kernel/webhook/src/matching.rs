//! Which events a webhook is told of.

use serde_json::{Map, Value};

/// True if one of the patterns is this event type, `prefix.*` of it, or `*`.
pub fn names(patterns: &[String], wire: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        // `prefix.*` leaves its dot: `process.*` is not `processes`.
        Some(prefix) => wire.starts_with(prefix),
        None => pattern == wire,
    })
}

/// True if the event's own fields have the values that the filters name.
pub fn passes(filters: Option<&Map<String, Value>>, event: &Map<String, Value>) -> bool {
    filters.into_iter().flatten().all(|(name, wanted)| event.get(name) == Some(wanted))
}

/// True if this is a pattern: an event type, `prefix.*`, or `*`.
pub fn is_pattern(text: &str) -> bool {
    let name = text.strip_suffix(".*").unwrap_or(text);
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':'))
    };
    text == "*" || name.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_are_exact_or_end_in_a_star() {
        let named = |pattern: &str, wire: &str| names(&[pattern.to_owned()], wire);
        assert!(
            named("*", "process.exit") && named("process.*", "process.exit") && named("process.exit", "process.exit")
        );
        assert!(named("webhook.dlq.*", "webhook.dlq.added") && named("process.*", "process.a.b"));
        assert!(!named("process.exit", "process.exited") && !named("process.*", "processes.exit"));
        assert!(!named("process.*", "process") && !names(&[], "process.exit"));
        for text in ["*", "a", "a.b", "a.*", "agent.file_created", "agent.stepLimitReached"] {
            assert!(is_pattern(text), "{text}");
        }
        for text in ["", ".", "a.", ".a", "a*", "*.a", "a.*.b", "**", "a b", "*.*"] {
            assert!(!is_pattern(text), "{text}");
        }
    }

    #[test]
    fn filters_are_values_of_the_events_own_fields() {
        let event = json!({ "type": "process.exit", "pid": 7, "code": 0, "info": { "a": [1] } });
        let event = event.as_object().expect("an object");
        let passes = |filters: Value| passes(filters.as_object(), event);
        assert!(passes(json!({})) && passes(json!({ "pid": 7, "info": { "a": [1] } })) && passes(Value::Null));
        assert!(!passes(json!({ "pid": 8 })) && !passes(json!({ "pid": "7" })) && !passes(json!({ "absent": null })));
    }
}
