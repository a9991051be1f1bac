//! Providers that are only data: they speak OpenAI's format at another address.

use serde::Deserialize;

/// One file of `data/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declared {
    pub name: String,
    /// The name people know it by.
    pub label: String,
    pub base_url: String,
    /// The variable of its key; absent where it needs none.
    #[serde(default)]
    pub key_env: Option<String>,
    /// A server on this machine or its network: usable by name without any setting.
    #[serde(default)]
    pub local: bool,
    /// Empty where the server decides which models there are.
    #[serde(default)]
    pub default_model: String,
    #[serde(default)]
    pub models: Vec<String>,
    /// Whether it accepts `stream_options`; without, usage comes unasked or not at all.
    #[serde(default = "yes")]
    pub stream_options: bool,
}

fn yes() -> bool {
    true
}

impl Declared {
    /// The variable that puts it at another address.
    pub fn base_url_env(&self) -> String {
        format!("{}_BASE_URL", self.name.to_uppercase())
    }
}

const FILES: [&str; 6] = [
    include_str!("data/openrouter.toml"),
    include_str!("data/groq.toml"),
    include_str!("data/mistral.toml"),
    include_str!("data/deepseek.toml"),
    include_str!("data/lmstudio.toml"),
    include_str!("data/vllm.toml"),
];

/// All of them, in the order in which lists show them.
pub(crate) fn all() -> Vec<Declared> {
    FILES
        .iter()
        .filter_map(|text| read(text).inspect_err(|error| tracing::error!(%error, "provider data")).ok())
        .collect()
}

fn read(text: &str) -> Result<Declared, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_no_name_is_there_twice() {
        let mut names: Vec<String> =
            FILES.iter().map(|text| read(text).unwrap_or_else(|error| panic!("{text}\n{error}")).name).collect();
        names.extend(["gemini", "openai", "anthropic", "ollama", "scripted"].map(str::to_owned));
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_provider_without_a_key_is_local() {
        for provider in all() {
            assert_eq!(provider.key_env.is_none(), provider.local, "{}", provider.name);
        }
    }
}
