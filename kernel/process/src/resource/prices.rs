//! What models cost. A model that is not in the list has no known cost: nothing is invented.

use serde::Deserialize;

use crate::error::{ProcessError, Result};

const LIST: &str = include_str!("prices.toml");
const MILLION: f64 = 1_000_000.0;

/// The list of prices.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    #[serde(rename = "price")]
    prices: Vec<Price>,
}

/// US dollars for a million tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    models: Vec<String>,
    input: f64,
    output: f64,
}

impl Prices {
    /// Reads the list that comes with the kernel.
    pub fn read() -> Result<Prices> {
        toml::from_str(LIST).map_err(|error| ProcessError::Prices(error.message().to_owned()))
    }

    /// US dollars for these tokens of a model (`provider:model`), if its price is known.
    pub fn cost(&self, model: &str, input_tokens: u64, output_tokens: u64) -> Option<f64> {
        let fitting = self.prices.iter().flat_map(|price| price.models.iter().map(move |name| (name, price)));
        let (_, price) = fitting.filter(|(name, _)| fits(name, model)).max_by_key(|(name, _)| name.len())?;
        Some((input_tokens as f64 * price.input + output_tokens as f64 * price.output) / MILLION)
    }
}

/// True for the model itself, its dated snapshots and `-latest`; with a star for everything that begins so.
fn fits(name: &str, model: &str) -> bool {
    if let Some(beginning) = name.strip_suffix('*') {
        return model.starts_with(beginning);
    }
    let Some(rest) = model.strip_prefix(name) else { return false };
    let Some(snapshot) = rest.strip_prefix('-') else { return rest.is_empty() };
    // `-4-5` is a version of its own, `-0613` and `-2025-04-14` are dates.
    let dated = snapshot.split('-').next().is_some_and(|first| first.len() >= 3)
        && snapshot.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    snapshot == "latest" || dated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_name_gives_the_price() {
        let prices = Prices::read().expect("a list");
        let million = |model: &str| prices.cost(model, 1_000_000, 1_000_000);
        assert_eq!(million("openai:gpt-4.1"), Some(10.0));
        assert_eq!(million("openai:gpt-4.1-2025-04-14"), Some(10.0));
        assert_eq!(million("openai:gpt-4.1-mini-2025-04-14"), Some(2.0));
        assert_eq!(million("anthropic:claude-opus-4-20250514"), Some(90.0));
        assert_eq!(million("anthropic:claude-opus-4-5-20251101"), Some(30.0));
        assert_eq!(million("mistral:mistral-small-latest"), Some(0.4));
        assert_eq!(prices.cost("anthropic:claude-haiku-4-5", 1_000, 200), Some(0.002));
    }

    #[test]
    fn what_runs_here_costs_nothing_and_what_is_not_known_has_no_cost() {
        let prices = Prices::read().expect("a list");
        assert_eq!(prices.cost("ollama:llama3.1:8b", 9, 9), Some(0.0));
        for unknown in ["openai:gpt-4.1-turbo", "anthropic:claude-opus-4-9", "openrouter:openai/gpt-4.1", "gpt-4.1"] {
            assert_eq!(prices.cost(unknown, 9, 9), None, "{unknown}");
        }
    }
}
