//! The writer: one thread that owns the writing connection and commits together what arrives together.

use std::collections::VecDeque;
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

/// A write whose caller waits; none for events that come with no change of their own.
type Waiting = Option<Box<dyn Work>>;

struct Job {
    work: Waiting,
    events: Vec<Prepared>,
}

impl Job {
    /// True if there is something to be kept.
    fn keeps(&self) -> bool {
        self.work.is_some() || self.events.iter().any(|event| event.class == Class::Journal)
    }
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
        if self.queue.send(Message::Job(Job { work: Some(work), events })).is_ok() {
            self.tally.submitted.fetch_add(1, Ordering::Relaxed);
        }
        pending
    }

    /// Queues events that come with no change of their own, and that nobody waits for.
    pub fn tell(&self, events: Vec<Prepared>) {
        if self.queue.send(Message::Job(Job { work: None, events })).is_ok() {
            self.tally.submitted.fetch_add(1, Ordering::Relaxed);
        }
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

/// Jobs that go into one commit: those that wait when it begins, and those that come while they run.
struct Incoming<'q> {
    queue: &'q Receiver<Message>,
    first: Option<Message>,
    left: usize,
    /// How many have been taken.
    taken: u64,
    closing: Option<oneshot::Sender<()>>,
}

impl Iterator for Incoming<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        if self.left == 0 || self.closing.is_some() {
            return None;
        }
        self.left -= 1;
        match self.first.take().or_else(|| self.queue.try_recv().ok())? {
            Message::Job(job) => {
                self.taken += 1;
                Some(job)
            }
            Message::Close(done) => {
                self.closing = Some(done);
                None
            }
        }
    }
}

impl Thread {
    fn work(mut self, queue: &Receiver<Message>) {
        while let Ok(message) = queue.recv() {
            let mut incoming = Incoming { queue, first: Some(message), left: GROUP, taken: 0, closing: None };
            let mut group: VecDeque<Job> = incoming.by_ref().collect();
            if !self.told(&group) {
                while !group.is_empty() {
                    self.commit(&mut group, &mut incoming);
                }
            }
            self.tally.decided.fetch_add(incoming.taken, Ordering::Relaxed);
            if let Some(done) = incoming.closing {
                let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
                let _ = done.send(());
                return;
            }
        }
    }

    /// Runs jobs of `group`, and what comes meanwhile, in one transaction. A job that fails takes only itself back; a
    /// commit that fails, or a failure that ended the transaction, takes all that ran. What did not run has no part in
    /// it, and stays for the next commit.
    fn commit(&mut self, group: &mut VecDeque<Job>, incoming: &mut Incoming<'_>) {
        if let Err(error) = self.execute("BEGIN IMMEDIATE") {
            return refuse(group.drain(..).map(|job| job.work), &error);
        }
        let mut done: Vec<(Waiting, Option<StoreError>)> = Vec::new();
        let mut delivered = Vec::new();
        let mut last = self.sequence.last();
        while let Some(mut job) = group.pop_front().or_else(|| incoming.next()) {
            let error = match self.run(&mut job, last) {
                Ok(events) => {
                    last += events.len() as u64;
                    delivered.extend(events);
                    None
                }
                Err(Failure::Alone(error)) => Some(error),
                Err(Failure::Group(error)) => {
                    let ran = done.into_iter().map(|(work, _)| work).chain([job.work]);
                    return self.take_back(ran, &error);
                }
            };
            done.push((job.work, error));
        }
        fault::point("store.before-commit");
        self.commits.store(true, Ordering::Relaxed);
        let committed = self.execute("COMMIT");
        self.commits.store(false, Ordering::Relaxed);
        if let Err(error) = committed {
            return self.take_back(done.into_iter().map(|(work, _)| work), &error);
        }
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        fault::point("store.after-commit");
        self.sequence.advance(last);
        done.into_iter().for_each(|(work, error)| finish(work, error));
        self.bus.deliver(delivered);
    }

    /// Tells what needs no transaction, if nothing does: events that nobody keeps, whose numbers are reserved already.
    fn told(&mut self, group: &VecDeque<Job>) -> bool {
        let events = group.iter().map(|job| job.events.len() as u64).sum::<u64>();
        let last = self.sequence.last();
        if group.iter().any(Job::keeps) || !self.sequence.has_reserved(last + events) {
            return false;
        }
        let all = group.iter().flat_map(|job| &job.events).zip(last + 1..);
        let delivered = all.map(|(event, seq)| events::numbered(event.clone(), seq)).collect();
        self.sequence.advance(last + events);
        self.bus.deliver(delivered);
        true
    }

    /// Ends a group of which nothing is kept.
    fn take_back(&mut self, group: impl Iterator<Item = Waiting>, error: &StoreError) {
        self.roll_back();
        refuse(group, error);
    }

    fn roll_back(&mut self) {
        // It fails where the transaction has ended already, which is all that is wanted.
        let _ = self.connection.execute_batch("ROLLBACK");
        self.sequence.forget_reservation();
    }

    /// Runs one job and logs its events, both or neither.
    fn run(&mut self, job: &mut Job, last: u64) -> Result<Vec<Logged>, Failure> {
        self.mark(&["SAVEPOINT job"])?;
        let outcome = match job.work.as_mut().and_then(|work| work.run(&self.connection)) {
            None => self.log(std::mem::take(&mut job.events), last),
            Some(error) => Err(error),
        };
        // A disk that is full or fails in the middle of a statement makes SQLite take the whole transaction back.
        if self.connection.is_autocommit() {
            let unsaid = || StoreError::Failed("a write ended the transaction it shared with others".into());
            return Err(Failure::Group(outcome.err().unwrap_or_else(unsaid)));
        }
        self.mark(if outcome.is_ok() { &["RELEASE job"] } else { &["ROLLBACK TO job", "RELEASE job"] })?;
        outcome.map_err(Failure::Alone)
    }

    /// Begins or ends what one job changes. Where that fails, its changes cannot be told from those of the others.
    fn mark(&self, statements: &[&str]) -> Result<(), Failure> {
        statements.iter().try_for_each(|sql| self.execute(sql).map_err(Failure::Group))
    }

    /// A statement that every group needs, compiled once.
    fn execute(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
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

fn finish(work: Waiting, error: Option<StoreError>) {
    if let Some(work) = work {
        work.finish(error);
    }
}

fn refuse(group: impl Iterator<Item = Waiting>, error: &StoreError) {
    tracing::error!(%error, "a group of writes was not committed");
    group.for_each(|work| finish(work, Some(error.clone())));
}
