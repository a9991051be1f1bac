//! What an agent wants, in the words of a line about it.

use crate::store::Ask;

/// What an agent wants, where its name stands beside it already: "wants to use the network".
pub fn wants(ask: &Ask, name: &str) -> String {
    ask.headline.strip_prefix(name).map_or(ask.headline.as_str(), str::trim_start).to_owned()
}
