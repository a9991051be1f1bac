//! What a person can do from anywhere: the one table that menus, shortcuts and the Smart Bar are made from.

use aether_protocol::domains::agent;
use aether_protocol::domains::process::PidRef;

use crate::apps;
use crate::desk::{Desk, Overlay};
use crate::kernel::Kernel;
use crate::kit::{Glyph, Pressed, Shortcut, Tone};
use crate::look::{Look, Theme};
use crate::store::Standing;
use crate::wm::Direction;
use crate::wm::keys::Action as WindowAction;

/// Which menu an action stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The menu behind the mark.
    Aether,
    File,
    View,
    Agents,
    Window,
    Help,
}

/// What an action works on.
#[derive(Clone, PartialEq)]
pub struct Reach {
    pub kernel: Kernel,
    pub desk: Desk,
}

/// One action.
#[derive(Clone, Copy)]
pub struct Action {
    pub id: &'static str,
    pub label: &'static str,
    pub group: Group,
    pub icon: Option<Glyph>,
    /// The state that it is about.
    pub tone: Tone,
    /// As `kit::Shortcut` reads them; the first is the one that menus show.
    pub keys: &'static [&'static str],
    /// True where a line separates it from what stands above it.
    pub begins: bool,
    pub enabled: fn(&Reach) -> bool,
    /// True where a mark says that it is on.
    pub checked: Option<fn(&Reach) -> bool>,
    pub run: fn(&Reach),
}

const ALWAYS: fn(&Reach) -> bool = |_| true;

const fn action(group: Group, id: &'static str, label: &'static str, run: fn(&Reach)) -> Action {
    Action {
        id,
        label,
        group,
        icon: None,
        tone: Tone::Neutral,
        keys: &[],
        begins: false,
        enabled: ALWAYS,
        checked: None,
        run,
    }
}

impl Action {
    const fn icon(self, icon: Glyph) -> Action {
        Action { icon: Some(icon), ..self }
    }

    const fn tone(self, tone: Tone) -> Action {
        Action { tone, ..self }
    }

    const fn keys(self, keys: &'static [&'static str]) -> Action {
        Action { keys, ..self }
    }

    const fn begins(self) -> Action {
        Action { begins: true, ..self }
    }

    const fn when(self, enabled: fn(&Reach) -> bool) -> Action {
        Action { enabled, ..self }
    }

    const fn checked(self, checked: fn(&Reach) -> bool) -> Action {
        Action { checked: Some(checked), ..self }
    }
}

/// A window to act on is in front.
const HAS_WINDOW: fn(&Reach) -> bool = |reach| reach.desk.windows.get().front().is_some();

/// Every action. A browser keeps some keys for itself, so those with Alt stand beside them.
pub const ACTIONS: &[Action] = &[
    action(Group::Aether, "about", "About Aether OS", |reach| reach.desk.show(Overlay::About)).icon(Glyph::Info),
    action(Group::Aether, "settings", "Settings\u{2026}", |reach| reach.desk.open(apps::SETTINGS, ""))
        .icon(Glyph::Settings)
        .keys(&["Mod+,", "Alt+,"])
        .begins(),
    action(Group::Aether, "sign-out", "Sign out", sign_out)
        .icon(Glyph::LogOut)
        .begins()
        .when(|reach| reach.kernel.door().asks_who()),
    action(Group::File, "deploy", "Deploy agent\u{2026}", |reach| {
        reach.desk.show(Overlay::Deploy { goal: String::new() });
    })
    .icon(Glyph::Plus)
    .keys(&["Alt+N", "Mod+Shift+N"]),
    action(Group::File, "smart-bar", "Smart Bar", |reach| reach.desk.toggle(Overlay::SmartBar))
        .icon(Glyph::Search)
        .keys(&["Mod+K"]),
    action(Group::File, "terminal", "New terminal", |reach| reach.desk.open(apps::TERMINAL, ""))
        .icon(Glyph::Terminal)
        .keys(&["Alt+T", "Mod+N"])
        .begins(),
    action(Group::File, "files", "Files", |reach| reach.desk.open(apps::FILES, "")).icon(Glyph::Folder),
    action(Group::File, "close", "Close window", |reach| window(reach, WindowAction::Close))
        .keys(&["Alt+W", "Mod+W", "Mod+Q"])
        .begins()
        .when(HAS_WINDOW),
    action(Group::View, "dark", "Dark", |reach| theme(reach, Theme::Dark))
        .icon(Glyph::Moon)
        .checked(|reach| reach.desk.look.get().theme == Theme::Dark),
    action(Group::View, "light", "Light", |reach| theme(reach, Theme::Light))
        .icon(Glyph::Sun)
        .checked(|reach| reach.desk.look.get().theme == Theme::Light),
    action(Group::View, "system-theme", "System", |reach| theme(reach, Theme::System))
        .icon(Glyph::Laptop)
        .checked(|reach| reach.desk.look.get().theme == Theme::System),
    action(Group::View, "next-theme", "Switch theme", |reach| theme(reach, Theme::other()))
        .keys(&["Alt+Shift+T"])
        .begins(),
    action(Group::View, "contrast", "More contrast", |reach| {
        change_look(reach, |look| look.contrast = !look.contrast);
    })
    .icon(Glyph::Contrast)
    .checked(|reach| reach.desk.look.get().contrast)
    .begins(),
    action(Group::View, "still", "Reduce motion", |reach| change_look(reach, |look| look.still = !look.still))
        .checked(|reach| reach.desk.look.get().still),
    action(Group::Agents, "mission-control", "Mission Control", |reach| reach.desk.open(apps::MISSION_CONTROL, ""))
        .icon(Glyph::Radar)
        .keys(&["Alt+M"]),
    action(Group::Agents, "next-needy", "Next that needs you", next_needy)
        .icon(Glyph::Hand)
        .tone(Tone::NeedsYou)
        .keys(&["Alt+A"])
        .when(|reach| reach.kernel.store().agents.get().count(Standing::NeedsYou) > 0),
    action(Group::Agents, "pause-all", "Pause all working agents", pause_all)
        .icon(Glyph::Pause)
        .begins()
        .when(|reach| reach.kernel.store().agents.get().count(Standing::Working) > 0),
    action(Group::Window, "minimise", "Minimise", |reach| window(reach, WindowAction::Minimise))
        .keys(&["Mod+M"])
        .when(HAS_WINDOW),
    action(Group::Window, "maximise", "Maximise", |reach| window(reach, WindowAction::ToggleMaximise))
        .keys(&["Mod+Shift+M"])
        .when(HAS_WINDOW),
    action(Group::Window, "tile-left", "Tile to the left", |reach| window(reach, WindowAction::Tile(Direction::Left)))
        .begins()
        .when(HAS_WINDOW),
    action(Group::Window, "tile-right", "Tile to the right", |reach| {
        window(reach, WindowAction::Tile(Direction::Right))
    })
    .when(HAS_WINDOW),
    action(Group::Window, "next-window", "Next window", |reach| window(reach, WindowAction::Cycle(true)))
        .begins()
        .when(|reach| reach.desk.windows.get().visible().count() > 1),
    action(Group::Window, "show-desktop", "Show desktop", |reach| {
        reach.desk.windows.update(crate::wm::Desktop::minimise_all);
    })
    .keys(&["Alt+D"])
    .when(HAS_WINDOW),
    action(Group::Help, "shortcuts", "Keyboard shortcuts", |reach| reach.desk.toggle(Overlay::Shortcuts))
        .icon(Glyph::Keyboard)
        .keys(&["Mod+/", "Mod+?", "Mod+Shift+?"]),
    action(Group::Help, "notices", "Notifications", |reach| reach.desk.toggle(Overlay::Notices))
        .icon(Glyph::Bell)
        .keys(&["Alt+B"]),
];

/// The action with these keys, if it can be done now.
pub fn pressed(reach: &Reach, keys: &Pressed, mac: bool) -> Option<&'static Action> {
    let is = |text: &&'static str| Shortcut::parse(text).is_some_and(|shortcut| shortcut.matches(keys, mac));
    ACTIONS.iter().find(|action| action.keys.iter().any(is) && (action.enabled)(reach))
}

fn window(reach: &Reach, action: WindowAction) {
    reach.desk.windows.update(|windows| {
        action.apply(windows);
    });
}

fn theme(reach: &Reach, theme: Theme) {
    change_look(reach, |look| look.theme = theme);
}

fn change_look(reach: &Reach, change: impl FnOnce(&mut Look)) {
    let mut look = *reach.desk.look.get();
    change(&mut look);
    reach.desk.set_look(look);
}

fn next_needy(reach: &Reach) {
    let agents = reach.kernel.store().agents.get().sorted();
    if let Some(agent) = agents.first().filter(|agent| agent.standing() == Standing::NeedsYou) {
        reach.desk.open_agent(agent.pid());
    }
}

fn pause_all(reach: &Reach) {
    for agent in reach.kernel.store().agents.get().iter().filter(|agent| agent.standing() == Standing::Working) {
        let (kernel, pid) = (reach.kernel.clone(), agent.pid());
        let call = kernel.clone();
        kernel.attempt("An agent was not paused", async move { agent::Client(&call).pause(PidRef { pid }).await });
    }
}

fn sign_out(reach: &Reach) {
    let kernel = reach.kernel.clone();
    wasm_bindgen_futures::spawn_local(async move { kernel.sign_out().await });
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_actions_share_a_name_or_a_key() {
        let ids: HashSet<&str> = ACTIONS.iter().map(|action| action.id).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        let all: Vec<&str> = ACTIONS.iter().flat_map(|action| action.keys).copied().collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(all.iter().all(|text| Shortcut::parse(text).is_some()), "{all:?}");
    }
}
