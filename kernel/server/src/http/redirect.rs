//! The door that only says where the other one is: HTTP, where TLS is spoken elsewhere.

use aether_protocol::WireError;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::envelope::Older;

/// Sends everybody to the same path over TLS at this port.
pub(crate) fn router(port: u16) -> Router {
    Router::new().fallback(move |request: Request| async move { answer(&request, port) })
}

fn answer(request: &Request, port: u16) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match host(request.headers()).filter(|_| path.starts_with('/')) {
        Some(host) => {
            let port = if port == 443 { String::new() } else { format!(":{port}") };
            let location = [(header::LOCATION, format!("https://{host}{port}{path}"))];
            (StatusCode::MOVED_PERMANENTLY, location).into_response()
        }
        None => {
            Older(WireError::invalid("The request names no host. Use https:// and the port of it.")).into_response()
        }
    }
}

/// The name by which the client knows us, without its port.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn asked(host: &str, path: &str, port: u16) -> (u16, Option<String>) {
        let request = Request::builder().uri(path).header("host", host).body(Body::empty()).expect("a request");
        let answer = answer(&request, port);
        let location = answer.headers().get(header::LOCATION).map(|value| value.to_str().expect("text").to_owned());
        (answer.status().as_u16(), location)
    }

    #[test]
    fn the_path_stays_and_the_port_changes() {
        let sent = |host, port| asked(host, "/a/b?c=%20", port).1.expect("a place");
        assert_eq!(sent("desk.example", 443), "https://desk.example/a/b?c=%20");
        assert_eq!(sent("desk.example:80", 3001), "https://desk.example:3001/a/b?c=%20");
        assert_eq!(sent("[::1]:80", 3001), "https://[::1]:3001/a/b?c=%20");
        for odd in ["", ":80", "a b", "evil/..", "a@b"] {
            assert_eq!(asked(odd, "/", 443), (400, None), "{odd}");
        }
    }
}
