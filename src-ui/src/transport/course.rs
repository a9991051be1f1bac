//! What follows when a pipe has ended: whether the link says so, and how long it waits. It is pure.

use super::backoff;
use super::link::Phase;

/// Nobody is signed in any more.
const SIGNED_OUT: u16 = 4401;
/// The same screen was opened elsewhere.
const SUPERSEDED: u16 = 4000;
/// Milliseconds before each attempt with a token that this page, or another of the browser's, may have renewed: the new
/// one is in the cookie at once, or as soon as the answer to the renewal is there.
const RENEWED: [i32; 2] = [0, 500];

/// How long the link waits before its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Not at all, or these milliseconds.
    For(i32),
    /// Until somebody asks.
    Asked,
}

/// Why a pipe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a close code.
    Closed(u16),
    NoWelcome,
    /// The link let go of it, to live by another token.
    Renewed,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Where the link stands from now on; `None` where nobody needs to know.
    pub phase: Option<Phase>,
    pub wait: Wait,
}

/// What has been tried since the last welcome.
#[derive(Debug, Default)]
pub struct Course {
    attempt: u32,
    /// Attempts after a token had died.
    renewals: usize,
}

impl Course {
    /// A pipe is welcome: everything begins anew.
    pub fn welcomed(&mut self) {
        *self = Course::default();
    }

    /// A pipe has ended while the link stood at `phase`; `chance` is in 0..1.
    pub fn ended(&mut self, phase: Phase, end: End, chance: f64) -> Next {
        match end {
            End::Renewed => Next { phase: None, wait: Wait::For(0) },
            End::Closed(SIGNED_OUT) => self.signed_out(phase),
            End::Closed(SUPERSEDED) => {
                self.welcomed();
                Next { phase: Some(Phase::Superseded), wait: Wait::Asked }
            }
            End::Closed(_) | End::NoWelcome => {
                self.attempt += 1;
                let phase = (phase == Phase::Online).then_some(Phase::Lost);
                Next { phase, wait: Wait::For(backoff::before(self.attempt, chance)) }
            }
        }
    }

    fn signed_out(&mut self, phase: Phase) -> Next {
        // Whoever was online a moment ago may have another token by now.
        if phase == Phase::Online
            && let Some(wait) = RENEWED.get(self.renewals)
        {
            self.renewals += 1;
            return Next { phase: None, wait: Wait::For(*wait) };
        }
        self.welcomed();
        Next { phase: Some(Phase::SignedOut), wait: Wait::Asked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(milliseconds: i32) -> Next {
        Next { phase: None, wait: Wait::For(milliseconds) }
    }

    fn asks(phase: Phase) -> Next {
        Next { phase: Some(phase), wait: Wait::Asked }
    }

    #[test]
    fn a_renewed_token_is_nothing_to_speak_of() {
        let mut course = Course::default();
        assert_eq!(course.ended(Phase::Online, End::Renewed, 1.0), quiet(0));
        assert_eq!(course.ended(Phase::Online, End::Closed(SIGNED_OUT), 1.0), quiet(0));
        course.welcomed();
        assert_eq!(course.ended(Phase::Online, End::Closed(SIGNED_OUT), 1.0), quiet(0), "the next token dies too");
    }

    #[test]
    fn a_sign_in_that_has_ended_is_asked_for_once_no_other_token_is_there() {
        let mut course = Course::default();
        assert_eq!(course.ended(Phase::Online, End::Closed(SIGNED_OUT), 1.0), quiet(0));
        assert_eq!(course.ended(Phase::Online, End::Closed(SIGNED_OUT), 1.0), quiet(500));
        assert_eq!(course.ended(Phase::Online, End::Closed(SIGNED_OUT), 1.0), asks(Phase::SignedOut));
    }

    #[test]
    fn who_was_never_in_is_asked_at_once() {
        assert_eq!(Course::default().ended(Phase::Starting, End::Closed(SIGNED_OUT), 1.0), asks(Phase::SignedOut));
        assert_eq!(Course::default().ended(Phase::Lost, End::Closed(SIGNED_OUT), 1.0), asks(Phase::SignedOut));
    }

    #[test]
    fn a_kernel_that_is_away_is_waited_for_longer_each_time() {
        let mut course = Course::default();
        let lost = Next { phase: Some(Phase::Lost), wait: Wait::For(125) };
        assert_eq!(course.ended(Phase::Online, End::Closed(1006), 1.0), lost);
        assert_eq!(course.ended(Phase::Lost, End::NoWelcome, 1.0), quiet(250));
        course.welcomed();
        assert_eq!(course.ended(Phase::Online, End::Closed(1001), 1.0), lost);
        assert_eq!(course.ended(Phase::Online, End::Closed(SUPERSEDED), 1.0), asks(Phase::Superseded));
    }
}
