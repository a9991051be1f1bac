//! MCP servers of others, and their tools.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::table::Empty;

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum McpTransport {
    /// A program that we start.
    Stdio,
    /// An address, with server-sent events.
    Sse,
}

/// Whether a server can be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum McpStatus {
    Connecting,
    Connected,
    Disconnected,
    Error,
}

/// How to reach a server, and who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpServerConfig {
    pub id: String,
    pub name: String,
    pub transport: McpTransport,
    /// The program, for `stdio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// `${NAME}` stands for the kernel's own variable of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// The address, for `sse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `${NAME}` stands for the kernel's own variable of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// Connect when the kernel starts; not if absent.
    #[serde(default)]
    pub auto_connect: bool,
    /// True if absent.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Roles whose agents may use its tools; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_agent_roles: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

fn enabled() -> bool {
    true
}

/// What a server says it can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct McpCapabilities {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompts: Option<bool>,
}

/// A server as clients know it, without how it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpServerInfo {
    pub id: String,
    pub name: String,
    pub transport: McpTransport,
    pub status: McpStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<McpCapabilities>,
    pub tool_count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<u64>,
}

/// A tool of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpToolInfo {
    /// What agents call it: `mcp__<server>__<tool>`.
    pub name: String,
    /// What its server calls it.
    pub mcp_name: String,
    pub server_id: String,
    pub description: String,
    /// A JSON schema of its arguments.
    pub input_schema: Map<String, Value>,
}

/// `mcp.addServer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddServer {
    pub config: McpServerConfig,
}

/// Names one server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerRef {
    pub server_id: String,
}

/// The settings of a server that change; those that are absent stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpServerUpdates {
    /// Taken for the sake of clients that send a whole configuration: an id does not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<McpTransport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_connect: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_agent_roles: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// `mcp.updateServer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateServer {
    pub server_id: String,
    pub updates: McpServerUpdates,
}

/// `mcp.listTools`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsQuery {
    /// Of this server only; absent means of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_id: Option<String>,
}

/// `mcp.callTool`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallTool {
    pub server_id: String,
    /// As its server calls it.
    pub tool_name: String,
    pub args: Map<String, Value>,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolOutput {
    pub output: String,
}

// A server is a command on the host, or an address the kernel calls with the owner's keys. So only an administrator
// adds or changes one, and a tool is called by the server's owner, or by an agent whose role the server allows.
domain! {
    /// MCP servers of others, and their tools.
    mcp;
    commands {
        /// Registers a server; the same id is replaced.
        add_server "mcp.addServer" (AddServer) -> McpServerInfo, needs Admin, order(|p| &p.config.id);
        /// Forgets a server and closes its connection.
        remove_server "mcp.removeServer" (ServerRef) -> (), needs Own(McpServer, |p| &p.server_id),
            order(|p| &p.server_id) => delete at "/mcp/servers/:serverId" says "deleted";
        /// Changes some settings of a server.
        update_server "mcp.updateServer" (UpdateServer) -> (), needs Admin, order(|p| &p.server_id);
        /// Connects to a server and learns its tools.
        connect "mcp.connect" (ServerRef) -> McpServerInfo, needs Own(McpServer, |p| &p.server_id),
            order(|p| &p.server_id) => post at "/mcp/servers/:serverId/connect";
        /// Closes the connection to a server.
        disconnect "mcp.disconnect" (ServerRef) -> (), needs Own(McpServer, |p| &p.server_id),
            order(|p| &p.server_id);
        /// The servers that are registered.
        list_servers "mcp.listServers" (Empty) -> Vec<McpServerInfo>, needs SignedIn, audit refusals
            => get at "/mcp/servers";
        /// The tools of one connected server, or of all.
        list_tools "mcp.listTools" (ToolsQuery) -> Vec<McpToolInfo>, needs SignedIn, audit refusals
            => get at "/mcp/tools";
        /// Calls a tool of a connected server.
        call_tool "mcp.callTool" (CallTool) -> ToolOutput, needs Own(McpServer, |p| &p.server_id) or Agent;
    }
    events {
        /// A server was registered or replaced.
        ServerAdded "mcp.server.added" { server: McpServerInfo } to owner(McpServer, server.id), journal;
        /// A server was forgotten.
        ServerRemoved "mcp.server.removed" { serverId: String } to owner(McpServer, serverId), journal;
        /// A server is connected.
        ServerConnected "mcp.server.connected" { server: McpServerInfo } to owner(McpServer, server.id), journal;
        /// The connection to a server is closed.
        ServerDisconnected "mcp.server.disconnected" {
            serverId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        } to owner(McpServer, serverId), journal;
        /// A server could not be reached, or failed.
        ServerError "mcp.server.error" { serverId: String, error: String } to owner(McpServer, serverId), journal;
        /// The tools of a server that has just been connected.
        ToolsDiscovered "mcp.tools.discovered" { serverId: String, tools: Vec<McpToolInfo> }
            to owner(McpServer, serverId), live;
        /// The servers a list answered.
        ServersList "mcp.servers.list" { servers: Vec<McpServerInfo> } to requester, live;
        /// The tools a list answered.
        ToolsList "mcp.tools.list" { tools: Vec<McpToolInfo> } to requester, live;
    }
}
