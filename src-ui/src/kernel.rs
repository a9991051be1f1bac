//! The kernel as the screen's components know it: typed commands, slices of what is known, bytes of files.

use std::rc::Rc;

use aether_protocol::domains::agent::{self, TrajectoryQuery};
use aether_protocol::domains::process::{self, HistoryQuery};
use aether_protocol::{Command, MaybeSend, Pid, Reply, Transport, WireError};
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::store::{Known, Slice, Store, Track};
use crate::transport::{self, ByteStream, Door, Link};

/// Ended agents that a screen asks for when it starts.
const HISTORY: u32 = 200;
/// Entries of a trajectory that are fetched at a time.
const PAGE: u32 = 500;

struct Inner {
    link: Link,
    door: Rc<dyn Door>,
    store: Store,
}

/// A handle to the kernel; clones are the same kernel.
#[derive(Clone)]
pub struct Kernel(Rc<Inner>);

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Transport for Kernel {
    /// A screen lives on one thread; the wrapper says so where it is compiled for tests.
    fn call(&self, command: Command) -> impl Future<Output = Result<Reply, WireError>> + MaybeSend {
        let link = self.0.link.clone();
        SendWrapper::new(async move { link.call(command).await })
    }
}

impl Kernel {
    /// Reaches for the kernel by this page's door. `session` names the screen.
    pub fn connect(session: String) -> Kernel {
        let door = transport::choose();
        let kernel = Kernel(Rc::new(Inner { link: Link::new(door.clone(), session), door, store: Store::default() }));
        kernel.catch_up_when_online();
        kernel.0.link.start(Rc::new(kernel.store().clone()));
        kernel
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn link(&self) -> &Link {
        &self.0.link
    }

    pub fn door(&self) -> &Rc<dyn Door> {
        &self.0.door
    }

    /// Has a command done that opens a stream.
    pub async fn open_stream(&self, command: impl Into<Command>) -> Result<(Reply, ByteStream), WireError> {
        self.0.link.open_stream(command.into()).await
    }

    /// Does something in the background; its failure becomes a notice that begins with `what`.
    pub fn attempt<F>(&self, what: &'static str, work: F)
    where
        F: Future<Output = Result<(), WireError>> + 'static,
    {
        let kernel = self.clone();
        spawn_local(async move {
            if let Err(error) = work.await {
                kernel.trouble(what, &error);
            }
        });
    }

    /// Signs the person out: the cookie goes, the link asks again who is there.
    pub async fn sign_out(&self) {
        if let Err(transport::Failed(message)) = transport::sign_out().await {
            return self.trouble("You are still signed in", &WireError::unavailable(message));
        }
        self.store().sign_out();
        self.link().start_anew();
    }

    /// Tells the person that something failed.
    pub fn trouble(&self, what: &str, error: &WireError) {
        let (title, body) = (what.to_owned(), error.message.clone());
        let now = js_sys::Date::now() as i64;
        self.store().notices.update(|notices| notices.add(crate::store::About::Trouble, title, body, now));
    }

    /// An agent's trajectory, which is kept current from now on.
    pub fn trajectory(&self, pid: Pid) -> Slice<Track> {
        let slice = self.store().trajectories.of(pid);
        if slice.get().known == Known::Nothing {
            self.load_trajectory(pid);
        }
        slice
    }

    /// Fetches what is missing of a trajectory: the newest page, or what came after the last known entry.
    pub fn load_trajectory(&self, pid: Pid) {
        let kernel = self.clone();
        spawn_local(async move { kernel.follow(pid).await });
    }

    /// Fetches the page before the first known entry.
    pub async fn load_earlier(&self, pid: Pid) -> Result<(), WireError> {
        let slice = self.store().trajectories.of(pid);
        let before = slice.get().first();
        let query = TrajectoryQuery { pid, after: None, before, limit: Some(PAGE) };
        let page = agent::Client(self).trajectory(query).await?;
        slice.update(|track| {
            track.whole = track.whole || page.entries.len() < PAGE as usize;
            track.take_in(page);
        });
        Ok(())
    }

    async fn follow(&self, pid: Pid) {
        let slice = self.store().trajectories.of(pid);
        let after = match slice.get().known {
            Known::Since => slice.get().missing_after(),
            Known::Nothing | Known::Failed(_) => None,
            Known::Loading => return,
        };
        if after.is_none() {
            slice.update(|track| track.known = Known::Loading);
        }
        let mut after = after;
        loop {
            let query = TrajectoryQuery { pid, after, before: None, limit: Some(PAGE) };
            match agent::Client(self).trajectory(query).await {
                Ok(page) => {
                    let full = page.entries.len() == PAGE as usize;
                    let last = page.entries.last().map(|entry| entry.n);
                    slice.update(|track| track.take_in(page));
                    match (after, last) {
                        (Some(_), Some(last)) if full => after = Some(last),
                        _ => return slice.update(Track::complete),
                    }
                }
                // What is known stays; the next welcome asks again.
                Err(_) if after.is_some() => return,
                Err(error) => return slice.update(|track| track.known = Known::Failed(error)),
            }
        }
    }

    /// What events do not bring is asked for whenever the link has been opened.
    fn catch_up_when_online(&self) {
        let kernel = self.clone();
        let last = std::cell::Cell::new(0);
        let watch = self.store().connection.watch(move || {
            let connection = kernel.store().connection.get();
            if connection.epoch != last.replace(connection.epoch) {
                kernel.catch_up();
            }
        });
        // The screen lives as long as the page.
        std::mem::forget(watch);
    }

    fn catch_up(&self) {
        for pid in self.store().trajectories.pids() {
            self.load_trajectory(pid);
        }
        let kernel = self.clone();
        spawn_local(async move { kernel.agree_on_preferences().await });
        let kernel = self.clone();
        spawn_local(async move {
            let query = HistoryQuery { limit: Some(HISTORY) };
            if let Ok(ended) = process::Client(&kernel).history(query).await {
                kernel.store().agents.update(|agents| agents.remember(ended));
            }
        });
    }
}

/// The kernel of this screen.
#[hook]
pub fn use_kernel() -> Kernel {
    #[allow(clippy::expect_used)] // A screen without a kernel is a mistake of this crate's, not of its user's.
    use_context::<Kernel>().expect("the screen provides its kernel")
}
