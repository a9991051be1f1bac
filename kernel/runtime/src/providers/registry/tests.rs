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

#[tokio::test]
async fn a_stored_key_holds_at_once_and_a_given_one_wins() {
    let registry = registry(&["openai"], &[]);
    let stored = |key: &str, url: Option<&str>| Stored { key: ApiKey::new(key), base_url: url.map(str::to_owned) };
    check(&registry, "anthropic", Err("not_configured")).await;
    registry.store("anthropic", Some(stored("stored", None))).expect("known");
    check(&registry, "anthropic", Ok(("anthropic", "claude-opus-4-6"))).await;
    registry.store("openai", Some(stored("stored", Some("https://stored.test/v1")))).expect("known");
    let openai = registry.list().into_iter().find(|info| info.name == "openai").expect("listed");
    // The given key must not travel to an address that was stored for another one.
    assert_eq!((openai.key_is_given, openai.about.base_url.as_deref()), (true, Some("https://api.openai.com/v1")));
    registry.store("anthropic", None).expect("known");
    check(&registry, "anthropic", Err("not_configured")).await;
    assert_eq!(registry.store("nobody", None).expect_err("unknown").code(), "unknown_provider");
    assert_eq!(registry.list().iter().map(|info| info.name.as_str()).collect::<Vec<_>>()[..4], AUTO);
}

#[tokio::test]
async fn auto_means_what_was_said_and_nothing_else_stands_in_for_it() {
    let registry = registry(&["gemini", "groq"], &[]);
    registry.set_default_model(Some("groq:llama-3.1-8b-instant".to_owned()));
    check(&registry, "auto", Ok(("groq", "llama-3.1-8b-instant"))).await;
    registry.set_default_model(Some("anthropic".to_owned()));
    check(&registry, "auto", Err("not_configured")).await;
    check(&registry, "gemini", Ok(("gemini", "gemini-3-flash"))).await;
    registry.set_default_model(None);
    check(&registry, "", Ok(("gemini", "gemini-3-flash"))).await;
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let registry = registry(&[], &[]);
    let code = |name: &str, key: &str, url: Option<&str>| {
        let stored = Stored { key: ApiKey::new(key), base_url: url.map(str::to_owned) };
        registry.check(name, &stored).err().map(|error| error.code())
    };
    assert_eq!(code("openai", "sk-1", None), None);
    assert_eq!(code("openai", "sk-1", Some("https://box:8000/v1")), None);
    assert_eq!(code("ollama", "", Some("box:11434")), None);
    assert_eq!(code("vllm", "", Some("http://box:8000")), None);
    for (name, key, url) in [
        ("openai", "", None),
        ("openai", "sk-\n1", None),
        ("openai", "schlüssel", None),
        ("openai", "sk-1", Some("file:///etc/passwd")),
        ("openai", "sk-1", Some("box")),
        ("scripted", "sk-1", None),
    ] {
        assert_eq!(code(name, key, url), Some("not_configured"), "{name} {key:?} {url:?}");
    }
    assert_eq!(code("nobody", "sk-1", None), Some("unknown_provider"));
}

#[test]
fn what_is_missing_is_said_and_a_password_is_not() {
    let registry = registry(&[], &[("vllm", "http://me:secret@box:8000/v1")]);
    let list = registry.list();
    let info = |name: &str| list.iter().find(|info| info.name == name).expect("listed");
    assert!(info("openai").reason.as_deref().is_some_and(|reason| reason.contains("OPENAI_API_KEY")));
    assert_eq!(info("vllm").about.base_url.as_deref(), Some("http://box:8000/v1"));
    assert!(info("ollama").about.local && !info("ollama").about.needs_key && info("groq").about.needs_key);
    assert_eq!(info("scripted").reason, None);
}

#[tokio::test]
async fn what_does_not_answer_is_not_said_where() {
    let registry = registry(&[], &[]);
    registry.probe().await;
    let list = registry.list();
    let ollama = list.iter().find(|info| info.name == "ollama").expect("listed");
    let reason = ollama.reason.as_deref().expect("it does not answer");
    assert!(reason.contains(&ollama.about.label) && !reason.contains("127.0.0.1"), "{reason}");
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
    check(&registry, "auto", Ok(("ollama", "llama3.1:8b"))).await;
    check(&registry, "qwen3:4b", Ok(("ollama", "qwen3:4b"))).await;
}
