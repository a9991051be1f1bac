//! The line that the audit log gets of each command.

use aether_protocol::{Audit as AuditClass, Command, ErrorCode, Method, WireError};

use super::{Answer, Gate};
use crate::audit;
use crate::caller::{Caller, CallerKind};
use crate::clock::now_ms;
use crate::ports::{AuditRecord, Audited};

/// What a command was asked with, until it is known whether that is kept.
pub(super) enum Asked {
    /// Without secrets.
    Arguments(Option<String>),
    /// A command of which only refusals are kept: most have none.
    Whole(Box<Command>),
}

impl Asked {
    pub(super) fn of_admitted(command: &Command, method: &Method) -> Asked {
        match method.audit {
            AuditClass::Full => Asked::Arguments(audit::arguments(command)),
            AuditClass::Refusals => Asked::Whole(Box::new(command.clone())),
        }
    }

    pub(super) fn of_refused(command: &Command, refusal: &WireError) -> Asked {
        match refusal.code {
            ErrorCode::RateLimited => Asked::Arguments(None),
            _ => Asked::Arguments(audit::arguments(command)),
        }
    }

    fn arguments(self) -> Option<String> {
        match self {
            Asked::Arguments(arguments) => arguments,
            Asked::Whole(command) => audit::arguments(&command),
        }
    }
}

/// The line that the audit log gets of a command, also where nobody waits for its end.
pub(super) struct Line<'g> {
    gate: &'g Gate,
    caller: &'g Caller,
    method: &'static Method,
    target: Option<String>,
    asked: Option<Asked>,
}

impl<'g> Line<'g> {
    pub(super) fn new(
        gate: &'g Gate,
        caller: &'g Caller,
        method: &'static Method,
        target: Option<String>,
        asked: Asked,
    ) -> Line<'g> {
        Line { gate, caller, method, target, asked: Some(asked) }
    }

    pub(super) fn end(mut self, answer: &Answer) {
        let Some(asked) = self.asked.take() else { return };
        let refused = answer.as_ref().is_err_and(|error| {
            matches!(error.code, ErrorCode::Unauthenticated | ErrorCode::Forbidden | ErrorCode::RateLimited)
        });
        // Whoever is over a limit is not given a row for each try as well.
        let limited = answer.as_ref().is_err_and(|error| error.code == ErrorCode::RateLimited);
        if limited || self.method.audit == AuditClass::Refusals && !refused {
            return;
        }
        let (result, hash) = match answer {
            Ok(reply) => ("ok", reply.0.as_ref().map(|reply| audit::digest(reply.get().as_bytes()))),
            Err(error) => (error.code.rest(), None),
        };
        self.record(asked, result, hash);
    }

    fn record(&mut self, asked: Asked, result: &'static str, result_hash: Option<String>) {
        // What somebody names who has not signed in is not worth keeping.
        let target = self.target.take().filter(|_| self.caller.kind != CallerKind::Anonymous);
        self.gate.guards.audit.record(AuditRecord {
            at: now_ms(),
            about: Audited::Command,
            actor_user: self.caller.user().cloned(),
            actor_pid: self.caller.pid(),
            action: self.method.wire.into(),
            target,
            arguments: asked.arguments(),
            result,
            result_hash,
        });
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        // Its effect, if it had one, is unknown; that it was asked for is not.
        if let Some(asked) = self.asked.take()
            && self.method.audit == AuditClass::Full
        {
            self.record(asked, "CANCELLED", None);
        }
    }
}
