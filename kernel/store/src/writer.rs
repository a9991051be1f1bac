//! The writer: one thread that owns the writing connection and commits together what arrives together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use aether_base::bus::{Bus, Logged, Prepared};
use aether_base::fault;
use aether_protocol::{Class, Seq};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::Pending;
use crate::error::{Result, StoreError};
use crate::events::{self, Sequence};

/// Jobs that share one commit at most: a bound on how long the first of them waits.
const GROUP: usize = 256;

/// A queued write and the caller that waits for it.
trait Work: Send {
    /// Runs in the open transaction; the error, if it failed.
    fn run(&mut self, db: &Connection) -> Option<StoreError>;
    /// Tells the caller, once the commit is decided.
    fn finish(self: Box<Self>, error: Option<StoreError>);
}

struct Task<T, F> {
    work: Option<F>,
    outcome: Result<T>,
    caller: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T> + Send> Work for Task<T, F> {
    fn run(&mut self, db: &Connection) -> Option<StoreError> {
        let work = self.work.take()?;
        self.outcome = work(db);
        self.outcome.as_ref().err().cloned()
    }

    fn finish(self: Box<Self>, error: Option<StoreError>) {
        // A caller that went away does not want to know.
        let _ = self.caller.send(error.map_or(self.outcome, Err));
    }
}

struct Job {
    work: Box<dyn Work>,
    events: Vec<Prepared>,
}

/// How a job failed.
enum Failure {
    /// What it changed is taken back, and the group goes on without it.
    Alone(StoreError),
    /// The transaction of the group is gone, or nobody knows what it holds.
    Group(StoreError),
}

enum Message {
    Job(Job),
    Close(oneshot::Sender<()>),
}

/// What a writer has done, and has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Transactions that are on disk.
    pub commits: u64,
    /// Writes in them, and those that failed.
    pub writes: u64,
    /// Writes that wait for theirs.
    pub queued: u64,
}

#[derive(Default)]
struct Tally {
    commits: AtomicU64,
    submitted: AtomicU64,
    decided: AtomicU64,
}

pub struct Writer {
    queue: Sender<Message>,
    last: Arc<AtomicU64>,
    tally: Arc<Tally>,
}

impl Writer {
    pub fn start(connection: Connection, sequence: Sequence, bus: Arc<Bus>) -> Result<Writer> {
        let (queue, jobs) = channel();
        let last = sequence.shared();
        let commits = Arc::new(AtomicBool::new(false));
        let allowed = commits.clone();
        // Where SQLite has taken the group back in the middle of a job, the job's next statement would be a commit.
        connection.commit_hook(Some(move || !allowed.load(Ordering::Relaxed)));
        let tally = Arc::new(Tally::default());
        let thread = Thread { connection, sequence, bus, commits, tally: tally.clone() };
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || thread.work(&jobs))
            .map_err(|error| StoreError::Failed(format!("the writer could not start: {error}")))?;
        Ok(Writer { queue, last, tally })
    }

    pub fn seq(&self) -> Seq {
        Seq(self.last.load(Ordering::Acquire))
    }

    pub fn counts(&self) -> Counts {
        let writes = self.tally.decided.load(Ordering::Relaxed);
        let queued = self.tally.submitted.load(Ordering::Relaxed).saturating_sub(writes);
        Counts { commits: self.tally.commits.load(Ordering::Relaxed), writes, queued }
    }

    pub fn submit<T, F>(&self, events: Vec<Prepared>, work: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (sender, pending) = oneshot::channel();
        let work = Box::new(Task { work: Some(work), outcome: Err(StoreError::Closed), caller: sender });
        // After close the job is dropped, and its caller finds the channel closed.
        if self.queue.send(Message::Job(Job { work, events })).is_ok() {
            self.tally.submitted.fetch_add(1, Ordering::Relaxed);
        }
        pending
    }

    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).is_ok() {
            let _ = closed.await;
        }
    }
}

struct Thread {
    connection: Connection,
    sequence: Sequence,
    bus: Arc<Bus>,
    /// True while a group is committed: nothing else may.
    commits: Arc<AtomicBool>,
    tally: Arc<Tally>,
}

impl Thread {
    fn work(mut self, jobs: &Receiver<Message>) {
        while let Ok(message) = jobs.recv() {
            let mut group = Vec::new();
            let mut closing = None;
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    Message::Job(job) => group.push(job),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                next = if group.len() < GROUP { jobs.try_recv().ok() } else { None };
            }
            let writes = group.len() as u64;
            self.commit(group);
            self.tally.decided.fetch_add(writes, Ordering::Relaxed);
            if let Some(done) = closing {
                let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
                let _ = done.send(());
                return;
            }
        }
    }

    /// Runs a group in one transaction. A job that fails takes only itself back; a commit that fails, or a failure that
    /// ended the transaction, takes all.
    fn commit(&mut self, group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            return refuse(group.into_iter().map(|job| job.work), &error.into());
        }
        let mut done: Vec<(Box<dyn Work>, Option<StoreError>)> = Vec::with_capacity(group.len());
        let mut delivered = Vec::new();
        let mut last = self.sequence.last();
        let mut waiting = group.into_iter();
        while let Some(mut job) = waiting.next() {
            let error = match self.run(&mut job, last) {
                Ok(events) => {
                    last += events.len() as u64;
                    delivered.extend(events);
                    None
                }
                Err(Failure::Alone(error)) => Some(error),
                Err(Failure::Group(error)) => {
                    let ran = done.into_iter().map(|(work, _)| work).chain([job.work]);
                    return self.take_back(ran.chain(waiting.map(|job| job.work)), &error);
                }
            };
            done.push((job.work, error));
        }
        fault::point("store.before-commit");
        self.commits.store(true, Ordering::Relaxed);
        let committed = self.connection.execute_batch("COMMIT");
        self.commits.store(false, Ordering::Relaxed);
        if let Err(error) = committed {
            return self.take_back(done.into_iter().map(|(work, _)| work), &error.into());
        }
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        fault::point("store.after-commit");
        self.sequence.advance(last);
        done.into_iter().for_each(|(work, error)| work.finish(error));
        self.bus.deliver(delivered);
    }

    /// Ends a group of which nothing is kept.
    fn take_back(&mut self, group: impl Iterator<Item = Box<dyn Work>>, error: &StoreError) {
        // It fails where the transaction has ended already, which is all that is wanted.
        let _ = self.connection.execute_batch("ROLLBACK");
        self.sequence.forget_reservation();
        refuse(group, error);
    }

    /// Runs one job and logs its events, both or neither.
    fn run(&mut self, job: &mut Job, last: u64) -> Result<Vec<Logged>, Failure> {
        self.mark("SAVEPOINT job")?;
        let outcome = match job.work.run(&self.connection) {
            None => self.log(std::mem::take(&mut job.events), last),
            Some(error) => Err(error),
        };
        // A disk that is full or fails in the middle of a statement makes SQLite take the whole transaction back.
        if self.connection.is_autocommit() {
            let unsaid = || StoreError::Failed("a write ended the transaction it shared with others".into());
            return Err(Failure::Group(outcome.err().unwrap_or_else(unsaid)));
        }
        self.mark(if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
        outcome.map_err(Failure::Alone)
    }

    /// Begins or ends what one job changes. Where that fails, its changes cannot be told from those of the others.
    fn mark(&self, sql: &str) -> Result<(), Failure> {
        self.connection.execute_batch(sql).map_err(|error| Failure::Group(error.into()))
    }

    fn log(&mut self, events: Vec<Prepared>, last: u64) -> Result<Vec<Logged>> {
        self.sequence.reserve(&self.connection, last + events.len() as u64)?;
        let events: Vec<Logged> =
            events.into_iter().zip(last + 1..).map(|(event, seq)| events::numbered(event, seq)).collect();
        for event in events.iter().filter(|event| event.class == Class::Journal) {
            events::insert(&self.connection, event)?;
        }
        Ok(events)
    }
}

fn refuse(group: impl Iterator<Item = Box<dyn Work>>, error: &StoreError) {
    tracing::error!(%error, "a group of writes was not committed");
    group.for_each(|work| work.finish(Some(error.clone())));
}
