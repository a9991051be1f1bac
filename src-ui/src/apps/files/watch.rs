//! Changes of a folder, for as long as somebody shows it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aether_protocol::domains::fs::{self, ChangeType, Unwatch, Watch};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::kernel::{Kernel, use_kernel};
use crate::store::use_select;
use crate::transport::sleep;

/// How long the kernel goes on watching a folder that nobody shows: a person often comes right back.
const LINGER: i32 = 2_000;

thread_local! {
    /// How many show a folder; the kernel knows of one watch a connection.
    static HELD: RefCell<BTreeMap<String, usize>> = const { RefCell::new(BTreeMap::new()) };
}

/// Tells `heard` of what changes in a folder, its own path included. Without a folder: of all that is heard of anyway.
#[hook]
pub fn use_changes(folder: &str, heard: Callback<(String, ChangeType)>) {
    let kernel = use_kernel();
    // A new connection watches nothing yet.
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    let told = use_mut_ref(|| heard.clone());
    *told.borrow_mut() = heard;
    use_effect_with((folder.to_owned(), epoch), move |(folder, _)| {
        let folder = folder.clone();
        if !folder.is_empty() {
            hold(&kernel, &folder);
        }
        let watch = kernel.store().files.listen(move |path, change| {
            let heard = told.borrow().clone();
            heard.emit((path.to_owned(), change));
        });
        move || {
            drop(watch);
            if !folder.is_empty() {
                release(kernel, folder);
            }
        }
    });
}

fn hold(kernel: &Kernel, folder: &str) {
    HELD.with_borrow_mut(|held| *held.entry(folder.to_owned()).or_default() += 1);
    let (kernel, path) = (kernel.clone(), folder.to_owned());
    spawn_local(async move {
        // What cannot be watched is shown all the same; what this kernel changes in it is told anyway.
        let _ = fs::Client(&kernel).watch(Watch { path }).await;
    });
}

fn release(kernel: Kernel, folder: String) {
    HELD.with_borrow_mut(|held| {
        if let Some(count) = held.get_mut(&folder) {
            *count -= 1;
        }
    });
    spawn_local(async move {
        sleep(LINGER).await;
        let unheld = HELD.with_borrow_mut(|held| {
            let unheld = held.get(&folder) == Some(&0);
            if unheld {
                held.remove(&folder);
            }
            unheld
        });
        if unheld {
            let _ = fs::Client(&kernel).unwatch(Unwatch { path: folder }).await;
        }
    });
}
