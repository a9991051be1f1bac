//! One row of the stream.

use aether_protocol::domains::agent::{Origin, Outcome, TrajectoryKind as Kind};
use yew::prelude::*;

use super::super::live::Draft;
use super::super::outbox::Waiting;
use super::super::record::{Entry, Item, Row, arg};
use super::call;
use super::parts::{Folds, Frame, RESULT, folded};
use crate::kit::{Glyph, Icon, Markdown, Tone, format};
use crate::store::{Slice, use_slice};

#[derive(Properties, PartialEq)]
pub struct RowViewProps {
    pub row: Row,
    pub folds: Folds,
    pub shown: call::Shown,
}

/// See the module.
#[component]
pub fn RowView(props: &RowViewProps) -> Html {
    match &props.row.item {
        Item::One(entry) => single(entry, &props.folds),
        Item::End(entry) => finished(entry),
        Item::Call(call) => call::draw(call, &props.folds, props.shown),
    }
}

fn single(entry: &Entry, folds: &Folds) -> Html {
    let text = entry.text.as_deref().unwrap_or_default();
    let prose = || html! { <Markdown text={text.to_owned()} class="act__prose" /> };
    let plain = || html! { <p class="act__said">{ text }</p> };
    let (icon, tone, title, body) = match entry.kind {
        Kind::Started => (Glyph::Flag, Tone::Neutral, "Goal", html! { <>{ plain() }{ setup(entry) }</> }),
        Kind::Message => (Glyph::MessageCircle, Tone::Neutral, "Message", plain()),
        Kind::Thought => (Glyph::Brain, Tone::Working, "Thought", prose()),
        Kind::Question => (Glyph::CircleQuestionMark, Tone::NeedsYou, "Question", prose()),
        Kind::Approval => (Glyph::Hand, Tone::NeedsYou, "Approval", plain()),
        Kind::Answer => (Glyph::MessageCircle, Tone::Neutral, "Answer", plain()),
        Kind::Note => (Glyph::Info, Tone::Neutral, "Note", plain()),
        Kind::Failure => (Glyph::TriangleAlert, Tone::Failed, "Could not reach the model", failure(text)),
        Kind::Shrunk => (Glyph::Scissors, Tone::Neutral, "Made shorter", plain()),
        Kind::StepLimit => (Glyph::Gauge, Tone::NeedsYou, "Step limit", plain()),
        Kind::Extended => (Glyph::Plus, Tone::Neutral, "More steps", plain()),
        Kind::Finished => return finished(entry),
        Kind::Action | Kind::Observation => {
            (Glyph::Wrench, Tone::Neutral, "Observation", folded(text, folds, RESULT, "Observation"))
        }
    };
    let mut meta = Vec::new();
    if entry.truncated == Some(true) {
        meta.push("shortened".to_owned());
    }
    if let (Kind::Thought, Some(ms)) = (entry.kind, entry.duration_ms) {
        meta.push(format::duration(ms));
    }
    let quiet = matches!(entry.kind, Kind::Note | Kind::Shrunk | Kind::Extended);
    let class = if quiet { "act--quiet" } else { "" };
    Frame { icon, tone, title: html! { title }, origin: Some(entry.origin), meta, at: entry.at, body, class }.draw()
}

/// What the run began with.
fn setup(entry: &Entry) -> Html {
    let args = entry.args.as_ref();
    let number = |name: &str| args.and_then(|args| args.get(name)).and_then(|value| value.as_u64());
    let mut words: Vec<String> = arg(args, "model").map(str::to_owned).into_iter().collect();
    words.extend(number("maxSteps").map(|steps| format!("up to {}", format::plural(steps, "step", "steps"))));
    words.extend(number("maxTokens").map(|tokens| format!("{} tokens", format::count(tokens))));
    html! { <p class="act__facts">{ words.join(" · ") }</p> }
}

fn failure(text: &str) -> Html {
    html! {
        <>
            <p class="act__said">{ text }</p>
            <p class="act__facts">{ "It tries again by itself where that can help. Otherwise it asks you." }</p>
        </>
    }
}

/// The end of the run. What came of it stands above the stream.
fn finished(entry: &Entry) -> Html {
    let (icon, tone, title) = match entry.outcome {
        Some(Outcome::Success) => (Glyph::CircleCheck, Tone::Done, "Done"),
        Some(Outcome::Aborted) => (Glyph::CircleStop, Tone::Failed, "Stopped"),
        Some(Outcome::Timeout) => (Glyph::Hourglass, Tone::Failed, "Ended at a limit"),
        Some(Outcome::Error) | None => (Glyph::CircleX, Tone::Failed, "Failed"),
    };
    let meta = entry.duration_ms.map(format::duration).into_iter().collect();
    let origin = (entry.origin != Origin::Model).then_some(entry.origin);
    let (title, body) = (html! { title }, Html::default());
    Frame { icon, tone, title, origin, meta, at: entry.at, body, class: "act--end" }.draw()
}

#[derive(Properties, PartialEq)]
pub struct LiveRowProps {
    pub draft: Slice<Draft>,
    /// The newest reply that has a row already.
    pub last_thought: Option<u64>,
}

/// The reply that is being written. It stands where its row will stand, and looks like it.
#[component]
pub fn LiveRow(props: &LiveRowProps) -> Html {
    let draft = use_slice(&props.draft);
    let text = draft.shown(props.last_thought);
    html! {
        <article class="act act--live tone-working" aria-label="Being written" data-test="agent-writing">
            <span class="act__icon"><Icon icon={Glyph::Brain} size={14} /></span>
            <div class="act__main">
                <header class="act__head"><span class="act__title">{ if text.is_empty() { "Thinking" } else { "Thought" } }</span></header>
                if text.is_empty() {
                    <span class="act__dots" aria-hidden="true"><i /><i /><i /></span>
                } else {
                    <Markdown text={text.to_owned()} class="act__prose act__prose--live" />
                }
            </div>
        </article>
    }
}

/// What a person has said and the agent has not read yet.
pub fn pending(waiting: &Waiting, paused: bool) -> Html {
    let why = if paused { "read when it goes on" } else { "read before its next thought" };
    let body = html! { <p class="act__said">{ &waiting.text }</p> };
    let title = html! { "Message" };
    let meta = vec![why.to_owned()];
    let frame = Frame {
        icon: Glyph::Clock,
        tone: Tone::Queued,
        title,
        origin: Some(Origin::User),
        meta,
        at: waiting.at.max(0) as u64,
        body,
        class: "act--waiting",
    };
    frame.draw()
}
