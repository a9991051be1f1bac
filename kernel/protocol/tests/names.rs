//! The names of the protocol: all that existing clients know, and nothing beyond them that is not written down here.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use aether_protocol::{Command, Event};
use schemars::SchemaGenerator;

/// `command <name>` and `event <name>`, sorted: what existing clients know.
const KNOWN: &str = include_str!("contract_names.txt");

/// Commands that came later; docs/wire.md says what they are for.
const LATER_COMMANDS: &[&str] = &[
    "agent.answer",
    "agent.approvals",
    "agent.message",
    "agent.timeline",
    "agent.trajectory",
    "agent.watch",
    "audit.export",
    "auth.changePassword",
    "auth.createToken",
    "auth.listSessions",
    "auth.listTokens",
    "auth.logout",
    "auth.me",
    "auth.mfaDisable",
    "auth.mfaEnable",
    "auth.mfaLogin",
    "auth.mfaSetup",
    "auth.mfaVerify",
    "auth.refresh",
    "auth.resetPassword",
    "auth.revokeSession",
    "auth.revokeSessions",
    "auth.revokeToken",
    "auth.rotateKey",
    "auth.updateProfile",
    "fs.download",
    "fs.listTrash",
    "fs.purge",
    "fs.restore",
    "fs.search",
    "fs.trash",
    "fs.upload",
    "fs.usage",
    "kernel.backup",
    "kernel.metricsHistory",
    "kernel.stats",
    "llm.clearKey",
    "llm.getDefault",
    "llm.setDefault",
    "llm.setKey",
    "llm.test",
    "org.transfer",
    "preference.delete",
    "preference.get",
    "preference.list",
    "preference.set",
    "process.history",
    "resource.getBudget",
    "resource.history",
    "resource.setBudget",
    "snapshot.fork",
    "tty.attach",
    "tty.list",
    "user.resetPassword",
    "workspace.details",
];

/// Commands for agents inside the kernel, which no door takes.
const INTERNAL_COMMANDS: [&str; 7] =
    ["agent.ask", "agent.exec", "agent.finish", "agent.inbox", "agent.report", "agent.wait", "resource.admit"];

/// Events that came later.
const LATER_EVENTS: &[&str] = &[
    "auth.password.reset",
    "auth.session.revoked",
    "auth.token.created",
    "auth.token.revoked",
    "entity.changed",
    "llm.changed",
    "org.transferred",
    "resource.orgBudget",
    "resource.userBudget",
    "user.updated",
];

fn known(kind: &str) -> BTreeSet<&'static str> {
    KNOWN.lines().filter_map(|line| line.split_once(' ')).filter(|(of, _)| *of == kind).map(|(_, name)| name).collect()
}

fn compare(known: &BTreeSet<&str>, ours: &BTreeSet<&str>, later: &[&str]) {
    let missing: Vec<_> = known.difference(ours).collect();
    assert!(missing.is_empty(), "{} have no row: {missing:?}", missing.len());
    let beyond: Vec<_> = ours.difference(known).copied().collect();
    assert_eq!(beyond, later, "rows beyond what existing clients know stand in a list, and the list in the tables");
}

#[test]
fn every_command_has_a_row_and_every_row_is_known() {
    let ours: BTreeSet<_> = Command::methods().filter(|row| !row.internal).map(|row| row.wire).collect();
    compare(&known("command"), &ours, LATER_COMMANDS);
    let internal: BTreeSet<_> = Command::methods().filter(|row| row.internal).map(|row| row.wire).collect();
    assert_eq!(internal, BTreeSet::from(INTERNAL_COMMANDS));
}

#[test]
fn every_event_has_a_row_and_every_row_is_known() {
    compare(&known("event"), &Event::rows().map(|row| row.wire).collect(), LATER_EVENTS);
}

#[test]
fn no_name_has_two_rows() {
    let mut seen = BTreeSet::new();
    for name in Command::methods().map(|row| ("command", row.wire)).chain(Event::rows().map(|row| ("event", row.wire)))
    {
        assert!(seen.insert(name), "{name:?} has two rows");
    }
}

#[test]
fn no_two_rows_have_one_route_and_every_field_of_a_route_is_one_of_its_request() {
    let mut seen = BTreeSet::new();
    for row in Command::methods() {
        let Some(route) = row.route else { continue };
        assert!(!row.internal, "{} is internal and has a route", row.wire);
        let parts = route.path.split('/');
        let shape: Vec<_> = parts.clone().map(|part| if part.starts_with(':') { ":" } else { part }).collect();
        assert!(seen.insert((format!("{:?}", route.method), shape.join("/"))), "{}: the route is taken", row.wire);
        let mut generator = SchemaGenerator::default();
        let request = (row.request)(&mut generator).to_value();
        let name = request["$ref"].as_str().and_then(|path| path.rsplit('/').next()).expect("a named request");
        let fields = &generator.definitions()[name]["properties"];
        for field in parts.filter_map(|part| part.strip_prefix(':')) {
            assert!(fields.get(field).is_some(), "{}: the request has no field {field}", row.wire);
        }
        if route.says.is_some() {
            assert!((row.check_answer)("null").is_ok_and(|again| again == "null"), "{} answers something", row.wire);
        }
    }
}

#[test]
fn every_row_says_what_it_is_for() {
    let commands = Command::methods().map(|row| (row.wire, row.doc));
    for (wire, doc) in commands.chain(Event::rows().map(|row| (row.wire, row.doc))) {
        let doc = doc.trim();
        assert!(doc.len() > 8 && doc.ends_with('.') && doc.contains(' '), "{wire}: {doc:?} tells nobody anything");
    }
}
