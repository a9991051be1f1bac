//! The bar at the foot of a narrow screen: thumbs only.

use yew::prelude::*;

use crate::apps;
use crate::desk::{Overlay, use_desk};
use crate::kernel::use_kernel;
use crate::kit::{Glyph, Icon};
use crate::store::{Standing, use_select};

/// The apps a phone has a place for.
const PLACES: [(&str, &str, Glyph); 4] = [
    (apps::MISSION_CONTROL, "Agents", Glyph::Radar),
    (apps::FILES, "Files", Glyph::Folder),
    (apps::TERMINAL, "Terminal", Glyph::Terminal),
    (apps::SETTINGS, "Settings", Glyph::Settings),
];

/// Whether a tab of the bar leads to this app.
pub fn is_root(app: &str) -> bool {
    PLACES.iter().any(|(place, ..)| *place == app)
}

/// See the module.
#[component]
pub fn TabBar() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let front = use_select(&desk.windows, |windows| windows.front().map(|window| window.app.clone()));
    let overlay = use_select(&desk.overlay, |overlay| *overlay == Overlay::Notices);
    let unread = use_select(&kernel.store().notices, crate::store::Notices::unread);
    let needy = use_select(&kernel.store().agents, |agents| agents.count(Standing::NeedsYou));
    let current = front.map(|app| if app == apps::AGENT { apps::MISSION_CONTROL.to_owned() } else { app });
    let notices = {
        let desk = desk.clone();
        Callback::from(move |_| desk.toggle(Overlay::Notices))
    };
    html! {
        <nav class="tab-bar" aria-label="Apps">
            { for PLACES.iter().map(|(app, label, icon)| {
                let here = !overlay && current.as_deref() == Some(*app);
                let badge = if *app == apps::MISSION_CONTROL { needy } else { 0 };
                let desk = desk.clone();
                // Not opened anew: an app with many windows would get one more with each press.
                let onclick = Callback::from(move |_| {
                    desk.close_overlay();
                    if desk.windows.get().front().is_none_or(|window| window.app != *app) {
                        desk.summon(app);
                    }
                });
                html! { <Tab key={*app} {label} icon={*icon} {here} {badge} needs=true {onclick} /> }
            }) }
            <Tab label="Notifications" icon={Glyph::Bell} here={overlay} badge={unread} onclick={notices} />
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct TabProps {
    label: &'static str,
    icon: Glyph,
    here: bool,
    badge: usize,
    /// What is counted waits for the person; it is told by its number, all else by a dot.
    #[prop_or_default]
    needs: bool,
    onclick: Callback<MouseEvent>,
}

#[component]
fn Tab(props: &TabProps) -> Html {
    let name = match (props.badge, props.needs) {
        (0, _) => props.label.to_owned(),
        (1, true) => format!("{}, 1 needs you", props.label),
        (many, true) => format!("{}, {many} need you", props.label),
        (many, false) => format!("{}, {many} new", props.label),
    };
    html! {
        <button class="tab-bar__tab" aria-label={name} aria-current={props.here.then_some("page")}
            onclick={props.onclick.clone()}>
            <Icon icon={props.icon} size={22} />
            if props.badge > 0 {
                if props.needs {
                    <span class="dock__badge" aria-hidden="true">{ props.badge }</span>
                } else {
                    <span class="tab-bar__new" aria-hidden="true"></span>
                }
            }
        </button>
    }
}
