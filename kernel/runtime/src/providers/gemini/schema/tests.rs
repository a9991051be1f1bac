use super::*;

fn check(schema: Value, expect: Value) {
    let mut whole = json!({ "type": "object", "properties": {}, "$defs": {
        "Layer": { "type": "string", "enum": ["one", "two"], "description": "A layer." },
        "Node": { "type": "object", "properties": { "left": { "$ref": "#/$defs/Node" }, "right": { "$ref": "#/$defs/Node" } } },
    } });
    whole["properties"]["a"] = schema;
    assert_eq!(parameters(&whole).map(|mut sent| sent["properties"]["a"].take()), Some(expect));
}

#[test]
fn words_that_the_api_does_not_know_are_left_out() {
    check(
        json!({ "type": "integer", "format": "uint32", "minimum": 0, "exclusiveMaximum": 9, "default": 3, "title": "N" }),
        json!({ "minimum": 0, "type": "integer" }),
    );
    check(json!({ "type": "string", "format": "date-time" }), json!({ "type": "string", "format": "date-time" }));
    check(
        json!({ "type": "object", "properties": { "format": { "type": "string", "$comment": "x" } }, "required": ["format", "gone"], "additionalProperties": false }),
        json!({ "type": "object", "properties": { "format": { "type": "string" } }, "required": ["format"] }),
    );
}

#[test]
fn types_are_one_word_and_null_is_a_property() {
    check(json!({ "type": ["string", "null"] }), json!({ "nullable": true, "type": "string" }));
    check(
        json!({ "anyOf": [{ "$ref": "#/$defs/Layer" }, { "type": "null" }], "description": "Which." }),
        json!({ "description": "Which.", "nullable": true, "type": "string", "enum": ["one", "two"] }),
    );
    check(json!(true), json!({ "type": "string" }));
    check(json!({ "description": "Anything." }), json!({ "description": "Anything.", "type": "string" }));
}

#[test]
fn enumerations_are_of_texts() {
    check(json!({ "const": "x" }), json!({ "type": "string", "enum": ["x"] }));
    check(json!({ "type": "integer", "enum": [1, 2] }), json!({ "type": "integer" }));
    check(
        json!({ "oneOf": [{ "const": "a", "description": "A." }, { "const": "b" }] }),
        json!({ "type": "string", "enum": ["a", "b"] }),
    );
}

#[test]
fn members_of_lists_and_choices_are_converted_too() {
    check(json!({ "type": "array" }), json!({ "type": "array", "items": { "type": "string" } }));
    check(
        json!({ "type": "array", "items": { "allOf": [{ "$ref": "#/$defs/Layer" }] } }),
        json!({ "type": "array", "items": { "description": "A layer.", "type": "string", "enum": ["one", "two"] } }),
    );
    check(
        json!({ "anyOf": [{ "type": "string" }, { "type": "object", "properties": { "n": { "type": "number" } }, "required": ["n"] }] }),
        json!({ "anyOf": [{ "type": "string" }, { "type": "object", "properties": { "n": { "type": "number" } }, "required": ["n"] }] }),
    );
}

#[test]
fn recursion_and_nonsense_end() {
    let sent = parameters(&json!({ "properties": { "tree": { "$ref": "#/$defs/Node" } }, "$defs": { "Node": {
        "type": "object", "properties": { "l": { "$ref": "#/$defs/Node" }, "m": { "$ref": "#/$defs/Node" }, "r": { "$ref": "#/$defs/Node" } } } } }));
    assert!(sent.expect("parameters").to_string().len() < 200_000);
    check(
        json!({ "$ref": "#/$defs/Nowhere", "required": 7, "properties": 3, "description": 4 }),
        json!({ "type": "object" }),
    );
}

#[test]
fn a_function_without_parameters_has_none() {
    assert_eq!(parameters(&json!({ "type": "object", "properties": {} })), None);
    assert_eq!(parameters(&json!({})), None);
}
