//! The kernel's own MCP server: what agents of other runtimes use of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domains::process::AgentRuntime;
use crate::ids::Pid;
use crate::table::Empty;

/// Whether the server runs, and for how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatus {
    pub running: bool,
    /// Agents of other runtimes that are alive.
    pub connected_agents: u32,
}

/// A tool the server offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerTool {
    pub name: String,
    pub description: String,
    /// A JSON schema of its arguments.
    pub input_schema: Map<String, Value>,
}

domain! {
    /// The kernel's own MCP server.
    aether_mcp;
    commands {
        /// Whether the kernel's MCP server runs, and how many agents use it.
        status "aether-mcp.status" (Empty) -> ServerStatus, needs SignedIn, audit refusals;
        /// The tools the kernel's MCP server offers.
        list_tools "aether-mcp.listTools" (Empty) -> Vec<ServerTool>, needs SignedIn, audit refusals
            => get at "/mcp/aether/tools";
    }
    events {
        /// What a status answered.
        Status "aether-mcp.status" { running: bool, connectedAgents: u32 } to requester, live;
        /// The tools a list answered.
        ToolsList "aether-mcp.tools.list" { tools: Vec<ServerTool> } to requester, live;
        /// An agent of another runtime came.
        AgentConnected "aether-mcp.agent.connected" { pid: Pid, runtime: AgentRuntime } to owner(Pid, pid), journal;
        /// An agent of another runtime went.
        AgentDisconnected "aether-mcp.agent.disconnected" { pid: Pid } to owner(Pid, pid), journal;
        /// An agent of another runtime called a tool.
        ToolCalled "aether-mcp.tool.called" { pid: Pid, tool: String, args: Map<String, Value> }
            to owner(Pid, pid), journal;
    }
}
