//! The reply that is being written, kept current by a stream of the kernel's.

mod draft;

use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::agent::{self, TrajectoryKind};
use aether_protocol::domains::process::PidRef;
use futures_util::future::{AbortHandle, Abortable};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::kernel::Kernel;
use crate::store::{Slice, Track, use_select};

pub use draft::{Draft, Utf8};

/// What the agent is writing. `alive` says whether it may write anything at all.
#[hook]
pub fn use_draft(kernel: &Kernel, pid: Pid, track: &Slice<Track>, alive: bool) -> Slice<Draft> {
    let draft = (*use_memo(pid, |_| Slice::new(Draft::default()))).clone();
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    {
        let (kernel, draft, track) = (kernel.clone(), draft.clone(), track.clone());
        use_effect_with((pid, epoch, alive), move |(pid, _, alive)| {
            draft.update(|draft| draft.begin(last_thought(&track.get())));
            let ending = alive.then(|| {
                let (ending, registration) = AbortHandle::new_pair();
                let work = Abortable::new(read(kernel, *pid, draft), registration);
                spawn_local(async move {
                    let _ = work.await;
                });
                ending
            });
            move || {
                if let Some(ending) = ending {
                    ending.abort();
                }
            }
        });
    }
    {
        let draft = draft.clone();
        use_effect_with((track.clone(), draft), |(track, draft)| {
            let (watched, draft) = (track.clone(), draft.clone());
            let seen = std::cell::Cell::new(track.get().last());
            let watch = track.watch(move || {
                let track = watched.get();
                let before = seen.replace(track.last());
                settle(&track, before, &draft);
            });
            move || drop(watch)
        });
    }
    draft
}

fn last_thought(track: &Track) -> Option<u64> {
    track.entries().iter().rev().find(|entry| entry.kind == TrajectoryKind::Thought).map(|entry| entry.n)
}

/// Takes in what the journal has that it had not `before`.
fn settle(track: &Rc<Track>, before: Option<u64>, draft: &Slice<Draft>) {
    if before.is_none() {
        return draft.update(|draft| draft.begin(last_thought(track)));
    }
    let new = track.entries().partition_point(|entry| Some(entry.n) <= before);
    for entry in track.entries().get(new..).unwrap_or_default() {
        match entry.kind {
            TrajectoryKind::Thought => {
                draft.update(|draft| draft.replied(entry.n, entry.text.as_deref().unwrap_or_default()));
            }
            TrajectoryKind::Failure | TrajectoryKind::Finished => draft.update(Draft::forget),
            _ => {}
        }
    }
}

/// Reads the stream until the agent has ended or the link is lost; who calls begins anew with the next link.
async fn read(kernel: Kernel, pid: Pid, draft: Slice<Draft>) {
    loop {
        // Nothing to watch is no failure: the journal tells everything in the end.
        let command = agent::Command::watch(PidRef { pid });
        let Ok((_, mut stream)) = kernel.open_stream(command).await else { return };
        let mut decoder = Utf8::default();
        let mut heard = false;
        while let Some(bytes) = stream.next().await {
            heard = true;
            let text = decoder.push(&bytes);
            if !text.is_empty() {
                draft.update(|draft| draft.push(&text));
            }
        }
        // One that ends at once would be opened for ever.
        if !heard || !kernel.store().connection.get().is_online() {
            return;
        }
        draft.update(Draft::forget);
    }
}
