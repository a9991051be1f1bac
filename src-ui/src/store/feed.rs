//! From what is heard over the link to the slices: which event changes what.

use std::borrow::Cow;

use aether_protocol::Pid;
use aether_protocol::domains::agent::{Approval, ApprovalKind, ApprovalState, Outcome, TrajectoryEntry};
use aether_protocol::domains::auth::{self, UserInfo};
use aether_protocol::domains::kernel::KernelMetricRecord;
use aether_protocol::domains::process::{ProcessInfo, QueuedSpawnRequest};
use aether_protocol::domains::{agent, fs, kernel, process, tty};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::notices::About;
use super::{Ask, Standing, Store};
use crate::transport::{Feed, Heard, Phase, Welcome};

/// An `entity.changed` frame, its entity not read yet.
#[derive(Deserialize)]
struct Changed<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    rev: u64,
    #[serde(borrow)]
    entity: Option<&'a RawValue>,
}

impl Feed for Store {
    fn phase(&self, phase: Phase) {
        if phase == Phase::Online {
            self.trajectories.reopened();
        }
        self.connection.update(|connection| {
            connection.phase = phase;
            if phase == Phase::Online {
                connection.epoch += 1;
            }
        });
    }

    fn heard(&self, heard: Heard) {
        match heard {
            Heard::Welcome(welcome) => self.welcome(*welcome),
            Heard::Event { wire, frame } => self.event(&wire, &frame),
        }
    }
}

impl Store {
    fn welcome(&self, welcome: Welcome) {
        let before = self.connection.get().user.as_ref().map(|user| user.id.clone());
        if before.is_some_and(|before| before != welcome.user.id) {
            self.forget_person();
        }
        self.connection.update(|connection| {
            connection.user = Some(welcome.user);
            connection.product = welcome.product;
        });
        let Some(snapshot) = welcome.snapshot else { return };
        if let Some(processes) = snapshot.processes {
            self.agents.update(|agents| agents.replace(processes));
        }
        if let Some(queue) = snapshot.queue {
            self.set_queue(queue);
        }
        if let Some(approvals) = snapshot.approvals {
            for approval in approvals.iter().filter(|approval| approval.state == ApprovalState::Open) {
                self.ask(approval);
            }
            let open: Vec<String> = approvals.iter().map(|approval| approval.id.clone()).collect();
            self.notices.update(|notices| notices.keep_open(&open));
            self.approvals.update(|known| known.replace(approvals));
            self.mark_asking();
        }
    }

    fn set_queue(&self, queue: Vec<QueuedSpawnRequest>) {
        self.queue.set(queue.into_iter().map(|request| request.pid).collect());
    }

    fn event(&self, wire: &str, frame: &str) {
        match wire {
            "entity.changed" => self.entity(frame),
            "process.queued" => self.read(frame, |event: process::event::Queued| {
                self.queue.update(|queue| {
                    queue.retain(|pid| *pid != event.pid);
                    let place = (event.position.max(1) as usize - 1).min(queue.len());
                    queue.insert(place, event.pid);
                });
            }),
            "process.dequeued" => self.read(frame, |event: process::event::Dequeued| {
                self.queue.update(|queue| queue.retain(|pid| *pid != event.pid));
            }),
            "agent.completed" => self.read(frame, |event: agent::event::Completed| self.completed(&event)),
            "kernel.metrics" => self.read(frame, |event: kernel::event::Metrics| {
                let sample = KernelMetricRecord {
                    timestamp: js_sys::Date::now() as u64,
                    process_count: event.processCount,
                    cpu_percent: event.cpuPercent,
                    memory_mb: event.memoryMB,
                    container_count: event.containerCount.unwrap_or_default(),
                };
                self.metrics.update(|metrics| metrics.push(sample));
            }),
            "fs.changed" => self.read(frame, |event: fs::event::Changed| {
                self.files.heard(&event.path, event.changeType);
            }),
            "tty.closed" => self.read(frame, |event: tty::event::Closed| {
                self.terminals.update(|terminals| terminals.end(event.ttyId, event.code));
            }),
            "user.updated" => self.read(frame, |event: auth::event::UserUpdated| self.person(event.user)),
            "llm.changed" => self.providers.update(|epoch| *epoch += 1),
            _ => {}
        }
    }

    /// Takes in what the person who is signed in is called by now; administrators hear of others too.
    pub fn person(&self, user: UserInfo) {
        let mine = self.connection.get().user.as_ref().is_some_and(|known| known.id == user.id && *known != user);
        if mine {
            self.connection.update(|connection| connection.user = Some(user));
        }
    }

    fn entity(&self, frame: &str) {
        self.read(frame, |changed: Changed<'_>| match &*changed.kind {
            "process" => {
                if let Some(pid) = Pid::parse(&changed.id) {
                    let info = changed.entity.and_then(parse::<ProcessInfo>);
                    if info.is_some() || changed.entity.is_none() {
                        self.agents.update(|agents| agents.change(pid, changed.rev, info));
                    }
                }
            }
            "approval" => {
                self.approval(&changed);
                self.mark_asking();
            }
            "trajectory" => {
                let pid = changed.id.split('/').next().and_then(Pid::parse);
                if let (Some(pid), Some(entry)) = (pid, changed.entity.and_then(parse::<TrajectoryEntry>)) {
                    self.trajectories.heard(pid, entry);
                }
            }
            "preference" => {
                let value = changed.entity.and_then(parse::<Entity>).map(|entity| entity.value);
                self.preferences.heard(&changed.id, value, changed.rev);
            }
            _ => {}
        });
    }

    fn approval(&self, changed: &Changed<'_>) {
        let Some(approval) = changed.entity.and_then(parse::<Approval>) else {
            self.notices.update(|notices| notices.settled(&changed.id));
            return self.approvals.update(|approvals| approvals.forget(&changed.id));
        };
        if approval.state == ApprovalState::Open {
            self.ask(&approval);
        } else {
            self.notices.update(|notices| notices.settled(&approval.id));
        }
        self.approvals.update(|approvals| approvals.change(approval));
    }

    fn mark_asking(&self) {
        let asking = self.approvals.get().open().iter().map(|approval| approval.pid).collect();
        self.agents.update(|agents| agents.set_asking(asking));
    }

    fn read<'a, T: Deserialize<'a>>(&self, frame: &'a str, take: impl FnOnce(T)) {
        // A frame of a newer kernel that has another shape is none of ours.
        if let Ok(event) = serde_json::from_str(frame) {
            take(event);
        }
    }

    /// Says that an agent waits for the person.
    fn ask(&self, approval: &Approval) {
        let (pid, id) = (approval.pid, approval.id.clone());
        let about = match approval.kind {
            ApprovalKind::Action => About::Approval { pid, id },
            ApprovalKind::Question => About::Question { pid, id },
        };
        let ask = Ask::of(&self.name_of(pid), approval);
        let at = approval.created_at as i64;
        self.notices.update(|notices| notices.add(about, ask.headline, ask.why, at));
    }

    fn completed(&self, event: &agent::event::Completed) {
        let pid = event.pid;
        let name = self.name_of(pid);
        let (about, title) = match event.outcome {
            Outcome::Success => (About::Done { pid }, format!("{name} is done")),
            // Who stopped it knows.
            Outcome::Aborted => return,
            Outcome::Timeout | Outcome::Error => (About::Failed { pid }, format!("{name} failed")),
        };
        let now = js_sys::Date::now() as i64;
        self.notices.update(|notices| notices.add(about, title, event.summary.clone(), now));
    }

    fn name_of(&self, pid: Pid) -> String {
        self.agents.get().get(pid).map_or_else(|| format!("Agent {pid}"), |agent| agent.name().to_owned())
    }

    /// The standing of an agent, where it is known.
    pub fn standing(&self, pid: Pid) -> Option<Standing> {
        self.agents.get().get(pid).map(|agent| agent.standing())
    }
}

#[derive(Deserialize)]
struct Entity {
    value: serde_json::Value,
}

fn parse<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}
