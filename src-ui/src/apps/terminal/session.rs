//! The life of a terminal on the screen: it is attached, lost with the link and attached again where it stopped, and ends.

use std::collections::VecDeque;
use std::pin::pin;

use aether_protocol::domains::tty::{self, Attach, Attached, Open, TerminalInfo, TtyQuery};
use aether_protocol::{ErrorCode, Pid, TtyId, WireError};
use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::select;
use yew::Callback;

use super::binding::{Drawing, JsScreen};
use crate::kernel::Kernel;
use crate::transport::ByteStream;

/// What a program may have left behind: a mouse that is listened to, marks round what is pasted, a hidden cursor.
const SETTLE: &[u8] = b"\x1b[?1000;1002;1003;1006;2004l\x1b[!p\x1b[?25h";
/// The same, where it had the whole screen; elsewhere this would move the cursor.
const LEAVE: &[u8] = b"\x1b[?1049l";
/// Pieces that are given to the screen before the first of them is drawn: one is always ready, and none runs ahead.
const AHEAD: usize = 2;
/// Streams in a row that may end without a byte before it is called a failure.
const EMPTY: u32 = 3;
const TOO_MANY: &str = "The kernel ends the terminal's stream at once. Close other terminals.";
const RESTARTED: &str = "The shell that was here has ended. This is a new one.";

/// Where a terminal stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Standing {
    /// It is being found, opened or attached.
    Opening,
    /// Attached: what is typed reaches the program.
    Live(TtyId),
    /// The link is lost; what was drawn stays.
    Lost,
    /// Its shell has ended; the store knows by which code. `None`: the process has no terminal.
    Ended(Option<TtyId>),
    Failed(WireError),
}

/// What a person wants once it has ended or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// The same terminal, once more.
    Retry,
    /// Another shell.
    Anew,
}

/// See the module.
pub(super) struct Session {
    pub kernel: Kernel,
    pub screen: JsScreen,
    pub pid: Pid,
    /// The terminal; without one, one of the process is taken, or opened.
    pub tty: Option<TtyId>,
    /// Without one: a new one is opened, also where the process has some.
    pub fresh: bool,
    /// Nothing is typed, opened or resized.
    pub readonly: bool,
    pub typed: mpsc::UnboundedReceiver<Vec<u8>>,
    pub again: mpsc::UnboundedReceiver<Again>,
    pub tell: Callback<Standing>,
    /// What is to be said when it is attached.
    pub note: Option<&'static str>,
}

/// How far a terminal's output has been drawn.
#[derive(Default)]
struct Seen {
    /// The byte up to which it was, in all; nothing before the first.
    at: Option<u64>,
    /// What had been written when this page first looked on: questions in it are answered.
    old: u64,
    /// Which life of the link brought the last byte.
    epoch: u32,
}

/// How a stream ended.
enum End {
    /// By itself, which need not mean the shell; true if bytes had come.
    Stream(bool),
    Refused(WireError),
}

impl Session {
    /// Goes on until it is dropped.
    pub async fn run(mut self) {
        let mut seen = Seen::default();
        // What was typed and not taken goes to the same shell when it is back.
        let mut unsent = None;
        let mut empty = 0;
        loop {
            self.online(&seen).await;
            let id = match self.find().await {
                Ok(Some(id)) => id,
                Ok(None) => {
                    self.stop(Standing::Ended(None)).await;
                    continue;
                }
                Err(_) if !self.is_online() => continue,
                Err(error) => {
                    self.stop(Standing::Failed(error)).await;
                    continue;
                }
            };
            match self.attach(&id, &mut seen, &mut unsent).await {
                End::Stream(true) => empty = 0,
                End::Stream(false) => empty += 1,
                End::Refused(error) if error.code == ErrorCode::NotFound => {
                    unsent = None;
                    self.gone(id, std::mem::take(&mut seen)).await;
                }
                End::Refused(_) if !self.is_online() => {}
                End::Refused(error) => self.stop(Standing::Failed(error)).await,
            }
            if empty >= EMPTY && self.is_online() {
                empty = 0;
                self.stop(Standing::Failed(WireError::unavailable(TOO_MANY))).await;
            }
        }
    }

    /// The terminal to attach. Nothing where there is none and none may be opened.
    async fn find(&mut self) -> Result<Option<TtyId>, WireError> {
        if let Some(id) = &self.tty {
            return Ok(Some(id.clone()));
        }
        self.tell.emit(Standing::Opening);
        let found = if self.fresh { None } else { self.list().await?.into_iter().next().map(|terminal| terminal.id) };
        let id = match found {
            Some(id) => id,
            None if self.readonly => return Ok(None),
            None => {
                let (cols, rows) = (Some(self.screen.columns()), Some(self.screen.rows()));
                tty::Client(&self.kernel).open(Open { pid: self.pid, cols, rows }).await?.tty_id
            }
        };
        self.tty = Some(id.clone());
        Ok(Some(id))
    }

    /// The terminals of the process, the oldest first.
    async fn list(&self) -> Result<Vec<TerminalInfo>, WireError> {
        let mut terminals = tty::Client(&self.kernel).list(TtyQuery { pid: Some(self.pid) }).await?;
        terminals.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(terminals)
    }

    async fn attach(&mut self, id: &TtyId, seen: &mut Seen, unsent: &mut Option<Vec<u8>>) -> End {
        let (attached, stream) = match self.open(id, seen).await {
            Ok(opened) => opened,
            Err(error) => return End::Refused(error),
        };
        match seen.at {
            Some(at) if attached.offset < at => {
                // Another shell under the same name.
                self.note = Some(RESTARTED);
                seen.old = 0;
            }
            Some(at) if attached.offset > at => self.note = Some("Some output in between was not kept."),
            Some(_) | None => {}
        }
        seen.at = Some(attached.offset);
        seen.epoch = self.epoch();
        if let Some(note) = self.note.take() {
            self.say(note).await;
        }
        self.tell.emit(Standing::Live(id.clone()));
        End::Stream(self.flow(stream, seen, unsent).await)
    }

    async fn open(&self, id: &TtyId, seen: &mut Seen) -> Result<(Attached, ByteStream), WireError> {
        let (mut cols, mut rows) = (Some(self.screen.columns()), Some(self.screen.rows()));
        if self.readonly {
            (cols, rows) = (None, None);
            if let Some(terminal) = self.list().await?.into_iter().find(|terminal| terminal.id == *id) {
                self.screen.fix(terminal.cols, terminal.rows);
            }
        }
        let attach = |since| Attach { tty_id: id.clone(), cols, rows, since };
        if seen.at.is_none() {
            // A stream from beyond the end begins at the end, which is where output stops being old.
            let (reply, _) = self.kernel.open_stream(tty::Command::attach(attach(Some(u64::MAX)))).await?;
            seen.old = reply.read::<Attached>()?.offset;
        }
        let (reply, stream) = self.kernel.open_stream(tty::Command::attach(attach(seen.at))).await?;
        Ok((reply.read()?, stream))
    }

    /// Both ways until the stream ends; true if bytes have come.
    async fn flow(&mut self, mut stream: ByteStream, seen: &mut Seen, unsent: &mut Option<Vec<u8>>) -> bool {
        let (writer, screen, typed) = (stream.writer(), self.screen.clone(), &mut self.typed);
        let mut came = false;
        let mut drawing = VecDeque::new();
        let reading = async {
            while let Some(bytes) = stream.next().await {
                came = true;
                let at = seen.at.unwrap_or_default();
                let (old, new) = split(&bytes, at, seen.old);
                if !old.is_empty() {
                    drawing.push_back(Drawing::of(&screen, old, true));
                }
                if !new.is_empty() {
                    drawing.push_back(Drawing::of(&screen, new, false));
                }
                seen.at = Some(at + bytes.len() as u64);
                while drawing.len() >= AHEAD {
                    if let Some(first) = drawing.pop_front() {
                        first.done().await;
                    }
                }
            }
            for rest in drawing {
                rest.done().await;
            }
        };
        let writing = async {
            loop {
                if unsent.is_none() {
                    *unsent = typed.next().await;
                }
                match unsent {
                    Some(bytes) if writer.write(bytes).await => *unsent = None,
                    // It is over, or nobody types any more.
                    Some(_) | None => std::future::pending::<()>().await,
                }
            }
        };
        select(pin!(reading), pin!(writing)).await;
        came
    }

    /// There is no such terminal any more.
    async fn gone(&mut self, id: TtyId, seen: Seen) {
        if self.screen.whole() {
            self.screen.draw(LEAVE, false).await;
        }
        self.screen.draw(SETTLE, false).await;
        let watched = seen.at.is_some() && seen.epoch == self.epoch();
        self.tty = None;
        if watched || self.kernel.store().terminals.get().ended(&id).is_some() {
            self.stop(Standing::Ended(Some(id))).await;
        } else {
            // It ended with the kernel, or while nobody looked.
            self.note = Some(RESTARTED);
        }
    }

    /// Says what happened, in the terminal itself.
    async fn say(&self, note: &str) {
        let begin = if self.screen.line().trim().is_empty() { "\r" } else { "\r\n" };
        self.screen.draw(format!("{begin}\x1b[0;90m{note}\x1b[0m\r\n").as_bytes(), false).await;
    }

    /// Waits for the person to ask for more.
    async fn stop(&mut self, standing: Standing) {
        self.tell.emit(standing);
        match self.again.next().await {
            Some(Again::Retry) => {}
            Some(Again::Anew) => (self.tty, self.fresh, self.note) = (None, true, None),
            // Whoever could ask has gone.
            None => std::future::pending().await,
        }
    }

    fn is_online(&self) -> bool {
        self.kernel.store().connection.get().is_online()
    }

    fn epoch(&self) -> u32 {
        self.kernel.store().connection.get().epoch
    }

    async fn online(&self, seen: &Seen) {
        if self.is_online() {
            return;
        }
        if seen.at.is_some() {
            self.tell.emit(Standing::Lost);
        }
        let connection = self.kernel.store().connection.clone();
        let (tell, told) = mpsc::unbounded();
        let mut told = told;
        let watched = connection.clone();
        let watch = connection.watch(move || {
            if watched.get().is_online() {
                let _ = tell.unbounded_send(());
            }
        });
        let _ = told.next().await;
        drop(watch);
    }
}

/// The part of `bytes`, which begin at `at`, that lies before `old`, and the rest.
fn split(bytes: &[u8], at: u64, old: u64) -> (&[u8], &[u8]) {
    let cut = usize::try_from(old.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
    bytes.split_at(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_cut_where_it_stops_being_old() {
        assert_eq!(split(b"abcd", 10, 12), (&b"ab"[..], &b"cd"[..]));
        assert_eq!(split(b"abcd", 10, 10), (&b""[..], &b"abcd"[..]));
        assert_eq!(split(b"abcd", 10, 3), (&b""[..], &b"abcd"[..]));
        assert_eq!(split(b"abcd", 10, 99), (&b"abcd"[..], &b""[..]));
    }
}
