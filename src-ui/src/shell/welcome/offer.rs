//! What to offer somebody who comes for the first time. It is pure.

use aether_protocol::domains::llm::LlmProviderInfo;

use crate::apps::settings::wording::{COMPATIBLE, SCRIPTED, automatic, is_fixed, is_server_here, label, model_name};

/// The next step towards a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    /// One is set up.
    Ready { name: String },
    /// A server of this machine has one.
    Local { provider: String, model: String, label: String },
    /// A key is wanted.
    Key,
    /// A key is wanted, and somebody else has to enter it.
    AskAdmin,
}

/// See the module. `default` is the default model, where one is set.
pub fn offer(providers: &[LlmProviderInfo], default: Option<&str>, admin: bool) -> Offer {
    if let Some(default) = default {
        let name = default.split_once(':').map_or(default, |(name, _)| name);
        if providers.iter().any(|provider| provider.name == name && provider.available) {
            return Offer::Ready { name: model_name(providers, default) };
        }
    }
    let in_cloud = providers.iter().any(|provider| provider.available && !is_server_here(provider));
    match automatic(providers) {
        Some((_, name)) if in_cloud || !admin => return Offer::Ready { name },
        _ => {}
    }
    let local = providers
        .iter()
        .filter(|provider| provider.available && is_server_here(provider) && provider.name != SCRIPTED)
        .find_map(|provider| Some((provider, preferred(provider)?)));
    match local {
        Some((provider, model)) if admin => {
            Offer::Local { provider: provider.name.clone(), model, label: label(provider).to_owned() }
        }
        _ if admin => Offer::Key,
        _ => Offer::AskAdmin,
    }
}

fn preferred(provider: &LlmProviderInfo) -> Option<String> {
    let default = provider.default_model.clone().filter(|model| !model.is_empty());
    default.or_else(|| provider.models.first().cloned())
}

/// One line of the choice of providers.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyed {
    pub id: String,
    pub label: String,
    pub provider: String,
    /// Its server is one's own: the address is asked for.
    pub elsewhere: bool,
}

/// Those for which a key can be entered, and a last one for any other server.
pub fn keyed(providers: &[LlmProviderInfo]) -> Vec<Keyed> {
    let can =
        |provider: &&LlmProviderInfo| !is_server_here(provider) && provider.name != SCRIPTED && !is_fixed(provider);
    let line = |provider: &LlmProviderInfo| Keyed {
        id: provider.name.clone(),
        label: label(provider).to_owned(),
        provider: provider.name.clone(),
        elsewhere: false,
    };
    let mut lines: Vec<Keyed> = providers.iter().filter(can).map(line).collect();
    if lines.iter().any(|line| line.id == COMPATIBLE) {
        lines.push(Keyed {
            id: "compatible".to_owned(),
            label: "Another server (OpenAI-compatible)".to_owned(),
            provider: COMPATIBLE.to_owned(),
            elsewhere: true,
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apps::settings::wording::tests::provider;

    fn here(mut provider: LlmProviderInfo) -> LlmProviderInfo {
        provider.local = Some(true);
        provider
    }

    fn local(name: &str, model: &str) -> Offer {
        Offer::Local { provider: name.into(), model: model.into(), label: name.into() }
    }

    #[test]
    fn there_is_a_next_step_for_everybody() {
        let scripted = here(provider(SCRIPTED, true, &["tour"]));
        let none = [provider("openai", false, &[]), here(provider("ollama", false, &[])), scripted.clone()];
        assert_eq!((offer(&none, None, true), offer(&none, None, false)), (Offer::Key, Offer::AskAdmin));

        let ollama = [provider("openai", false, &[]), here(provider("ollama", true, &["llama3.1"])), scripted.clone()];
        assert_eq!(offer(&ollama, None, true), local("ollama", "llama3.1"));
        let ready = Offer::Ready { name: "ollama \u{b7} llama3.1".into() };
        assert_eq!(offer(&ollama, None, false), ready, "automatic takes it for those who set nothing");
        assert_eq!(offer(&ollama, Some("ollama:llama3.1"), true), ready);

        let vllm = [here(provider("vllm", true, &["m"])), scripted.clone()];
        assert_eq!((offer(&vllm, None, true), offer(&vllm, None, false)), (local("vllm", "m"), Offer::AskAdmin));

        let keyed = [provider("openai", true, &["gpt"]), here(provider("ollama", true, &["llama3.1"])), scripted];
        assert_eq!(offer(&keyed, None, true), Offer::Ready { name: "openai \u{b7} gpt".into() });
        assert_eq!(offer(&none, Some("openai:gpt"), true), Offer::Key, "a default that cannot be used is none");
    }

    #[test]
    fn any_compatible_server_can_be_named() {
        let providers =
            [provider("gemini", false, &[]), provider(COMPATIBLE, false, &[]), here(provider("ollama", true, &[]))];
        let lines = keyed(&providers);
        assert_eq!(lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["gemini", "openai", "compatible"]);
        assert!(lines.last().is_some_and(|line| line.elsewhere && line.provider == COMPATIBLE));
    }
}
