//! REST: routes, and what all of them share.
//!
//! Older routes answer bare objects and `{"error": "text"}`; those under `/api/v1` answer `{"data"}` and
//! `{"error": {"code", "message"}}`. Each is a command, so none decides by itself what a caller may do.

mod agents;
mod audit;
mod auth;
mod commands;
mod cron;
mod envelope;
mod events;
mod form;
mod fs;
mod guard;
mod local;
mod media;
mod pace;
mod query;
mod range;
mod raw;
mod resources;
mod routes;
mod system;
mod version;
mod webhooks;

use std::sync::Arc;

use aether_base::Caller;
use aether_base::gate::Started;
use aether_protocol::{Command, ErrorCode, Reply, WireError};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post};
use axum::{Extension, Router};

use crate::caller::{Credential, Peer};
use crate::desktop::accepts_html;
use crate::limits::network;
use crate::{Doors, socket};

pub(crate) use envelope::older_error;
pub use local::LocalFile;
pub(crate) use local::answer as local_answer;
pub(crate) use query::decode as decode_path;
pub(crate) use query::field as query_field;
pub(crate) use routes::Routes;

use envelope::Older;

/// The commands by which passwords and codes are guessed.
const SIGN_IN: [&str; 2] = ["auth.login", "auth.mfaLogin"];

/// Who made a request, and over what.
#[derive(Debug, Clone)]
struct Visitor {
    credential: Credential,
    peer: Peer,
}

impl Visitor {
    /// Has a command done for this visitor. It goes on to its end also if the client hangs up.
    async fn call(&self, doors: &Doors, command: impl Into<Command>) -> Result<Reply, WireError> {
        let command = command.into();
        let mut caller = self.credential.caller.clone();
        let mut presence = None;
        if let Some(address) = self.peer.address.filter(|_| SIGN_IN.contains(&command.wire())) {
            // A connection of its own, which says where the guess comes from.
            let session = doors.new_session();
            presence = Some(doors.kernel.identity.comes_from(&session, network(address)));
            caller = Arc::new(Caller { session: Some(session), ..(*caller).clone() });
        }
        let _presence = presence;
        match doors.kernel.gate.start(&caller, command) {
            Started::Done(answer) => answer,
            Started::Running(answer) => match tokio::spawn(answer).await {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::error!(%error, "a command's task failed");
                    Err(WireError::new(
                        ErrorCode::Internal,
                        "Something went wrong inside the kernel. Its log has the details.",
                    ))
                }
            },
        }
    }
}

/// Every route, with the guard in front.
pub(crate) fn router(doors: &Arc<Doors>) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/favicon.ico", any(StatusCode::NO_CONTENT))
        .route("/health", any(system::health))
        .route("/kernel", any(socket::upgrade))
        .route("/api/auth/login", post(auth::login))
        .route("/api/auth/register", post(auth::register))
        .route("/api/auth/mfa/login", post(auth::mfa_login))
        .route("/api/auth/mfa/setup", post(auth::mfa_setup))
        .route("/api/auth/mfa/verify", post(auth::mfa_verify))
        .route("/api/auth/mfa/enable", post(auth::mfa_enable))
        .route("/api/auth/mfa/disable", post(auth::mfa_disable))
        .route("/api/auth/refresh", post(auth::refresh))
        .route("/api/auth/logout", post(auth::logout))
        .route("/api/auth/password", post(auth::password))
        .route("/api/fs/raw", get(raw::download))
        .route("/api/fs/upload", post(raw::upload))
        .route("/api/kernel", any(system::kernel))
        .route("/api/processes", any(system::processes))
        .route("/api/llm/providers", get(system::providers))
        .route("/api/system/stats", get(system::stats))
        .route("/api/v1/agents", get(agents::list).post(agents::spawn))
        .route("/api/v1/agents/{uid}", get(agents::info).delete(agents::kill))
        .route("/api/v1/agents/{uid}/pause", post(agents::pause))
        .route("/api/v1/agents/{uid}/resume", post(agents::resume))
        .route("/api/v1/agents/{uid}/message", post(agents::message))
        .route("/api/v1/agents/{uid}/approve", post(agents::approve))
        .route("/api/v1/agents/{uid}/reject", post(agents::reject))
        .route("/api/v1/agents/{uid}/answer", post(agents::answer))
        .route("/api/v1/agents/{uid}/timeline", get(agents::timeline))
        .route("/api/v1/fs", get(fs::read_root))
        .route("/api/v1/fs/", get(fs::read_root))
        .route("/api/v1/fs/{*path}", get(fs::read).put(fs::write).delete(fs::remove))
        .route("/api/v1/system/status", get(system::status))
        .route("/api/v1/system/metrics", get(system::metrics))
        .route("/api/v1/resources/summary", any(commands::derived))
        .route("/api/v1/resources/{pid}", get(resources::one))
        .route("/api/v1/cron/{id}", patch(cron::set_enabled))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/events", get(events::subscribe))
        .route("/api/v1/hooks/{token}", post(webhooks::call))
        .route("/api/v1/webhooks/dlq/{id}", delete(webhooks::purge))
        .route("/api/v1/commands/{wire}", post(commands::run))
        .fallback(other)
        .method_not_allowed_fallback(commands::derived)
        .layer(from_fn_with_state(doors.clone(), guard::guard))
        .with_state(doors.clone())
}

/// `GET /`: the desktop to who wants to be shown something, else what this is.
async fn root(State(doors): State<Arc<Doors>>, headers: HeaderMap) -> Response {
    if accepts_html(&headers) {
        return doors.desktop.answer("/", &headers).await;
    }
    let mut answer = system::root().await;
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    answer
}

/// Any path without a route here: one that a command's row names, or the desktop's.
async fn other(State(doors): State<Arc<Doors>>, visitor: Extension<Visitor>, request: Request) -> Response {
    if doors.desktop.is_asked(request.method(), request.uri().path(), request.headers()) {
        return doors.desktop.answer(request.uri().path(), request.headers()).await;
    }
    commands::derived(State(doors), visitor, request).await
}

/// The answer for a path that nothing serves.
fn not_found() -> Response {
    Older(WireError::not_found("Not found")).into_response()
}
