//! What the parts of one Mission Control window share.

use std::collections::BTreeSet;

use aether_protocol::Pid;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};
use yew::prelude::*;

use crate::desk::{Desk, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::store::Slice;

/// A menu that is open: where, and for whom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MenuAt {
    pub x: f64,
    pub y: f64,
    pub pid: Pid,
}

/// See the module; clones are the same.
#[derive(Clone, PartialEq)]
pub struct Room {
    pub kernel: Kernel,
    pub desk: Desk,
    /// The agents whose cards are in sight or nearly so.
    pub near: Slice<BTreeSet<Pid>>,
    /// Those chosen to be acted on together.
    pub picked: Slice<BTreeSet<Pid>>,
    /// The card that the Tab key leads to.
    pub active: Slice<Option<Pid>>,
    pub menu: Slice<Option<MenuAt>>,
    /// Those that are to be stopped, once the person has said yes.
    pub stopping: Slice<Vec<Pid>>,
}

impl Room {
    /// Chooses an agent, or no longer.
    pub fn toggle(&self, pid: Pid) {
        self.picked.update(|picked| {
            if !picked.remove(&pid) {
                picked.insert(pid);
            }
        });
    }

    pub fn activate(&self, pid: Pid) {
        if *self.active.get() != Some(pid) {
            self.active.set(Some(pid));
        }
    }
}

/// The room of the calling window, the same for as long as it is open.
#[hook]
pub fn use_room() -> Room {
    let (kernel, desk) = (use_kernel(), use_desk());
    let room = use_memo((), move |()| Room {
        kernel,
        desk,
        near: Slice::default(),
        picked: Slice::default(),
        active: Slice::default(),
        menu: Slice::default(),
        stopping: Slice::default(),
    });
    (*room).clone()
}

/// True if an event is meant for the element itself, and not for a control inside of it or for what floats above.
pub fn is_own(event: &Event, node: &NodeRef) -> bool {
    const CONTROLS: &str = "a, button, input, label, select, textarea, summary, [data-own]";
    let (Some(here), Some(target)) = (node.cast::<Element>(), target_of(event)) else { return false };
    let control = target.closest(CONTROLS).ok().flatten();
    here.contains(Some(&target)) && control.is_none_or(|control| !here.contains(Some(&control)) || control == here)
}

/// True if the event's target is the element itself.
pub fn is_at(event: &Event, node: &NodeRef) -> bool {
    node.cast::<Element>().is_some_and(|here| target_of(event) == Some(here))
}

fn target_of(event: &Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into::<Element>().ok())
}
