//! How an agent is, in the words and icons of a line about it.

use crate::kit::WorkState;
use crate::store::{Ask, Standing};

/// The icon, word and colour of a standing.
pub fn work(standing: Standing) -> WorkState {
    match standing {
        Standing::NeedsYou => WorkState::NeedsYou,
        Standing::Working => WorkState::Working,
        Standing::Paused => WorkState::Paused,
        Standing::Queued => WorkState::Queued,
        Standing::Failed => WorkState::Failed,
        Standing::Done => WorkState::Done,
    }
}

/// What an agent wants, where its name stands beside it already: "wants to use the network".
pub fn wants(ask: &Ask, name: &str) -> String {
    ask.headline.strip_prefix(name).map_or(ask.headline.as_str(), str::trim_start).to_owned()
}
