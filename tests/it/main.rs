//! Black-box tests: a kernel in a process of its own, spoken to over its doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// One record that fits every command is a deep expression.
#![recursion_limit = "256"]

mod agents;
mod audit;
mod backup;
mod bad_input;
mod budgets;
mod cli;
mod confinement;
mod control;
mod coverage;
mod desktop;
mod doors;
mod events_stream;
mod faults;
mod files;
mod ipc;
mod isolation;
mod matrix;
mod metrics;
mod models;
mod openapi;
mod orgs;
mod people;
mod policies;
mod process;
mod recorded;
mod recovery;
mod schedule;
mod served;
mod sessions;
mod snapshot;
mod sockets;
mod spending;
mod terminals;
mod tls;
mod tokens;
mod tour;
mod trajectory;
mod trash;
mod uploads;
mod webhook;
mod workspace;
