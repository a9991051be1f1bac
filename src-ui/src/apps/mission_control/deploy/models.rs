//! The models to choose from.

use aether_protocol::domains::llm::LlmProviderInfo;

use crate::kit::Choice;

/// The provider that needs no model, and its scenario that shows a whole round of work.
const SCRIPTED: &str = "scripted";
pub const TOUR: &str = "scripted:tour";
/// Providers by the name they have in a model's id, for where the kernel has not said yet what they are called.
const NAMES: [(&str, &str); 4] =
    [("openai", "OpenAI"), ("anthropic", "Anthropic"), ("gemini", "Google Gemini"), ("ollama", "Ollama")];
/// The providers that `auto` looks through, in the order in which it does.
const AUTO: [&str; 4] = ["gemini", "openai", "anthropic", "ollama"];

/// What the kernel says of its models.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Models {
    pub providers: Vec<LlmProviderInfo>,
    /// What `auto` is set to, if it is.
    pub default: Option<String>,
}

impl Models {
    /// True if a provider can be asked that is one.
    pub fn any(&self) -> bool {
        self.providers.iter().any(|provider| provider.available && provider.name != SCRIPTED)
    }

    /// The model that `auto` means now.
    pub fn auto(&self) -> Option<String> {
        if let Some(default) = &self.default {
            return Some(default.clone());
        }
        let ready = |name: &str| self.providers.iter().find(|provider| provider.name == name && provider.available);
        let provider = AUTO.into_iter().find_map(ready)?;
        let model = provider.default_model.as_ref().or(provider.models.first())?;
        Some(format!("{}:{model}", provider.name))
    }

    /// A model as a person reads it: "OpenAI · gpt-5.2" for `openai:gpt-5.2`.
    pub fn named(&self, model: &str) -> String {
        let Some((provider, name)) = model.split_once(':') else { return model.to_owned() };
        if provider == SCRIPTED {
            return scripted(name);
        }
        let known = self.providers.iter().find(|known| known.name == provider).map(label);
        let usual = || NAMES.into_iter().find(|(id, _)| *id == provider).map(|(_, name)| name);
        format!("{} \u{b7} {name}", known.or_else(usual).unwrap_or(provider))
    }

    /// The lines of the list. `chosen` is among them, also where nobody knows it any more.
    pub fn options(&self, chosen: &str) -> Vec<Choice> {
        let auto = match self.auto() {
            Some(model) => Choice::new("auto", format!("Automatic: {}", self.named(&model))),
            None => Choice::new("auto", "Automatic: no provider is set up").disabled(true),
        };
        let mut options = vec![auto];
        let (scripts, providers): (Vec<_>, Vec<_>) =
            self.providers.iter().partition(|provider| provider.name == SCRIPTED);
        let (ready, away): (Vec<_>, Vec<_>) = providers.into_iter().partition(|provider| provider.available);
        ready.into_iter().for_each(|provider| options.extend(offered(provider)));
        for provider in scripts.into_iter().filter(|provider| provider.available) {
            options.extend(
                provider
                    .models
                    .iter()
                    .map(|model| Choice::new(format!("{SCRIPTED}:{model}"), scripted(model)).group("Without a model")),
            );
        }
        options.extend(away.into_iter().map(refused));
        if !chosen.is_empty() && !options.iter().any(|option| option.value == chosen) {
            options.push(Choice::new(chosen.to_owned(), self.named(chosen)));
        }
        options
    }
}

fn scripted(model: &str) -> String {
    if model == "tour" { "Tour (scripted)".to_owned() } else { format!("{model} (scripted)") }
}

fn offered(provider: &LlmProviderInfo) -> Vec<Choice> {
    let default = provider.default_model.iter().filter(|model| !provider.models.contains(model));
    let models = default.chain(&provider.models);
    // With the provider, which the closed list would not say.
    let line = |model: &String| {
        Choice::new(format!("{}:{model}", provider.name), format!("{} \u{b7} {model}", label(provider)))
            .group(label(provider).to_owned())
    };
    models.map(line).collect()
}

fn refused(provider: &LlmProviderInfo) -> Choice {
    let reason = provider.reason.as_deref().unwrap_or("It is not available.");
    // A sentence: what to do is in Settings.
    let short = reason.split_inclusive(". ").next().unwrap_or(reason).trim();
    Choice::new(format!("{}:", provider.name), format!("{}: {short}", label(provider)))
        .group("Not available")
        .disabled(true)
}

fn label(provider: &LlmProviderInfo) -> &str {
    provider.label.as_deref().unwrap_or(&provider.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, models: &[&str], reason: Option<&str>) -> LlmProviderInfo {
        LlmProviderInfo {
            name: name.into(),
            available: reason.is_none(),
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            label: Some(name.to_uppercase()),
            needs_key: None,
            key_source: None,
            base_url: None,
            reason: reason.map(str::to_owned),
            default_model: models.first().map(|model| (*model).to_owned()),
            local: None,
        }
    }

    fn lines(models: &Models, chosen: &str) -> Vec<(String, bool)> {
        models.options(chosen).iter().map(|option| (option.label.to_string(), option.disabled)).collect()
    }

    #[test]
    fn automatic_says_what_it_means() {
        let mut models = Models {
            providers: vec![
                provider("gemini", &["flash"], Some("No key.")),
                provider("declared", &["d"], None),
                provider("openai", &["gpt"], None),
            ],
            default: None,
        };
        assert_eq!(models.auto().as_deref(), Some("openai:gpt"));
        models.default = Some("gemini:pro".into());
        assert_eq!(models.auto().as_deref(), Some("gemini:pro"));
        assert!(models.any());
    }

    #[test]
    fn models_go_by_the_names_of_their_providers() {
        let models = Models { providers: vec![provider("groq", &["llama"], None)], default: None };
        assert_eq!(models.named("groq:llama"), "GROQ \u{b7} llama");
        assert_eq!(models.named("openai:gpt-5.2"), "OpenAI \u{b7} gpt-5.2");
        assert_eq!(models.named("ollama:qwen3:8b"), "Ollama \u{b7} qwen3:8b");
        assert_eq!((models.named("scripted:tour").as_str(), models.named("gpt").as_str()), ("Tour (scripted)", "gpt"));
        assert_eq!(lines(&models, "auto")[1].0, "GROQ \u{b7} llama");
    }

    #[test]
    fn what_cannot_be_used_is_shown_with_its_reason_and_not_to_choose() {
        let models = Models {
            providers: vec![
                provider("openai", &["gpt"], Some("No key is set. Enter one in Settings.")),
                provider("scripted", &["tour"], None),
            ],
            default: None,
        };
        assert!(!models.any());
        assert_eq!(
            lines(&models, "auto"),
            [
                ("Automatic: no provider is set up".to_owned(), true),
                ("Tour (scripted)".to_owned(), false),
                ("OPENAI: No key is set.".to_owned(), true),
            ]
        );
    }

    #[test]
    fn what_was_chosen_before_is_still_there() {
        let models = Models { providers: vec![provider("openai", &["gpt"], None)], default: None };
        assert_eq!(lines(&models, "old:model").last(), Some(&("old \u{b7} model".to_owned(), false)));
        assert_eq!(lines(&models, "openai:gpt").len(), 2);
    }
}
