//! The dock: every app, the windows of agents, and what each has to say.

use yew::prelude::*;

use crate::apps::{self, APPS, App};
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::kit::{Glyph, Icon};
use crate::store::{Standing, use_select};
use crate::wm::WindowId;

/// How many windows of agents and previews have a place of their own.
const WINDOWS: usize = 6;

/// See the module.
#[component]
pub fn Dock() -> Html {
    let kernel = use_kernel();
    let needy = use_select(&kernel.store().agents, |agents| agents.count(Standing::NeedsYou));
    let desk = use_desk();
    let running = use_select(&desk.windows, |windows| {
        APPS.iter().map(|app| windows.of_app(app.id).next().is_some()).collect::<Vec<_>>()
    });
    let others = use_select(&desk.windows, |windows| {
        let others = windows.windows().iter().filter(|window| apps::find(&window.app).is_some_and(|app| !app.in_dock));
        let mut others: Vec<_> =
            others.map(|window| (window.id, window.app.clone(), window.title.clone(), window.minimised)).collect();
        others.sort_by_key(|(id, ..)| *id);
        let surplus = others.len().saturating_sub(WINDOWS);
        others.split_off(surplus)
    });
    html! {
        <nav class="dock" aria-label="Dock">
            { for APPS.iter().zip(&running).filter(|(app, _)| app.in_dock).enumerate().map(|(place, (app, running))| {
                let badge = if app.id == apps::MISSION_CONTROL { needy } else { 0 };
                html! { <AppItem key={app.id} id={app.id} running={*running} {badge} place={place + 1} /> }
            }) }
            if !others.is_empty() {
                <span class="dock__line" role="presentation"></span>
                { for others.into_iter().map(|(id, app, title, minimised)| html! {
                    <WindowItem key={id.0} {id} {app} {title} {minimised} />
                }) }
            }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct AppItemProps {
    id: &'static str,
    running: bool,
    badge: usize,
    place: usize,
}

#[component]
fn AppItem(props: &AppItemProps) -> Html {
    let desk = use_desk();
    let id = props.id;
    let onclick = Callback::from(move |_: MouseEvent| desk.summon(id));
    let Some(App { title, icon, tint, .. }) = apps::find(id) else { return Html::default() };
    let name = match props.badge {
        0 => (*title).to_owned(),
        1 => format!("{title}, 1 agent needs you"),
        many => format!("{title}, {many} agents need you"),
    };
    html! {
        <button class={classes!("dock__item", *tint)} {onclick} aria-label={name} data-tip={*title}
            aria-keyshortcuts={format!("Alt+{}", props.place)}>
            <Icon icon={*icon} size={22} />
            if props.badge > 0 {
                <span class="dock__badge" aria-hidden="true">{ props.badge }</span>
            }
            if props.running {
                <span class="dock__dot" aria-hidden="true"></span>
            }
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct WindowItemProps {
    id: WindowId,
    app: String,
    title: String,
    minimised: bool,
}

/// A window of an app that has no place of its own.
#[component]
fn WindowItem(props: &WindowItemProps) -> Html {
    let desk = use_desk();
    let id = props.id;
    let onclick = Callback::from(move |_: MouseEvent| {
        desk.windows.update(|windows| if windows.is_front(id) { windows.minimise(id) } else { windows.focus(id) });
    });
    let (icon, tint) = apps::find(&props.app).map_or((Glyph::AppWindow, "tint-grey"), |app| (app.icon, app.tint));
    html! {
        <button class={classes!("dock__item", "dock__item--window", tint)} {onclick} aria-label={props.title.clone()}
            data-tip={props.title.clone()} data-minimised={props.minimised.then_some("true")}>
            <Icon {icon} size={20} />
            <span class="dock__dot" aria-hidden="true"></span>
        </button>
    }
}
