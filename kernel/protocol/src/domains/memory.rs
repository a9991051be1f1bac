//! What agents remember, in four layers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Pid;

/// What kind of memory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemoryLayer {
    /// What happened.
    Episodic,
    /// What is so.
    Semantic,
    /// How something is done.
    Procedural,
    /// Who is who.
    Social,
}

/// One memory of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryRecord {
    pub id: String,
    pub agent_uid: String,
    pub layer: MemoryLayer,
    pub content: String,
    pub tags: Vec<String>,
    /// 0 to 1.
    pub importance: f64,
    pub access_count: u64,
    pub created_at: u64,
    pub last_accessed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_pid: Option<Pid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_memories: Option<Vec<String>>,
}

/// Which memories to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<MemoryLayer>,
    /// Any of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    pub agent_uid: String,
    /// The most to answer: 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_importance: Option<f64>,
}

/// A memory to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryStoreRequest {
    pub agent_uid: String,
    pub layer: MemoryLayer,
    pub content: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// 0 to 1; 0.5 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_pid: Option<Pid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_memories: Option<Vec<String>>,
}

/// `memory.store`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StoreMemory {
    pub memory: MemoryStoreRequest,
}

/// `memory.recall`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecallMemories {
    pub query: MemoryQuery,
}

/// `memory.forget`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetMemory {
    #[serde(rename = "memoryId")]
    pub memory_id: String,
    /// Whose memory it is.
    pub agent_uid: String,
}

/// `memory.share`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShareMemory {
    #[serde(rename = "memoryId")]
    pub memory_id: String,
    pub from_uid: String,
    pub to_uid: String,
}

/// `memory.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListMemories {
    pub agent_uid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<MemoryLayer>,
    /// Text to search for; some clients call it `query`.
    #[serde(default, alias = "query", skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// The most to answer: 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `memory.consolidate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConsolidateMemories {
    pub agent_uid: String,
}

/// What `memory.consolidate` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consolidation {
    /// How many memories went.
    pub removed: u64,
}

domain! {
    /// What agents remember, in four layers.
    memory;
    commands {
        /// Keeps a memory for an agent.
        store "memory.store" (StoreMemory) -> MemoryRecord, needs Own(AgentUid, |p| &p.memory.agent_uid);
        /// Finds memories of an agent, the most important first.
        recall "memory.recall" (RecallMemories) -> Vec<MemoryRecord>,
            needs Own(AgentUid, |p| &p.query.agent_uid), audit refusals;
        /// Deletes a memory.
        forget "memory.forget" (ForgetMemory) -> (),
            needs Own(AgentUid, |p| &p.agent_uid), order(|p| &p.memory_id);
        /// Copies a memory to another agent of the same owner; the copy counts a little less.
        share "memory.share" (ShareMemory) -> MemoryRecord,
            needs Own(AgentUid, |p| (&p.from_uid, &p.to_uid)), order(|p| &p.memory_id);
        /// The memories of an agent.
        list "memory.list" (ListMemories) -> Vec<MemoryRecord>,
            needs Own(AgentUid, |p| &p.agent_uid), audit refusals => get at "/agents/:agent_uid/memory";
        /// Lets memories go that have expired or faded.
        consolidate "memory.consolidate" (ConsolidateMemories) -> Consolidation,
            needs Own(AgentUid, |p| &p.agent_uid), order(|p| &p.agent_uid);
    }
    events {
        /// A memory was kept.
        Stored "memory.stored" { memoryId: String, agent_uid: String, layer: MemoryLayer }
            to owner(AgentUid, agent_uid), journal;
        /// Memories were asked for.
        Recalled "memory.recalled" { agent_uid: String, memories: Vec<MemoryRecord> }
            to owner(AgentUid, agent_uid), live;
        /// A memory was deleted.
        Forgotten "memory.forgotten" { memoryId: String, agent_uid: String } to owner(AgentUid, agent_uid), journal;
        /// A memory was copied to another agent.
        Shared "memory.shared" { memoryId: String, from_uid: String, to_uid: String }
            to owner(AgentUid, from_uid), journal;
        /// Memories that had expired or faded are gone.
        Consolidated "memory.consolidated" { agent_uid: String, removed: u64 } to owner(AgentUid, agent_uid), journal;
    }
}
