//! What holds for jobs and triggers alike.

use aether_protocol::domains::process::AgentConfig;
use serde_json::{Map, Value};

use crate::error::{Result, ScheduleError};

/// Characters of a name.
const NAME: std::ops::RangeInclusive<usize> = 1..=128;
/// KiB of a configuration and a filter as JSON.
const CONFIG: usize = 128;

/// The name without blanks around it.
pub fn name(name: &str) -> Result<String> {
    let trimmed = name.trim();
    if NAME.contains(&trimmed.chars().count()) { Ok(trimmed.to_owned()) } else { Err(ScheduleError::BadName) }
}

/// Refuses a configuration that no agent could ever be started with. What else there is to say of it is said when it is
/// started, because it may be otherwise by then.
pub fn config(config: AgentConfig, filter: Option<&Map<String, Value>>) -> Result<AgentConfig> {
    let length = |text: serde_json::Result<String>| text.map_or(usize::MAX, |text| text.len());
    let filter = filter.map_or(0, |filter| length(serde_json::to_string(filter)));
    if length(serde_json::to_string(&config)).saturating_add(filter) > CONFIG * 1024 {
        return Err(ScheduleError::TooLarge(CONFIG));
    }
    if config.goal.trim().is_empty() { Err(ScheduleError::NoGoal) } else { Ok(config) }
}
