//! What a colour means: states, and nothing else.

use super::Glyph;

/// The meaning that a component's colour carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Working,
    NeedsYou,
    Done,
    Failed,
    Queued,
    Paused,
}

impl Tone {
    pub const ALL: [Tone; 8] = [
        Tone::Neutral,
        Tone::Accent,
        Tone::Working,
        Tone::NeedsYou,
        Tone::Done,
        Tone::Failed,
        Tone::Queued,
        Tone::Paused,
    ];

    /// The class that sets `--tone` and `--tone-soft` for the element and what is in it.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Accent => "tone-accent",
            Tone::Working => "tone-working",
            Tone::NeedsYou => "tone-needs-you",
            Tone::Done => "tone-done",
            Tone::Failed => "tone-failed",
            Tone::Queued => "tone-queued",
            Tone::Paused => "tone-paused",
        }
    }
}

/// What an agent is at, as a person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkState {
    /// It waits for an answer. First in order: this is what a person looks for.
    NeedsYou,
    Failed,
    Thinking,
    Working,
    Paused,
    Queued,
    Done,
}

impl WorkState {
    pub const ALL: [WorkState; 7] = [
        WorkState::NeedsYou,
        WorkState::Failed,
        WorkState::Thinking,
        WorkState::Working,
        WorkState::Paused,
        WorkState::Queued,
        WorkState::Done,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            WorkState::NeedsYou => "Needs you",
            WorkState::Failed => "Failed",
            WorkState::Thinking => "Thinking",
            WorkState::Working => "Working",
            WorkState::Paused => "Paused",
            WorkState::Queued => "Queued",
            WorkState::Done => "Done",
        }
    }

    pub const fn glyph(self) -> Glyph {
        match self {
            WorkState::NeedsYou => Glyph::Hand,
            WorkState::Failed => Glyph::CircleX,
            WorkState::Thinking => Glyph::Brain,
            WorkState::Working => Glyph::Activity,
            WorkState::Paused => Glyph::CirclePause,
            WorkState::Queued => Glyph::Clock,
            WorkState::Done => Glyph::CircleCheck,
        }
    }

    pub const fn tone(self) -> Tone {
        match self {
            WorkState::NeedsYou => Tone::NeedsYou,
            WorkState::Failed => Tone::Failed,
            WorkState::Thinking | WorkState::Working => Tone::Working,
            WorkState::Paused => Tone::Paused,
            WorkState::Queued => Tone::Queued,
            WorkState::Done => Tone::Done,
        }
    }
}
