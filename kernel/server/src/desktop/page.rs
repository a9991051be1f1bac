//! The page itself: who wants it, what it needs first, and what stands in its place where there is none.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// True if whoever asks wants to be shown something. Programs that take anything are not shown a page.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    let mut listed = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    listed.any(|list| lists(list, "text/html"))
}

/// True if a list of a header names this, and not with a weight of 0.
pub fn lists(list: &str, wanted: &str) -> bool {
    list.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        is_named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// What the page loads first, as a `Link` header: every file that one of its attributes names (`="/assets/..."`).
pub fn links(page: &[u8]) -> String {
    let text = String::from_utf8_lossy(page);
    let mut links: Vec<String> = Vec::new();
    for rest in text.split("=\"/assets/").skip(1) {
        let Some((name, _)) = rest.split_once('"') else { continue };
        let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("js") => "rel=modulepreload",
            Some("css") => "rel=preload; as=style",
            Some("wasm") => "rel=preload; as=fetch; type=\"application/wasm\"; crossorigin",
            Some("woff2") => "rel=preload; as=font; type=\"font/woff2\"; crossorigin",
            _ => continue,
        };
        let link = format!("</assets/{name}>; {kind}");
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links.join(", ")
}

/// What a browser is shown where the desktop is not part of the program and not beside it.
pub fn absent() -> Response {
    const TEXT: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><title>Aether OS</title>
<h1>Aether OS runs, without its desktop</h1>
<p>This build of aetherd has no desktop in it, and there is none beside it.</p>
<p>In the source tree, <code>cargo xtask run</code> builds and serves it. A desktop that is built already is named by
<code>AETHER_UI</code>: the folder that has its <code>index.html</code>.</p>
<p>The command line (<code>aether</code>), REST and the WebSocket work as they are.</p>
</html>
";
    let head = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, head, TEXT).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_shown_to_who_asks_for_one() {
        let accepts = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, value.parse().expect("a header"));
            accepts_html(&headers)
        };
        assert!(accepts("text/html,application/xhtml+xml,*/*;q=0.8") && accepts("*/*, Text/HTML;level=1;q=0.1"));
        assert!(!accepts("*/*") && !accepts("application/json") && !accepts("text/html;q=0") && !accepts("text/*"));
        assert!(!accepts_html(&HeaderMap::new()));
    }

    #[test]
    fn the_page_says_what_it_needs_first() {
        let page = br#"<link rel="stylesheet" href="/assets/start-1.css"><script src="/assets/start-2.js"></script>
            <link rel="preload" href="/assets/aether-3.wasm"><script>{"terminal.js":"/assets/terminal-4.js"}</script>
            <link href="/assets/start-1.css"><img src="/assets/a.png">"#;
        let expected = "</assets/start-1.css>; rel=preload; as=style, </assets/start-2.js>; rel=modulepreload, \
                        </assets/aether-3.wasm>; rel=preload; as=fetch; type=\"application/wasm\"; crossorigin";
        assert_eq!(links(page), expected);
    }
}
