//! The menu bar: the mark, the app in front, menus from the table of actions, and what needs the person's eye.

use yew::prelude::*;

use super::actions::{ACTIONS, Action, Group, Reach};
use super::clock::Clock;
use super::mark::Mark;
use crate::apps;
use crate::desk::Overlay;
use crate::kit::{Align, Anchor, Avatar, Glyph, Icon, Menu, MenuEntry, MenuItem, Shortcut, Tone};
use crate::store::{Ask, Standing, use_select};
use crate::transport::Phase;
use crate::wm::WindowId;

#[derive(Properties, PartialEq)]
pub struct MenuBarProps {
    pub reach: Reach,
}

/// A menu of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Group(Group),
    User,
}

const MENUS: [(Group, &str); 5] = [
    (Group::File, "File"),
    (Group::View, "View"),
    (Group::Agents, "Agents"),
    (Group::Window, "Window"),
    (Group::Help, "Help"),
];

/// See the module.
#[component]
pub fn MenuBar(props: &MenuBarProps) -> Html {
    let reach = &props.reach;
    let title = use_select(&reach.desk.windows, |windows| {
        let front = windows.front().and_then(|window| apps::find(&window.app));
        front.map_or("Aether OS", |app| app.title)
    });
    let open = use_state(|| None::<Which>);
    let buttons = use_state(|| std::array::from_fn::<NodeRef, { ORDER.len() }, _>(|_| NodeRef::default()));
    let onclose = {
        let open = open.clone();
        Callback::from(move |()| open.set(None))
    };
    let onselect = {
        let reach = reach.clone();
        Callback::from(move |id: AttrValue| choose(&reach, &id))
    };
    let onside = {
        let open = open.clone();
        Callback::from(move |by: i32| open.set(open.map(|which| beside(which, by))))
    };
    let head = |which: Which, name: &'static str, inner: Html, class: &'static str| {
        let now = *open == Some(which);
        let any = open.is_some();
        let press = {
            let open = open.clone();
            Callback::from(move |_: MouseEvent| open.set((!now).then_some(which)))
        };
        let over = {
            let open = open.clone();
            Callback::from(move |_: PointerEvent| {
                if any && !now {
                    open.set(Some(which));
                }
            })
        };
        html! {
            <button ref={buttons[place(which)].clone()} class={classes!("menu-bar__menu", class)} aria-haspopup="menu"
                aria-label={(which != Which::User).then_some(name)}
                aria-expanded={if now { "true" } else { "false" }} onclick={press} onpointerenter={over}>
                { inner }
            </button>
        }
    };
    html! {
        <header class="menu-bar">
            <nav class="menu-bar__menus" aria-label="Menus">
                { head(Which::Group(Group::Aether), "Aether OS", html! { <Mark size={17} /> }, "menu-bar__mark") }
                <span class="menu-bar__app">{ title }</span>
                { for MENUS.iter().map(|(group, name)| head(Which::Group(*group), name, html! { *name }, "")) }
            </nav>
            <div class="menu-bar__state">
                <Attention reach={reach.clone()} />
                <BarButton icon={Glyph::Search} label="Search" onclick={action(reach, "smart-bar")} />
                <BarButton icon={Glyph::Contrast} label="Switch theme" onclick={action(reach, "next-theme")} />
                <Bell reach={reach.clone()} />
                { head(Which::User, "Account", html! {
                    <><span class="hidden-text">{ "Account" }</span><Person reach={reach.clone()} /></>
                }, "menu-bar__user") }
                <Clock />
            </div>
            if let Some(which) = *open {
                <Menu key={place(which)} anchor={Anchor::Element(buttons[place(which)].clone())} label={label(which)}
                    entries={entries(reach, which)} {onselect} {onclose}
                    align={if which == Which::User { Align::End } else { Align::Start }} {onside} />
            }
        </header>
    }
}

const ORDER: [Which; 7] = [
    Which::Group(Group::Aether),
    Which::Group(Group::File),
    Which::Group(Group::View),
    Which::Group(Group::Agents),
    Which::Group(Group::Window),
    Which::Group(Group::Help),
    Which::User,
];

fn label(which: Which) -> &'static str {
    match which {
        Which::Group(Group::Aether) => "Aether OS",
        Which::Group(group) => MENUS.iter().find(|(other, _)| *other == group).map_or("", |(_, name)| name),
        Which::User => "Account",
    }
}

/// Where a menu stands in the bar.
fn place(which: Which) -> usize {
    ORDER.iter().position(|other| *other == which).unwrap_or_default()
}

/// The menu to the left or right, round the ends.
fn beside(which: Which, by: i32) -> Which {
    let there = (place(which) as i32 + by).rem_euclid(ORDER.len() as i32) as usize;
    ORDER.get(there).copied().unwrap_or(which)
}

fn entries(reach: &Reach, which: Which) -> Vec<MenuEntry> {
    let group = match which {
        Which::Group(group) => group,
        Which::User => return user_entries(reach),
    };
    let mut entries = Vec::new();
    for action in ACTIONS.iter().filter(|action| action.group == group) {
        if action.begins && !entries.is_empty() {
            entries.push(MenuEntry::Separator);
        }
        entries.push(entry(reach, action));
    }
    match group {
        Group::Agents => entries.extend(agent_entries(reach)),
        Group::Window => entries.extend(window_entries(reach)),
        Group::Aether | Group::File | Group::View | Group::Help => {}
    }
    entries
}

fn entry(reach: &Reach, action: &Action) -> MenuEntry {
    let shortcut = action.keys.first().and_then(|keys| Shortcut::parse(keys));
    let enabled = (action.enabled)(reach);
    let mut item = MenuItem::new(action.id, action.label).shortcut(shortcut).disabled(!enabled).tone(action.tone);
    if let Some(icon) = action.icon {
        item = item.icon(icon);
    }
    if let Some(checked) = action.checked {
        item = item.checked(checked(reach));
    }
    item.into()
}

fn agent_entries(reach: &Reach) -> Vec<MenuEntry> {
    let agents = reach.kernel.store().agents.get().sorted();
    let alive: Vec<_> = agents.iter().filter(|agent| agent.standing().is_alive()).take(8).collect();
    if alive.is_empty() {
        return Vec::new();
    }
    let approvals = reach.kernel.store().approvals.get();
    let mut entries = vec![MenuEntry::Separator];
    entries.extend(alive.into_iter().map(|agent| {
        let name = format!("{} #{}", agent.name(), agent.pid());
        let item = MenuItem::new(format!("agent:{}", agent.pid()), name);
        match Ask::of_agent(agent, approvals.open_of(agent.pid()).as_deref()) {
            Some(ask) => item.icon(Glyph::Hand).tone(Tone::NeedsYou).hint(ask.wants(agent.name()).to_owned()).into(),
            None => item.icon(Glyph::Bot).hint(agent.doing()).into(),
        }
    }));
    entries
}

fn window_entries(reach: &Reach) -> Vec<MenuEntry> {
    let windows = reach.desk.windows.get();
    if windows.windows().is_empty() {
        return Vec::new();
    }
    let mut entries = vec![MenuEntry::Separator];
    entries.extend(windows.windows().iter().map(|window| {
        let item = MenuItem::new(format!("window:{}", window.id), window.title.clone());
        item.checked(windows.is_front(window.id)).into()
    }));
    entries
}

fn user_entries(reach: &Reach) -> Vec<MenuEntry> {
    let user = reach.kernel.store().connection.get().user.clone();
    let name = user.map(|user| user.display_name).unwrap_or_default();
    let mut entries = vec![MenuEntry::Heading(name.into()), MenuItem::new("account", "Account\u{2026}").into()];
    if reach.kernel.door().asks_who() {
        entries.push(MenuEntry::Separator);
        entries.push(MenuItem::new("sign-out", "Sign out").icon(Glyph::LogOut).into());
    }
    entries
}

fn choose(reach: &Reach, id: &str) {
    if let Some(action) = ACTIONS.iter().find(|action| action.id == id) {
        (action.run)(reach);
    } else if id == "account" {
        reach.desk.open(apps::SETTINGS, "account");
    } else if let Some(pid) = id.strip_prefix("agent:").and_then(aether_protocol::Pid::parse) {
        reach.desk.open_agent(pid);
    } else if let Some(window) = id.strip_prefix("window:").and_then(|id| id.parse().ok()) {
        reach.desk.windows.update(|windows| windows.focus(WindowId(window)));
    }
}

/// A button that does one of the actions.
fn action(reach: &Reach, id: &'static str) -> Callback<MouseEvent> {
    let reach = reach.clone();
    Callback::from(move |_| choose(&reach, id))
}

#[derive(Properties, PartialEq)]
struct BarButtonProps {
    icon: Glyph,
    label: AttrValue,
    onclick: Callback<MouseEvent>,
}

#[component]
fn BarButton(props: &BarButtonProps) -> Html {
    html! {
        <button class="menu-bar__menu" aria-label={props.label.clone()} title={props.label.clone()}
            onclick={props.onclick.clone()}>
            <Icon icon={props.icon} size={15} />
        </button>
    }
}

/// How many agents need the person, and how many work.
#[component]
fn Attention(props: &MenuBarProps) -> Html {
    let reach = &props.reach;
    let (needy, working) = use_select(&reach.kernel.store().agents, |agents| {
        (agents.count(Standing::NeedsYou), agents.count(Standing::Working))
    });
    let lost = use_select(&reach.kernel.store().connection, |connection| connection.phase == Phase::Lost);
    let next = action(reach, "next-needy");
    let centre = action(reach, "mission-control");
    html! {
        <>
            if lost {
                <span class="menu-bar__note"><Icon icon={Glyph::Unplug} size={14} />{ "Offline" }</span>
            }
            if needy > 0 {
                <button class="menu-bar__needy" onclick={next}>
                    <Icon icon={Glyph::Hand} size={14} />
                    { if needy == 1 { "1 needs you".to_owned() } else { format!("{needy} need you") } }
                </button>
            }
            if working > 0 {
                <button class="menu-bar__menu menu-bar__working" onclick={centre}>
                    <Icon icon={Glyph::Activity} size={14} />{ format!("{working} working") }
                </button>
            }
        </>
    }
}

#[component]
fn Bell(props: &MenuBarProps) -> Html {
    let reach = &props.reach;
    let unread = use_select(&reach.kernel.store().notices, crate::store::Notices::unread);
    let open = use_select(&reach.desk.overlay, |overlay| *overlay == Overlay::Notices);
    let label = if unread > 0 { format!("Notifications, {unread} new") } else { "Notifications".to_owned() };
    html! {
        <button class="menu-bar__menu" aria-label={label.clone()} title={label} onclick={action(reach, "notices")}
            aria-pressed={if open { "true" } else { "false" }}>
            <Icon icon={Glyph::Bell} size={15} />
            if unread > 0 { <span class="menu-bar__unread" aria-hidden="true"></span> }
        </button>
    }
}

#[component]
fn Person(props: &MenuBarProps) -> Html {
    let name = use_select(&props.reach.kernel.store().connection, |connection| {
        connection.user.as_ref().map(|user| user.display_name.clone()).unwrap_or_default()
    });
    html! { <Avatar {name} size={20} /> }
}
