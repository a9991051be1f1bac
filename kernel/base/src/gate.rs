//! The gate: nothing reaches a subsystem another way.
//!
//! Who, then what its token allows, then right, then quota, then policy, then order, then the handler, then the audit record. A handler that
//! panics is an error of that one command.

mod line;

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Instant;

use aether_protocol::domains::org::Permission;
use aether_protocol::{Command, Domain, ErrorCode, Need, OrgId, OwnedKind, Reply, ResourceId, WireError};
use futures_util::FutureExt;
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard};

use crate::bus::Bus;
use crate::caller::{Caller, CallerKind, Cx, Door};
use crate::error::{Error, Result};
use crate::meter::Metered;
use crate::ports::{Audit, Decision, Owner, Owners, Policy, Quota};

use line::{Asked, Line};

/// Bytes of an id or a path that a command names, at most.
const LONGEST_ID: usize = 4_352;

/// The subsystems behind the gate; `kernel!` in `kernel/system` generates it.
pub trait Dispatch: Send + Sync + 'static {
    /// Hands an allowed command to the subsystem that answers its domain.
    fn dispatch<'a>(&'a self, cx: &'a Cx, command: Command)
    -> Pin<Box<dyn Future<Output = Result<Reply>> + Send + 'a>>;
}

/// Everything the gate asks before it lets a command through.
pub struct Guards {
    pub owners: Arc<dyn Owners>,
    pub policy: Arc<dyn Policy>,
    pub quota: Arc<dyn Quota>,
    pub audit: Arc<dyn Audit>,
}

type Answer = std::result::Result<Reply, WireError>;
type OrderKey = (Domain, String);

/// What became of a command that was started.
pub enum Started {
    /// It was answered without waiting for anything.
    Done(Answer),
    /// It waits; the future goes on wherever it is polled.
    Running(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

/// The gate.
pub struct Gate {
    kernel: Arc<dyn Dispatch>,
    guards: Guards,
    bus: Arc<Bus>,
    /// Counts what is answered.
    pub metered: Metered,
    order: Mutex<HashMap<OrderKey, Weak<AsyncMutex<()>>>>,
    draining: AtomicBool,
    /// Commands of doors that have not been answered.
    running: AtomicUsize,
    idle: Notify,
}

struct Running(Arc<Gate>);

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

/// A command's turn among those with its key; whoever is the last to have one takes the key away.
struct Turn<'g> {
    gate: &'g Gate,
    key: OrderKey,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut order = self.gate.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.held = None;
        if order.get(&self.key).is_some_and(|queue| queue.strong_count() == 0) {
            order.remove(&self.key);
        }
    }
}

impl Gate {
    pub fn new(kernel: Arc<dyn Dispatch>, guards: Guards, bus: Arc<Bus>) -> Arc<Gate> {
        Arc::new(Gate {
            kernel,
            guards,
            bus,
            metered: Metered::default(),
            order: Mutex::default(),
            draining: AtomicBool::new(false),
            running: AtomicUsize::new(0),
            idle: Notify::new(),
        })
    }

    /// Has one command done.
    pub async fn call(self: &Arc<Self>, caller: &Arc<Caller>, command: Command) -> Answer {
        let method = command.method();
        let begun = Instant::now();
        let running = (caller.door != Door::Inside).then(|| self.enter());
        let (line, answer) = match self.admit(caller, &command) {
            Err((target, refusal)) => {
                let line = Line::new(self, caller, method, target, Asked::of_refused(&command, &refusal));
                (line, Err(refusal))
            }
            Ok(target) => {
                let line = Line::new(self, caller, method, target, Asked::of_admitted(&command, method));
                (line, self.run(caller, command).await)
            }
        };
        drop(running);
        let outcome = answer.as_ref().map_or_else(|error| error.code.rest(), |_| "ok");
        self.metered.tell(|meter| meter.command(method.wire, outcome, begun.elapsed()));
        line.end(&answer);
        answer
    }

    /// Starts a command and polls it once: a cheap one costs no task and no queue hop.
    pub fn start(self: &Arc<Self>, caller: &Arc<Caller>, command: Command) -> Started {
        let (gate, caller) = (self.clone(), caller.clone());
        let mut future = Box::pin(async move { gate.call(&caller, command).await });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => Started::Done(answer),
            Poll::Pending => Started::Running(future),
        }
    }

    /// Commands of doors that have not been answered.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Acquire)
    }

    /// Takes no more commands from doors, and waits for those that run. What agents have asked for is not waited for: a
    /// question to a person may stay open for days.
    pub async fn drain(&self) {
        // With `enter` and `admit`: of the two, one sees what the other wrote, so that no command begins unseen.
        self.draining.store(true, Ordering::SeqCst);
        loop {
            let idle = self.idle.notified();
            if self.running.load(Ordering::SeqCst) == 0 {
                return;
            }
            idle.await;
        }
    }

    fn enter(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(self.clone())
    }

    fn admit(
        &self,
        caller: &Caller,
        command: &Command,
    ) -> std::result::Result<Option<String>, (Option<String>, WireError)> {
        if self.draining.load(Ordering::SeqCst) && caller.door != Door::Inside {
            let closing =
                WireError::new(ErrorCode::ShuttingDown, "Aether OS is shutting down. Try again once it is back.");
            return Err((None, closing.with_retry_after(5)));
        }
        if let Some(Err(refusal)) = caller.scopes().map(|scopes| scopes.check(command.method())) {
            return Err((None, refusal));
        }
        let mut target = None;
        let mut refusal = None;
        for need in &command.needs().0 {
            match self.meets(caller, need, &mut target) {
                Ok(()) => {
                    refusal = None;
                    break;
                }
                Err(error) => refusal = Some(more_telling(refusal, error)),
            }
        }
        if let Some(refusal) = refusal {
            return Err((target, refusal));
        }
        match self.guards.quota.admit(caller, command) {
            Ok(()) => Ok(target),
            Err(refusal) => Err((target, refusal)),
        }
    }

    fn meets(&self, caller: &Caller, need: &Need, target: &mut Option<String>) -> std::result::Result<(), WireError> {
        match need {
            Need::Public => Ok(()),
            Need::SignedIn => match caller.kind {
                CallerKind::Anonymous => Err(unauthenticated()),
                CallerKind::User { .. } | CallerKind::Agent { .. } | CallerKind::Kernel => Ok(()),
            },
            Need::Admin if caller.is_admin() => Ok(()),
            Need::Admin => Err(match caller.kind {
                CallerKind::Anonymous => unauthenticated(),
                CallerKind::User { .. } | CallerKind::Agent { .. } | CallerKind::Kernel => {
                    WireError::forbidden("Admin access required")
                }
            }),
            Need::Agent => match caller.kind {
                CallerKind::Agent { .. } => Ok(()),
                CallerKind::Anonymous | CallerKind::User { .. } | CallerKind::Kernel => {
                    Err(WireError::forbidden("Only agents of this kernel may do this."))
                }
            },
            Need::Org(_, OrgId(id)) | Need::Team(_, ResourceId::Text(id)) if id.len() > LONGEST_ID => Err(too_long()),
            Need::Org(permission, org) => {
                target.get_or_insert_with(|| org.to_string());
                self.org_role(caller, *permission, org)
            }
            Need::Team(permission, team) => {
                *target = Some(team.to_string());
                match self.guards.owners.owner(caller, OwnedKind::Team, team) {
                    Owner::Org(org) => self.org_role(caller, *permission, &org).map_err(|error| match error.code {
                        ErrorCode::NotFound => WireError::not_found("Team not found"),
                        _ => error,
                    }),
                    Owner::Missing => self.meets(caller, &Need::SignedIn, target),
                    Owner::User { .. } | Owner::Everyone | Owner::Kernel => self.meets(caller, &Need::Admin, target),
                }
            }
            // Owning every one of none is nobody's right.
            Need::Own(things) if things.is_empty() => self.meets(caller, &Need::SignedIn, target),
            Need::Own(things) => {
                *target = things.first().map(|(_, id)| id.to_string());
                if things.iter().any(|(_, id)| matches!(id, ResourceId::Text(text) if text.len() > LONGEST_ID)) {
                    return Err(too_long());
                }
                things.iter().try_for_each(|(kind, id)| self.owns(caller, *kind, id))
            }
        }
    }

    fn org_role(&self, caller: &Caller, permission: Permission, org: &OrgId) -> std::result::Result<(), WireError> {
        match caller.user() {
            None if caller.is_admin() => Ok(()),
            None => Err(unauthenticated()),
            Some(_) if caller.is_admin() => Ok(()),
            Some(user) if self.guards.policy.org_allows(user, org, permission) => Ok(()),
            // Every role may at least look.
            Some(user) if self.guards.policy.org_allows(user, org, Permission::OrgView) => {
                Err(WireError::forbidden("Your role in this organisation does not allow this. Ask one of its admins."))
            }
            // A stranger's organisation and a missing one look alike.
            Some(_) => Err(WireError::not_found("Organization not found")),
        }
    }

    fn owns(&self, caller: &Caller, kind: OwnedKind, id: &ResourceId) -> std::result::Result<(), WireError> {
        let Some(user) = caller.user() else {
            return if caller.is_admin() { Ok(()) } else { Err(unauthenticated()) };
        };
        let owner = self.guards.owners.owner(caller, kind, id);
        // A thing that is missing is left to its subsystem, which says so in its own words.
        let owned = match &owner {
            Owner::User { user: owner, org } => {
                let allows = |org, permission| self.guards.policy.org_allows(user, org, permission);
                owner == user
                    || org.as_ref().zip(shared_for(kind)).is_some_and(|(org, permission)| allows(org, permission))
            }
            Owner::Everyone => true,
            Owner::Missing => caller.pid().is_none(),
            Owner::Org(_) | Owner::Kernel => false,
        };
        if !owned && !caller.is_admin() {
            return Err(not_yours(kind, id));
        }
        let Some(pid) = caller.pid() else { return Ok(()) };
        match self.guards.policy.agent_reaches(pid, kind, id) {
            Decision::Allow => Ok(()),
            Decision::Deny(error) => Err(error),
            Decision::Ask { action, grant } => {
                Err(WireError::new(ErrorCode::ApprovalRequired, action).with_grant(grant))
            }
        }
    }

    async fn run(self: &Arc<Self>, caller: &Arc<Caller>, command: Command) -> Answer {
        let _turn = match command.order() {
            Some(key) if key.len() > LONGEST_ID => {
                return Err(too_long());
            }
            Some(key) => Some(self.turn((command.domain(), key)).await),
            None => None,
        };
        let wire = command.wire();
        let cx = Cx { caller: caller.clone(), bus: self.bus.clone() };
        let handled = AssertUnwindSafe(self.kernel.dispatch(&cx, command)).catch_unwind().await;
        match handled {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(log_and_strip(wire, error)),
            Err(_) => Err(log_and_strip(wire, Error::internal("the handler panicked"))),
        }
    }

    /// Waits until no other command with this key runs.
    async fn turn(&self, key: OrderKey) -> Turn<'_> {
        let queue = {
            let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            let known = order.get(&key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let queue = Arc::new(AsyncMutex::new(()));
                order.insert(key.clone(), Arc::downgrade(&queue));
                queue
            })
        };
        Turn { gate: self, key, held: Some(queue.lock_owned().await) }
    }
}

/// Of two refusals, the one that helps more: what a signed-in person lacks before "sign in".
fn more_telling(first: Option<WireError>, second: WireError) -> WireError {
    match first {
        Some(first) if first.code == ErrorCode::ApprovalRequired => first,
        // Of what may be one thing or another it is one, and known.
        Some(first) if (first.code, second.code) == (ErrorCode::Forbidden, ErrorCode::NotFound) => first,
        _ => second,
    }
}

fn too_long() -> WireError {
    WireError::invalid(format!("A name may have {LONGEST_ID} bytes at most."))
}

fn unauthenticated() -> WireError {
    WireError::new(ErrorCode::Unauthenticated, "Authentication required")
}

/// What members of an organisation must be allowed there to do this with what one of them has put into it.
fn shared_for(kind: OwnedKind) -> Option<Permission> {
    match kind {
        OwnedKind::ViewPid => Some(Permission::AgentsView),
        OwnedKind::StopPid => Some(Permission::AgentsKill),
        _ => None,
    }
}

/// A stranger's thing and a missing thing look alike, except a process, which existing clients know by this sentence.
fn not_yours(kind: OwnedKind, id: &ResourceId) -> WireError {
    match kind {
        OwnedKind::Pid | OwnedKind::ViewPid | OwnedKind::StopPid => {
            WireError::forbidden("Permission denied: you do not own this process")
        }
        OwnedKind::ReadPath | OwnedKind::WritePath => {
            WireError::forbidden(format!("Permission denied: {id} is not in a place you may use."))
        }
        OwnedKind::Job => WireError::not_found("Cron job not found"),
        OwnedKind::Trigger => WireError::not_found("Trigger not found"),
        OwnedKind::Snapshot => WireError::not_found(format!("Snapshot {id} not found")),
        _ => WireError::not_found(format!("{id} not found")),
    }
}

fn log_and_strip(wire: &str, error: Error) -> WireError {
    if let Some(context) = &error.context {
        tracing::error!(command = wire, error = %error.wire.message, cause = %context, "command failed");
    }
    error.wire
}
