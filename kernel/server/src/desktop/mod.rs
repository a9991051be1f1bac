//! The desktop that browsers load: one page, and the files it is made of.
//!
//! What it owns: which requests are for the desktop, where its files come from, how long a browser may keep them, and what
//! the page may do. What it never does: ask who the visitor is. All of it is public and the same for everybody.

mod files;
mod page;
mod policy;

use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use files::{File, Source};

pub(crate) use page::accepts_html;

/// Where a browser finds the page under its own name.
const PAGE: &str = "index.html";
/// Folders of files; whatever lies in them is named in the page, so a path in them is never the page itself.
const FOLDERS: [&str; 2] = ["assets", "icons"];
/// Files beside the page.
const BESIDE: [&str; 3] = [PAGE, "manifest.json", "sw.js"];
/// First parts of paths that belong to programs.
const RESERVED: [&str; 9] = ["api", "kernel", "cluster", "metrics", "health", "ready", "embed", "docs", "openapi.json"];

/// The desktop, or that there is none.
pub(crate) struct Desktop {
    source: Source,
}

impl Desktop {
    /// Looks for the desktop: in the folder that is set, in this program, beside this program.
    pub fn find(set: Option<&Path>) -> Desktop {
        Desktop { source: Source::find(set) }
    }

    /// True if this request is for the desktop: its page, or one of its files, there or not.
    pub fn is_asked(&self, method: &Method, path: &str, headers: &HeaderMap) -> bool {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return false;
        }
        if path == "/" {
            return accepts_html(headers);
        }
        match file_name(path) {
            Some(_) => true,
            None => !self.source.is_absent() && is_page(path) && accepts_html(headers),
        }
    }

    /// Answers a request that is for the desktop.
    pub async fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let name = file_name(path).unwrap_or(PAGE);
        let Some(file) = self.source.read(name, headers).await else {
            return if self.source.is_absent() && path == "/" { page::absent() } else { missing() };
        };
        let mut response = if is_known(headers, &file.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Body::from(file.bytes.clone()).into_response();
            describe(response.headers_mut(), &file);
            response
        };
        let head = response.headers_mut();
        put(head, header::ETAG, &file.tag);
        put(head, header::CACHE_CONTROL, keep(name));
        put(head, header::VARY, if path == "/" { "Accept, Accept-Encoding" } else { "Accept-Encoding" });
        policy::guard(head, headers.get(header::HOST));
        if name == PAGE {
            put(head, header::LINK, &page::links(&file.plain));
        }
        response
    }
}

/// The name of the file a path asks for; `None` if the path is no file's.
fn file_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let folder = name.split_once('/').map_or("", |(folder, _)| folder);
    (BESIDE.contains(&name) || FOLDERS.contains(&folder)).then_some(name)
}

/// True if a path may be one of the page's own.
fn is_page(path: &str) -> bool {
    let Some(path) = crate::http::decode_path(path) else { return false };
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    !RESERVED.contains(&first)
}

/// How long a browser may keep a file: those in `assets` have their content in their name.
fn keep(name: &str) -> &'static str {
    match name.split_once('/') {
        Some(("assets", _)) => "public, max-age=31536000, immutable",
        Some(_) => "public, max-age=604800",
        None => "no-cache",
    }
}

fn describe(head: &mut HeaderMap, file: &File) {
    put(head, header::CONTENT_TYPE, file.media);
    if let Some(encoding) = file.encoding {
        put(head, header::CONTENT_ENCODING, encoding);
    }
}

/// True if the browser has this very file already (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let mut named = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    named.any(|tags| tags.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag))
}

fn missing() -> Response {
    let head = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::NOT_FOUND, head, "The desktop has no such file. Load the page again.\n").into_response()
}

fn put(head: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(desktop: &Desktop, path: &str, accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header"));
        desktop.is_asked(&Method::GET, path, &headers)
    }

    #[test]
    fn paths_of_programs_never_show_the_page() {
        let there = Desktop { source: Source::Folder(".".into()) };
        for page in ["/", "/agents/12", "/apiary", "/settings"] {
            assert!(asked(&there, page, "text/html,*/*;q=0.8"), "{page}");
            assert!(!asked(&there, page, "application/json"), "{page}");
        }
        for path in
            ["/api/v1/agents", "/api", "/kernel", "/cluster/x", "/metrics", "/health", "/embed/a.js", "/%61pi/x"]
        {
            assert!(!asked(&there, path, "text/html"), "{path}");
        }
        for file in ["/assets/a.js", "/sw.js", "/manifest.json", "/icons/a.png"] {
            assert!(asked(&there, file, "*/*"), "{file}");
        }
        assert!(!there.is_asked(&Method::POST, "/sw.js", &HeaderMap::new()));
        let absent = Desktop { source: Source::Absent };
        assert!(asked(&absent, "/", "text/html") && !asked(&absent, "/agents/12", "text/html"));
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let known = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, value.parse().expect("a header"));
            is_known(&headers, "\"a\"")
        };
        assert!(known("\"a\"") && known("\"b\", W/\"a\"") && known("*"));
        assert!(!known("\"b\"") && !known("a") && !is_known(&HeaderMap::new(), "\"a\""));
    }
}
