//! The agents as a table.

use std::rc::Rc;

use yew::prelude::*;

use super::card::{badge, menu};
use super::figures;
use super::room::Room;
use super::rows::order;
use super::screen::Elapsed;
use crate::kit::browser::now_ms;
use crate::kit::{Checkbox, Column, Sort, Table, TableRow};
use crate::store::{Agent, use_slice};

#[derive(Properties, PartialEq)]
pub struct ListProps {
    pub room: Room,
    pub agents: Vec<Rc<Agent>>,
}

/// See the module.
#[component]
pub fn List(props: &ListProps) -> Html {
    let ListProps { room, agents } = props;
    let sort = use_state(|| None::<Sort>);
    let picked = use_slice(&room.picked);
    let onsort = {
        let sort = sort.clone();
        Callback::from(move |next| sort.set(Some(next)))
    };
    let columns = vec![
        Column::new("select", "Select").label_hidden().class("mc-list__pick"),
        Column::new("agent", "Agent").sortable(),
        Column::new("goal", "Goal").sortable().class("mc-list__goal"),
        Column::new("state", "State").sortable(),
        Column::new("step", "Step").sortable().numeric(),
        Column::new("cost", "Cost").sortable().numeric(),
        Column::new("time", "Time").sortable().numeric(),
    ];
    let agents = order(agents.clone(), sort.as_ref(), u64::try_from(now_ms()).unwrap_or_default());
    html! {
        <Table label="Agents" {columns} sort={(*sort).clone()} {onsort} selectable={true} class="mc-list">
            { for agents.iter().map(|agent| {
                let picked = picked.contains(&agent.pid());
                html! { <Row key={agent.pid().0} room={room.clone()} agent={agent.clone()} {picked} /> }
            }) }
        </Table>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    room: Room,
    agent: Rc<Agent>,
    picked: bool,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let RowProps { room, agent, picked } = props;
    let pid = agent.pid();
    let toggle = {
        let room = room.clone();
        Callback::from(move |()| room.toggle(pid))
    };
    let onopen = {
        let desk = room.desk.clone();
        Callback::from(move |()| desk.open_agent(pid))
    };
    let (check, own) = (toggle.clone(), Callback::from(|event: MouseEvent| event.stop_propagation()));
    html! {
        <TableRow onselect={toggle} {onopen} oncontextmenu={menu(room, agent)} selected={*picked}>
            <td class="mc-list__pick" onclick={own}>
                <Checkbox label={format!("Select {} {pid}", agent.name())} label_hidden={true} checked={*picked}
                    onchange={check.reform(|_: bool| ())} />
            </td>
            <td><span class="mc-list__name">{ agent.name().to_owned() }</span>{ " " }
                <span class="mc-list__pid">{ format!("#{pid}") }</span></td>
            <td class="mc-list__goal" title={agent.goal().to_owned()}>{ agent.goal().to_owned() }</td>
            <td>{ badge(agent) }</td>
            <td class="num">{ figures::steps(agent, None).trim_start_matches("step ").to_owned() }</td>
            <td class="num">{ figures::cost(agent).unwrap_or_else(|| "\u{2013}".to_owned()) }</td>
            <td class="num"><Elapsed agent={agent.clone()} /></td>
        </TableRow>
    }
}
