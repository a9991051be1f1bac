//! What every request passes first: a readable path, CORS, who it is, how often it comes, and whether it may at all.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use aether_protocol::{ErrorCode, REST_VERSION, WireError};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::envelope::Family;
use super::{Visitor, not_found, pace, query};
use crate::Doors;
use crate::caller::{self, Peer};
use crate::limits::Use;
use crate::origin::{Page, is_known_host};

const VERSION: HeaderName = HeaderName::from_static("x-aether-version");

/// Paths that anybody may ask for; the socket's path sees to itself.
const PUBLIC: &[&str] = &[
    "/",
    "/favicon.ico",
    "/health",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/style.css",
    "/kernel",
    "/api/auth/login",
    "/api/auth/logout",
    "/api/auth/mfa/login",
    "/api/auth/password/reset",
    "/api/auth/register",
];
/// Below it anybody may ask who has the token that the path ends in.
const HOOKS: &str = "/api/v1/hooks/";
/// Public paths that do not count for rate limits.
const UNCOUNTED: [&str; 9] =
    ["/", "/favicon.ico", "/health", "/ready", "/metrics", "/openapi.json", "/docs", "/docs/style.css", "/kernel"];

/// Bytes of a body that anybody may send.
const PUBLIC_BODY: usize = 64 * 1024;

/// Lets a request through, or answers it.
pub async fn guard(State(doors): State<Arc<Doors>>, mut request: Request, next: Next) -> Response {
    let origins = &doors.kernel.config.server.cors_origins;
    let page = Page::of(request.headers(), origins);
    let origin = request.headers().get(header::ORIGIN).filter(|_| page == Page::Listed).cloned();
    let family = Family::of(request.uri().path());
    let is_preflight = request.method() == Method::OPTIONS;
    let (begun, method, route) = (Instant::now(), request.method().clone(), route(&doors, &request));
    let mut response = match admit(&doors, &mut request, page, family) {
        Some(answer) => answer,
        None => next.run(request).await,
    };
    doors.kernel.meters.request(method.as_str(), &route, response.status().as_u16(), begun.elapsed());
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        allow_origin(headers, origin);
    }
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if family == Family::V1 {
        headers.insert(VERSION, HeaderValue::from_static(REST_VERSION));
    }
    response
}

/// The pattern of the route a request asks for, for who counts them: paths are without end.
fn route(doors: &Doors, request: &Request) -> Cow<'static, str> {
    if let Some(matched) = request.extensions().get::<MatchedPath>() {
        return matched.as_str().to_owned().into();
    }
    let path = request.uri().path();
    let derived = path.strip_prefix("/api/v1/").and_then(|path| doors.routes.find(request.method(), path));
    match derived.and_then(|(route, _)| route.row.route) {
        Some(route) => format!("/api/v1{}", route.path).into(),
        None if doors.desktop.is_asked(request.method(), path, request.headers()) => "desktop".into(),
        None => "other".into(),
    }
}

/// Answers a request that goes no further; else notes on it who made it, and how much of a body it may have.
fn admit(doors: &Doors, request: &mut Request, page: Page, family: Family) -> Option<Response> {
    let Some(peer) = request.extensions().get::<Peer>().cloned() else {
        return Some(family.error(WireError::new(ErrorCode::Internal, "The connection is of an unknown kind.")));
    };
    if let Some(refusal) = misdirected(doors, &peer, request.headers(), family) {
        return Some(refusal);
    }
    let path = request.uri().path();
    if query::decode(path).is_none() {
        let message =
            "The path is not encoded well: each % must be followed by two hexadecimal digits that spell UTF-8.";
        return Some(family.error(WireError::invalid(message)));
    }
    if request.method() == Method::OPTIONS {
        return Some(preflight());
    }
    if path != "/kernel" && request.headers().get(header::UPGRADE).is_some_and(is_websocket) {
        return Some(not_found());
    }
    if !page.may_ask(request.method(), request.headers()) {
        return Some(family.error(foreign()));
    }
    let is_desktop = doors.desktop.is_asked(request.method(), path, request.headers());
    let identity = &doors.kernel.identity;
    let (credential, refused_cookie) = caller::of_request(identity, &peer, request.headers(), request.method(), page);
    if !is_desktop
        && !UNCOUNTED.contains(&path)
        && let Some(Err(refusal)) = credential.limit_key(&peer).map(|key| doors.limits.admit(Use::Request, key))
    {
        return Some(family.error(refusal));
    }
    if !credential.is_signed_in() && !is_desktop && !is_public(path) {
        let refusal = if refused_cookie {
            foreign()
        } else {
            WireError::new(ErrorCode::Unauthenticated, "Authentication required")
        };
        return Some(family.error(refusal));
    }
    let most = doors.kernel.config.server.max_body;
    let is_public = !credential.is_signed_in() || is_public(path);
    let is_upload = is_upload(request.method(), path);
    DefaultBodyLimit::max(if is_public { most.min(PUBLIC_BODY) } else { most }).apply(request);
    let body = std::mem::take(request.body_mut());
    *request.body_mut() = pace::hurried(body, is_upload);
    let agent = caller::user_agent(request.headers()).map(str::to_owned);
    request.extensions_mut().insert(Visitor { credential, peer, agent });
    None
}

fn is_public(path: &str) -> bool {
    PUBLIC.contains(&path) || path.starts_with(HOOKS)
}

fn foreign() -> WireError {
    WireError::forbidden("This page may not act for you. Add its origin to AETHER_CORS_ORIGINS to allow it.")
}

/// Refuses a request to a name that somebody else may have pointed at this machine. Only a server that nobody else gets to
/// is reached by that: it counts on being out of reach.
fn misdirected(doors: &Doors, peer: &Peer, headers: &HeaderMap, family: Family) -> Option<Response> {
    let config = &doors.kernel.config.server;
    if peer.is_local() || !config.host.is_loopback() || is_known_host(headers, &config.cors_origins) {
        return None;
    }
    let message = "Aether OS is not known by this name here. Open it as localhost, or add the address you use, like \
                   https://desk.example, to AETHER_CORS_ORIGINS.";
    let mut refusal = family.error(WireError::forbidden(message));
    *refusal.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    Some(refusal)
}

/// True if the body is a file, which takes the time it takes.
fn is_upload(method: &Method, path: &str) -> bool {
    path == "/api/fs/upload" || (*method == Method::PUT && path.starts_with("/api/v1/fs/"))
}

fn is_websocket(upgrade: &HeaderValue) -> bool {
    upgrade.as_bytes().eq_ignore_ascii_case(b"websocket")
}

fn preflight() -> Response {
    let head = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE, PATCH, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Authorization"),
    ];
    (StatusCode::NO_CONTENT, head).into_response()
}

fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("X-Aether-Version, Retry-After, Content-Range, Accept-Ranges"),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
