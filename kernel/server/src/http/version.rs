//! Which version of a file a client has (RFC 9110, sections 8.8 and 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, header};

use super::raw::set;

/// A file that was changed so recently may change again without its time of change telling.
const SETTLED: Duration = Duration::from_secs(2);

/// A version of a file, as far as its size and its time of change tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    tag: String,
    /// True if equal tags mean equal bytes.
    strong: bool,
    modified: SystemTime,
}

impl Version {
    /// `modified_at` is in milliseconds since the Unix epoch.
    pub fn of(size: u64, modified_at: f64) -> Version {
        Version::seen(size, modified_at, SystemTime::now())
    }

    fn seen(size: u64, modified_at: f64, now: SystemTime) -> Version {
        let since = Duration::try_from_secs_f64(modified_at / 1_000.0).unwrap_or_default();
        let modified = UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH);
        let strong = now.duration_since(modified).is_ok_and(|age| age >= SETTLED);
        Version { tag: format!("\"{size:x}-{:x}\"", since.as_micros()), strong, modified }
    }

    /// True if the client has this version and only asks whether there is another.
    pub fn is_known_to(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(header::IF_NONE_MATCH) {
            let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
            let mut tags = tags.flat_map(|tags| tags.split(',')).map(str::trim);
            return tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.tag);
        }
        date(headers, header::IF_MODIFIED_SINCE).is_some_and(|since| self.seconds() <= seconds(since))
    }

    /// True if a part of this version goes with what the client has, or nothing says that it must.
    pub fn continues(&self, headers: &HeaderMap) -> bool {
        let Some(condition) = headers.get(header::IF_RANGE) else { return true };
        let is_tag = condition.to_str().is_ok_and(|tag| tag == self.tag);
        let is_date = || date(headers, header::IF_RANGE).is_some_and(|date| self.seconds() == seconds(date));
        self.strong && (is_tag || is_date())
    }

    pub fn describe(&self, headers: &mut HeaderMap) {
        let weak = if self.strong { "" } else { "W/" };
        set(headers, header::ETAG, &format!("{weak}{}", self.tag));
        set(headers, header::LAST_MODIFIED, &httpdate::fmt_http_date(self.modified));
    }

    fn seconds(&self) -> u64 {
        seconds(self.modified)
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header"))])
    }

    #[test]
    fn a_version_is_known_by_its_tag_or_its_time() {
        let later = UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        let version = Version::seen(1_000, 1_700_000_000_123.456, later);
        let mut told = HeaderMap::new();
        version.describe(&mut told);
        let tag = told[header::ETAG].to_str().expect("text").to_owned();
        let time = told[header::LAST_MODIFIED].to_str().expect("text").to_owned();
        assert!(tag.starts_with('"') && time.ends_with(" GMT"), "{tag} {time}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(version.is_known_to(&with(header::IF_NONE_MATCH, &known)), "{known}");
        }
        assert!(!version.is_known_to(&with(header::IF_NONE_MATCH, "\"x\"")));
        assert!(version.is_known_to(&with(header::IF_MODIFIED_SINCE, &time)));
        assert!(!version.is_known_to(&with(header::IF_MODIFIED_SINCE, "Tue, 14 Nov 2023 22:13:19 GMT")));
        assert!(!version.is_known_to(&HeaderMap::new()) && version.continues(&HeaderMap::new()));
        assert!(version.continues(&with(header::IF_RANGE, &tag)) && version.continues(&with(header::IF_RANGE, &time)));
        assert!(!version.continues(&with(header::IF_RANGE, &format!("W/{tag}"))));
        let mut both = with(header::IF_NONE_MATCH, "\"x\"");
        both.insert(header::IF_MODIFIED_SINCE, time.parse().expect("a header"));
        assert!(!version.is_known_to(&both), "the tag alone counts where there is one");
        for other in
            [Version::seen(1_001, 1_700_000_000_123.456, later), Version::seen(1_000, 1_700_000_000_124.0, later)]
        {
            assert_ne!(other.tag, version.tag);
        }
    }

    #[test]
    fn what_may_change_again_unseen_is_not_continued() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_001);
        let version = Version::seen(1_000, 1_700_000_000_000.0, now);
        let mut told = HeaderMap::new();
        version.describe(&mut told);
        let tag = told[header::ETAG].to_str().expect("text");
        assert!(tag.starts_with("W/"), "{tag}");
        assert!(version.is_known_to(&with(header::IF_NONE_MATCH, tag)));
        assert!(!version.continues(&with(header::IF_RANGE, tag.trim_start_matches("W/"))));
    }
}
