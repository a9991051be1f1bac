//! The apps: one row each. An app is a folder in `apps/` and a row here; nothing else knows it.

pub mod agent;
pub mod files;
pub mod mission_control;
pub mod monitor;
pub mod preview;
pub mod settings;
pub mod terminal;

use yew::prelude::*;

use crate::kit::Glyph;
use crate::wm::{AppSpec, Size, WindowId};

/// What an app's component is given.
#[derive(Properties, Clone, PartialEq)]
pub struct AppProps {
    pub window: WindowId,
    /// What it shows, in its own words: a pid, a path, a page of settings. Empty where it was opened without.
    pub args: AttrValue,
    /// True on a screen too narrow for windows.
    pub compact: bool,
}

/// One app.
pub struct App {
    pub id: &'static str,
    pub title: &'static str,
    pub icon: Glyph,
    /// The colour of its icon: a class of `shell.css`.
    pub tint: &'static str,
    pub size: (f64, f64),
    pub min: (f64, f64),
    /// It has one window at most.
    pub single: bool,
    /// It has a place in the dock.
    pub in_dock: bool,
    pub body: fn(&AppProps) -> Html,
}

impl App {
    /// What the window manager needs to know of it.
    pub fn spec(&self) -> AppSpec {
        AppSpec {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            single: self.single,
            size: Size { w: self.size.0, h: self.size.1 },
            min: Size { w: self.min.0, h: self.min.1 },
        }
    }
}

macro_rules! apps {
    ($(
        $constant:ident: $id:literal, $title:literal, $icon:ident, $tint:literal,
        $w:literal x $h:literal, min $min_w:literal x $min_h:literal, $windows:ident, $dock:ident,
        $module:ident::$component:ident;
    )*) => {
        $(pub const $constant: &str = $id;)*

        /// Every app, in the order of the dock.
        pub const APPS: &[App] = &[$(App {
            id: $id,
            title: $title,
            icon: Glyph::$icon,
            tint: $tint,
            size: ($w as f64, $h as f64),
            min: ($min_w as f64, $min_h as f64),
            single: apps!(@ $windows),
            in_dock: apps!(@ $dock),
            body: |props| {
                use $module::$component;
                html! { <$component ..props.clone() /> }
            },
        }),*];
    };
    (@ single) => { true };
    (@ many) => { false };
    (@ dock) => { true };
    (@ hidden) => { false };
}

apps! {
    MISSION_CONTROL: "mission-control", "Mission Control", Radar, "tint-blue",
        980 x 680, min 420 x 320, single, dock, mission_control::MissionControl;
    FILES: "files", "Files", Folder, "tint-sky", 880 x 580, min 420 x 300, many, dock, files::Files;
    TERMINAL: "terminal", "Terminal", Terminal, "tint-green", 760 x 480, min 320 x 200, many, dock, terminal::Terminal;
    MONITOR: "monitor", "System Monitor", Gauge, "tint-coral", 820 x 600, min 420 x 320, single, dock, monitor::Monitor;
    SETTINGS: "settings", "Settings", Settings, "tint-grey", 780 x 600, min 420 x 320, single, dock, settings::Settings;
    AGENT: "agent", "Agent", Bot, "tint-blue", 720 x 720, min 380 x 360, many, hidden, agent::AgentWindow;
    PREVIEW: "preview", "Preview", File, "tint-sky", 720 x 600, min 320 x 240, many, hidden, preview::Preview;
}

/// The app with this id.
pub fn find(id: &str) -> Option<&'static App> {
    APPS.iter().find(|app| app.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_apps_share_an_id_and_none_begins_smaller_than_it_may_be() {
        let ids: HashSet<&str> = APPS.iter().map(|app| app.id).collect();
        assert_eq!(ids.len(), APPS.len());
        assert!(APPS.iter().all(|app| app.size.0 >= app.min.0 && app.size.1 >= app.min.1));
    }
}
