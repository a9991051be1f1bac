//! Plugins an agent brought along: what is loaded into one process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;

/// One plugin of one agent. Plugins of the registry have records of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginInfo {
    pub name: String,
    pub version: String,
    pub description: String,
    /// Names of the tools it gives the agent.
    pub tools: Vec<String>,
}

domain! {
    /// Plugins an agent brought along.
    plugins;
    commands {
        /// The plugins loaded into one agent; none for a process that is not there.
        list "plugins.list" (PidRef) -> Vec<PluginInfo>, needs Own(Pid, |p| p.pid), audit refusals;
    }
    events {
        /// A plugin of an agent is loaded; its tools can be used.
        Loaded "plugin.loaded" { pid: Pid, name: String, version: String, tools: Vec<String> }
            to owner(Pid, pid), journal;
        /// A plugin of an agent could not be loaded.
        Failed "plugin.error" { pid: Pid, plugin: String, error: String } to owner(Pid, pid), journal;
        /// The plugins a query answered.
        List "plugins.list" { pid: Pid, plugins: Vec<PluginInfo> } to requester, live;
    }
}
