//! Isolation, generated from the tables: everybody against every command, route and event. What is expected follows from
//! the right that a row declares; an answer that shows what it must not is a leak.

mod commands;
mod events;
mod expect;
mod hooks;
mod routes;
mod streams;
mod tools;
mod world;
