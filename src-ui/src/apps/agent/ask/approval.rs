//! What an approval is about: exactly what will run or change, and what a yes allows.

use std::rc::Rc;

use aether_protocol::domains::agent::{Approval, Grant};
use aether_protocol::domains::fs;
use aether_protocol::{ErrorCode, Pid};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::record::{absolute, edited};
use super::need::{Subject, allowed, limit_name, subject};
use crate::kernel::use_kernel;
use crate::kit::{Code, Diff, Glyph, Icon, Meter, Skeleton, format};

#[derive(Properties, PartialEq)]
pub struct AboutProps {
    pub approval: Rc<Approval>,
}

/// See the module.
#[component]
pub fn About(props: &AboutProps) -> Html {
    let approval = &props.approval;
    let subject = use_memo(approval.details.clone(), |details| subject(details));
    let pid = approval.pid;
    let what = match &*subject {
        Subject::Command(command) => html! { <Code text={command.clone()} label="Command that will run" wrap=true /> },
        Subject::Write { path, content } => {
            html! { <Changed {pid} path={path.clone()} change={Change::Whole(content.as_str().into())} /> }
        }
        Subject::Edit { path, old, new, all } => {
            let change = Change::Part { old: old.as_str().into(), new: new.as_str().into(), all: *all };
            html! { <Changed {pid} path={path.clone()} {change} /> }
        }
        Subject::Call { tool, args } => {
            html! { <Code text={format!("{tool}\n{args}")} label="Call that will be made" wrap=true /> }
        }
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
    html! { <>{ what }{ grant(approval.grant.as_ref(), &subject) }</> }
}

/// What a yes allows, in words.
fn grant(grant: Option<&Grant>, subject: &Subject) -> Html {
    if grant.is_none() && matches!(subject, Subject::Limit { .. }) {
        // The sentence above says what a yes grants.
        return Html::default();
    }
    let (what, path, long) = allowed(grant);
    let icon = match grant {
        Some(Grant::Network) => Glyph::Globe,
        Some(Grant::Host) => Glyph::ShieldAlert,
        Some(Grant::ReadPath { .. } | Grant::WritePath { .. }) => Glyph::FileLock,
        None => Glyph::LockOpen,
    };
    html! {
        <p class="ask__grant">
            <Icon {icon} size={14} />
            <span>
                { "Allows: " }<strong>{ what }</strong>
                if let Some(path) = path { { " " }<span class="mono">{ path }</span> }
                { format!(" {long}.") }
            </span>
        </p>
    }
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
