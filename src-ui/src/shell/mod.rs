//! The shell: everything around the apps.
//!
//! What it owns: starting, signing in, the desktop with its menu bar, dock and windows, notices, keys. What it never
//! does: know an app; it shows what the table of apps names.

pub mod actions;
pub mod attention;
mod banner;
mod clock;
pub mod crash;
mod desktop;
mod dock;
pub mod keyboard;
mod mark;
mod menu_bar;
mod notices;
mod phone;
mod refresh;
mod session;
mod shortcuts;
mod sign_in;
mod smart_bar;
mod welcome;
pub mod windows;

use yew::prelude::*;

use self::actions::Reach;
use self::banner::Boot;
use self::desktop::DesktopView;
use crate::desk::Desk;
use crate::kernel::Kernel;
use crate::store::use_select;

pub use mark::Mark;

#[derive(Properties, PartialEq)]
pub struct ScreenProps {
    pub kernel: Kernel,
    pub desk: Desk,
}

/// The whole screen: what waits for somebody to sign in, then the desktop.
#[component]
pub fn Screen(props: &ScreenProps) -> Html {
    let reach = Reach { kernel: props.kernel.clone(), desk: props.desk.clone() };
    let somebody = use_select(&props.kernel.store().connection, |connection| connection.user.is_some());
    let ready = session::use_session(&reach);
    refresh::use_refresh(&reach);
    html! {
        <ContextProvider<Kernel> context={props.kernel.clone()}>
            <ContextProvider<Desk> context={props.desk.clone()}>
                if somebody && ready {
                    <DesktopView {reach} />
                } else {
                    <Boot />
                }
            </ContextProvider<Desk>>
        </ContextProvider<Kernel>>
    }
}
