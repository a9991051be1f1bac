use super::*;
use crate::providers::settings::ApiKey;
use crate::providers::testing::http;

fn registry(keys: &[&str], addresses: &[(&str, &str)]) -> Registry {
    http();
    let mut settings = ProviderSettings::default();
    settings.keys.extend(keys.iter().filter_map(|name| Some(((*name).to_owned(), ApiKey::new("k")?))));
    // An Ollama that happens to run on this machine is not asked.
    settings.base_urls.insert("ollama".to_owned(), "http://127.0.0.1:9".to_owned());
    settings.base_urls.extend(addresses.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())));
    Registry::new(&settings).expect("a registry")
}

/// The provider and model, or the kind of the error.
async fn check(registry: &Registry, model: &str, expect: Result<(&str, &str), &str>) {
    let found = registry.resolve(Some(model)).await;
    match (&found, expect) {
        (Ok((provider, model)), Ok(expect)) => assert_eq!((provider.name(), model.as_str()), expect),
        (Err(error), Err(code)) => assert_eq!(error.code(), code, "{error}"),
        (Ok((provider, _)), Err(code)) => panic!("{model}: {} instead of {code}", provider.name()),
        (Err(error), Ok(_)) => panic!("{model}: {error}"),
    }
}

#[tokio::test]
async fn auto_takes_the_first_that_is_available() {
    for auto in ["auto", "", "  ", "AUTO"] {
        check(&registry(&["anthropic", "openai"], &[]), auto, Ok(("openai", "gpt-5.2"))).await;
        check(&registry(&["anthropic"], &[]), auto, Ok(("anthropic", "claude-opus-4-6"))).await;
        check(&registry(&["anthropic", "gemini"], &[]), auto, Ok(("gemini", "gemini-3-flash"))).await;
        check(&registry(&[], &[("openai", "http://localhost:1/v1")]), auto, Ok(("openai", "gpt-5.2"))).await;
        check(&registry(&["groq"], &[]), auto, Err("not_configured")).await;
    }
    assert!(registry(&["openai"], &[]).resolve(None).await.is_ok());
}

#[tokio::test]
async fn nothing_set_up_says_what_to_set() {
    let error = registry(&["groq"], &[]).resolve(None).await.err().expect("an error").to_string();
    for part in [
        "GEMINI_API_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "Ollama",
        "groq:llama-3.3-70b-versatile",
        "scripted:tour",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[tokio::test]
async fn the_name_ends_at_the_first_colon() {
    let registry = registry(&["openai", "groq"], &[]);
    check(&registry, "openai:gpt-4o", Ok(("openai", "gpt-4o"))).await;
    check(&registry, "openai:ft:gpt-4o:me", Ok(("openai", "ft:gpt-4o:me"))).await;
    check(&registry, "ollama:llama3.1:8b", Ok(("ollama", "llama3.1:8b"))).await;
    check(&registry, "groq: ", Ok(("groq", "llama-3.3-70b-versatile"))).await;
    check(&registry, "openai", Ok(("openai", "gpt-5.2"))).await;
    check(&registry, "scripted:/tmp/a:b.toml", Ok(("scripted", "/tmp/a:b.toml"))).await;
    check(&registry, "vllm:any", Ok(("vllm", "any"))).await;
    check(&registry, "vllm:", Err("not_configured")).await;
    check(&registry, "anthropic:claude-opus-4-6", Err("not_configured")).await;
    check(&registry, "nobody:model", Err("unknown_provider")).await;
}

#[tokio::test]
async fn a_bare_name_goes_to_its_family_or_to_who_lists_it() {
    let registry = registry(&["gemini", "groq"], &[]);
    check(&registry, "gemini-9-future", Ok(("gemini", "gemini-9-future"))).await;
    check(&registry, "claude-opus-4-6", Err("not_configured")).await;
    check(&registry, "llama-3.1-8b-instant", Ok(("groq", "llama-3.1-8b-instant"))).await;
    check(&registry, "deepseek-chat", Err("unknown_model")).await;
    check(&registry, "tour", Ok(("scripted", "tour"))).await;
}

#[test]
fn the_list_shows_everybody() {
    let list = registry(&["openai"], &[]).list();
    let names: Vec<&str> = list.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(&names[..4], AUTO);
    let ready: Vec<&str> = list.iter().filter(|info| info.available).map(|info| info.name.as_str()).collect();
    assert_eq!(ready, ["openai", "scripted"]);
}

#[tokio::test]
async fn a_local_server_counts_once_it_has_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 1024];
        let read = stream.read(&mut request).await.expect("a request");
        assert!(request[..read].starts_with(b"GET /api/tags "));
        let body = r#"{"models":[{"name":"llama3.1:8b"},{"name":"qwen3:4b"}]}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).await.expect("an answer");
    });
    let registry = registry(&[], &[("ollama", &address)]);
    // The second question is answered from what the first one heard: the server takes one connection only.
    check(&registry, "auto", Ok(("ollama", "llama3.1"))).await;
    check(&registry, "qwen3:4b", Ok(("ollama", "qwen3:4b"))).await;
}
