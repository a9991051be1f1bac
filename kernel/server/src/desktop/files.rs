//! Where the desktop's files come from: this program itself, or a folder.

use std::path::{Path, PathBuf};

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

/// A file as it is sent.
pub struct File {
    pub bytes: Bytes,
    /// The same before compression; empty unless it is the page.
    pub plain: Bytes,
    pub media: &'static str,
    pub encoding: Option<&'static str>,
    /// Its entity tag, quotes included.
    pub tag: String,
}

/// Where files come from.
pub enum Source {
    /// They are part of this program.
    #[cfg(feature = "ui")]
    Embedded,
    /// They are read each time, so that a new build is there at once.
    Folder(PathBuf),
    Absent,
}

#[cfg(feature = "ui")]
static EMBEDDED: include_dir::Dir<'static> = include_dir::include_dir!("$AETHER_UI_FOLDER");

/// Encodings that files may lie there in, the best first, with the endings of their names.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

impl Source {
    pub fn find(set: Option<&Path>) -> Source {
        if let Some(folder) = set {
            if is_desktop(folder) {
                return Source::Folder(folder.to_owned());
            }
            tracing::warn!(folder = %folder.display(), "AETHER_UI holds no desktop: there is no index.html in it");
            return Source::Absent;
        }
        #[cfg(feature = "ui")]
        return Source::Embedded;
        #[cfg(not(feature = "ui"))]
        beside_program().map_or(Source::Absent, Source::Folder)
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Source::Absent)
    }

    /// Reads a file in the best encoding that the browser takes and that is there.
    pub async fn read(&self, name: &str, headers: &HeaderMap) -> Option<File> {
        let media = media(name)?;
        if !is_plain(name) {
            return None;
        }
        for (encoding, ending) in ENCODINGS {
            if !takes(headers, encoding) {
                continue;
            }
            if let Some(bytes) = self.bytes(&format!("{name}{ending}")).await {
                let plain = if media.starts_with("text/html") { self.bytes(name).await? } else { Bytes::new() };
                let tag = tag(name, &bytes, encoding);
                return Some(File { bytes, plain, media, encoding: Some(encoding), tag });
            }
        }
        let bytes = self.bytes(name).await?;
        let plain = if media.starts_with("text/html") { bytes.clone() } else { Bytes::new() };
        Some(File { tag: tag(name, &bytes, ""), bytes, plain, media, encoding: None })
    }

    async fn bytes(&self, name: &str) -> Option<Bytes> {
        match self {
            #[cfg(feature = "ui")]
            Source::Embedded => EMBEDDED.get_file(name).map(|file| Bytes::from_static(file.contents())),
            Source::Folder(folder) => match tokio::fs::read(folder.join(name)).await {
                Ok(bytes) => Some(Bytes::from(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => {
                    tracing::warn!(name, %error, "a file of the desktop could not be read");
                    None
                }
            },
            Source::Absent => None,
        }
    }
}

/// The folder that a build from the source tree leaves near its programs, or that was unpacked beside them.
#[cfg(not(feature = "ui"))]
fn beside_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let beside = program.parent()?;
    let near = [beside.join("ui"), beside.join("../ui/debug"), beside.join("../ui/release")];
    near.into_iter().find(|folder| is_desktop(folder))
}

fn is_desktop(folder: &Path) -> bool {
    folder.join(super::PAGE).is_file()
}

/// True if a name can lead nowhere but to a file of the desktop: at most one folder, and letters that mean nothing to any
/// file system.
fn is_plain(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    name.split('/').count() <= 2 && name.split('/').all(is_part)
}

/// What a file is, by its name; `None` for what the desktop has none of.
fn media(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" if name == "manifest.json" => "application/manifest+json",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        _ => return None,
    })
}

/// True if a browser takes this encoding (RFC 9110, 12.5.3); one that says nothing takes none.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let mut listed = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    listed.any(|list| super::page::lists(list, encoding))
}

/// A name in `assets` says what is in the file; of others the content has to be looked at, and they are small.
fn tag(name: &str, bytes: &Bytes, encoding: &str) -> String {
    match name.strip_prefix("assets/") {
        Some(name) => format!("\"{name}.{encoding}\""),
        None => format!("\"{}\"", &blake3::hash(bytes).to_hex()[..32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["index.html", "assets/terminal-AB12.js", "icons/icon-192.png"] {
            assert!(is_plain(name) && media(name).is_some(), "{name}");
        }
        for name in [
            "",
            "assets/",
            "assets/..",
            "assets/../index.html",
            "assets//a.js",
            "assets/.env.js",
            "assets/a/b.js",
            "assets\\a.js",
            "assets/%2e%2e.js",
            "assets/c:a.js",
            "/etc/a.js",
            "assets/a\0.js",
        ] {
            assert!(!is_plain(name), "{name}");
        }
        assert!(media("assets/a.br").is_none() && media("assets/a").is_none());
    }

    #[test]
    fn an_encoding_that_is_refused_is_not_sent() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().expect("a header"));
            takes(&headers, "br")
        };
        assert!(takes("gzip, deflate, br") && takes("BR;q=0.5"));
        assert!(!takes("gzip") && !takes("br;q=0, gzip") && !takes("br ; q=0.000") && !takes("brotli"));
    }

    #[tokio::test]
    async fn the_best_that_is_there_is_sent() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("assets")).expect("made");
        for (name, text) in [("a.js", "plain"), ("a.js.br", "small"), ("b.js", "plain"), ("b.js.gz", "smaller")] {
            std::fs::write(folder.path().join("assets").join(name), text).expect("written");
        }
        let source = Source::Folder(folder.path().to_owned());
        let mut headers = HeaderMap::new();
        let read = async |name: &str, headers: &HeaderMap| {
            let file = source.read(name, headers).await.expect("a file");
            (String::from_utf8(file.bytes.to_vec()).expect("text"), file.encoding)
        };
        assert_eq!(read("assets/a.js", &headers).await, ("plain".into(), None));
        headers.insert(header::ACCEPT_ENCODING, "gzip, br".parse().expect("a header"));
        assert_eq!(read("assets/a.js", &headers).await, ("small".into(), Some("br")));
        assert_eq!(read("assets/b.js", &headers).await, ("smaller".into(), Some("gzip")));
        assert!(source.read("assets/c.js", &headers).await.is_none());
    }
}
