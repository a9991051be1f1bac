//! Mission Control: every agent at a glance, the most urgent first, and what each wants of the person.
//!
//! What it owns: which agents are shown and how, and the dialog that deploys one. What it never does: keep what the
//! store knows.

mod acts;
mod ask;
mod bulk;
mod card;
mod deploy;
mod end;
mod exact;
mod figures;
mod glance;
mod grid;
mod keys;
mod list;
mod need;
mod rail;
mod room;
mod rows;
#[cfg(test)]
mod sample;
mod screen;
mod shelf;
mod spent;
pub(crate) mod unmarked;

use std::rc::Rc;

use aether_protocol::Pid;
use yew::prelude::*;

pub use self::deploy::DeployDialog;

use self::acts::{entries, run};
use self::bulk::{BulkBar, StopDialog};
use self::grid::Grid;
use self::keys::use_keys;
use self::list::List;
use self::rail::Rail;
use self::room::{Room, use_room};
use self::shelf::{Shelf, View, midnight, settle, wanted};
use super::AppProps;
use crate::desk::Overlay;
use crate::kit::browser::now_ms;
use crate::kit::{
    Button, Choice, ContextMenu, EmptyState, Glyph, IconButton, SearchField, Segmented, Skeleton, Variant,
};
use crate::shell::windows::WindowBar;
use crate::store::{Agent, use_slice};

/// Cards that are drawn before any agent is known.
const UNKNOWN: usize = 6;

/// What was shown before: for which question, and in which order.
type Shown = (Option<(View, String)>, Vec<Pid>);

/// See the module.
#[component]
pub fn MissionControl(props: &AppProps) -> Html {
    let room = use_room();
    let view = View::parse(&props.args);
    let query = use_state(String::new);
    let held = use_state(|| false);
    let search = use_node_ref();
    let agents = use_slice(&room.kernel.store().agents);
    let shown = use_mut_ref(Shown::default);
    let title = if props.compact { "Agents" } else { "Mission Control" };
    {
        let desk = room.desk.clone();
        use_effect_with((props.window, title), move |(window, title)| desk.set_title(*window, title));
    }

    let day = midnight(now_ms());
    let sorted = agents.sorted();
    let listed = view.list && !props.compact;
    let order = {
        let asked = (view, (*query).clone());
        let mut shown = shown.borrow_mut();
        let same = shown.0.as_ref() == Some(&asked);
        let order = settle(&shown.1, &wanted(&sorted, view.shelf, &query, day), *held && same && !listed, |pid| {
            agents.get(pid).is_some()
        });
        *shown = (Some(asked), order.clone());
        order
    };
    use_keys(&room, props.window, &search, &order);
    let counts = Shelf::ALL.map(|shelf| agents.iter().filter(|agent| shelf.holds(agent, day)).count()).to_vec();
    let cards: Vec<Rc<Agent>> = order.iter().filter_map(|pid| agents.get(*pid)).collect();
    let show = {
        let (desk, window) = (room.desk.clone(), props.window);
        Callback::from(move |view: View| desk.set_args(window, &view.write()))
    };
    let onchoose = show.reform(move |shelf| View { shelf, ..view });
    let onquery = {
        let query = query.clone();
        Callback::from(move |text| query.set(text))
    };
    let onhold = {
        let held = held;
        Callback::from(move |now| held.set(now))
    };
    let body = if !agents.known {
        skeleton()
    } else if cards.is_empty() {
        nothing(&room, view, &query, sorted.is_empty(), &show, &onquery)
    } else if listed {
        html! { <List room={room.clone()} agents={cards} /> }
    } else {
        html! { <Grid room={room.clone()} agents={cards} {onhold} /> }
    };
    html! {
        <div class={classes!("mc", props.compact.then_some("mc--compact"))}>
            <WindowBar window={props.window}>
                <Bar room={room.clone()} {view} compact={props.compact} query={(*query).clone()} onquery={onquery.clone()}
                    onview={show} search={search} />
            </WindowBar>
            <div class="mc-layout">
                <Rail chosen={view.shelf} {counts} {onchoose} />
                <div class="mc-main">
                    <div class={classes!("mc-scroll", listed.then_some("mc-scroll--list"))}>{ body }</div>
                    <BulkBar room={room.clone()} />
                </div>
            </div>
            <OpenMenu room={room.clone()} />
            <StopDialog {room} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct BarProps {
    room: Room,
    view: View,
    compact: bool,
    query: String,
    onquery: Callback<String>,
    onview: Callback<View>,
    search: NodeRef,
}

/// What stands in the window's title bar.
#[component]
fn Bar(props: &BarProps) -> Html {
    let view = props.view;
    let deploy = {
        let desk = props.room.desk.clone();
        Callback::from(move |_: MouseEvent| desk.show(Overlay::Deploy { goal: String::new() }))
    };
    let onview = props.onview.reform(move |value: AttrValue| View { list: value == "list", ..view });
    let choices =
        vec![Choice::new("grid", "Cards").icon(Glyph::LayoutGrid), Choice::new("list", "List").icon(Glyph::List)];
    html! {
        <>
            <SearchField value={props.query.clone()} onchange={props.onquery.clone()} label="Search agents"
                node_ref={props.search.clone()} class="mc-search" />
            if props.compact {
                <IconButton icon={Glyph::Plus} label="Deploy agent" variant={Variant::Primary} onclick={deploy} />
            } else {
                <Segmented value={if view.list { "list" } else { "grid" }} {choices} onchange={onview} label="Show as"
                    icons_only={true} />
                <Button icon={Glyph::Plus} variant={Variant::Primary} onclick={deploy} class="mc-deploy-button">
                    { "Deploy agent" }
                </Button>
            }
        </>
    }
}

/// The menu of an agent, where it was asked for.
#[component]
fn OpenMenu(props: &bulk::BulkProps) -> Html {
    let room = &props.room;
    let menu = use_slice(&room.menu);
    let agent = menu.and_then(|menu| room.kernel.store().agents.get().get(menu.pid));
    let (Some(at), Some(agent)) = (*menu, agent) else { return Html::default() };
    let onclose = {
        let room = room.clone();
        Callback::from(move |()| room.menu.set(None))
    };
    let onselect = {
        let room = room.clone();
        Callback::from(move |act: AttrValue| run(&room, at.pid, &act))
    };
    let entries = entries(&agent, room.picked.get().contains(&at.pid));
    html! { <ContextMenu x={at.x} y={at.y} label={format!("{} {}", agent.name(), at.pid)} {entries} {onselect} {onclose} /> }
}

fn skeleton() -> Html {
    html! {
        <div class="mc-grid" aria-busy="true">
            { for (0..UNKNOWN).map(|index| html! {
                <div key={index} class="card mc-card mc-card--unknown"><Skeleton block={true} lines={3} label="Loading agents" /></div>
            }) }
        </div>
    }
}

/// What is said where there is no card: nothing at all yet, nothing found, or nothing of this kind.
fn nothing(
    room: &Room,
    view: View,
    query: &str,
    none_at_all: bool,
    show: &Callback<View>,
    onquery: &Callback<String>,
) -> Html {
    if none_at_all {
        let deploy = {
            let desk = room.desk.clone();
            Callback::from(move |_: MouseEvent| desk.show(Overlay::Deploy { goal: String::new() }))
        };
        let tour = {
            let room = room.clone();
            Callback::from(move |_: MouseEvent| acts::tour(&room.kernel, &room.desk))
        };
        let action = html! {
            <div class="mc-first">
                <Button icon={Glyph::Plus} variant={Variant::Primary} onclick={deploy}>{ "Deploy agent" }</Button>
                <Button icon={Glyph::Play} onclick={tour}>{ "Watch the tour" }</Button>
            </div>
        };
        let text = "Deploy one with a goal and watch it work here. The tour shows a whole round with scripted replies: no \
                    model is asked, all else is real.";
        return html! { <EmptyState icon={Glyph::Radar} title="No agents yet" {text} {action} /> };
    }
    if !query.trim().is_empty() {
        let clear = onquery.reform(|_: MouseEvent| String::new());
        let action = html! { <Button onclick={clear}>{ "Clear search" }</Button> };
        let text = format!("Nothing under {} has it in its name, goal or number.", view.shelf.label());
        return html! { <EmptyState icon={Glyph::Search} title={format!("No agent matches \u{201c}{}\u{201d}", query.trim())} {text} {action} /> };
    }
    let (title, text) = view.shelf.nothing();
    let all = show.reform(move |_: MouseEvent| View { shelf: Shelf::All, ..view });
    let action = html! { <Button onclick={all}>{ "Show all agents" }</Button> };
    html! { <EmptyState icon={view.shelf.glyph()} {title} {text} {action} /> }
}
