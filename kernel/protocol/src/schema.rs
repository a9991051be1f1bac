//! The generated schemas: one JSON document a domain, committed under `schema/` and checked by a test.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::domains::Domain;

/// The document of one domain: its commands, its events, and the definitions they share.
pub fn document(domain: Domain) -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut commands = Map::new();
    for method in domain.methods() {
        commands.insert(
            method.wire.to_owned(),
            json!({
                "doc": method.doc.trim(),
                "needs": method.needs,
                "internal": method.internal,
                "request": (method.request)(&mut generator),
                "answer": (method.answer)(&mut generator),
            }),
        );
    }
    let mut events = Map::new();
    for row in domain.events() {
        events.insert(
            row.wire.to_owned(),
            json!({
                "doc": row.doc.trim(),
                "viewers": row.viewers,
                "class": format!("{:?}", row.class).to_lowercase(),
                "payload": (row.payload)(&mut generator),
            }),
        );
    }
    json!({ "commands": commands, "events": events, "$defs": generator.take_definitions(true) })
}
