//! Whether a local server is there, and which models it has.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;

use super::Availability;
use super::exchange::Http;

/// How long an answer, or its absence, is believed.
const FRESH: Duration = Duration::from_secs(10);
/// Names kept of a server's list.
const MOST_MODELS: usize = 200;

/// What was last heard of a local server.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    last: Mutex<Option<Heard>>,
}

#[derive(Debug)]
struct Heard {
    at: Instant,
    /// None if it did not answer.
    models: Option<Vec<String>>,
}

impl Probe {
    pub fn available(&self) -> Availability {
        match self.last().as_ref() {
            None => Availability::Unverified,
            Some(Heard { models: None, .. }) => Availability::Away,
            Some(Heard { models: Some(_), .. }) => Availability::Ready,
        }
    }

    /// The models it named; empty if it was not asked or did not answer.
    pub fn models(&self) -> Vec<String> {
        self.last().as_ref().and_then(|heard| heard.models.clone()).unwrap_or_default()
    }

    /// The first of them that talks: local servers list models that only embed, too.
    pub fn first(&self) -> Option<String> {
        self.models().into_iter().find(|model| !model.to_lowercase().contains("embed"))
    }

    /// Asks for the list under `url`, unless it was asked just now. `list` and `name` say where the names stand.
    pub async fn ask(&self, http: &Http, url: Url, list: &str, name: &str) {
        if self.last().as_ref().is_some_and(|heard| heard.at.elapsed() < FRESH) {
            return;
        }
        let request = http.client(&url).get(url).timeout(http.probe_timeout);
        let answer: Option<Value> =
            async { request.send().await.ok()?.error_for_status().ok()?.json().await.ok() }.await;
        let models = answer.and_then(|answer| {
            let rows = answer[list].as_array()?.iter().take(MOST_MODELS);
            Some(rows.filter_map(|row| row[name].as_str().map(str::to_owned)).collect())
        });
        *self.last() = Some(Heard { at: Instant::now(), models });
    }

    fn last(&self) -> MutexGuard<'_, Option<Heard>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
