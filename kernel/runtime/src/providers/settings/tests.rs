use super::*;

fn from(variables: &[(&str, &str)]) -> ProviderSettings {
    ProviderSettings::from_env(|name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn keys_and_addresses_are_found_under_their_names() {
    let settings = from(&[
        ("API_KEY", " second "),
        ("OPENAI_BASE_URL", "http://localhost:1/v1"),
        ("ANTHROPIC_API_KEY", "  "),
        ("GROQ_API_KEY", "g"),
        ("VLLM_BASE_URL", "http://gpu:8000/v1"),
        ("OLLAMA_HOST", "box"),
        ("OLLAMA_MODEL", "qwen3"),
    ]);
    let key = |name: &str| settings.keys.get(name).map(ApiKey::expose);
    assert_eq!((key("gemini"), key("openai"), key("anthropic"), key("groq")), (Some("second"), None, None, Some("g")));
    let urls: Vec<_> = settings.base_urls.iter().map(|(name, url)| (name.as_str(), url.as_str())).collect();
    assert_eq!(urls, [("ollama", "box"), ("openai", "http://localhost:1/v1"), ("vllm", "http://gpu:8000/v1")]);
    assert_eq!(settings.ollama_model.as_deref(), Some("qwen3"));
    assert!(from(&[("GEMINI_API_KEY", "first"), ("API_KEY", "second")]).keys["gemini"].expose() == "first");
}

#[test]
fn a_key_does_not_show_itself() {
    let settings = from(&[("OPENAI_API_KEY", "very-secret")]);
    assert!(!format!("{settings:?}").contains("very-secret"));
}
