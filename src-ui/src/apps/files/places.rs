//! The places that files are in, by the names people have for them.

use aether_protocol::Pid;
use yew::prelude::*;

use super::cabinet::Cabinet;
use super::drop::Target;
use super::name::shown;
use super::path;
use super::state::{Place, State};
use super::upload::Uploads;
use crate::apps::agent::state_of;
use crate::kit::{Glyph, Icon};
use crate::store::{Agents, Standing, use_select};

/// Agents that are done and still named: the newest.
const ENDED: usize = 5;

/// One place of the side bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub place: Place,
    pub label: String,
    pub icon: Glyph,
    /// Of an agent's home: how the agent is.
    pub standing: Option<Standing>,
}

/// A place on the way to where one is.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub path: String,
    pub label: String,
}

/// The way to a folder, from the place that it is in.
pub fn steps(folder: &str, username: &str, agent: impl Fn(Pid) -> Option<String>) -> Vec<Step> {
    let home = path::home(username);
    let way = path::way(folder);
    let root =
        way.iter().rposition(|step| *step == home || agent_of(step).is_some() || matches!(*step, "/shared" | "/tmp"));
    way.into_iter()
        .skip(root.unwrap_or_default())
        .map(|step| {
            let label = match step {
                "/" => String::from("All files"),
                "/shared" => String::from("Shared"),
                "/tmp" => String::from("Temporary"),
                step if step == home => String::from("Home"),
                step => {
                    let known = agent_of(step).map(|pid| agent(pid).unwrap_or_else(|| format!("Agent {pid}")));
                    known.unwrap_or_else(|| shown(path::name(step)))
                }
            };
            Step { path: step.to_owned(), label }
        })
        .collect()
}

/// The agent whose home this is.
fn agent_of(folder: &str) -> Option<Pid> {
    let name = folder.strip_prefix("/home/")?;
    Pid::parse(name).filter(|pid| pid.uid() == name)
}

fn known(username: &str, agents: &Agents) -> Vec<Known> {
    let folder = |path: String, label: &str, icon| Known {
        place: Place::Folder(path),
        label: label.to_owned(),
        icon,
        standing: None,
    };
    let mut all = vec![
        folder(path::home(username), "Home", Glyph::House),
        folder("/shared".to_owned(), "Shared", Glyph::FolderSymlink),
        folder("/tmp".to_owned(), "Temporary", Glyph::Clock),
    ];
    all.push(Known { place: Place::Trash, label: "Trash".to_owned(), icon: Glyph::Trash2, standing: None });
    let sorted = agents.sorted();
    let ended = sorted.iter().filter(|agent| !agent.standing().is_alive()).take(ENDED);
    let living = sorted.iter().filter(|agent| agent.standing().is_alive());
    all.extend(living.chain(ended).map(|agent| Known {
        place: Place::Folder(format!("/home/{}", agent.pid().uid())),
        label: agent.name().to_owned(),
        icon: Glyph::Bot,
        standing: Some(agent.standing()),
    }));
    all
}

/// Whether one is at a place, or below it.
fn holds(place: &Place, at: &Place) -> bool {
    match (place, at) {
        (Place::Folder(place), Place::Folder(at)) => path::below(at, place).is_some(),
        (place, at) => place == at,
    }
}

/// The places there are for this person.
#[hook]
pub fn use_places(cabinet: &Cabinet) -> Vec<Known> {
    let username = cabinet.username();
    use_select(&cabinet.kernel().store().agents, move |agents| known(&username, agents))
}

/// The name of an agent.
pub fn agent_name(cabinet: &Cabinet, pid: Pid) -> Option<String> {
    let agents = cabinet.kernel().store().agents.get();
    agents.get(pid).map(|agent| agent.name().to_owned())
}

/// What people call a folder.
pub fn label(cabinet: &Cabinet, folder: &str) -> String {
    let way = steps(folder, &cabinet.username(), |pid| agent_name(cabinet, pid));
    let label = way.into_iter().next_back().map(|step| step.label).unwrap_or_default();
    if label.is_ascii() { label } else { format!("\u{2068}{label}\u{2069}") }
}

#[derive(Properties, PartialEq)]
pub struct SidebarProps {
    pub cabinet: Cabinet,
    pub uploads: Uploads,
    pub state: std::rc::Rc<State>,
}

/// The places, to go to and to drop files on.
#[component]
pub fn Sidebar(props: &SidebarProps) -> Html {
    let places = use_places(&props.cabinet);
    let (agents, own): (Vec<Known>, Vec<Known>) = places.into_iter().partition(|place| place.standing.is_some());
    let row = |place: &Known| {
        html! { <PlaceRow key={place.place.args().to_owned()} place={place.clone()}
        cabinet={props.cabinet.clone()} uploads={props.uploads.clone()} here={holds(&place.place, props.state.place())}
        over={props.state.over.is_some() && props.state.over.as_deref() == place.place.folder()} /> }
    };
    html! {
        <nav class="places" aria-label="Places">
            { for own.iter().map(row) }
            if !agents.is_empty() {
                <h3 class="places__head">{ "Agents" }</h3>
                { for agents.iter().map(row) }
            }
        </nav>
    }
}

#[derive(Properties, PartialEq)]
struct PlaceRowProps {
    place: Known,
    cabinet: Cabinet,
    uploads: Uploads,
    here: bool,
    over: bool,
}

#[component]
fn PlaceRow(props: &PlaceRowProps) -> Html {
    let Known { place, label, icon, standing } = &props.place;
    let target = match place {
        Place::Folder(folder) => Target::folder(&props.cabinet, &props.uploads, folder),
        Place::Trash => Target::trash(&props.cabinet),
    };
    let onclick = {
        let (cabinet, place) = (props.cabinet.clone(), place.clone());
        Callback::from(move |_: MouseEvent| cabinet.go(place.clone()))
    };
    html! {
        <button type="button" class={classes!("place", props.over.then_some("place--over"))} {onclick}
            aria-current={props.here.then_some("page")} ondragover={target.ondragover} ondragleave={target.ondragleave}
            ondrop={target.ondrop}>
            <Icon icon={*icon} class="place__icon" />
            <bdi class="place__label" title={label.clone()}>{ label }</bdi>
            if let Some(standing) = standing {
                <span class={classes!("place__standing", state_of(*standing).tone().class())} title={standing.label()}>
                    <Icon icon={state_of(*standing).glyph()} size={14} label={standing.label()} />
                </span>
            }
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_marked_for_all_that_is_in_it() {
        let folder = |path: &str| Place::Folder(path.to_owned());
        assert!(holds(&folder("/shared"), &folder("/shared/notes/old")));
        assert!(!holds(&folder("/shared"), &folder("/shared2")));
        assert!(!holds(&folder("/home/agent_3"), &folder("/home/agent_31")));
        assert!(holds(&Place::Trash, &Place::Trash) && !holds(&folder("/tmp"), &Place::Trash));
    }

    #[test]
    fn the_way_begins_where_people_say_it_does() {
        let labels = |folder: &str| {
            let agent = |pid: Pid| (pid == Pid(7)).then(|| String::from("Researcher"));
            steps(folder, "ada", agent).into_iter().map(|step| step.label).collect::<Vec<_>>()
        };
        assert_eq!(labels("/home/ada/notes/a\nb"), ["Home", "notes", "a‹newline›b"]);
        assert_eq!(labels("/home/agent_7/out"), ["Researcher", "out"]);
        assert_eq!(labels("/home/agent_8"), ["Agent 8"]);
        assert_eq!(labels("/shared/x"), ["Shared", "x"]);
        assert_eq!(labels("/home"), ["All files", "home"]);
        assert_eq!(labels("/"), ["All files"]);
        assert_eq!(labels("/home/bob/x"), ["All files", "home", "bob", "x"]);
    }
}
