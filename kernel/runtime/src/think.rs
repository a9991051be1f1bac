//! Thinking: one request to the model, journalled before it is sent; one reply, journalled before it is believed.

use std::time::Duration;

use aether_protocol::domains::agent::{ApprovalKind, AskApproval, event};
use aether_protocol::domains::process::{AgentPhase, ProcessState};
use aether_protocol::{ErrorCode, Pid};
use rand::Rng;

use crate::chat::{ChatRequest, Delta, Turn};
use crate::context;
use crate::entry::Entry;
use crate::ports::Ports;
use crate::providers::{Completion, DeltaSink, ProviderError};
use crate::run::{Flow, Run, Stop};
use crate::tools;

/// Failures in a row before the person is told that the run waits for the provider.
const QUIET_FAILURES: u32 = 2;
/// A wait that the person is told of at once.
const QUIET_WAIT: Duration = Duration::from_secs(5);
/// Replies that cannot be read before the run waits for a person.
const UNREADABLE: u32 = 3;
/// How often older output is left out before the run is given up.
const SHRINKS: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

struct Watch {
    ports: Ports,
    pid: Pid,
}

impl DeltaSink for Watch {
    fn delta(&mut self, delta: Delta) {
        self.ports.watchers.delta(self.pid, &delta);
    }
}

impl Run {
    /// Gets the next reply. Outages are waited out; what a person must set right is waited for.
    pub(crate) async fn think(&mut self) -> Flow<()> {
        self.read_messages().await?;
        let started = self.started()?;
        let mut failures = 0;
        loop {
            let (provider, model) = match self.runtime.registry.resolve(Some(&started.model)).await {
                Ok(resolved) => resolved,
                Err(error) => {
                    self.wait_for_person(error.to_string()).await?;
                    continue;
                }
            };
            // As policies are now: they may have changed since the run began.
            if let Err(refusal) = self.may_think(provider.name(), &model).await? {
                self.wait_for_person(refusal).await?;
                continue;
            }
            let specs = self.specs.get_or_insert_with(|| tools::specs(&started.tools).into()).clone();
            let request = context::compose(&self.state, &started, specs, &model);
            self.announce(&request).await?;
            let mut watch = Watch { ports: self.ports.clone(), pid: self.spec.pid };
            let completion = tokio::select! {
                () = self.spec.cancel.cancelled() => return Err(Stop::Cancelled),
                completion = provider.complete(&request, &mut watch, &self.spec.cancel) => completion,
            };
            match completion {
                Ok(completion) => return self.take(completion).await,
                Err(ProviderError::Cancelled) => return Err(Stop::Cancelled),
                Err(error) => {
                    failures += 1;
                    self.failed(error, failures).await?;
                }
            }
        }
    }

    /// Why the run may not use a provider, if it may not. A policy may have a person asked, once for the run: who was asked
    /// before, also before a restart, has answered.
    pub(crate) async fn may_think(&self, provider: &str, model: &str) -> Flow<Result<(), String>> {
        let asks = match self.ports.gate.0.may_think(provider) {
            Ok(()) => return Ok(Ok(())),
            Err(asks) if asks.code == ErrorCode::ApprovalRequired => asks.message,
            Err(refusal) => return Ok(Err(refusal.message)),
        };
        let request = AskApproval {
            pid: self.spec.pid,
            call_id: format!("model:{provider}"),
            kind: ApprovalKind::Action,
            action: asks,
            details: serde_json::json!({ "provider": provider, "model": model }).to_string(),
            grant: None,
        };
        let answer = self.put(request).await?;
        if answer.granted {
            return Ok(Ok(()));
        }
        let why = answer.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        Ok(Err(format!(
            "A person refused this run the models of {provider}{why}. Start another agent with another model, or resume \
             this one once no policy asks about them."
        )))
    }

    /// Journals the request that is about to be sent, as the parts it is made of.
    async fn announce(&mut self, request: &ChatRequest) -> Flow<()> {
        let (same, parts) = self.sent.parts(request, self.state.shrunk);
        let entry = Entry::Request {
            attempt: self.state.attempts + 1,
            same,
            parts: parts.iter().map(|(hash, _)| hash.clone()).collect(),
            at: self.ports.clock.now_ms(),
        };
        let journalled = self.journal(vec![(entry, parts, Vec::new())]);
        let report = self.report(ProcessState::Running, AgentPhase::Thinking, None, None);
        let (journalled, reported) = tokio::join!(journalled, report);
        self.applied(&journalled?);
        reported
    }

    async fn take(&mut self, completion: Completion) -> Flow<()> {
        let Completion { raw, turn } = completion;
        let hash = blake3::hash(&raw).to_hex().to_string();
        let events = match turn.text.trim() {
            "" => Vec::new(),
            text => vec![event::Thought { pid: self.spec.pid, thought: text.to_owned() }.into()],
        };
        let mut entries = vec![(
            Entry::Reply { turn: turn.clone(), raw: hash.clone(), at: self.ports.clock.now_ms() },
            vec![(hash, raw.to_vec())],
            events,
        )];
        if turn.calls.is_empty() {
            entries.push((Entry::Note { text: nudge(&turn).to_owned() }, Vec::new(), Vec::new()));
        }
        let journalled = self.journal(entries).await?;
        self.applied(&journalled);
        Ok(())
    }

    /// Decides what a failed request means: wait and try again, ask a person, make the prompt smaller, or give up.
    async fn failed(&mut self, error: ProviderError, failures: u32) -> Flow<()> {
        let sentence = error.to_string();
        let at = self.ports.clock.now_ms();
        self.record(Entry::RequestFailed { error: sentence.clone(), at }, Vec::new()).await?;
        match &error {
            ProviderError::ContextLength { .. } if self.state.shrunk < SHRINKS => {
                self.record(Entry::Shrunk, Vec::new()).await
            }
            ProviderError::ContextLength { .. } => Err(Stop::Failed(sentence)),
            ProviderError::InvalidReply { .. } if failures < UNREADABLE => self.back_off(&error, failures).await,
            _ if error.is_transient() => self.back_off(&error, failures).await,
            _ => self.wait_for_person(sentence).await,
        }
    }

    /// Waits before the next attempt: as long as the provider asks, else longer each time, with some chance in it so
    /// that agents do not come back all at once.
    async fn back_off(&mut self, error: &ProviderError, failures: u32) -> Flow<()> {
        let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_WAIT);
        let wait = error.retry_after().unwrap_or_else(|| doubled.mul_f64(rand::rng().random_range(0.75..1.25)));
        if failures > QUIET_FAILURES || wait > QUIET_WAIT {
            let waiting = format!("{error} Trying again in {} s.", wait.as_secs().max(1));
            self.report(ProcessState::Sleeping, AgentPhase::Waiting, Some(waiting), None).await?;
        }
        tokio::select! {
            () = self.spec.cancel.cancelled() => Err(Stop::Cancelled),
            () = tokio::time::sleep(wait) => Ok(()), // backoff
        }?;
        self.hold_while_paused().await
    }
}

/// The parts of the request that was sent last, by their hashes: what the model is told of itself and its tools, then
/// each message.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    hashes: Vec<String>,
    model: String,
    shrunk: u32,
}

impl Sent {
    /// How many parts of the request are those of the one before, and the others. Messages are only added, unless the
    /// conversation was made to fit a smaller context.
    fn parts(&mut self, request: &ChatRequest, shrunk: u32) -> (usize, Vec<(String, Vec<u8>)>) {
        let mut parts = Vec::new();
        if self.hashes.is_empty() || self.model != request.model || self.shrunk != shrunk {
            *self = Sent { hashes: Vec::new(), model: request.model.clone(), shrunk };
            parts.push(part(&(&request.model, &request.system, &request.tools)));
        }
        let same = self.hashes.len();
        parts.extend(request.messages.iter().skip(same.saturating_sub(1)).map(part));
        self.hashes.extend(parts.iter().map(|(hash, _)| hash.clone()));
        (same, parts)
    }
}

/// A piece of a request: its hash and its bytes.
fn part<T: serde::Serialize>(value: &T) -> (String, Vec<u8>) {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    (blake3::hash(&bytes).to_hex().to_string(), bytes)
}

/// What to say to a model that used no tool.
fn nudge(turn: &Turn) -> &'static str {
    if turn.text.trim().is_empty() {
        "Your reply was empty. Call a tool to go on, or `complete` if the goal is reached."
    } else {
        "Your reply called no tool, so nothing was done. Call a tool to go on, or `complete` with a summary if the goal \
         is reached."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ChatMessage, Shared};

    fn request(texts: &[&str]) -> ChatRequest {
        let user = |text: &&str| ChatMessage::User { text: (*text).to_owned() };
        ChatRequest {
            model: "m".to_owned(),
            system: "s".to_owned(),
            messages: texts.iter().map(user).collect(),
            tools: Shared::default(),
            max_output_tokens: None,
            temperature: None,
        }
    }

    #[test]
    fn a_request_names_what_is_new_in_it() {
        let mut sent = Sent::default();
        let hashes = |parts: &[(String, Vec<u8>)]| parts.iter().map(|(hash, _)| hash.clone()).collect::<Vec<_>>();
        let (same, first) = sent.parts(&request(&["a"]), 0);
        assert_eq!((same, first.len()), (0, 2));
        let (same, again) = sent.parts(&request(&["a"]), 0);
        assert_eq!((same, again.len()), (2, 0), "sent again as it was");
        let (same, second) = sent.parts(&request(&["a", "b", "c"]), 0);
        assert_eq!((same, second.len()), (2, 2));
        let (same, whole) = Sent::default().parts(&request(&["a", "b", "c"]), 0);
        assert_eq!((same, hashes(&whole)), (0, [hashes(&first), hashes(&second)].concat()));
        let (same, shrunk) = sent.parts(&request(&["", "b", "c"]), 1);
        assert_eq!((same, shrunk.len()), (0, 4), "older messages are others now");
    }
}
