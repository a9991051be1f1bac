//! The agents: who uses what.

use std::rc::Rc;

use aether_protocol::Pid;
use yew::prelude::*;

use super::figures::Figures;
use super::rows::{Row, order, totals};
use crate::desk::use_desk;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{
    Choice, Column, ConfirmDialog, ContextMenu, EmptyState, Glyph, MenuEntry, MenuItem, Segmented, Skeleton, Sort,
    Sparkline, StateBadge, Table, TableRow, Tone, Unit, browser::now_ms, format,
};
use crate::store::{Standing, use_slice};
use crate::verbs::STOPPED;

#[derive(Properties, PartialEq)]
pub(super) struct AgentTableProps {
    pub figures: Rc<Figures>,
    pub compact: bool,
}

/// An open menu: of whom, and where.
type At = (Pid, f64, f64);

/// See the module.
#[component]
pub(super) fn AgentTable(props: &AgentTableProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let agents = use_slice(&kernel.store().agents);
    let sort = use_state(|| Sort::new("state", false));
    let all = use_state(|| false);
    let menu = use_state(|| None::<At>);
    let asked = use_state(|| None::<(Pid, AttrValue)>);
    let now = now_ms().max(0) as u64;
    let mut rows: Vec<Row> = agents
        .iter()
        .filter(|agent| *all || agent.standing().is_alive())
        .map(|agent| Row::new(agent, &props.figures, now))
        .collect();
    order(&mut rows, &sort);
    let open = Callback::from(move |pid: Pid| desk.open_agent(pid));
    let onmenu = {
        let menu = menu.clone();
        Callback::from(move |(pid, event): (Pid, MouseEvent)| {
            event.prevent_default();
            menu.set(Some((pid, f64::from(event.client_x()), f64::from(event.client_y()))));
        })
    };
    let list = if !agents.known {
        html! { <Skeleton lines={4} label="Looking for agents" /> }
    } else if rows.is_empty() {
        let text = if *all { "What agents use shows up here." } else { "What they use shows up here while they run." };
        html! { <EmptyState icon={Glyph::Bot} title={if *all { "No agents yet" } else { "No agents running" }} {text} /> }
    } else if props.compact {
        html! { <ul class="monitor__list">{ for rows.iter().map(|row| item(row, &open, &onmenu)) }</ul> }
    } else {
        let onsort = {
            let sort = sort.clone();
            Callback::from(move |next: Sort| sort.set(first_downwards(&sort, next)))
        };
        html! {
            <Table label="Agents" columns={columns()} sort={(*sort).clone()} {onsort}>
                { for rows.iter().map(|row| line(row, &open, &onmenu)) }
            </Table>
        }
    };
    html! {
        <section class="monitor__agents" aria-label="Agents">
            <header class="monitor__head">
                <h3 class="monitor__title">{ "Agents" }</h3>
                <span class="monitor__totals" data-test="monitor-totals">
                    { for totals(&rows).into_iter().map(|total| html! { <span key={total.clone()}>{ total.clone() }</span> }) }
                </span>
                { filter(&all) }
            </header>
            { list }
            if let Some(at) = &*menu { { act_menu(at, &agents, &kernel, &menu, &asked, &open) } }
            if let Some((pid, name)) = &*asked { { question(*pid, name, &kernel, &asked) } }
        </section>
    }
}

fn filter(all: &UseStateHandle<bool>) -> Html {
    let onchange = {
        let all = all.clone();
        Callback::from(move |value: AttrValue| all.set(value == "all"))
    };
    let choices = vec![Choice::new("running", "Running"), Choice::new("all", "All")];
    html! { <Segmented label="Which agents" value={if **all { "all" } else { "running" }} {choices} {onchange} /> }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("name", "Agent").sortable(),
        Column::new("pid", "PID").sortable().numeric(),
        Column::new("state", "State").sortable(),
        Column::new("cpu", "CPU").sortable().numeric(),
        Column::new("line", "CPU over time").label_hidden(),
        Column::new("memory", "Memory").sortable().numeric(),
        Column::new("step", "Step").sortable().numeric(),
        Column::new("cost", "Cost").sortable().numeric(),
        Column::new("time", "Time").sortable().numeric(),
    ]
}

/// A figure is looked for from the top: its first press puts the largest first.
fn first_downwards(now: &Sort, next: Sort) -> Sort {
    let figure = !matches!(next.column.as_str(), "name" | "state" | "pid");
    if figure && now.column != next.column { Sort::new(next.column, true) } else { next }
}

fn line(row: &Row, open: &Callback<Pid>, onmenu: &Callback<(Pid, MouseEvent)>) -> Html {
    let pid = row.pid;
    let onopen = open.reform(move |()| pid);
    let oncontextmenu = onmenu.reform(move |event| (pid, event));
    html! {
        <TableRow key={pid.0} onselect={onopen} {oncontextmenu}>
            <td class="monitor__name" title={row.goal.clone()} data-test={format!("monitor-agent-{pid}")}>{ &row.name }</td>
            <td class="num">{ pid.0 }</td>
            <td><StateBadge state={row.state} label={row.doing.clone()} /></td>
            <td class="num">{ row.cpu() }</td>
            <td class="monitor__line">{ spark(row) }</td>
            <td class="num">{ row.memory() }</td>
            <td class="num">{ row.steps() }</td>
            <td class="num">{ row.costs() }</td>
            <td class="num">{ format::duration(row.time) }</td>
        </TableRow>
    }
}

fn spark(row: &Row) -> Html {
    if row.history.len() < 2 {
        return Html::default();
    }
    html! {
        <Sparkline label={format!("CPU of {}", row.name)} values={row.history.clone()} unit={Unit::Percent}
            tone={Tone::Accent} at_least={1.0} width={72.0} height={20.0} />
    }
}

/// A row where there is no room for columns.
fn item(row: &Row, open: &Callback<Pid>, onmenu: &Callback<(Pid, MouseEvent)>) -> Html {
    let pid = row.pid;
    let onclick = open.reform(move |_: MouseEvent| pid);
    let oncontextmenu = onmenu.reform(move |event| (pid, event));
    let figure = |name: &'static str, value: String| {
        html! { <span key={name} class="monitor__figure"><span>{ name }</span>{ " " }<b>{ value }</b></span> }
    };
    html! {
        <li key={pid.0}>
            <button type="button" class="monitor__item" {onclick} {oncontextmenu} data-test={format!("monitor-agent-{pid}")}>
                <span class="monitor__top">
                    <span class="monitor__name">{ &row.name }</span>
                    <StateBadge state={row.state} label={row.doing.clone()} />
                </span>
                <span class="monitor__figures">
                    { figure("CPU", row.cpu()) }
                    { figure("Memory", row.memory()) }
                    { figure("Step", row.steps()) }
                    { figure("Cost", row.costs()) }
                    { figure("Time", format::duration(row.time)) }
                </span>
            </button>
        </li>
    }
}

fn act_menu(
    (pid, x, y): &At,
    agents: &crate::store::Agents,
    kernel: &Kernel,
    menu: &UseStateHandle<Option<At>>,
    asked: &UseStateHandle<Option<(Pid, AttrValue)>>,
    open: &Callback<Pid>,
) -> Html {
    let pid = *pid;
    let Some(agent) = agents.get(pid) else { return Html::default() };
    let standing = agent.standing();
    let mut entries: Vec<MenuEntry> = vec![MenuItem::new("open", "Open").icon(Glyph::Bot).into()];
    if standing.is_alive() {
        let hold = match standing {
            Standing::Paused => MenuItem::new("resume", "Resume").icon(Glyph::Play),
            _ => MenuItem::new("pause", "Pause").icon(Glyph::Pause).disabled(standing == Standing::Queued),
        };
        let stop = MenuItem::new("stop", "Stop\u{2026}").icon(Glyph::CircleStop).danger();
        entries.extend([hold.into(), MenuEntry::Separator, stop.into()]);
    }
    let onselect = {
        let (kernel, asked, open) = (kernel.clone(), asked.clone(), open.clone());
        let name = AttrValue::from(agent.name().to_owned());
        Callback::from(move |id: AttrValue| match id.as_str() {
            "open" => open.emit(pid),
            "pause" => kernel.pause(pid),
            "resume" => kernel.resume(pid),
            "stop" => asked.set(Some((pid, name.clone()))),
            _ => {}
        })
    };
    let onclose = {
        let menu = menu.clone();
        Callback::from(move |()| menu.set(None))
    };
    html! { <ContextMenu x={*x} y={*y} label={agent.name().to_owned()} {entries} {onselect} {onclose} /> }
}

fn question(pid: Pid, name: &AttrValue, kernel: &Kernel, asked: &UseStateHandle<Option<(Pid, AttrValue)>>) -> Html {
    let close = {
        let asked = asked.clone();
        move || asked.set(None)
    };
    let onconfirm = {
        let (kernel, close) = (kernel.clone(), close.clone());
        Callback::from(move |()| {
            close();
            kernel.stop(pid);
        })
    };
    html! {
        <ConfirmDialog title={format!("Stop {name}?")} danger={true} confirm="Stop" description={STOPPED} {onconfirm}
            oncancel={Callback::from(move |()| close())} />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_begin_with_the_largest_and_names_with_the_first() {
        let now = Sort::new("state", false);
        assert!(first_downwards(&now, Sort::new("cpu", false)).descending);
        assert!(!first_downwards(&now, Sort::new("name", false)).descending);
        assert!(!first_downwards(&Sort::new("cpu", true), Sort::new("cpu", false)).descending);
    }
}
