//! What can be done to an agent from here: the one table that menus and bars are made from.

use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::process::{self, AgentConfig, Spawn};
use wasm_bindgen_futures::spawn_local;

use super::deploy::TOUR;
use super::room::Room;
use crate::desk::{Desk, Overlay};
use crate::kernel::Kernel;
use crate::kit::{Glyph, MenuEntry, MenuItem, Shortcut, copy};
use crate::store::{Agent, Standing};

/// What an agent's menu offers.
pub fn entries(agent: &Agent, picked: bool) -> Vec<MenuEntry> {
    let standing = agent.standing();
    let mut entries: Vec<MenuEntry> =
        vec![MenuItem::new("open", "Details").icon(Glyph::AppWindow).shortcut(Shortcut::parse("Enter")).into()];
    match standing {
        Standing::Paused => entries.push(MenuItem::new("resume", "Resume").icon(Glyph::Play).into()),
        Standing::Working => entries.push(MenuItem::new("pause", "Pause").icon(Glyph::Pause).into()),
        Standing::NeedsYou | Standing::Queued | Standing::Failed | Standing::Done => {}
    }
    if standing.is_alive() {
        entries.push(MenuItem::new("stop", "Stop\u{2026}").icon(Glyph::CircleStop).danger().into());
    }
    entries.push(MenuEntry::Separator);
    let select = MenuItem::new("select", "Select").shortcut(Shortcut::parse("Space")).checked(picked);
    entries.push(select.into());
    entries.push(MenuItem::new("again", "Deploy again\u{2026}").icon(Glyph::RotateCcw).into());
    entries.push(MenuItem::new("copy", "Copy goal").icon(Glyph::Copy).into());
    entries
}

/// Does what a line of the menu says.
pub fn run(room: &Room, pid: Pid, act: &str) {
    let Room { kernel, desk, .. } = room;
    match act {
        "open" => desk.open_agent(pid),
        "pause" => kernel.pause(pid),
        "resume" => kernel.resume(pid),
        "stop" => room.stopping.set(vec![pid]),
        "select" => room.toggle(pid),
        "again" => desk.show(Overlay::DeployAgain { pid }),
        "copy" => {
            if let Some(agent) = kernel.store().agents.get().get(pid) {
                let goal = agent.goal().to_owned();
                spawn_local(async move {
                    // A browser that keeps its clipboard to itself says so in its own way.
                    let _ = copy(&goal).await;
                });
            }
        }
        _ => {}
    }
}

/// Those of the chosen agents that something can be done to.
pub fn those(agents: &[Rc<Agent>], fits: impl Fn(Standing) -> bool) -> Vec<Pid> {
    agents.iter().filter(|agent| fits(agent.standing())).map(|agent| agent.pid()).collect()
}

/// Shows what an agent does with replies that are scripted; all else is real.
pub fn tour(kernel: &Kernel, desk: &Desk) {
    let config = AgentConfig {
        role: "Guide".to_owned(),
        goal: "Show one round of work: write some data and a program, run it in the sandbox, and report.".to_owned(),
        model: Some(TOUR.to_owned()),
        ..AgentConfig::default()
    };
    let (client, desk) = (kernel.clone(), desk.clone());
    kernel.attempt("The tour did not start", async move {
        let spawned = process::Client(&client).spawn(Spawn { config }).await?;
        desk.open_agent(spawned.pid);
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::super::sample::agent;
    use super::*;

    fn ids(agent: &Agent) -> Vec<String> {
        let id = |entry: &MenuEntry| match entry {
            MenuEntry::Item(item) => Some(item.id.to_string()),
            MenuEntry::Separator | MenuEntry::Heading(_) => None,
        };
        entries(agent, false).iter().filter_map(id).collect()
    }

    #[test]
    fn a_menu_offers_only_what_can_be_done() {
        let rest = ["select", "again", "copy"];
        let expected = |first: &[&str]| first.iter().chain(&rest).map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&agent(1, "running", "thinking", |_| {})), expected(&["open", "pause", "stop"]));
        assert_eq!(ids(&agent(1, "paused", "idle", |_| {})), expected(&["open", "resume", "stop"]));
        assert_eq!(ids(&agent(1, "created", "idle", |_| {})), expected(&["open", "stop"]));
        assert_eq!(ids(&agent(1, "dead", "completed", |_| {})), expected(&["open"]));
    }

    #[test]
    fn those_that_fit_are_taken() {
        let all = [agent(1, "paused", "idle", |_| {}), agent(2, "running", "thinking", |_| {})];
        assert_eq!(those(&all, |standing| standing == Standing::Paused), [Pid(1)]);
    }
}
