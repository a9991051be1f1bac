//! What is said of providers. It is pure.

use aether_protocol::domains::llm::{KeySource, LlmProviderInfo, Tested};

use crate::kit::{Tone, format};

/// The provider that only plays scripts, such as the tour.
pub const SCRIPTED: &str = "scripted";
/// The providers of which `auto` takes the first that is available.
const AUTO: [&str; 4] = ["gemini", "openai", "anthropic", "ollama"];
/// The provider whose key form also serves any other server that speaks its format.
pub const COMPATIBLE: &str = "openai";

/// The name people know it by.
pub fn label(provider: &LlmProviderInfo) -> &str {
    provider.label.as_deref().unwrap_or(&provider.name)
}

/// True for a server on this machine or its network.
pub fn is_server_here(provider: &LlmProviderInfo) -> bool {
    provider.local.unwrap_or(false)
}

/// What its badge says; none where the line under the name says it already.
pub fn standing(provider: &LlmProviderInfo) -> Option<(&'static str, Tone)> {
    match (provider.available, is_server_here(provider)) {
        (true, true) => Some(("Running", Tone::Done)),
        (true, false) => Some(("Ready", Tone::Done)),
        (false, true) => Some(("Not running", Tone::Neutral)),
        (false, false) if lacks_key(provider) => None,
        (false, false) => Some(("Unavailable", Tone::Neutral)),
    }
}

/// A name that stays in one line wherever it is written: `gpt-5.2` is no `gpt-` and no `5.2`.
pub fn unbroken(name: &str) -> String {
    name.replace('-', "-\u{2060}").replace(' ', "\u{a0}")
}

/// Where its key comes from, in a sentence.
pub fn key_source(provider: &LlmProviderInfo) -> &'static str {
    match provider.key_source {
        Some(KeySource::Environment) => "Set when the kernel was started; this wins over a stored key",
        Some(KeySource::Keyring) => "In the operating system\u{2019}s keyring",
        Some(KeySource::File) => "In the kernel\u{2019}s encrypted storage",
        None if provider.needs_key.unwrap_or(true) => "None yet",
        None => "Not needed",
    }
}

/// True where its key and address cannot be changed here.
pub fn is_fixed(provider: &LlmProviderInfo) -> bool {
    provider.key_source == Some(KeySource::Environment)
}

/// True where nothing but a key is missing.
pub fn lacks_key(provider: &LlmProviderInfo) -> bool {
    !provider.available && provider.needs_key.unwrap_or(true) && provider.key_source.is_none()
}

/// One line under its name: its models, or what to do.
pub fn summary(provider: &LlmProviderInfo) -> String {
    if lacks_key(provider) {
        return "No key yet".to_owned();
    }
    if !provider.available {
        return provider.reason.clone().unwrap_or_else(|| "It cannot be used right now.".to_owned());
    }
    match (&provider.default_model, provider.models.len()) {
        (Some(model), 0 | 1) if !model.is_empty() => model.clone(),
        (Some(model), count) if !model.is_empty() => format!("{model} and {} more", count - 1),
        (_, 0) => "It lists no models; enter one yourself.".to_owned(),
        (_, 1) => "1 model".to_owned(),
        (_, count) => format!("{count} models"),
    }
}

/// What `auto` means where nobody has set a default: `provider:model`, and its name for people.
pub fn automatic(providers: &[LlmProviderInfo]) -> Option<(String, String)> {
    let of = |name: &&str| providers.iter().find(|provider| provider.name == *name && provider.available);
    let provider = AUTO.iter().find_map(of)?;
    let model = provider.default_model.as_deref().unwrap_or_default();
    Some((format!("{}:{model}", provider.name), named(label(provider), model)))
}

/// The names of those that `auto` looks at, in their order.
pub fn automatic_order(providers: &[LlmProviderInfo]) -> String {
    let names = AUTO.iter().filter_map(|name| providers.iter().find(|provider| provider.name == *name)).map(label);
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A `provider:model` for people.
pub fn model_name(providers: &[LlmProviderInfo], model: &str) -> String {
    let parts = model.split_once(':');
    let provider = parts.and_then(|(name, _)| providers.iter().find(|provider| provider.name == name));
    match (provider, parts) {
        (Some(provider), Some((_, model))) => named(label(provider), model),
        _ => model.to_owned(),
    }
}

fn named(provider: &str, model: &str) -> String {
    if model.is_empty() { provider.to_owned() } else { format!("{provider} \u{b7} {model}") }
}

/// Which of its models is tried first.
pub fn to_try(provider: &LlmProviderInfo, default: Option<&str>) -> String {
    let of_this = |(name, model): (&str, &str)| (name == provider.name && !model.is_empty()).then(|| model.to_owned());
    let default = default.and_then(|default| default.split_once(':')).and_then(of_this);
    default.or_else(|| provider.default_model.clone()).unwrap_or_default()
}

/// How a trial went, in a sentence.
pub fn outcome(tested: &Tested) -> (String, Tone) {
    if !tested.ok {
        let said = tested.error.clone().unwrap_or_else(|| "It did not reply. Try again.".to_owned());
        return (said, Tone::Failed);
    }
    let took = format::duration(tested.latency_ms);
    let reply = tested.reply.as_deref().map(str::trim).filter(|reply| !reply.is_empty());
    let said = reply.map_or_else(String::new, |reply| format!(": \u{201c}{reply}\u{201d}"));
    (format!("{} replied in {took}{said}", tested.model), Tone::Done)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A provider to test with.
    pub fn provider(name: &str, available: bool, models: &[&str]) -> LlmProviderInfo {
        LlmProviderInfo {
            name: name.to_owned(),
            available,
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            label: None,
            needs_key: None,
            key_source: None,
            base_url: None,
            reason: (!available).then(|| "Enter a key.".to_owned()),
            default_model: models.first().map(|model| (*model).to_owned()),
            local: None,
        }
    }

    #[test]
    fn automatic_is_the_first_of_its_order_that_can_be_used() {
        let mut ollama = provider("ollama", true, &["llama3.1"]);
        ollama.label = Some("Ollama".to_owned());
        let others = [provider("groq", true, &["g"]), provider("gemini", false, &[]), ollama];
        let (value, name) = automatic(&others).expect("one is there");
        assert_eq!((value.as_str(), name.as_str()), ("ollama:llama3.1", "Ollama \u{b7} llama3.1"));
        assert_eq!(automatic(&others[..2]), None, "those beyond the order are taken by name only");
        assert_eq!(automatic_order(&others), "gemini and Ollama");
        assert_eq!(model_name(&others, "ollama:llama3.1:8b"), "Ollama \u{b7} llama3.1:8b");
        assert_eq!(model_name(&others, "gpt-5"), "gpt-5");
    }

    #[test]
    fn a_line_says_what_there_is_or_what_to_do() {
        assert_eq!(summary(&provider("openai", false, &["a"])), "No key yet");
        let away = LlmProviderInfo { needs_key: Some(false), ..provider("ollama", false, &[]) };
        assert_eq!(summary(&away), "Enter a key.", "the kernel's own sentence");
        assert_eq!(summary(&provider("openai", true, &["a", "b", "c"])), "a and 2 more");
        assert_eq!(summary(&provider("vllm", true, &[])), "It lists no models; enter one yourself.");
    }

    #[test]
    fn what_one_line_says_no_badge_says_again() {
        assert_eq!(standing(&provider("openai", false, &[])), None);
        let away = LlmProviderInfo { needs_key: Some(false), ..provider("gateway", false, &[]) };
        assert_eq!(standing(&away).map(|(word, _)| word), Some("Unavailable"));
        assert_eq!(standing(&provider("openai", true, &["a"])).map(|(word, _)| word), Some("Ready"));
    }

    #[test]
    fn the_default_is_tried_where_it_is_the_providers() {
        let openai = provider("openai", true, &["a", "b"]);
        assert_eq!(to_try(&openai, Some("openai:mine")), "mine");
        assert_eq!(to_try(&openai, Some("gemini:g")), "a");
        assert_eq!(to_try(&openai, None), "a");
    }

    #[test]
    fn a_trial_is_told_with_its_time_or_its_reason() {
        let ok = Tested {
            ok: true,
            model: "gpt".to_owned(),
            latency_ms: 340,
            reply: Some("ready".to_owned()),
            error: None,
            code: None,
        };
        assert_eq!(outcome(&ok), ("gpt replied in 340 ms: \u{201c}ready\u{201d}".to_owned(), Tone::Done));
        let failed = Tested { ok: false, error: Some("The key is wrong.".to_owned()), ..ok };
        assert_eq!(outcome(&failed), ("The key is wrong.".to_owned(), Tone::Failed));
    }
}
