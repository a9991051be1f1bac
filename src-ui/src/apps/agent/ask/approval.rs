//! What an approval is about: exactly what will run or change, and what a yes allows.

use std::rc::Rc;

use aether_protocol::domains::agent::{Approval, Grant};
use aether_protocol::domains::fs;
use aether_protocol::{ErrorCode, Pid};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::record::{absolute, edited};
use super::need::{Subject, limit_name, subject};
use crate::kernel::use_kernel;
use crate::kit::{Code, Diff, Glyph, Icon, Meter, Skeleton, format};
use crate::store::Ask;

#[derive(Properties, PartialEq)]
pub struct AboutProps {
    pub approval: Rc<Approval>,
    pub ask: Ask,
}

/// See the module.
#[component]
pub fn About(props: &AboutProps) -> Html {
    let approval = &props.approval;
    let subject = use_memo(approval.details.clone(), |details| subject(details));
    let pid = approval.pid;
    let exact = |plain| props.ask.exact.as_deref().unwrap_or(plain);
    let what = match &*subject {
        Subject::Command(command) => code(exact(command), "Command that will run"),
        Subject::Write { path, content } => {
            html! { <Changed {pid} path={path.clone()} change={Change::Whole(content.as_str().into())} /> }
        }
        Subject::Edit { path, old, new, all } => {
            let change = Change::Part { old: old.as_str().into(), new: new.as_str().into(), all: *all };
            html! { <Changed {pid} path={path.clone()} {change} /> }
        }
        Subject::Call { tool, .. } => code(exact(tool), "Call that will be made"),
        Subject::Limit { limit, allowed, used } => {
            let figure = |value: f64| match limit.as_str() {
                "maxCostUsd" => format::money(value),
                "maxWallClockMs" => format::duration(value.max(0.0) as u64),
                _ => format::count(value.max(0.0) as u64),
            };
            let text = format!("{} of {}", figure(*used), figure(*allowed));
            html! { <Meter label={limit_name(limit)} value={*used} limit={*allowed} {text} /> }
        }
        Subject::Nothing => Html::default(),
    };
    html! { <>{ what }{ for props.ask.allowing().map(|allowing| grant(approval.grant.as_ref(), &allowing)) }</> }
}

/// A machine's words. One line has no lines to break.
fn code(text: &str, label: &'static str) -> Html {
    let class = classes!((!text.contains('\n')).then_some("ask__one-line"));
    html! { <Code text={text.to_owned()} {label} wrap=true {class} /> }
}

/// What a yes allows, in words.
fn grant(grant: Option<&Grant>, allowing: &str) -> Html {
    let icon = match grant {
        Some(Grant::Network) => Glyph::Globe,
        Some(Grant::Host) => Glyph::ShieldAlert,
        Some(Grant::ReadPath { .. } | Grant::WritePath { .. }) => Glyph::FileLock,
        None => Glyph::LockOpen,
    };
    html! { <p class="ask__grant"><Icon {icon} size={14} /><span>{ allowing }</span></p> }
}

/// A change of a file that is asked for.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    Whole(AttrValue),
    Part { old: AttrValue, new: AttrValue, all: bool },
}

#[derive(Properties, PartialEq)]
struct ChangedProps {
    pid: Pid,
    path: String,
    change: Change,
}

#[derive(Clone, PartialEq)]
enum Present {
    Reading,
    New,
    Text(AttrValue),
    Unknown(AttrValue),
}

/// The difference between a file as it is and as it would be.
#[component]
fn Changed(props: &ChangedProps) -> Html {
    let kernel = use_kernel();
    let present = use_state(|| Present::Reading);
    let path = absolute(&props.pid.home(), &props.path);
    {
        let present = present.setter();
        use_effect_with(path.clone(), move |path| {
            let path = path.clone();
            spawn_local(async move {
                let read = fs::Client(&kernel).read(fs::Read { path }).await;
                present.set(match read {
                    Ok(file) => Present::Text(file.content.into()),
                    Err(error) if error.code == ErrorCode::NotFound => Present::New,
                    Err(error) => Present::Unknown(error.message.into()),
                });
            });
        });
    }
    let label = path;
    let whole = |old: &str| match &props.change {
        Change::Whole(content) => content.clone(),
        Change::Part { old: from, new, all } => edited(old, from, new, *all).into(),
    };
    let note = |text: String| html! { <p class="ask__note">{ text }</p> };
    match &*present {
        Present::Reading => html! { <Skeleton lines={4} label="Reading the present file" /> },
        Present::Text(old) => html! { <Diff old={old.clone()} new={whole(old)} {label} /> },
        Present::New => html! {
            <>{ note("A new file.".to_owned()) }<Diff old="" new={whole("")} {label} /></>
        },
        Present::Unknown(why) => {
            let why = note(format!("The present file could not be read, so only the new text is shown. {why}"));
            match &props.change {
                Change::Whole(content) => html! { <>{ why }<Diff old="" new={content.clone()} {label} /></> },
                Change::Part { old, new, .. } => {
                    html! { <>{ why }<Diff old={old.clone()} new={new.clone()} {label} /></> }
                }
            }
        }
    }
}
