//! Whom a socket speaks for, from the sign-in to its end.

use std::ops::ControlFlow;

use aether_base::Viewer;
use aether_protocol::Reply;
use serde::Deserialize;

use super::Connection;
use crate::caller::Credential;
use crate::socket::dialect::Dialect;
use crate::socket::goodbye::End;
use crate::socket::stranger;

impl<D: Dialect> Connection<D> {
    /// Speaks for whomever an answer has a token of.
    pub(super) fn sign_in(&mut self, reply: &Reply) {
        #[derive(Deserialize)]
        struct SignedIn {
            token: Option<String>,
        }
        let token = reply.read::<SignedIn>().ok().and_then(|signed_in| signed_in.token);
        let identity = &self.doors.kernel.identity;
        let session = Some(self.session.clone());
        let known = token.and_then(|token| Credential::of_token(identity, &token, self.peer.socket(), session));
        if let Some(known) = known {
            let same = known.caller.user() == self.credential.caller.user();
            self.credential = known;
            if !same {
                self.dialect.clear();
            }
            self.look_on();
        }
    }

    /// Looks on with the eyes of whoever is signed in, and has the place and the room of them.
    pub(super) fn look_on(&mut self) {
        self.seat.take(&self.doors, &self.credential.caller, &self.session);
        if !self.credential.is_signed_in() {
            stranger::begin(&self.peer.meter);
            self.events = None;
            return;
        }
        self.peer.meter.allow(None);
        let viewer = Viewer::of(&self.credential.caller);
        match &mut self.events {
            Some(events) => events.set_viewer(viewer),
            None => self.events = Some(self.doors.kernel.bus.subscribe(viewer)),
        }
        if let Some(events) = &mut self.events {
            events.narrow(self.credential.caller.scopes().cloned());
            if !D::STREAMS {
                events.take_streams();
            }
        }
    }

    /// Ends what the sign-in allowed, once it has ended.
    pub(super) fn check_sign_in(&mut self) -> ControlFlow<End> {
        if !self.credential.is_signed_in() || self.credential.is_live(&self.doors.kernel.identity) {
            return ControlFlow::Continue(());
        }
        if !D::OUTLIVES_SIGN_IN {
            return ControlFlow::Break(End::NOT_SIGNED_IN);
        }
        self.credential = Credential::anonymous(self.peer.socket(), Some(self.session.clone()));
        self.dialect.clear();
        self.look_on();
        ControlFlow::Continue(())
    }
}
