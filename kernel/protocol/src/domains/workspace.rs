//! Workspaces: the homes that agents have left behind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{Pid, UserId};
use crate::table::Empty;

/// Names one workspace.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceRef {
    /// The uid of the agent whose home it was: `agent_<pid>`.
    pub agent_name: String,
}

/// `workspace.details`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceQuery {
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The most to answer: 50 if absent, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those of agents with a smaller pid, for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Pid>,
}

/// The home of an agent that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// `agent_<pid>`.
    pub agent_name: String,
    pub pid: Pid,
    /// Where it is, as a virtual path.
    pub path: String,
    /// The user whose agent it was; absent where nothing is known of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<UserId>,
    /// The role the agent had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When the agent ended, in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<u64>,
    /// When something in it was last changed, in milliseconds since the Unix epoch.
    pub modified_at: u64,
    /// Bytes of the files in it.
    pub size: u64,
    /// Files and directories in it.
    pub entries: u64,
    /// True if not all of it could be counted: it is at least this large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
}

domain! {
    /// Workspaces of agents.
    workspace;
    commands {
        /// The names of the caller's workspaces; of all, for an administrator.
        list "workspace.list" (Empty) -> Vec<String>, needs SignedIn, audit refusals;
        /// The same workspaces with their sizes, ages and owners, in pages, the newest first.
        details "workspace.details" (WorkspaceQuery) -> Vec<Workspace>, needs SignedIn, audit refusals;
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
