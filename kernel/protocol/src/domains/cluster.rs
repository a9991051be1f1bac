//! Kernels that work together: a hub, and nodes that take spawns from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// What this kernel is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClusterRole {
    Hub,
    Node,
    Standalone,
}

/// Whether a node takes spawns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeStatus {
    Online,
    Offline,
    /// Its agents go on, and it gets no new ones.
    Draining,
}

/// One node as its hub knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    pub id: String,
    pub host: String,
    pub port: u16,
    /// Agents it can run at once.
    pub capacity: u32,
    /// Agents it runs.
    pub load: u32,
    pub gpu_available: bool,
    pub docker_available: bool,
    pub status: NodeStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_heartbeat: Option<u64>,
}

/// The cluster as this kernel sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterInfo {
    pub role: ClusterRole,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_url: Option<String>,
    /// The other nodes.
    pub nodes: Vec<NodeInfo>,
    /// With this kernel's own.
    pub total_capacity: u32,
    /// With this kernel's own.
    pub total_load: u32,
}

/// Names one node.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRef {
    pub node_id: String,
}

domain! {
    /// Kernels that work together.
    cluster;
    commands {
        /// This kernel's role, the nodes, and how busy all of them are.
        status "cluster.status" (Empty) -> ClusterInfo, needs SignedIn, audit refusals;
        /// The nodes that registered with this hub.
        nodes "cluster.nodes" (Empty) -> Vec<NodeInfo>, needs SignedIn, audit refusals;
        /// Gives a node no more agents; those it runs go on.
        drain "cluster.drain" (NodeRef) -> (), needs Admin, order(|p| &p.node_id);
    }
    events {
        /// A node registered.
        NodeJoined "cluster.nodeJoined" { node: NodeInfo } to admins, journal;
        /// A node closed its connection.
        NodeLeft "cluster.nodeLeft" { nodeId: String } to admins, journal;
        /// A node has not been heard of for too long.
        NodeOffline "cluster.nodeOffline" { nodeId: String } to admins, journal;
        /// The cluster as a status answered it.
        Status "cluster.status" { info: ClusterInfo } to requester, live;
        /// This node lost its hub.
        HubDisconnected "cluster.hubDisconnected" {} to admins, journal;
        /// This node tries its hub again.
        Reconnecting "cluster.reconnecting" { attempt: u32 } to admins, live;
        /// This node gave its hub up.
        ReconnectFailed "cluster.reconnectFailed" {} to admins, journal;
    }
}
