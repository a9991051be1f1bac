//! What is counted, in the text format of Prometheus (version 0.0.4).
//!
//! Labels come from tables, or from lists that cannot grow without end: what users name freely is not a label.

mod agents;
mod scrape;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aether_base::{Error, Logged, Meter};
use prometheus::core::Collector;
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use agents::Agents;
use scrape::Totals;

/// Seconds that a request, a command or a tool may take: up to ten, as dashboards of the older server expect.
const QUICK: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Seconds that a run may take.
const LONG: [f64; 10] = [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0];
/// Names of one kind that are told apart; the others are `other`.
const MOST_NAMES: usize = 200;

/// Everything that is counted.
pub struct Meters {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    commands: IntCounterVec,
    command_seconds: HistogramVec,
    events: IntCounterVec,
    sockets: IntGauge,
    agents: Agents,
    totals: Totals,
}

type Result<T, E = Error> = std::result::Result<T, E>;

impl Meters {
    /// # Errors
    /// When two families have one name, which the tests rule out.
    pub fn new() -> Result<Meters> {
        let registry = Registry::new();
        let family = Family(&registry);
        Ok(Meters {
            requests: family.counter(
                "aether_http_requests_total",
                "Answered HTTP requests.",
                &["method", "route", "status"],
            )?,
            request_seconds: family.histogram(
                "aether_http_request_seconds",
                "Time from a request's head to its answer's.",
                &["route"],
                &QUICK,
            )?,
            commands: family.counter("aether_commands_total", "Answered commands.", &["command", "result"])?,
            command_seconds: family.histogram(
                "aether_command_seconds",
                "Time a command took, from the gate to its answer.",
                &["command"],
                &QUICK,
            )?,
            events: family.counter("aether_events_emitted_total", "Delivered events.", &["event_type"])?,
            sockets: family.gauge("aether_websocket_connections", "Open WebSocket connections.")?,
            agents: Agents::new(&family)?,
            totals: Totals::new(&family)?,
            registry,
        })
    }

    /// Counts an answered request. `route` is a route's pattern, never the path that was asked for.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method = if matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") {
            method
        } else {
            "other"
        };
        count(&self.requests, &[method, route, &status.to_string()]);
        observe(&self.request_seconds, &[route], took);
    }

    /// Counts a socket as long as the answer lives.
    #[must_use]
    pub fn socket(&self) -> OpenSocket {
        self.sockets.inc();
        OpenSocket(self.sockets.clone())
    }

    fn text(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(Error::internal)?;
        String::from_utf8(text).map_err(Error::internal)
    }
}

/// One open socket, counted until it is dropped.
pub struct OpenSocket(IntGauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Meter for Meters {
    fn command(&self, wire: &'static str, outcome: &'static str, took: Duration) {
        count(&self.commands, &[wire, outcome]);
        observe(&self.command_seconds, &[wire], took);
    }

    fn event(&self, event: &Logged) {
        count(&self.events, &[&event.wire]);
        self.agents.hear(event);
    }
}

// A family that is asked for labels it does not have counts nothing: a figure is not worth a failure.
fn count(family: &IntCounterVec, labels: &[&str]) {
    if let Ok(counter) = family.get_metric_with_label_values(labels) {
        counter.inc();
    }
}

fn observe(family: &HistogramVec, labels: &[&str], took: Duration) {
    if let Ok(histogram) = family.get_metric_with_label_values(labels) {
        histogram.observe(took.as_secs_f64());
    }
}

/// Makes families and enters them.
struct Family<'r>(&'r Registry);

impl Family<'_> {
    fn enter<C: Collector + Clone + 'static>(&self, family: prometheus::Result<C>) -> Result<C> {
        let family = family.map_err(Error::internal)?;
        self.0.register(Box::new(family.clone())).map_err(Error::internal)?;
        Ok(family)
    }

    fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
        self.enter(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn histogram(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> Result<HistogramVec> {
        self.enter(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge> {
        self.enter(IntGauge::new(name, help))
    }
}

/// Names that come from outside, told apart up to a number.
#[derive(Default)]
struct Names(Mutex<HashSet<String>>);

impl Names {
    fn known<'n>(&self, name: &'n str) -> &'n str {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.contains(name) {
            return name;
        }
        if names.len() >= MOST_NAMES {
            return "other";
        }
        names.insert(name.to_owned());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_grow_without_end() {
        let names = Names::default();
        for number in 0..MOST_NAMES {
            let name = number.to_string();
            assert_eq!(names.known(&name), name);
        }
        assert_eq!(names.known("0"), "0");
        assert_eq!(names.known("one more"), "other");
    }

    #[test]
    fn what_was_counted_is_told_in_the_text_format() {
        let meters = Meters::new().expect("families of different names");
        meters.command("process.list", "ok", Duration::from_millis(3));
        meters.request("BREW", "/api/v1/agents", 200, Duration::from_millis(3));
        let socket = meters.socket();
        let text = meters.text().expect("text");
        for line in [
            "aether_commands_total{command=\"process.list\",result=\"ok\"} 1",
            "aether_command_seconds_bucket{command=\"process.list\",le=\"0.005\"} 1",
            "aether_http_requests_total{method=\"other\",route=\"/api/v1/agents\",status=\"200\"} 1",
            "aether_websocket_connections 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        drop(socket);
        assert!(meters.text().expect("text").contains("aether_websocket_connections 0"));
    }
}
