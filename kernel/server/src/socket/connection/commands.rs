//! What a client sends: commands that are started and answered, and frames that are none.

use std::ops::ControlFlow;

use aether_base::gate::Started;
use aether_protocol::frame::{BadFrame, error_frame, ok_frame, read_command};
use aether_protocol::{Command, ErrorCode, Reply, WireError};
use bytes::Bytes;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Connection;
use crate::caller::Credential;
use crate::limits::Use;
use crate::socket::dialect::Dialect;
use crate::socket::goodbye::End;
use crate::socket::stranger;

/// Commands whose answer names a stream that begins with it.
const OPENS_STREAM: [&str; 4] = ["tty.attach", "agent.watch", "fs.download", "fs.upload"];

/// What the answer of a command means for the socket, beside the reply.
#[derive(Clone, Copy)]
enum Meaning {
    Nothing,
    SignIn,
    Stream,
}

/// A command's answer, on its way to the client.
pub struct Finished {
    id: Option<String>,
    /// Who asked: a socket may speak for another by now.
    asked: Credential,
    meaning: Meaning,
    answer: Result<Reply, WireError>,
}

impl<D: Dialect> Connection<D> {
    pub(super) fn on_frame(&mut self, frame: Option<Result<Message, Error>>) -> ControlFlow<End> {
        match frame {
            Some(Ok(Message::Text(text))) => self.on_text(text.as_str()),
            Some(Ok(Message::Binary(bytes))) => self.on_binary(&bytes),
            Some(Ok(Message::Ping(payload) | Message::Pong(payload))) => {
                stranger::control_frame(&self.peer.meter, payload.len());
                ControlFlow::Continue(())
            }
            Some(Ok(Message::Frame(_))) => ControlFlow::Continue(()),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { max_size, .. }))) => {
                self.refuse_size(&format!("A frame may have {max_size} bytes at most. Send less at a time."))
            }
            Some(Err(Error::Io(_))) if self.peer.meter.is_spent() => self.refuse_size(&stranger::too_large()),
            Some(Err(Error::Utf8(_))) => ControlFlow::Break(End::NOT_UTF8),
            Some(Err(Error::Protocol(_))) => ControlFlow::Break(End::NOT_WEBSOCKET),
            Some(Ok(Message::Close(_)) | Err(_)) | None => ControlFlow::Break(End::Gone),
        }
    }

    fn on_text(&mut self, text: &str) -> ControlFlow<End> {
        self.check_sign_in()?;
        self.check_size(text.len())?;
        let read = read_command(text);
        // The commands of a user are counted by the gate.
        let counts = read.is_err() || !self.credential.is_signed_in();
        let admitted = match self.credential.limit_key(&self.peer).filter(|_| counts) {
            Some(key) => self.doors.limits.admit(Use::Frame, key),
            None => Ok(()),
        };
        match (admitted, read) {
            (Err(refusal), Ok((id, _)) | Err(BadFrame { id, .. })) => self.refuse(id.as_deref(), &refusal),
            (Ok(()), Ok((id, command))) => self.start(id, command),
            (Ok(()), Err(bad)) if !self.credential.is_signed_in() && stranger::needs_sign_in(text) => {
                self.refuse(bad.id.as_deref(), &stranger::unauthenticated());
            }
            (Ok(()), Err(bad)) => self.refuse(bad.id.as_deref(), &bad.error),
        }
        ControlFlow::Continue(())
    }

    fn on_binary(&mut self, frame: &Bytes) -> ControlFlow<End> {
        self.check_sign_in()?;
        self.check_size(frame.len())?;
        if !D::STREAMS {
            self.refuse(None, &WireError::invalid("Binary frames need a socket that speaks aether.2."));
        } else if self.streams.take(frame).is_none() {
            self.refuse(None, &WireError::invalid("This binary frame is none that aether.2 knows."));
        }
        ControlFlow::Continue(())
    }

    fn check_size(&mut self, bytes: usize) -> ControlFlow<End> {
        match self.credential.is_signed_in() || stranger::frame(&self.peer.meter, bytes) {
            true => ControlFlow::Continue(()),
            false => self.refuse_size(&stranger::too_large()),
        }
    }

    fn refuse_size(&mut self, message: &str) -> ControlFlow<End> {
        self.refuse(None, &WireError::new(ErrorCode::TooLarge, message));
        ControlFlow::Break(End::TOO_LARGE)
    }

    fn start(&mut self, id: Option<String>, command: Command) {
        let meaning = match command.wire() {
            wire if OPENS_STREAM.contains(&wire) && D::STREAMS => Meaning::Stream,
            wire if OPENS_STREAM.contains(&wire) => {
                let message = format!("{wire} needs a socket that speaks aether.2.");
                return self.refuse(id.as_deref(), &WireError::state(message));
            }
            // Whoever creates users for others stays who it is.
            "auth.register" if self.credential.caller.is_admin() => Meaning::Nothing,
            wire if D::signs_in(wire) => Meaning::SignIn,
            _ => Meaning::Nothing,
        };
        let asked = self.credential.clone();
        match self.doors.kernel.gate.start(&asked.caller, command) {
            Started::Done(answer) => self.on_finished(Finished { id, asked, meaning, answer }),
            Started::Running(answer) => {
                self.running += 1;
                let (finish, doors, session) = (self.finish.clone(), self.doors.clone(), self.session.clone());
                // On a task of its own: the command goes on to its end also if the client goes.
                tokio::spawn(async move {
                    let answer = answer.await;
                    if finish.send(Finished { id, asked, meaning, answer }).await.is_err() {
                        // The connection has gone: nobody takes a stream that was opened for it.
                        doors.kernel.session_closed(&session);
                    }
                });
            }
        }
    }

    pub(super) fn on_finished(&mut self, finished: Finished) {
        let Finished { id, asked, meaning, answer } = finished;
        // No program ends its own token, so that none is owed the answer of the command that did. What a person asked is
        // answered still: it may have been the sign-out.
        let too_late = asked.caller.scopes().is_some() && !asked.is_live(&self.doors.kernel.identity);
        let answer = if too_late { Err(stranger::unauthenticated()) } else { answer };
        match answer {
            Err(error) => self.refuse(id.as_deref(), &error),
            Ok(reply) => {
                if matches!(meaning, Meaning::SignIn) {
                    self.sign_in(&reply);
                }
                self.outbox.push_text(ok_frame(id.as_deref().unwrap_or_default(), &reply));
                if matches!(meaning, Meaning::Stream) {
                    self.open_stream(&reply);
                }
            }
        }
    }

    fn refuse(&mut self, id: Option<&str>, error: &WireError) {
        let id = id.unwrap_or(match error.code {
            ErrorCode::Unauthenticated => "auth_required",
            ErrorCode::RateLimited => "rate_limited",
            ErrorCode::InvalidInput | ErrorCode::TooLarge => "parse_error",
            _ => "",
        });
        self.outbox.push_text(error_frame(id, error));
    }

    fn open_stream(&mut self, reply: &Reply) {
        #[derive(Deserialize)]
        struct Opened {
            stream: u32,
        }
        if let Ok(Opened { stream: id }) = reply.read::<Opened>()
            && let Some(stream) = self.doors.kernel.streams.take(&self.session, id)
        {
            self.streams.open(id, stream);
        }
    }
}
