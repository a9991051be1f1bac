//! The window of an agent that there is.

use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::agent::{Grant, Origin, TrajectoryKind};
use aether_protocol::domains::process::{AgentPhase, ProcessInfo};
use yew::prelude::*;

use super::about::{confinement, short_model, use_grants, work_state};
use super::acts::{Acts, Pausing, pausing};
use super::ask::{AskPanel, Need, need};
use super::body::{Body, Now};
use super::composer::{Composer, Ear};
use super::control::{ControlBar, Hold, use_control};
use super::keys::{Asked, use_keys};
use super::live::use_draft;
use super::outbox::Outbox;
use super::record::{Record, written};
use super::stream::use_earlier;
use super::summary;
use super::timeline::Timeline;
use super::toolbar::{Toolbar, View};
use crate::desk::use_desk;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{StateBadge, TabPanel, WorkState, format, set, use_id};
use crate::shell::windows::WindowBar;
use crate::store::{Agent, Slice, Standing, Track, use_select, use_slice};
use crate::wm::WindowId;

#[derive(Properties, PartialEq)]
pub struct AgentScreenProps {
    pub window: WindowId,
    pub agent: Rc<Agent>,
    pub compact: bool,
}

/// See the module.
#[component]
pub fn AgentScreen(props: &AgentScreenProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let agent = &props.agent;
    let (pid, info, standing) = (agent.pid(), &agent.info, agent.standing());
    let (alive, queued) = (standing.is_alive(), standing == Standing::Queued);
    let name = AttrValue::from(agent.name().to_owned());
    let id = use_id("agent");
    let track = use_track(&kernel, pid);
    let known = use_slice(&track);
    let at = use_state(|| None::<u64>);
    let view = use_state(|| View::Activity);
    let words = use_state(String::new);
    let online = use_select(&kernel.store().connection, |connection| connection.is_online());
    let front = use_select(&desk.windows, {
        let window = props.window;
        move |windows| windows.is_front(window)
    });
    let open = use_select(&kernel.store().approvals, move |approvals| approvals.open_of(pid));
    let record = Record::new(known.clone(), *at);
    let live = at.is_none();
    let outbox = use_outbox(pid, &track);
    let control = use_control(pid, info);
    let held = control.hold == Hold::Yes;
    let wanted = need(info, open.clone());
    let now = use_now(agent, &record, &track, &outbox, wanted.is_some());
    let grants = use_grants(pid, open.map(|approval| approval.id.clone()));
    let meta = meta(info, grants);
    let files = use_files(pid, &record);
    let shown = wanted.clone().filter(|_| live && !held);
    // A yes is to what is shown, and nothing is answered that its buttons would not answer.
    use_keys(props.window, answers(&kernel, agent, shown.clone().filter(|_| online)));

    let view_shown = if held { View::Terminal } else { *view };
    let step = agent.under_way(record.all().last().map(|entry| entry.step));
    let acts = html! {
        <Acts {pid} name={name.clone()} pausing={pausing(info)} control={control.clone()}
            {alive} {queued} {online} compact={props.compact} />
    };
    html! {
        <div class="agent" data-compact={props.compact.then_some("true")} data-view={view_shown.id()} data-test={format!("agent-window-{pid}")}>
            <WindowBar window={props.window}>
                <span class="agent-bar__meta" title={meta.clone()}>{ meta }</span>
                <StateBadge state={work_state(agent, wanted.is_some())} label={badge(agent, wanted.is_some())} />
            </WindowBar>
            <Toolbar id={id.clone()} name={name.clone()} view={view_shown} onview={set(&view)} files={files as u64} {queued} {acts} />
            if held {
                <ControlBar name={name.clone()} finishing={info.agent_phase == Some(AgentPhase::Executing)} ongive={control.give_back.clone()} />
            }
            if !live && !held { { summary::past(record.step(), step, wanted.is_some(), alive, &set(&at).reform(|()| None)) } }
            if live && !alive { { summary::ended(info, standing == Standing::Failed, view_shown == View::Activity) } }
            if queued { <Place {pid} /> }
            <TabPanel tabs={id} id={view_shown.id()} class="agent__body">
                <Body agent={agent.clone()} view={view_shown} record={record.clone()} {live} {now} {control} compact={props.compact} />
            </TabPanel>
            <div class="hidden-text" role="status" aria-live="polite">{ wanted.as_ref().map(|need| need.sentence(&name)).unwrap_or_default() }</div>
            if !held {
                if let Some(need) = shown { <AskPanel key={need.key()} {pid} name={name.clone()} need={need.clone()} {front} /> }
                <footer class="agent__foot">
                    <Timeline {record} at={*at} onmove={set(&at)} {alive} {step} most={info.max_steps} cost={info.cost_usd.map(format::money)} />
                    <Composer {pid} {name} ear={ear(alive, live, online)} {outbox} last={known.last()} text={words} />
                </footer>
            }
        </div>
    }
}

/// The small print beside the title: the model, and how far its commands reach.
fn meta(info: &ProcessInfo, grants: Option<Vec<Grant>>) -> String {
    let model = short_model(info.model.as_deref().unwrap_or("no model yet"));
    grants.map_or_else(|| model.to_owned(), |grants| format!("{model} · {}", confinement(&grants)))
}

/// How many files the agent has written that are still there.
#[hook]
fn use_files(pid: Pid, record: &Record) -> usize {
    *use_memo(record.clone(), |record| {
        written(record.entries(), &pid.home()).iter().filter(|file| !file.removed).count()
    })
}

/// What is on its way beside what is in the record.
#[hook]
fn use_now(agent: &Agent, record: &Record, track: &Slice<Track>, outbox: &Slice<Outbox>, asks: bool) -> Now {
    let (kernel, pid, standing) = (use_kernel(), agent.pid(), agent.standing());
    let (earlier, onearlier) = use_earlier(pid, record);
    let draft = use_draft(&kernel, pid, track, standing.is_alive());
    let last_thought = record.last_thought();
    let writes = use_select(&draft, move |draft| !draft.shown(last_thought).is_empty());
    let begins = matches!(agent.info.agent_phase, Some(AgentPhase::Thinking | AgentPhase::Booting));
    let thinking = writes || (standing == Standing::Working && begins);
    Now { draft, thinking, asks, waiting: use_slice(outbox).waiting().to_vec(), earlier, onearlier }
}

#[derive(Properties, PartialEq)]
struct PlaceProps {
    pid: Pid,
}

/// Its place in the queue.
#[component]
fn Place(props: &PlaceProps) -> Html {
    let (kernel, pid) = (use_kernel(), props.pid);
    let place = use_select(&kernel.store().queue, move |queue| queue.iter().position(|queued| *queued == pid));
    summary::queued(place.map(|place| place + 1))
}

fn ear(alive: bool, live: bool, online: bool) -> Ear {
    match (alive, live, online) {
        (false, true, _) => Ear::Ended,
        (_, false, _) => Ear::Past,
        (_, _, false) => Ear::Offline,
        (true, true, true) => Ear::Open,
    }
}

/// The word on the badge, where the state alone does not say enough.
fn badge(agent: &Agent, asks: bool) -> AttrValue {
    match work_state(agent, asks) {
        WorkState::Working => agent.doing().into(),
        state => state.label().into(),
    }
}

/// The agent's trajectory, kept current for as long as the screen lives.
#[hook]
fn use_track(kernel: &Kernel, pid: Pid) -> Slice<Track> {
    let track = (*use_memo(pid, |pid| kernel.store().trajectories.of(*pid))).clone();
    let kernel = kernel.clone();
    use_effect_with(pid, move |pid| drop(kernel.trajectory(*pid)));
    track
}

/// What was said and is not read yet.
#[hook]
fn use_outbox(pid: Pid, track: &Slice<Track>) -> Slice<Outbox> {
    let outbox = (*use_memo(pid, |_| Slice::new(Outbox::default()))).clone();
    use_effect_with((track.clone(), outbox.clone()), |(track, outbox)| {
        let (watched, outbox) = (track.clone(), outbox.clone());
        let seen = std::cell::Cell::new(track.get().last());
        let watch = track.watch(move || {
            let track = watched.get();
            let before = seen.replace(track.last());
            let new = track.entries().partition_point(|entry| Some(entry.n) <= before);
            for entry in track.entries().get(new..).unwrap_or_default() {
                // What another agent said is not on its way from here.
                if entry.kind == TrajectoryKind::Message && entry.origin == Origin::User {
                    outbox.update(|outbox| outbox.read(entry.n, entry.text.as_deref().unwrap_or_default()));
                }
            }
        });
        move || drop(watch)
    });
    outbox
}

/// What the keys of the window do.
fn answers(kernel: &Kernel, agent: &Rc<Agent>, wanted: Option<Need>) -> Callback<Asked, bool> {
    let (kernel, agent) = (kernel.clone(), agent.clone());
    Callback::from(move |asked: Asked| match (asked, &wanted) {
        (Asked::Approve, Some(Need::Approval(approval))) => {
            kernel.approve(approval);
            true
        }
        (Asked::Reject, Some(Need::Approval(approval))) => {
            kernel.reject(approval, None);
            true
        }
        (Asked::Pause, _) => match pausing(&agent.info) {
            Pausing::Pause => {
                kernel.pause(agent.pid());
                true
            }
            Pausing::Resume => {
                kernel.resume(agent.pid());
                true
            }
            Pausing::Neither => false,
        },
        (Asked::Approve | Asked::Reject, _) => false,
    })
}
