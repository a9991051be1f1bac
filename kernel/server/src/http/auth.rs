//! Signing in and out. A token travels in the answer for programs, and in a cookie for pages.

use std::sync::Arc;

use aether_base::now_ms;
use aether_protocol::{Command, ErrorCode, Reply, WireError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::envelope::{Older, bare};
use super::{Visitor, routes};
use crate::Doors;
use crate::caller::{self, COOKIE, Peer, Token};

type Body = Result<Bytes, BytesRejection>;
type Answer = Result<Response, Older>;

pub async fn login(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    sign_in(state, visitor, body, "auth.login").await
}

pub async fn register(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    // Whoever creates users for others stays who it is: the token is in the answer, their cookie is left alone.
    match visitor.credential.caller.is_admin() {
        true => answer(state, visitor, body, "auth.register").await,
        false => sign_in(state, visitor, body, "auth.register").await,
    }
}

pub async fn mfa_login(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    sign_in(state, visitor, body, "auth.mfaLogin").await
}

/// A new token in place of the caller's.
pub async fn refresh(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    sign_in(state, visitor, body, "auth.refresh").await
}

async fn sign_in(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    body: Body,
    wire: &'static str,
) -> Answer {
    let reply = ask(&doors, &visitor, wire, body).await?;
    let mut response = bare(reply.json());
    if let Some(cookie) = token_of(&reply).and_then(|token| cookie(&doors, &visitor.peer, &token)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Kills the caller's token, and takes the cookie away; a cookie whose token is dead already goes too.
pub async fn logout(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let mut response = match ask(&doors, &visitor, "auth.logout", body).await {
        Ok(_) => bare("{\"ok\":true}"),
        Err(error) if error.code == ErrorCode::Unauthenticated => Older(error).into_response(),
        Err(error) => return Err(error.into()),
    };
    if matches!(caller::token(&headers), Some(Token::Cookie(_))) {
        let gone = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0{}", secure(&visitor.peer));
        if let Ok(gone) = HeaderValue::from_str(&gone) {
            response.headers_mut().insert(header::SET_COOKIE, gone);
        }
    }
    Ok(response)
}

/// Changes the caller's own password.
pub async fn password(State(doors): State<Arc<Doors>>, Extension(visitor): Extension<Visitor>, body: Body) -> Answer {
    ask(&doors, &visitor, "auth.changePassword", body).await?;
    Ok(bare("{\"ok\":true}"))
}

/// Sets a new password by a token that an administrator gave out.
pub async fn reset_password(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    body: Body,
) -> Answer {
    ask(&doors, &visitor, "auth.resetPassword", body).await?;
    Ok(bare("{\"ok\":true}"))
}

/// A secret for the caller's authenticator app.
pub async fn mfa_setup(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    answer(state, visitor, body, "auth.mfaSetup").await
}

pub async fn mfa_verify(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    answer(state, visitor, body, "auth.mfaVerify").await
}

pub async fn mfa_enable(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    answer(state, visitor, body, "auth.mfaEnable").await
}

pub async fn mfa_disable(state: State<Arc<Doors>>, visitor: Extension<Visitor>, body: Body) -> Answer {
    answer(state, visitor, body, "auth.mfaDisable").await
}

async fn answer(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    body: Body,
    wire: &'static str,
) -> Answer {
    let reply = ask(&doors, &visitor, wire, body).await?;
    Ok(bare(reply.json()))
}

async fn ask(doors: &Doors, visitor: &Visitor, wire: &str, body: Body) -> Result<Reply, WireError> {
    let command = Command::decode(wire, &routes::object(body)?)?;
    visitor.call(doors, command).await
}

/// The token of an answer; absent where a second factor is asked for first.
fn token_of(reply: &Reply) -> Option<String> {
    #[derive(Deserialize)]
    struct SignedIn {
        token: Option<String>,
    }
    reply.read::<SignedIn>().ok().and_then(|signed_in| signed_in.token)
}

/// The cookie lives as long as its token. Scripts do not see it, and other sites do not send it (RFC 6265bis).
fn cookie(doors: &Doors, peer: &Peer, token: &str) -> Option<HeaderValue> {
    let expires_at = doors.kernel.identity.authenticate(token)?.expires_at?;
    let left = expires_at.saturating_sub(now_ms() / 1_000);
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={left}{}", secure(peer));
    HeaderValue::from_str(&cookie).ok()
}

fn secure(peer: &Peer) -> &'static str {
    if peer.secure { "; Secure" } else { "" }
}
