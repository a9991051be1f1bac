//! Which web pages may talk to us (RFC 6454): those we served, and those the owner listed.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, Method, header};

/// What a browser says about the page behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// No browser, or a browser that says nothing because the page is ours.
    Unnamed,
    /// The page came from the host the request goes to.
    Ours,
    /// The owner listed its origin.
    Listed,
    /// Any other page.
    Foreign,
}

impl Page {
    /// Reads it from a request's head.
    pub fn of(headers: &HeaderMap, listed: &[String]) -> Page {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Page::Unnamed;
        };
        let (Ok(origin), None) = (origin.to_str(), origins.next()) else {
            return Page::Foreign;
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if listed.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
            Page::Listed
        } else if host.is_some_and(|host| is_host(origin, host)) {
            Page::Ours
        } else {
            Page::Foreign
        }
    }

    /// True if a request may rest on a cookie, which browsers attach by themselves.
    pub fn may_use_cookie(self, method: &Method, headers: &HeaderMap) -> bool {
        self != Page::Foreign && self.may_ask(method, headers)
    }

    /// True if a request may be made at all: one that changes something only by pages of ours, whether it needs a cookie
    /// or not. Else any page could sign its visitor in as somebody else.
    pub fn may_ask(self, method: &Method, headers: &HeaderMap) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return true;
        }
        match self {
            Page::Ours | Page::Listed => true,
            Page::Foreign => false,
            Page::Unnamed => {
                let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
                matches!(site, None | Some(b"same-origin" | b"none"))
            }
        }
    }
}

/// True if a request names a host that is this machine whatever a name server says: an address, `localhost`, or the host of
/// a listed origin. A page of another name can be pointed here, and would be taken for one of ours.
pub fn is_known_host(headers: &HeaderMap, listed: &[String]) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let Some(host) = hosts.next() else {
        // Every browser names it.
        return true;
    };
    let (Ok(host), None) = (host.to_str(), hosts.next()) else {
        return false;
    };
    let name = without_port(host);
    let is_address = name.parse::<Ipv4Addr>().is_ok()
        || name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .is_some_and(|name| name.parse::<Ipv6Addr>().is_ok());
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    is_address
        || name == "localhost"
        || name.ends_with(".localhost")
        || listed
            .iter()
            .filter_map(|origin| origin.trim_end_matches('/').split_once("://"))
            .any(|(_, authority)| without_port(authority).eq_ignore_ascii_case(&name))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

/// True if the origin `scheme://host[:port]` is this `Host`, default ports left out or not.
fn is_host(origin: &str, host: &str) -> bool {
    let (port, authority) = match origin.split_once("://") {
        Some((scheme, authority)) if scheme.eq_ignore_ascii_case("http") => (":80", authority),
        Some((scheme, authority)) if scheme.eq_ignore_ascii_case("https") => (":443", authority),
        _ => return false,
    };
    let plain = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    !authority.is_empty() && plain(authority) == plain(host)
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
    fn an_origin_must_be_the_host_or_listed() {
        let listed = ["https://desk.example".to_owned()];
        let page = |origin: &str, host: &str| Page::of(&head(&[("origin", origin), ("host", host)]), &listed);
        assert_eq!(page("http://localhost:3001", "localhost:3001"), Page::Ours);
        assert_eq!(page("http://LOCALHOST:3001", "localhost:3001"), Page::Ours);
        assert_eq!(page("https://box", "box:443"), Page::Ours);
        assert_eq!(page("http://box:80", "box"), Page::Ours);
        assert_eq!(page("http://[::1]:3001", "[::1]:3001"), Page::Ours);
        assert_eq!(page("https://desk.example", "box:3001"), Page::Listed);
        for foreign in ["http://localhost:3002", "http://evil", "null", "", "file://", "http://box.evil:3001"] {
            assert_eq!(page(foreign, "localhost:3001"), Page::Foreign, "{foreign}");
        }
        assert_eq!(page("https://box:80", "box"), Page::Foreign);
        assert_eq!(Page::of(&head(&[("host", "box")]), &listed), Page::Unnamed);
        let two = head(&[("origin", "http://box"), ("origin", "http://evil"), ("host", "box")]);
        assert_eq!(Page::of(&two, &listed), Page::Foreign);
    }

    #[test]
    fn a_host_is_an_address_or_a_name_that_cannot_be_pointed_here() {
        let listed = ["https://desk.example/".to_owned(), "http://other.example:8080".to_owned()];
        let known = |host: &str| is_known_host(&head(&[("host", host)]), &listed);
        for host in [
            "127.0.0.1",
            "127.0.0.1:3001",
            "[::1]:3001",
            "[::1]",
            "192.0.2.1:80",
            "localhost",
            "LocalHost:3001",
            "localhost.:3001",
            "desk.localhost:3001",
            "desk.example",
            "Desk.example:3001",
            "other.example",
        ] {
            assert!(known(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:3001",
            "localhost.evil",
            "127.0.0.1.evil",
            "evillocalhost",
            "",
            ":3001",
            "::1",
            "[evil]",
        ] {
            assert!(!known(host), "{host}");
        }
        assert!(is_known_host(&head(&[]), &[]));
        assert!(!is_known_host(&head(&[("host", "localhost"), ("host", "evil")]), &[]));
    }

    #[test]
    fn a_foreign_page_changes_nothing_with_or_without_a_cookie() {
        let may = |pairs: &[(&'static str, &str)], method: &Method| {
            let headers = head(pairs);
            Page::of(&headers, &["https://desk.example".to_owned()]).may_ask(method, &headers)
        };
        assert!(may(&[("host", "box")], &Method::POST), "no browser");
        assert!(may(&[("host", "box"), ("origin", "http://box")], &Method::POST));
        let listed = [("host", "box"), ("origin", "https://desk.example"), ("sec-fetch-site", "cross-site")];
        assert!(may(&listed, &Method::POST));
        assert!(!may(&[("host", "box"), ("origin", "null")], &Method::POST));
        assert!(!may(&[("host", "box"), ("origin", "http://evil")], &Method::DELETE));
        assert!(!may(&[("host", "box"), ("sec-fetch-site", "cross-site")], &Method::POST));
        assert!(may(&[("host", "box"), ("origin", "http://evil")], &Method::GET));
    }

    #[test]
    fn a_cookie_changes_nothing_for_a_foreign_page() {
        let allowed = |pairs: &[(&'static str, &str)], method: &Method| {
            let headers = head(pairs);
            Page::of(&headers, &[]).may_use_cookie(method, &headers)
        };
        assert!(allowed(&[("host", "box")], &Method::POST));
        assert!(allowed(&[("host", "box"), ("origin", "http://box")], &Method::POST));
        assert!(allowed(&[("host", "box"), ("sec-fetch-site", "same-origin")], &Method::DELETE));
        assert!(!allowed(&[("host", "box"), ("sec-fetch-site", "cross-site")], &Method::POST));
        assert!(!allowed(&[("host", "box"), ("sec-fetch-site", "same-site")], &Method::PUT));
        assert!(!allowed(&[("host", "box"), ("origin", "http://evil")], &Method::POST));
        assert!(!allowed(&[("host", "box"), ("origin", "http://evil")], &Method::GET));
        assert!(allowed(&[("host", "box"), ("sec-fetch-site", "cross-site")], &Method::GET));
    }
}
