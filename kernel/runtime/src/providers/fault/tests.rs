use reqwest::header::{HeaderName, HeaderValue};

use super::*;
use crate::providers::testing::peer;

fn refused(status: u16, body: &str) -> ProviderError {
    Refusal { status, retry_after: None, body: body.as_bytes() }.error(&peer())
}

#[test]
fn refusals_are_sorted_by_what_to_do_about_them() {
    for (status, body, code) in [
        (
            401,
            r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            "auth",
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#,
            "auth",
        ),
        (403, "", "auth"),
        (
            429,
            r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#,
            "rate_limited",
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            "quota_exhausted",
        ),
        (
            429,
            r#"{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"RequestsPerDayPerProject-FreeTier"}]}]}}"#,
            "quota_exhausted",
        ),
        (402, r#"{"error":{"message":"Insufficient Balance"}}"#, "quota_exhausted"),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}"#,
            "quota_exhausted",
        ),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
            "context_length",
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
            "context_length",
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
            "context_length",
        ),
        (413, "", "context_length"),
        (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "overloaded"),
        (503, r#"[{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}]"#, "overloaded"),
        (503, "<html>Bad gateway</html>", "unavailable"),
        (500, r#"{"error":{"message":"oops","type":"server_error"}}"#, "unavailable"),
        (408, "", "unavailable"),
        (404, r#"{"error":"model \"llama9\" not found, try pulling it first"}"#, "bad_request"),
        (
            422,
            r#"{"object":"error","message":"Extra inputs are not permitted","type":"invalid_request_error"}"#,
            "bad_request",
        ),
        (422, r#"{"detail":"bad field"}"#, "bad_request"),
        (302, "", "invalid_reply"),
    ] {
        let error = refused(status, body);
        assert_eq!(error.code(), code, "{status} {body}\n{error}");
        assert_eq!(error.is_transient(), ["rate_limited", "overloaded", "unavailable"].contains(&code));
    }
}

#[test]
fn the_text_is_short_one_line_and_without_keys() {
    let body = format!(
        "{{\"error\":{{\"message\":\"Incorrect key secret-key, sk-proj-1234 and (AIzaSyX).\\n\\u001b[31m{}\"}}}}",
        "x".repeat(9000)
    );
    let text = refused(401, &body).to_string();
    assert!(text.starts_with("peer refused the API key: Incorrect key ***, *** and *** [31mxxx"), "{text}");
    assert!(text.len() < 450 && !text.contains('\n') && !text.contains("secret-key"), "{text}");
}

#[test]
fn a_page_is_not_repeated_but_its_status_is() {
    let text = refused(502, "<html><body>nginx</body></html>").to_string();
    assert!(text.contains("status 502") && !text.contains("nginx"), "{text}");
}

#[test]
fn the_wait_comes_from_a_header_or_from_the_body() {
    let header = |name: &'static str, value: &'static str| {
        retry_after(&HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]))
    };
    assert_eq!(header("retry-after", "7"), Some(Duration::from_secs(7)));
    assert_eq!(header("retry-after", "0.5"), Some(Duration::from_millis(500)));
    assert_eq!(header("retry-after-ms", "20"), Some(Duration::from_millis(20)));
    for nonsense in ["-1", "NaN", "1e300", "soon", ""] {
        assert_eq!(header("retry-after", nonsense), None, "{nonsense}");
    }
    assert_eq!(header("retry-after", "99999999"), Some(LONGEST_WAIT));
    let body = r#"{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"@type":"RetryInfo","retryDelay":"34.5s"}]}}"#;
    let error = refused(429, body);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(34_500)));
    assert!(error.to_string().ends_with("Try again in 35 s."), "{error}");
}
