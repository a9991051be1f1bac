//! A call of a tool: what was to be done, what was asked for it, and what came of it.

use aether_protocol::domains::agent::{Origin, TrajectoryKind};
use yew::prelude::*;

use super::super::ask::written;
use super::super::record::{Call, Entry, arg};
use super::fold::printed;
use super::parts::{CONTENT, Folds, Frame, RESULT, folded, head};
use crate::kit::browser::{Timeout, now_ms};
use crate::kit::{Diff, Glyph, Icon, Markdown, Tag, Tone, format};

/// How a call is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As it was: nothing of it is at work.
    Past,
    /// What has begun may still be at work.
    Live,
    /// What it waits for is asked in full below the stream.
    AskedBelow,
}

/// The row of a call.
pub fn draw(call: &Call, folds: &Folds, shown: Shown) -> Html {
    let tool = call.tool();
    let first = call.action.as_ref().or(call.asked.first().map(|(asked, _)| asked)).or(call.result.as_ref());
    let Some(first) = first else { return Html::default() };
    let (icon, tone) = look(call, tool);
    let title = match tool {
        "" => html! { "Limit reached" },
        "think" => html! { "Thought" },
        "ask_user" => html! { "Question" },
        tool => html! { <span class="mono">{ tool.to_owned() }</span> },
    };
    if shown == Shown::AskedBelow && call.waits() {
        return waiting(icon, tone, title, first);
    }
    let body = html! {
        <>
            if let Some(action) = &call.action { { arguments(action, tool, folds) } }
            { for call.asked.iter().map(|(asked, answer)| exchange(asked, answer.as_ref(), call.action.is_some())) }
            if let Some(result) = call.result.as_ref().filter(|_| !call.result_is_known()) {
                { outcome(result, tool, folds) }
            }
            if shown != Shown::Past && call.is_running() {
                <Running since={call.runs_since() as i64} quiet={matches!(tool, "think" | "complete")} />
            }
        </>
    };
    let origin = (tool.is_empty()).then_some(Origin::Kernel);
    let meta = cut_mark(first);
    Frame { icon, tone, title, origin, meta, at: first.at, body, class: "act--call" }.draw()
}

/// One line for what the panel below shows in full.
fn waiting(icon: Glyph, tone: Tone, title: Html, first: &Entry) -> Html {
    let title = html! { <>{ title }<span class="act__verdict act__verdict--line">{ "Waits for you" }</span></> };
    let frame = Frame {
        icon,
        tone,
        title,
        origin: None,
        meta: Vec::new(),
        at: first.at,
        body: Html::default(),
        class: "act--call",
    };
    frame.draw()
}

#[derive(Properties, PartialEq)]
struct RunningProps {
    /// Milliseconds since 1970.
    since: i64,
    /// It is over at once, and needs no clock.
    quiet: bool,
}

/// That a call is at work, and for how long.
#[component]
fn Running(props: &RunningProps) -> Html {
    let update = use_force_update();
    let passed = now_ms().saturating_sub(props.since).max(0) as u64;
    // After every rendering: a timer that is early, or a clock that is behind, draws the same second once more.
    use_effect(move || {
        let left = 1_000 - i32::try_from(passed % 1_000).unwrap_or_default();
        let timeout = Timeout::new(left, move || update.force_update());
        move || drop(timeout)
    });
    // What is over in a moment would only flicker.
    let told = !props.quiet && props.since > 0 && passed >= 2_000;
    html! {
        <span class="act__running">
            <span class="act__dots" role="img" aria-label="Runs"><i /><i /><i /></span>
            if told { <span class="act__clock">{ running_for(passed) }</span> }
        </span>
    }
}

fn running_for(ms: u64) -> String {
    if ms < 60_000 { format!("running {} s", ms / 1_000) } else { format!("running {}", format::duration(ms)) }
}

fn cut_mark(entry: &Entry) -> Vec<String> {
    if entry.truncated == Some(true) { vec!["shortened".to_owned()] } else { Vec::new() }
}

fn look(call: &Call, tool: &str) -> (Glyph, Tone) {
    let icon = match tool {
        "run_command" => Glyph::Terminal,
        "write_file" => Glyph::FilePlus,
        "edit_file" => Glyph::FileDiff,
        "read_file" | "stat" => Glyph::FileText,
        "list_files" | "mkdir" => Glyph::Folder,
        "rm" => Glyph::Trash2,
        "mv" => Glyph::Move,
        "cp" => Glyph::Copy,
        "think" => Glyph::Brain,
        "ask_user" => Glyph::CircleQuestionMark,
        "complete" => Glyph::Flag,
        "" => Glyph::Gauge,
        _ => Glyph::Wrench,
    };
    let waits = call.waits();
    let failed = call.result.as_ref().is_some_and(|result| result.ok == Some(false));
    let tone = match (waits, failed, tool) {
        (true, ..) => Tone::NeedsYou,
        (_, true, _) => Tone::Failed,
        (.., "think") => Tone::Working,
        (.., "complete") => Tone::Done,
        _ => Tone::Paused,
    };
    (icon, tone)
}

/// Exactly what the tool was called with.
fn arguments(action: &Entry, tool: &str, folds: &Folds) -> Html {
    let args = action.args.as_ref();
    let given = |name| arg(args, name);
    match tool {
        "run_command" => {
            let network = args.and_then(|args| args.get("network")).and_then(|on| on.as_bool()) == Some(true);
            html! {
                <>
                    <pre class="act__command mono" aria-label="Command">{ given("command").unwrap_or_default() }</pre>
                    if network { <div class="act__tags"><Tag label="network" icon={Glyph::Globe} /></div> }
                </>
            }
        }
        "write_file" => {
            let content = given("content").unwrap_or_default();
            let size = format!(
                "{}, {}",
                format::plural(content.lines().count() as u64, "line", "lines"),
                format::bytes(content.len() as u64)
            );
            html! { <>{ path(given("path")) }{ content_of(folds, &size, || folded_whole(content)) }</> }
        }
        "edit_file" => {
            let (old, new) = (given("old").unwrap_or_default(), given("new").unwrap_or_default());
            let label = given("path").unwrap_or_default().to_owned();
            html! { <>{ path(given("path")) }<Diff old={old.to_owned()} new={new.to_owned()} {label} head=false /></> }
        }
        "read_file" | "list_files" | "stat" | "mkdir" | "rm" => path(given("path").or(Some("."))),
        "mv" | "cp" => html! {
            <span class="act__path mono">
                { given("source").unwrap_or_default() }<Icon icon={Glyph::ArrowRight} size={12} label="to" />
                { given("destination").unwrap_or_default() }
            </span>
        },
        "think" => html! { <Markdown text={given("thought").unwrap_or_default().to_owned()} class="act__prose" /> },
        "ask_user" => html! { <Markdown text={given("question").unwrap_or_default().to_owned()} class="act__prose" /> },
        "complete" => html! { <Markdown text={given("summary").unwrap_or_default().to_owned()} class="act__prose" /> },
        _ => html! { <pre class="act__text mono" aria-label="Arguments">{ written(args) }</pre> },
    }
}

fn path(path: Option<&str>) -> Html {
    html! { <span class="act__path mono">{ path.unwrap_or_default() }</span> }
}

fn folded_whole(text: &str) -> Html {
    html! { <pre class="act__text mono" aria-label="Content">{ text }</pre> }
}

fn content_of(folds: &Folds, size: &str, content: impl FnOnce() -> Html) -> Html {
    let open = folds.is_open(CONTENT);
    html! {
        <div class="act__block">
            <button type="button" class="act__more" aria-expanded={if open { "true" } else { "false" }}
                onclick={folds.toggle(CONTENT)}>
                <Icon icon={if open { Glyph::ChevronDown } else { Glyph::ChevronRight }} size={14} />
                { format!("Content: {size}") }
            </button>
            if open { { content() } }
        </div>
    }
}

/// What a person was asked, and the answer. `told` says that the call stands above it.
fn exchange(asked: &Entry, answer: Option<&Entry>, told: bool) -> Html {
    let question = asked.kind == TrajectoryKind::Question;
    let text = asked.text.as_deref().unwrap_or_default();
    // What comes after the first line is the command.
    let text = if told { text.lines().next().unwrap_or_default() } else { text };
    let verdict = match answer {
        None => html! { <span class="act__verdict tone-needs-you">{ "Not answered yet" }</span> },
        Some(answer) => {
            let (tone, word, icon) = match (answer.granted, question) {
                (Some(true), true) => (Tone::Neutral, "You answered", Glyph::MessageCircle),
                (Some(true), false) => (Tone::Done, "You approved", Glyph::CircleCheck),
                (_, true) => (Tone::Failed, "You did not answer", Glyph::CircleX),
                (_, false) => (Tone::Failed, "You refused", Glyph::CircleX),
            };
            let words = answer.text.as_deref().or(answer.reason.as_deref());
            html! {
                <>
                    <div class="act__exchange-head">
                        <span class={classes!("act__verdict", tone.class())}><Icon {icon} size={14} />{ word }</span>
                        { super::parts::time(answer.at) }
                    </div>
                    if let Some(words) = words { <p class="act__said">{ words }</p> }
                </>
            }
        }
    };
    html! {
        <div class="act__exchange">
            if !question {
                <p class="act__asked"><Icon icon={Glyph::Hand} size={14} /><span>{ text }</span></p>
            }
            { verdict }
        </div>
    }
}

/// What the tool gave.
fn outcome(result: &Entry, tool: &str, folds: &Folds) -> Html {
    let text = result.text.as_deref().unwrap_or_default();
    let report = if tool == "run_command" { printed(text) } else { super::fold::Printed { exit_code: None, text } };
    let mut meta = cut_mark(result);
    if let Some(code) = report.exit_code {
        meta.push(format!("exit {code}"));
    }
    if let Some(ms) = result.duration_ms {
        meta.push(format::duration(ms));
    }
    let failed = result.ok == Some(false);
    let title = match (result.interrupted, failed) {
        (Some(true), _) => "Interrupted",
        (_, true) => "Failed",
        _ => "Observation",
    };
    html! {
        <div class={classes!("act__result", failed.then_some("act__result--failed"))}>
            { head(html! { title }, Some(result.origin), &meta, result.at) }
            if !report.text.trim().is_empty() { { folded(report.text, folds, RESULT, title) } }
        </div>
    }
}
