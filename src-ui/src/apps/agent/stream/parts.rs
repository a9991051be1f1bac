//! What rows are made of: the head with its marks, and texts that fold.

use aether_protocol::domains::agent::Origin;
use yew::prelude::*;

use super::fold;
use crate::kit::format::{self, LocalTime};
use crate::kit::{Glyph, Icon, Tag, Tone};

/// Which of a row's texts are shown whole: one bit each.
pub const RESULT: u8 = 1;
pub const CONTENT: u8 = 2;

/// What a row needs to fold and unfold its texts.
#[derive(Clone, PartialEq)]
pub struct Folds {
    pub n: u64,
    pub open: u8,
    pub ontoggle: Callback<(u64, u8)>,
}

impl Folds {
    pub fn is_open(&self, part: u8) -> bool {
        self.open & part != 0
    }

    pub fn toggle(&self, part: u8) -> Callback<MouseEvent> {
        let n = self.n;
        self.ontoggle.reform(move |_| (n, part))
    }
}

/// The frame of a row: its icon, its head, and what it says.
pub struct Frame {
    pub icon: Glyph,
    pub tone: Tone,
    pub title: Html,
    pub origin: Option<Origin>,
    /// Quietly at the end of the head.
    pub meta: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    pub body: Html,
    pub class: &'static str,
}

impl Frame {
    pub fn draw(self) -> Html {
        html! {
            <article class={classes!("act", self.tone.class(), self.class)}>
                <span class="act__icon"><Icon icon={self.icon} size={14} /></span>
                <div class="act__main">
                    { head(self.title, self.origin, &self.meta, self.at) }
                    { self.body }
                </div>
            </article>
        }
    }
}

/// A line that says what it is, from whom, and when.
pub fn head(title: Html, origin: Option<Origin>, meta: &[String], at: u64) -> Html {
    html! {
        <header class="act__head">
            <span class="act__title">{ title }</span>
            { for origin.map(mark) }
            { for meta.iter().map(|word| html! { <span class="act__meta">{ word }</span> }) }
            { time(at) }
        </header>
    }
}

/// The time of an entry; the day is its tooltip.
pub fn time(at: u64) -> Html {
    if at == 0 {
        return Html::default();
    }
    let at = LocalTime::of(at as i64);
    html! { <time class="act__time" datetime={at.iso()} title={at.full()}>{ at.clock_seconds() }</time> }
}

/// Who wrote a text. What the agent's own model wrote needs no mark.
pub fn mark(origin: Origin) -> Html {
    let (label, icon, tone) = match origin {
        Origin::Model => return Html::default(),
        Origin::Tool => ("tool output", Glyph::Wrench, Tone::Neutral),
        Origin::Web => ("web, untrusted", Glyph::Globe, Tone::NeedsYou),
        Origin::User => ("you", Glyph::User, Tone::Neutral),
        Origin::Agent => ("other agent", Glyph::Bot, Tone::Neutral),
        Origin::Kernel => ("kernel", Glyph::Cpu, Tone::Neutral),
    };
    html! { <Tag {label} {icon} {tone} /> }
}

/// A machine's words: the beginning of what is long, until all of it is asked for.
pub fn folded(text: &str, folds: &Folds, part: u8, label: &str) -> Html {
    let folded = fold::head(text);
    let open = folds.is_open(part);
    let shown = match folded {
        Some((head, _)) if !open => head,
        _ => text.trim_end_matches('\n'),
    };
    html! {
        <div class="act__block">
            <pre class="act__text mono" aria-label={label.to_owned()}>{ shown }</pre>
            if let Some((_, lines)) = folded {
                <button type="button" class="act__more" aria-expanded={if open { "true" } else { "false" }}
                    onclick={folds.toggle(part)}>
                    <Icon icon={if open { Glyph::ChevronUp } else { Glyph::ChevronDown }} size={14} />
                    { if open { String::from("Show less") } else { more(lines, text.len()) } }
                </button>
            }
        </div>
    }
}

fn more(lines: usize, bytes: usize) -> String {
    match lines {
        0..=1 => format!("Show all, {}", format::bytes(bytes as u64)),
        lines => format!("Show all {}", format::plural(lines as u64, "line", "lines")),
    }
}
