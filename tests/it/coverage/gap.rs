//! Which commands the kernel does not serve yet, held to the truth both ways.

use std::collections::BTreeSet;

use aether_protocol::{Command, Domain, schema};
use aether_tests::{Kernel, programs};
use serde_json::{Map, Value, json};

/// The least that a schema takes: required fields only, each with the first value that comes to mind.
fn least(schema: &Value, definitions: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return least(&definitions[name], definitions);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    for choices in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema[choices].as_array().and_then(|choices| choices.first()) {
            return least(first, definitions);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "string" => json!("x"),
        // 99,999 names nothing that is there; where it is too much, 1 is anything.
        "integer" | "number" if schema["maximum"].as_u64().is_some_and(|most| most < 99_999) => json!(1),
        "integer" | "number" => json!(99_999),
        "boolean" => json!(false),
        "array" => json!([]),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields = required.map(|name| (name.to_owned(), least(&schema["properties"][name], definitions)));
            Value::Object(fields.collect::<Map<String, Value>>())
        }
    }
}

#[tokio::test]
async fn the_gap_list_is_the_truth() {
    let list = std::fs::read_to_string(programs::repository().join("tests/it/coverage_gap.txt")).expect("the list");
    let listed: BTreeSet<&str> = list.lines().collect();
    assert!(list.lines().is_sorted(), "the list is sorted, so that changes of it merge well");

    let kernel = Kernel::start().await;
    let mut client = kernel.client().await;
    let (mut unserved, mut unfit) = (BTreeSet::new(), Vec::new());
    for domain in Domain::ALL {
        let document = schema::document(*domain);
        for method in domain.methods().iter().filter(|method| !method.internal && method.wire != "kernel.shutdown") {
            let fields = least(&document["commands"][method.wire]["request"], &document["$defs"]);
            // What does not fit is refused before anybody is asked to answer it, and says nothing.
            if let Err(error) = Command::decode(method.wire, &fields.to_string()) {
                unfit.push(format!("{}: {error}", method.wire));
            }
            let answer = client.try_call(method.wire, fields).await;
            if answer.is_err_and(|error| error["code"] == "unimplemented") {
                unserved.insert(method.wire);
            }
            if client.closed.is_some() || method.wire == "auth.logout" {
                client = kernel.client().await;
            }
        }
    }
    assert!(unfit.is_empty(), "`least` made what is no request: {unfit:#?}");
    let new: Vec<_> = unserved.difference(&listed).collect();
    let served: Vec<_> = listed.difference(&unserved).collect();
    assert!(
        new.is_empty(),
        "these are not served and not in tests/it/coverage_gap.txt, which may only shrink: {new:#?}"
    );
    assert!(served.is_empty(), "these are served now: take them off tests/it/coverage_gap.txt: {served:#?}");
}
