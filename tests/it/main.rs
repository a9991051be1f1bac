//! Black-box tests: a kernel in a process of its own, spoken to over its doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// One record that fits every command is a deep expression.
#![recursion_limit = "256"]

mod agents;
mod bad_input;
mod cli;
mod confinement;
mod control;
mod coverage;
mod desktop;
mod doors;
mod faults;
mod files;
mod ipc;
mod isolation;
mod matrix;
mod models;
mod orgs;
mod people;
mod policies;
mod recorded;
mod recovery;
mod schedule;
mod served;
mod spending;
mod terminals;
mod tour;
mod trajectory;
mod trash;
mod webhook;
mod workspace;
