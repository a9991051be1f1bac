//! The scheme `aether-file`: `aether-file://localhost/<path>` answers a file's bytes, as the local owner may see them.
//!
//! The system's webviews take an answer whole, so a range is answered by its first part and a large file is only to be
//! had in ranges; media elements ask for the next part by themselves. What is saved comes another way (`downloads.rs`).

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tauri::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder, Url};

use crate::desktop::{Desktop, is_page};

/// The name of the scheme.
pub const SCHEME: &str = "aether-file";
/// Where the scheme is an address of the usual kind.
const HOST: &str = "aether-file.localhost";
/// Bytes of one answer to a request for a range.
const PART: u64 = 4 * 1024 * 1024;
/// Bytes of a file that is answered whole.
const WHOLE: u64 = 128 * 1024 * 1024;

/// Answers one request.
#[allow(clippy::needless_pass_by_value)] // The shape that Tauri asks for.
pub fn serve<R: Runtime>(context: UriSchemeContext<'_, R>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let desktop = context.app_handle().state::<Arc<Desktop>>().inner().clone();
    tauri::async_runtime::spawn(async move { responder.respond(answer(&desktop, &request).await) });
}

async fn answer(desktop: &Desktop, request: &Request<Vec<u8>>) -> Response<Cow<'static, [u8]>> {
    let Some(path) = path(request.uri().path()) else {
        return refusal(StatusCode::BAD_REQUEST);
    };
    let Some(program) = desktop.program().await else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE);
    };
    let most = if request.headers().contains_key(header::RANGE) { PART } else { WHOLE };
    let answer = program.server().file(&path, request.method(), request.headers(), most).await;
    let mut response = answer.map(|bytes| Cow::Owned(bytes.into()));
    tame(response.headers_mut());
    // Another page, which an agent may have written, learns nothing of what is in a file.
    if let Some(origin) = request.headers().get(header::ORIGIN).filter(|origin| is_our_page(origin.as_bytes())) {
        let shown = HeaderValue::from_static("accept-ranges, content-length, content-range");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, shown);
    }
    response
}

fn refusal(status: StatusCode) -> Response<Cow<'static, [u8]>> {
    let mut response = Response::new(Cow::Borrowed(&b""[..]));
    *response.status_mut() = status;
    response
}

/// The virtual path that a request names, with its slashes encoded or not.
fn path(uri: &str) -> Option<String> {
    let path = percent_decode_str(uri).decode_utf8().ok()?;
    Some(format!("/{}", path.trim_start_matches('/')))
}

/// Takes from a page that somebody wrote what would make it one. Nothing in the window shows it, and if it were shown after
/// all, only the webview's regard for a policy would keep its scripts from running.
fn tame(headers: &mut HeaderMap) {
    if headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|policy| policy == "sandbox") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    }
}

/// True for the origin of the page that came with the program.
pub fn is_our_page(origin: &[u8]) -> bool {
    let url = std::str::from_utf8(origin).ok().and_then(|origin| Url::parse(origin).ok());
    url.is_some_and(|origin| is_page(&origin))
}

/// True if an address names a file here. Webviews of Windows know no schemes but their own.
pub fn is_here(url: &Url) -> bool {
    url.scheme() == SCHEME || matches!(url.scheme(), "http" | "https") && url.host_str() == Some(HOST)
}

/// True for a document that the page shows in a frame.
pub fn is_document(url: &Url) -> bool {
    path(url.path()).is_some_and(|path| path.to_ascii_lowercase().ends_with(".pdf"))
}

/// The virtual path of a file that an address wants saved.
pub fn to_save(url: &Url) -> Option<String> {
    (is_here(url) && url.query() == Some("download=1")).then(|| path(url.path())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PAGE, STRANGERS, block_on, program};

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(path("/%2Fhome%2Fada%2Fa%20b.png").as_deref(), Some("/home/ada/a b.png"));
        assert_eq!(path("/home/ada/a%2520b.png").as_deref(), Some("/home/ada/a%20b.png"));
        assert_eq!(path("/").as_deref(), Some("/"));
        assert_eq!(path("/%ff"), None);
    }

    #[test]
    fn only_our_own_page_reads_files() {
        assert!(is_our_page(PAGE.trim_end_matches('/').as_bytes()));
        for other in ["null", "http://localhost", "aether-file://localhost"] {
            assert!(!is_our_page(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn an_address_says_what_is_to_be_saved() {
        let to_save = |url: &str| super::to_save(&url.parse().expect("an address"));
        for origin in ["aether-file://localhost", "http://aether-file.localhost"] {
            let path = to_save(&format!("{origin}/%2Fhome%2Fada%2Fa%20b.png?download=1"));
            assert_eq!(path.as_deref(), Some("/home/ada/a b.png"));
            assert_eq!(to_save(&format!("{origin}/%2Fhome%2Fada%2Fa.png")), None);
        }
        assert_eq!(to_save("https://example.org/a.png?download=1"), None);
        assert_eq!(to_save("tauri://localhost/a.png?download=1"), None);
    }

    #[test]
    fn what_agents_write_is_no_page_and_tells_nothing_to_one() {
        block_on(asked_for());
    }

    async fn asked_for() {
        let root = tempfile::tempdir().expect("a folder");
        let desktop = Desktop::new(root.path().to_owned());
        let kernel = Arc::new(program(root.path()).await);
        desktop.runs(kernel.clone());
        let made = root.path().join("shared/made");
        std::fs::create_dir_all(&made).expect("a folder");
        let head = async |name: &str, origin: &str| {
            std::fs::write(made.join(name), "<p>").expect("written");
            let request = Request::builder().uri(format!("{SCHEME}://localhost/shared/made/{name}"));
            let request = request.header(header::ORIGIN, origin).body(Vec::new()).expect("a request");
            let answer = answer(&desktop, &request).await;
            assert_eq!(answer.status(), StatusCode::OK, "{name}");
            answer.headers().clone()
        };
        let page = PAGE.trim_end_matches('/');
        for name in ["a.html", "a.HTM", "a.xhtml", "a.xml", "a"] {
            assert_eq!(head(name, page).await[header::CONTENT_TYPE], "application/octet-stream", "{name}");
        }
        for (name, kind) in [("a.svg", "image/svg+xml"), ("a.pdf", "application/pdf")] {
            assert_eq!(head(name, page).await[header::CONTENT_TYPE], kind);
        }
        assert_eq!(head("a.txt", page).await[header::ACCESS_CONTROL_ALLOW_ORIGIN], page);
        for stranger in STRANGERS.into_iter().chain(["null"]) {
            let told = head("a.txt", stranger).await;
            assert_eq!(told.get(header::ACCESS_CONTROL_ALLOW_ORIGIN), None, "{stranger}");
        }
        kernel.end().await.expect("an end");
    }
}
