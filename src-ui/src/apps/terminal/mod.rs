//! Terminals: the view of one, for every app, and the app with the person's own shells.

mod binding;
mod face;
mod find;
mod handle;
mod keys;
mod palette;
mod screen;
mod session;
pub mod view;

use yew::prelude::*;

use super::AppProps;

pub use handle::TerminalHandle;

/// See the module.
#[component]
pub fn Terminal(_props: &AppProps) -> Html {
    html! { <view::TerminalView pid={aether_protocol::Pid::SESSION} active={true} /> }
}
