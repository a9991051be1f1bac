//! REST: routes, and what all of them share.
//!
//! Older routes answer bare objects and `{"error": "text"}`; those under `/api/v1` answer `{"data"}` and
//! `{"error": {"code", "message"}}`. Each is a command, so none decides by itself what a caller may do.

mod agents;
mod audit;
mod auth;
mod busy;
mod commands;
mod cron;
mod envelope;
mod events;
mod form;
mod fs;
mod guard;
mod local;
mod media;
mod older;
mod openapi;
mod pace;
mod query;
mod range;
mod raw;
mod redirect;
mod resources;
mod routes;
mod snapshots;
mod system;
mod version;
mod watch;
mod webhooks;

use std::sync::Arc;

use aether_base::Caller;
use aether_base::gate::Started;
use aether_identity::Origin;
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

pub(crate) use busy::router as busy;
pub(crate) use envelope::older_error;
pub use local::LocalFile;
pub(crate) use local::answer as local_answer;
pub(crate) use query::decode as decode_path;
pub(crate) use query::field as query_field;
pub(crate) use redirect::router as redirect;
pub(crate) use routes::Routes;

use envelope::Older;

/// The commands by which somebody signs in, or guesses.
const SIGN_IN: [&str; 4] = ["auth.login", "auth.mfaLogin", "auth.register", "auth.resetPassword"];

/// Who made a request, and over what.
#[derive(Debug, Clone)]
struct Visitor {
    credential: Credential,
    peer: Peer,
    /// What the client calls itself.
    agent: Option<String>,
}

impl Visitor {
    /// Has a command done for this visitor. It goes on to its end also if the client hangs up.
    async fn call(&self, doors: &Doors, command: impl Into<Command>) -> Result<Reply, WireError> {
        let command = command.into();
        let mut caller = self.credential.caller.clone();
        let mut presence = None;
        if let Some(address) = self.peer.address.filter(|_| SIGN_IN.contains(&command.wire())) {
            // A connection of its own, which says where it comes from.
            let session = doors.new_session();
            let origin = Origin::new(network(address), self.agent.as_deref());
            presence = Some(doors.kernel.identity.comes_from(&session, origin));
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
        .route("/ready", any(watch::ready))
        .route("/metrics", any(watch::metrics))
        .route("/openapi.json", get(openapi::bare))
        .route("/docs", get(openapi::page))
        .route("/docs/style.css", get(openapi::style))
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
        .route("/api/auth/password/reset", post(auth::reset_password))
        .route("/api/fs/raw", get(raw::download))
        .route("/api/fs/upload", post(raw::upload))
        .route("/api/kernel", any(system::kernel))
        .route("/api/processes", any(system::processes))
        .route("/api/llm/providers", get(system::providers))
        .route("/api/snapshots", get(snapshots::all))
        .route("/api/snapshots/{id}", get(snapshots::of_one).post(snapshots::create).delete(snapshots::remove))
        .route("/api/snapshots/{id}/restore", post(snapshots::restore))
        .route("/api/system/stats", get(system::stats))
        .merge(older_routes())
        .route("/api/v1/openapi.json", get(openapi::enveloped))
        .route("/api/v1/templates", get(older::unserved))
        .route("/api/v1/templates/{id}", get(older::unserved))
        .route("/api/v1/integrations/{id}", patch(cron::set_integration))
        .route("/api/v1/integrations/slack/commands", post(older::unserved))
        .route("/api/v1/integrations/slack/events", post(older::unserved))
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

/// Routes of before there was a version in the path.
fn older_routes() -> Router<Arc<Doors>> {
    Router::new()
        .route("/api/cluster", get(older::cluster))
        .route("/api/history/processes", any(older::processes))
        .route("/api/history/logs", any(older::logs))
        .route("/api/history/logs/{pid}", any(older::log))
        .route("/api/history/files", any(older::unserved))
        .route("/api/history/metrics", any(older::metrics))
        .route("/api/plugins/{pid}", get(older::plugins))
        .route("/api/plugins/{pid}/install", post(older::unserved))
        .route("/api/shared", get(older::shared).post(older::create_shared))
        .route("/api/shared/mount", post(older::mount_shared))
        .route("/api/shared/unmount", post(older::unmount_shared))
        .route("/api/vnc/{pid}", get(older::vnc))
        .route("/api/gpu", get(older::gpus))
        .route("/api/gpu/stats", get(older::gpu_stats))
        .route("/api/feedback", post(older::submit_feedback))
        .route("/api/feedback/{pid}", get(older::feedback))
        .route("/api/templates", get(older::unserved))
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
