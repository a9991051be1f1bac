//! The desktop of Aether OS: one WebAssembly program for the installed app's window and for the browser.
//!
//! What it owns: what a person sees and touches. What it never does: decide what the person may do; the kernel does.

pub mod apps;
pub mod desk;
pub mod habits;
mod keep;
pub mod kernel;
pub mod kit;
pub mod look;
pub mod shell;
pub mod store;
pub mod transport;
pub mod verbs;
pub mod wm;

use wasm_bindgen::prelude::*;

use crate::desk::Desk;
use crate::kernel::Kernel;
use crate::look::Look;
use crate::store::Slice;

/// Where a tab keeps the name it goes by.
const SESSION: &str = "aether.session";

/// Begins: the page calls this once it has the program.
#[wasm_bindgen(start)]
pub fn start() {
    shell::crash::install();
    let look = Look::kept();
    look.apply();
    look::follow_the_system();
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    if search == "?gallery" {
        yew::Renderer::<kit::Gallery>::new().render();
        return;
    }
    let desk = Desk { look: Slice::new(look), ..Desk::default() };
    let opener = desk.clone();
    transport::on_deep_link(move |address| follow(&opener, &address));
    let kernel = Kernel::connect(session());
    yew::Renderer::<shell::Screen>::with_props(shell::ScreenProps { kernel, desk }).render();
}

/// Shows what an address of the scheme `aether` names: `aether://agent/17`.
fn follow(desk: &Desk, address: &str) {
    let rest = address.strip_prefix("aether://").unwrap_or_default().trim_end_matches('/');
    if let Some(pid) = rest.strip_prefix("agent/").and_then(aether_protocol::Pid::parse) {
        desk.open_agent(pid);
    }
}

/// The name of this tab: the same after a reload, another in every other tab.
fn session() -> String {
    let storage = web_sys::window().and_then(|window| window.session_storage().ok().flatten());
    let kept = storage.as_ref().and_then(|storage| storage.get_item(SESSION).ok().flatten());
    kept.unwrap_or_else(|| {
        let name = format!("screen-{:x}", (js_sys::Math::random() * 9e15) as u64);
        if let Some(storage) = storage {
            // A tab that keeps nothing is another one after a reload, which is no harm.
            let _ = storage.set_item(SESSION, &name);
        }
        name
    })
}
