//! Terminals: shells on pseudo-terminals, their viewers, and what a viewer that comes late still gets to see.

mod pump;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::bus::{Bus, Prepared};
use aether_base::now_ms;
use aether_base::sandbox::{Sandbox, ShellSpec, TerminalControl};
use aether_base::streams::{ByteStream, CHUNKS, Streams};
use aether_protocol::domains::tty::{TerminalInfo, event};
use aether_protocol::{Event, Pid, SessionId, TtyId, UserId};
use bytes::Bytes;
use tokio::sync::{OnceCell, mpsc, oneshot};

use crate::error::{ProcessError, Result};
use pump::{Attach, Pump};

/// Chunks of input that may wait for a shell that does not read.
const INPUT: usize = 64;

/// One terminal. Its shell starts when somebody looks or types.
pub struct Tty {
    pub id: TtyId,
    pub pid: Pid,
    pub owner: UserId,
    /// True if somebody has asked for it, and not only for the process that it came with.
    asked: bool,
    size: Mutex<(u16, u16)>,
    shell: OnceCell<Shell>,
}

struct Shell {
    input: mpsc::Sender<Bytes>,
    attach: mpsc::Sender<Attach>,
    control: Arc<dyn TerminalControl>,
}

/// Every terminal.
pub struct Terminals {
    bus: Arc<Bus>,
    streams: Arc<Streams>,
    ttys: Mutex<HashMap<String, Arc<Tty>>>,
    counter: AtomicU64,
    /// Grows with every change of a terminal, also across restarts: it begins with the time.
    rev: AtomicU64,
}

impl Terminals {
    pub fn new(bus: Arc<Bus>, streams: Arc<Streams>) -> Arc<Terminals> {
        Arc::new(Terminals {
            bus,
            streams,
            ttys: Mutex::default(),
            counter: AtomicU64::new(0),
            rev: AtomicU64::new(now_ms()),
        })
    }

    /// An id for one more terminal of a process.
    pub fn new_id(&self, pid: Pid) -> TtyId {
        TtyId(format!("tty_{pid}_{}_{}", now_ms(), self.counter.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// Makes a terminal known. Nothing runs in it yet.
    pub fn register(&self, id: TtyId, pid: Pid, owner: UserId) -> Arc<Tty> {
        let tty = Arc::new(Tty::new(id, pid, owner, false));
        self.lock().insert(tty.id.0.clone(), tty.clone());
        tty
    }

    /// Makes one known that somebody asks for, unless its owner has that many by then.
    pub fn open(&self, id: TtyId, pid: Pid, owner: UserId, most: usize) -> Result<Arc<Tty>> {
        let mut ttys = self.lock();
        // Also those whose shells are only starting: many may be asked for at once.
        let counts = |tty: &&Arc<Tty>| tty.owner == owner && (tty.asked || tty.shell.get().is_some());
        let open = ttys.values().filter(counts).count();
        if open >= most {
            return Err(ProcessError::TooManyTerminals(open));
        }
        let tty = Arc::new(Tty::new(id, pid, owner, true));
        ttys.insert(tty.id.0.clone(), tty.clone());
        Ok(tty)
    }

    /// Tells whoever may see it that there is this terminal.
    pub fn announce(&self, tty: &Tty) {
        self.publish(tty, &self.entity(tty, Some(&tty.info())));
    }

    fn entity(&self, tty: &Tty, info: Option<&TerminalInfo>) -> Event {
        crate::entity("terminal", tty.id.0.clone(), self.rev.fetch_add(1, Ordering::Relaxed) + 1, info)
    }

    pub fn get(&self, id: &TtyId) -> Option<Arc<Tty>> {
        self.lock().get(id.as_str()).cloned()
    }

    pub fn owner(&self, id: &str) -> Option<UserId> {
        self.lock().get(id).map(|tty| tty.owner.clone())
    }

    /// The terminals that pass, in no order.
    pub fn list(&self, pass: impl Fn(&Tty) -> bool) -> Vec<TerminalInfo> {
        self.lock().values().filter(|tty| pass(tty)).map(|tty| tty.info()).collect()
    }

    /// Starts the shell if it does not run yet.
    pub async fn start(self: &Arc<Self>, tty: &Arc<Tty>, sandbox: Arc<dyn Sandbox>, cwd: String) -> Result<()> {
        let terminals = self.clone();
        let begins = tty.shell.get().is_none();
        let shell = tty
            .shell
            .get_or_try_init(|| async move {
                let size = tty.size();
                let (cols, rows) = size;
                let argv = ["/bin/bash", "--login", "-i"].map(str::to_owned).to_vec();
                let terminal = sandbox.terminal(ShellSpec { argv, cwd, cols, rows }).await?;
                let (input, typed) = mpsc::channel(INPUT);
                let (attach, attached) = mpsc::channel(INPUT);
                let shell = Shell { input, attach, control: terminal.control.clone() };
                if tty.size() != size {
                    // It was resized while the shell started.
                    let (cols, rows) = tty.size();
                    let _ = shell.control.resize(cols, rows);
                }
                terminals.publish(tty, &event::Opened { ttyId: tty.id.clone(), pid: tty.pid }.into());
                let pump = Pump::new(terminals.clone(), tty.clone(), terminal.control);
                tokio::spawn(pump::write(terminal.writer, typed));
                tokio::spawn(pump.run(terminal.reader, attached));
                Ok::<_, ProcessError>(shell)
            })
            .await?;
        if begins && !self.lock().contains_key(tty.id.as_str()) {
            // It was closed while its shell started, and nobody could close it any more.
            shell.control.kill();
            return Err(ProcessError::NoTerminal(tty.id.0.clone()));
        }
        Ok(())
    }

    /// Opens a byte stream on a running terminal for one connection: its number there, and the offset it starts at.
    pub async fn attach(&self, tty: &Tty, session: &SessionId, since: Option<u64>) -> Result<(u32, u64)> {
        let shell = tty.shell.get().ok_or_else(|| ProcessError::NoTerminal(tty.id.0.clone()))?;
        let (output, receiver) = mpsc::channel(CHUNKS);
        let (offset, told) = oneshot::channel();
        let gone = |_| ProcessError::NoTerminal(tty.id.0.clone());
        shell.attach.send(Attach { output, since, offset }).await.map_err(|_| gone(()))?;
        let offset = told.await.map_err(|_| gone(()))?;
        let stream = ByteStream { output: receiver, input: shell.input.clone() };
        Ok((self.streams.offer(session, stream), offset))
    }

    /// Hangs up the shell, or forgets a terminal that never ran.
    pub fn close(&self, tty: &Tty) {
        match tty.shell.get() {
            Some(shell) => shell.control.kill(),
            None => {
                if self.lock().remove(tty.id.as_str()).is_some() {
                    self.publish(tty, &self.entity(tty, None));
                }
            }
        }
    }

    pub fn close_all(&self, pid: Pid) {
        let ttys: Vec<Arc<Tty>> = self.lock().values().filter(|tty| tty.pid == pid).cloned().collect();
        ttys.iter().for_each(|tty| self.close(tty));
    }

    /// Closes every terminal of a user.
    pub fn close_of(&self, user: &UserId) {
        let ttys: Vec<Arc<Tty>> = self.lock().values().filter(|tty| tty.owner == *user).cloned().collect();
        ttys.iter().for_each(|tty| self.close(tty));
    }

    pub fn close_everything(&self) {
        let ttys: Vec<Arc<Tty>> = self.lock().values().cloned().collect();
        ttys.iter().for_each(|tty| self.close(tty));
    }

    fn closed(&self, tty: &Tty, code: i32) {
        self.lock().remove(tty.id.as_str());
        let event = event::Closed { ttyId: tty.id.clone(), pid: tty.pid, code: Some(code), signal: None };
        self.publish(tty, &event.into());
        self.publish(tty, &self.entity(tty, None));
    }

    fn publish(&self, tty: &Tty, event: &Event) {
        self.bus.append(vec![self.prepare(tty, event)]);
    }

    fn prepare(&self, tty: &Tty, event: &Event) -> Prepared {
        Bus::prepare_to(event, crate::audience(&tty.owner, None))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Tty>>> {
        self.ttys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tty {
    fn new(id: TtyId, pid: Pid, owner: UserId, asked: bool) -> Tty {
        Tty { id, pid, owner, asked, size: Mutex::new((120, 36)), shell: OnceCell::new() }
    }

    fn size(&self) -> (u16, u16) {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn info(&self) -> TerminalInfo {
        let (cols, rows) = self.size();
        TerminalInfo { id: self.id.clone(), pid: self.pid, cols, rows, title: format!("{} — bash", self.pid.uid()) }
    }

    /// Changes the size, now or for when the shell starts.
    pub fn resize(&self, cols: u16, rows: u16) {
        let (cols, rows) = (cols.clamp(2, 1_000), rows.clamp(1, 1_000));
        *self.size.lock().unwrap_or_else(PoisonError::into_inner) = (cols, rows);
        if let Some(shell) = self.shell.get()
            && let Err(error) = shell.control.resize(cols, rows)
        {
            tracing::debug!(tty = %self.id, %error, "resize failed");
        }
    }

    /// Types into the shell. Waits while the shell does not read; answers nothing if it has ended.
    pub async fn type_in(&self, data: Bytes) {
        if let Some(shell) = self.shell.get() {
            // A shell that has ended takes no input, which its viewers learn from its close.
            let _ = shell.input.send(data).await;
        }
    }
}
