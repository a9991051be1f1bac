use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::providers::settings::{ApiKey, ProviderSettings};
use crate::providers::testing::http;

/// A server of OpenAI's format that knows one key and one model.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut piece = [0; 4096];
                let read = stream.read(&mut piece).await.expect("a request");
                request.extend_from_slice(&piece[..read]);
            }
            let request = String::from_utf8(request).expect("text");
            let (status, body) = if !request.to_lowercase().contains("authorization: bearer good-key\r\n") {
                ("401 Unauthorized", r#"{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}"#)
            } else if !request.contains(r#""model":"known""#) {
                ("404 Not Found", r#"{"error":{"message":"The model does not exist","code":"model_not_found"}}"#)
            } else {
                (
                    "200 OK",
                    "data: {\"choices\":[{\"delta\":{\"content\":\"ready\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
                )
            };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).await.expect("an answer");
        }
    });
    format!("http://{address}/v1")
}

async fn code(registry: &Registry, model: Option<&str>, key: &str, url: Option<&str>) -> Result<String, &'static str> {
    let candidate = Stored { key: ApiKey::new(key), base_url: url.map(str::to_owned) };
    let trial = registry.try_out("openai", model, Some(&candidate)).await.expect("a provider");
    trial.outcome.map_err(|error| {
        assert!(!error.to_string().contains("bad-key-of-mine"), "{error}");
        error.code()
    })
}

#[tokio::test]
async fn a_trial_says_what_a_run_would_get() {
    http();
    let url = server().await;
    let registry = Registry::new(&ProviderSettings::default()).expect("a registry");
    let known = Some("known");
    assert_eq!(code(&registry, known, "good-key", Some(&url)).await, Ok("ready".to_owned()));
    assert_eq!(code(&registry, Some("openai:known"), "good-key", Some(&url)).await, Ok("ready".to_owned()));
    assert_eq!(code(&registry, known, "bad-key-of-mine", Some(&url)).await, Err("auth"));
    assert_eq!(code(&registry, Some("other"), "good-key", Some(&url)).await, Err("bad_request"));
    assert_eq!(code(&registry, known, "good-key", Some("http://127.0.0.1:9/v1")).await, Err("unavailable"));
    assert_eq!(code(&registry, known, "good-key", Some("nonsense")).await, Err("not_configured"));

    // A candidate is not kept, and what is kept is not sent to a candidate's address.
    let trial = registry.try_out("openai", known, None).await.expect("a provider");
    assert_eq!(trial.outcome.expect_err("no key").code(), "not_configured");
    registry
        .store("openai", Some(Stored { key: ApiKey::new("good-key"), base_url: Some(url.clone()) }))
        .expect("known");
    let trial = registry.try_out("openai", known, None).await.expect("a provider");
    assert_eq!((trial.model.as_str(), trial.outcome.expect("a reply").as_str()), ("known", "ready"));
    assert_eq!(code(&registry, known, "", Some(&url)).await, Err("not_configured"));
    assert_eq!(registry.try_out("nobody", None, None).await.expect_err("unknown").code(), "unknown_provider");
}
