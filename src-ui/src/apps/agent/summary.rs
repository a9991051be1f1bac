//! What stands above the views: that it waits for its turn, that it has ended and how, that the past is looked at.

use aether_protocol::domains::agent::Outcome;
use aether_protocol::domains::process::ProcessInfo;
use yew::prelude::*;

use crate::kit::{Banner, Button, Glyph, Icon, Markdown, Size, TimeAgo, Tone, Variant, format};

/// How a run ended; `whole` with its summary.
pub fn ended(info: &ProcessInfo, failed: bool, whole: bool) -> Html {
    let (icon, tone, title) = match (info.outcome, failed) {
        (Some(Outcome::Success), _) | (None, false) => (Glyph::CircleCheck, Tone::Done, "Done"),
        (Some(Outcome::Aborted), _) => (Glyph::CircleStop, Tone::Failed, "Stopped"),
        (Some(Outcome::Timeout), _) => (Glyph::Hourglass, Tone::Failed, "Ended at a limit"),
        (Some(Outcome::Error) | None, _) => (Glyph::CircleX, Tone::Failed, "Failed"),
    };
    let mut facts = Vec::new();
    if let Some(steps) = info.step.filter(|steps| *steps > 0) {
        facts.push(format::plural(steps.into(), "step", "steps"));
    }
    if let (Some(from), Some(to)) = (info.started_at, info.exited_at) {
        facts.push(format::duration(to.saturating_sub(from)));
    }
    if let Some(cost) = info.cost_usd {
        facts.push(format::money(cost));
    }
    html! {
        <section class={classes!("agent__end", tone.class())} aria-label="How it ended" data-test="agent-end">
            <header class="agent__end-head">
                <Icon {icon} /><h3>{ title }</h3><span class="agent__end-facts">{ facts.join(" · ") }</span>
                if let Some(at) = info.exited_at { <span class="agent__end-time"><TimeAgo at={at as i64} /></span> }
            </header>
            if let Some(summary) = info.summary.as_ref().filter(|summary| whole && !summary.trim().is_empty()) {
                <div class="agent__end-text" tabindex="0" role="region" aria-label="Summary"><Markdown text={summary.clone()} /></div>
            }
        </section>
    }
}

/// Its place in the queue, from 1.
pub fn queued(place: Option<usize>) -> Html {
    let text = match place {
        Some(1) => "Next in the queue. It starts when a running agent ends.".to_owned(),
        Some(place) => format!("Number {place} in the queue. It starts by itself when its turn comes."),
        None => "In the queue. It starts by itself when its turn comes.".to_owned(),
    };
    html! { <div class="agent__banner"><Banner {text} tone={Tone::Queued} icon={Glyph::Clock} /></div> }
}

/// That a past moment is looked at. `asks` says that the agent wants something now.
pub fn past(step: u32, of: u32, asks: bool, alive: bool, onlive: &Callback<()>) -> Html {
    let variant = if asks { Variant::Primary } else { Variant::Secondary };
    html! {
        <div class="agent__past" role="status" data-test="agent-past">
            <Icon icon={Glyph::History} size={14} />
            <span class="agent__past-text">
                <strong>{ "Recorded" }</strong>{ format!(" · step {step} of {of}") }
                if asks { <span class="agent__past-asks tone-needs-you">{ " · it needs you now" }</span> }
            </span>
            <Button size={Size::Small} {variant} onclick={onlive.reform(|_| ())}>{ if alive { "Back to live" } else { "Back to the end" } }</Button>
        </div>
    }
}
