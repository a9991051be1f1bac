//! Sockets on `/kernel`: the upgrade (RFC 6455), the choice of the dialect, and which sockets are open (docs/wire.md).

mod aether2;
mod carrier;
mod compat;
mod connection;
mod dialect;
mod goodbye;
mod link;
mod outbox;
mod sessions;
mod stranger;
mod streams;

use std::sync::Arc;

use aether_identity::Origin;
use aether_protocol::{SUBPROTOCOL, SessionId};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::Doors;
use crate::caller::{self, Credential, Peer, Token};
use crate::http::older_error;
use crate::io::Metered;
use crate::limits::network;
use crate::origin::Page;

use sessions::Seat;

pub(crate) use link::open as open_link;
pub use link::{Frame, Gone, Link, LinkReceiver, LinkSender};
pub(crate) use sessions::Sessions;

/// A socket after its upgrade.
type Socket = WebSocketStream<Metered>;

/// Bytes read from a socket at a time, and gathered before they are written.
const READ_BUFFER: usize = 16 * 1024;
const WRITE_BUFFER: usize = 128 * 1024;

/// What the upgrade request said, for the dialect to make something of.
struct Hail {
    peer: Peer,
    session: SessionId,
    /// Who the head of the request stands for.
    credential: Credential,
    query: Option<String>,
    /// What the client calls itself.
    agent: Option<String>,
}

/// Who is at the other end of a socket.
struct Speaker {
    peer: Peer,
    session: SessionId,
    credential: Credential,
    seat: Seat,
}

/// Upgrades a request to a socket, or says why not.
pub(crate) async fn upgrade(State(doors): State<Arc<Doors>>, mut request: Request) -> Response {
    let key = match websocket_key(request.method(), request.headers()) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    let page = Page::of(request.headers(), &doors.kernel.config.server.cors_origins);
    if page == Page::Foreign {
        return older_error(
            StatusCode::FORBIDDEN,
            "This page may not open a connection here. Add its origin to AETHER_CORS_ORIGINS to allow it.",
        );
    }
    let (Some(peer), Some(upgrade)) =
        (request.extensions().get::<Peer>().cloned(), request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>())
    else {
        return older_error(StatusCode::UPGRADE_REQUIRED, "This connection cannot be upgraded.");
    };
    let session = doors.new_session();
    let hail = Hail {
        credential: credential_of(&doors, &peer, request.headers(), &session),
        query: request.uri().query().map(str::to_owned),
        agent: caller::user_agent(request.headers()).map(str::to_owned),
        peer,
        session,
    };
    let second = offers(request.headers(), SUBPROTOCOL);
    let shared = doors.clone();
    doors.connections.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => open(shared, upgraded, hail, second).await,
            Err(error) => tracing::debug!(%error, "an upgrade failed"),
        }
    });
    let head = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
    let mut response = (StatusCode::SWITCHING_PROTOCOLS, head, [(header::SEC_WEBSOCKET_ACCEPT, key)]).into_response();
    if second {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, header::HeaderValue::from_static(SUBPROTOCOL));
    }
    response
}

async fn open(doors: Arc<Doors>, upgraded: Upgraded, hail: Hail, second: bool) {
    let Ok(parts) = upgraded.downcast::<TokioIo<Metered>>() else {
        tracing::error!("an upgraded connection is of an unknown kind");
        return;
    };
    let most = Some(doors.kernel.config.server.max_body);
    let config = WebSocketConfig::default()
        .max_message_size(most)
        .max_frame_size(most)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER);
    let (io, read) = (parts.io.into_inner(), parts.read_buf.to_vec());
    let socket = WebSocketStream::from_partially_read(io, read, Role::Server, Some(config)).await;
    let session = hail.session.clone();
    let _presence = hail.peer.address.map(|address| {
        let origin = Origin::new(network(address), hail.agent.as_deref());
        doors.kernel.identity.comes_from(&session, origin)
    });
    let _counted = doors.kernel.meters.socket();
    stranger::begin(&hail.peer.meter);
    if second {
        aether2::serve(&doors, socket, hail).await;
    } else {
        compat::serve(&doors, socket, hail).await;
    }
    doors.kernel.session_closed(&session);
}

/// Checks the head of an upgrade and answers its `Sec-WebSocket-Accept`.
#[allow(clippy::result_large_err)] // The refusal is the whole answer, made once a connection.
fn websocket_key(method: &Method, headers: &HeaderMap) -> Result<String, Response> {
    let has = |name: header::HeaderName, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    if method != Method::GET || !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        let refusal = older_error(StatusCode::UPGRADE_REQUIRED, "This path takes WebSocket connections only.");
        return Err(([(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade")], refusal).into_response());
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        let refusal = older_error(StatusCode::UPGRADE_REQUIRED, "Only version 13 of WebSocket is spoken here.");
        return Err(([(header::SEC_WEBSOCKET_VERSION, "13")], refusal).into_response());
    }
    match headers.get(header::SEC_WEBSOCKET_KEY) {
        Some(key) => Ok(derive_accept_key(key.as_bytes())),
        None => Err(older_error(StatusCode::BAD_REQUEST, "The request has no Sec-WebSocket-Key.")),
    }
}

fn offers(headers: &HeaderMap, protocol: &str) -> bool {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|offer| offer.trim() == protocol))
}

/// Who the head of an upgrade stands for. The page has been checked, so a cookie counts.
fn credential_of(doors: &Doors, peer: &Peer, headers: &HeaderMap, session: &SessionId) -> Credential {
    let identity = &doors.kernel.identity;
    let session = || Some(session.clone());
    let known = match caller::token(headers) {
        Some(Token::Bearer(token)) => {
            let known = Credential::of_token(identity, token, peer.socket(), session());
            return known.unwrap_or_else(|| Credential::anonymous(peer.socket(), session()));
        }
        Some(Token::Cookie(token)) => Credential::of_token(identity, token, peer.socket(), session()),
        None => None,
    };
    let owner = || if peer.is_local() { Credential::of_owner(identity, session()) } else { None };
    known.or_else(owner).unwrap_or_else(|| Credential::anonymous(peer.socket(), session()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn the_accept_key_is_that_of_the_standard() {
        let headers = head(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        let key = websocket_key(&Method::GET, &headers).expect("an upgrade");
        assert_eq!(key, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let refusal = websocket_key(&Method::GET, &head(&[("host", "box")])).expect_err("no upgrade");
        assert_eq!(refusal.status(), StatusCode::UPGRADE_REQUIRED);
    }

    #[test]
    fn the_dialect_is_one_of_the_offers() {
        assert!(offers(&head(&[("sec-websocket-protocol", "chat, aether.2")]), SUBPROTOCOL));
        assert!(offers(
            &head(&[("sec-websocket-protocol", "chat"), ("sec-websocket-protocol", "aether.2")]),
            SUBPROTOCOL
        ));
        assert!(!offers(&head(&[("sec-websocket-protocol", "aether.20")]), SUBPROTOCOL));
        assert!(!offers(&head(&[]), SUBPROTOCOL));
    }
}
