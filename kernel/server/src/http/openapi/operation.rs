//! One operation: a verb on a path, what it takes and what it answers.

use aether_protocol::{Command, HttpMethod, Method};

use super::written::{Give, Take, WRITTEN, Written};
use crate::http::commands::has_rest;

/// Of which command an operation is, where it is of one.
pub type Row = Option<&'static Method>;

pub struct Operation {
    pub verb: &'static str,
    /// With `{field}` segments.
    pub path: String,
    pub row: Row,
    pub doc: String,
    pub status: u16,
    pub public: bool,
    pub takes: Vec<Take>,
    pub gives: Give,
}

/// Every operation, those written here before those that follow from rows.
pub fn all() -> Vec<Operation> {
    let mut operations: Vec<Operation> = WRITTEN.iter().map(written).collect();
    for row in Command::methods().filter(|row| has_rest(row)) {
        let operation = match row.route {
            Some(_) => derived(row),
            None => Some(by_name(row)),
        };
        if let Some(operation) = operation.filter(|new| operations.iter().all(|known| !known.is_at(new))) {
            operations.push(operation);
        }
    }
    operations
}

impl Operation {
    fn is_at(&self, other: &Operation) -> bool {
        self.verb == other.verb && self.path == other.path
    }

    /// The names in its path.
    pub fn fields(&self) -> Vec<&str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    /// True under `/api/v1`.
    pub fn is_v1(&self) -> bool {
        self.path.starts_with("/api/v1/")
    }

    /// What it is filed under.
    pub fn tag(&self) -> &'static str {
        self.row.map_or("system", |row| row.domain)
    }
}

fn written(written: &Written) -> Operation {
    let row = Command::methods().find(|row| row.wire == written.wire);
    let doc = if written.doc.is_empty() { row.map_or("", |row| row.doc).trim() } else { written.doc };
    Operation {
        verb: written.verb,
        path: written.path.to_owned(),
        row,
        doc: doc.to_owned(),
        status: written.status,
        public: written.public,
        takes: written.takes.to_vec(),
        gives: written.gives,
    }
}

fn derived(row: &'static Method) -> Option<Operation> {
    let route = row.route?;
    let segments = route.path.split('/').map(|part| match part.strip_prefix(':') {
        Some(field) => format!("{{{field}}}"),
        None => part.to_owned(),
    });
    let (verb, takes) = match route.method {
        HttpMethod::get => ("get", Take::Query),
        HttpMethod::delete => ("delete", Take::Query),
        HttpMethod::post => ("post", Take::Body),
        HttpMethod::put => ("put", Take::Body),
        HttpMethod::patch => ("patch", Take::Body),
    };
    Some(Operation {
        verb,
        path: format!("/api/v1{}", segments.collect::<Vec<_>>().join("/")),
        row: Some(row),
        doc: row.doc.trim().to_owned(),
        status: route.status,
        public: row.needs == "Public",
        takes: vec![takes],
        gives: route.says.map_or(Give::Data, Give::Flag),
    })
}

fn by_name(row: &'static Method) -> Operation {
    Operation {
        verb: "post",
        path: format!("/api/v1/commands/{}", row.wire),
        row: Some(row),
        doc: row.doc.trim().to_owned(),
        status: 200,
        public: false,
        takes: vec![Take::Body],
        gives: Give::Data,
    }
}
