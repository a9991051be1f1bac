//! Workspaces: directories that agents of one name share across runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// Names one workspace.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceRef {
    pub agent_name: String,
}

domain! {
    /// Workspaces of agents.
    workspace;
    commands {
        /// The names of the caller's workspaces.
        list "workspace.list" (Empty) -> Vec<String>, needs SignedIn, audit refusals;
        /// Removes a workspace and what is in it.
        cleanup "workspace.cleanup" (WorkspaceRef) -> (),
            needs Own(Workspace, |p| &p.agent_name), order(|p| &p.agent_name);
    }
    events {
        /// The names a list answered.
        List "workspace.list" { workspaces: Vec<String> } to requester, live;
        /// A workspace was removed, or could not be.
        Cleaned "workspace.cleaned" { agentName: String, success: bool } to requester, live;
    }
}
