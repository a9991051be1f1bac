//! What one attempt at a webhook sends, and what is written down of it.

use std::time::Duration;

use aether_protocol::domains::webhook::event;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::known::Hook;
use crate::rules;
use crate::sender::{Outcome, Post};
use crate::store::logs::Line;
use crate::{Webhooks, sign};

/// One attempt, made.
pub struct Attempt {
    pub outcome: Outcome,
    pub took_ms: u64,
}

impl Attempt {
    pub fn is_success(&self) -> bool {
        self.outcome.error.is_none()
    }

    /// Why it failed.
    pub fn error(&self) -> String {
        self.outcome.error.clone().unwrap_or_default()
    }

    pub fn line(&self, hook: &str, event_type: &str, payload: &str, at: u64) -> Line {
        Line {
            webhook_id: hook.to_owned(),
            event_type: event_type.to_owned(),
            payload: payload.to_owned(),
            status_code: self.outcome.status,
            response_body: self.outcome.answer.clone().or_else(|| self.outcome.error.clone()),
            duration_ms: self.took_ms,
            success: self.is_success(),
            created_at: at,
        }
    }
}

impl Webhooks {
    /// Sends a payload once. `id` is the same for every attempt, by which a receiver knows a repetition.
    pub(crate) async fn attempt(&self, hook: &Hook, id: &str, payload: &str) -> Attempt {
        let started = Instant::now();
        let outcome = match self.post(hook, id, payload) {
            Ok(post) => self.parts.sender.send(post).await,
            Err(error) => Outcome { error: Some(error), ..Outcome::default() },
        };
        Attempt { outcome, took_ms: millis(started.elapsed()) }
    }

    fn post(&self, hook: &Hook, id: &str, payload: &str) -> Result<Post, String> {
        // Unsigned, it would be taken for somebody else's.
        let confided = hook.confided.as_ref().ok_or("Its secret cannot be read any more. Register it anew.")?;
        // Once more, because what is allowed may have changed since it was registered.
        let url = rules::target(&hook.record.url, self.parts.settings.allow_private).map_err(|e| e.to_string())?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &confided.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let at = self.now() / 1_000;
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        set(sign::ID, id.to_owned());
        set(sign::TIMESTAMP, at.to_string());
        if let Some(secret) = &confided.secret {
            let standard = sign::signature(secret.expose(), id, at, payload.as_bytes());
            let older = sign::older_signature(secret.expose(), payload.as_bytes());
            let (Some(standard), Some(older)) = (standard, older) else {
                return Err("It could not be signed. Register it anew with another secret.".to_owned());
            };
            set(sign::SIGNATURE, standard);
            set(sign::OLDER, older);
        }
        let timeout = Duration::from_millis(hook.record.timeout_ms);
        Ok(Post { url, headers, body: payload.to_owned(), timeout })
    }
}

pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Says that a delivery arrived.
pub fn fired(hook: &str, event_type: &str) -> event::Fired {
    event::Fired { webhookId: hook.to_owned(), eventType: event_type.to_owned(), success: true }
}
