//! The desk: what lies on the screen and is nobody's but the screen's. Windows, the look, what is open over them.

use aether_protocol::Pid;
use yew::prelude::*;

use crate::apps;
use crate::look::Look;
use crate::store::Slice;
use crate::wm::{Desktop, WindowId};

/// What is open over the desktop; one thing at a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Overlay {
    #[default]
    None,
    /// Apps, agents, files and actions, by typing.
    SmartBar,
    Shortcuts,
    /// The list of notices.
    Notices,
    /// A new agent is set up, with what is known of its goal.
    Deploy {
        goal: String,
    },
    /// The same, set up as an agent was that has been before.
    DeployAgain {
        pid: Pid,
    },
    About,
}

/// A handle to the desk; clones are the same desk.
#[derive(Clone, Default, PartialEq)]
pub struct Desk {
    pub windows: Slice<Desktop>,
    pub look: Slice<Look>,
    pub overlay: Slice<Overlay>,
    /// True on a screen too narrow for windows: one thing is shown at a time.
    pub compact: Slice<bool>,
}

impl Desk {
    /// Opens an app, or brings the window to the front that shows this already.
    pub fn open(&self, app: &str, args: &str) {
        let Some(app) = apps::find(app) else { return };
        self.windows.update(|windows| {
            windows.open(&app.spec(), args);
        });
        self.close_overlay();
    }

    /// What a press on an app's place in the dock does: opens it, brings it to the front, or minimises it.
    pub fn summon(&self, app: &str) {
        let mut shown = false;
        self.windows.update(|windows| shown = windows.summon(app));
        if !shown {
            self.open(app, "");
        }
    }

    pub fn open_agent(&self, pid: Pid) {
        self.open(apps::AGENT, &pid.to_string());
    }

    /// Opens what a path names: a folder in Files, a file in a preview of its own.
    pub fn open_path(&self, path: &str, is_folder: bool) {
        self.open(if is_folder { apps::FILES } else { apps::PREVIEW }, path);
    }

    pub fn close(&self, window: WindowId) {
        self.windows.update(|windows| windows.close(window));
    }

    /// Names a window after what it shows.
    pub fn set_title(&self, window: WindowId, title: &str) {
        let same = self.windows.get().get(window).is_none_or(|known| known.title == title);
        if !same {
            self.windows.update(|windows| windows.set_title(window, title));
        }
    }

    /// Says what a window shows from now on, so that it comes back with it after a reload.
    pub fn set_args(&self, window: WindowId, args: &str) {
        let same = self.windows.get().get(window).is_none_or(|known| known.args == args);
        if !same {
            self.windows.update(|windows| windows.set_args(window, args));
        }
    }

    pub fn show(&self, overlay: Overlay) {
        self.overlay.set(overlay);
    }

    /// Opens an overlay, or closes it where it is open.
    pub fn toggle(&self, overlay: Overlay) {
        let open = *self.overlay.get() == overlay;
        self.overlay.set(if open { Overlay::None } else { overlay });
    }

    pub fn close_overlay(&self) {
        if *self.overlay.get() != Overlay::None {
            self.overlay.set(Overlay::None);
        }
    }

    /// Changes the look: shown at once, kept in the browser.
    pub fn set_look(&self, look: Look) {
        look.apply();
        look.keep();
        self.look.set(look);
    }
}

/// The desk of this screen.
#[hook]
pub fn use_desk() -> Desk {
    #[allow(clippy::expect_used)] // A screen without a desk is a mistake of this crate's, not of its user's.
    use_context::<Desk>().expect("the screen provides its desk")
}
