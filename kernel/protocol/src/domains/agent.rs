//! Agents at work: what people say to them, what they report, what becomes visible of it.

mod trajectory;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::ipc::Sender;
use crate::domains::process::{AgentPhase, PidRef, ProcessInfo, ProcessState};
use crate::ids::Pid;

pub use trajectory::{Origin, Trajectory, TrajectoryEntry, TrajectoryKind, TrajectoryQuery};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Success,
    Timeout,
    Aborted,
    Error,
}

/// Whether a loop may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Directive {
    Run,
    Pause,
    Stop,
}

/// What a person allows by approving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Grant {
    ReadPath { path: String },
    WritePath { path: String },
    Network,
    Host,
}

/// What a person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalKind {
    Action,
    Question,
}

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalState {
    Open,
    Granted,
    Refused,
}

/// What an agent asked a person, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub id: String,
    pub pid: Pid,
    pub call_id: String,
    pub kind: ApprovalKind,
    pub action: String,
    pub details: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    pub created_at: u64,
    pub state: ApprovalState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<u64>,
}

/// `agent.continue`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Continue {
    pub pid: Pid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_steps: Option<u32>,
}

/// `agent.message`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SendMessage {
    pub pid: Pid,
    pub content: String,
}

/// What `agent.message` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageQueued {
    pub delivered: bool,
    pub queued: bool,
}

/// `agent.timeline`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TimelineQuery {
    pub pid: Pid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentLogEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    pub pid: Pid,
    pub step: i64,
    pub phase: String,
    #[serde(default)]
    pub tool: Option<String>,
    pub content: String,
    pub timestamp: u64,
}

/// A page of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    pub entries: Vec<AgentLogEntry>,
    pub total: u64,
}

/// `agent.inbox`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InboxQuery {
    pub pid: Pid,
    pub after: u64,
    /// Milliseconds to wait for a message where there is none; 10 minutes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// `agent.wait`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitChild {
    pub pid: Pid,
    /// The child whose end is waited for.
    pub child: Pid,
    /// Milliseconds to wait; 10 minutes at most.
    pub wait_ms: u64,
}

/// A message from a person, or from another agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserMessage {
    pub id: u64,
    pub content: String,
    pub timestamp: u64,
    /// The agent that sent it; absent where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Sender>,
}

/// `agent.exec`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exec {
    pub pid: Pid,
    pub call_id: String,
    pub command: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<bool>,
}

/// What `agent.exec` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecResult {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub truncated: bool,
    pub timed_out: bool,
    pub duration_ms: u64,
}

/// `agent.ask`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskApproval {
    pub pid: Pid,
    pub call_id: String,
    pub kind: ApprovalKind,
    pub action: String,
    pub details: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
}

/// What a person answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub approval_id: String,
    pub granted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `agent.report`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub pid: Pid,
    pub state: ProcessState,
    pub phase: AgentPhase,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
}

/// `agent.finish`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finish {
    pub pid: Pid,
    pub outcome: Outcome,
    pub exit_code: i32,
    pub summary: String,
}

/// `agent.answer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerQuestion {
    pub pid: Pid,
    pub reply: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
}

/// `agent.approvals`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalsQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
}

/// Who put older parts of a conversation in fewer words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CompactionMethod {
    /// A model.
    Llm,
    /// A rule, where no model could be had.
    Fallback,
}

/// What `agent.watch` answers: a binary stream of UTF-8 text.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct Watching {
    pub stream: u32,
}

domain! {
    /// Agents at work.
    agent;
    commands {
        /// Holds an agent before its next step.
        pause "agent.pause" (PidRef) -> (), needs Own(StopPid, |p| p.pid), order(|p| p.pid);
        /// Lets a held agent go on.
        resume "agent.resume" (PidRef) -> (), needs Own(StopPid, |p| p.pid), order(|p| p.pid);
        /// Grants more steps to an agent that has used its own up.
        extend "agent.continue" (Continue) -> (), needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// Says something to an agent; it reads it before its next thought.
        message "agent.message" (SendMessage) -> MessageQueued, needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// What an agent thought, did and saw, oldest first.
        timeline "agent.timeline" (TimelineQuery) -> Timeline, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// What an agent has been through, entry by entry, in pages.
        trajectory "agent.trajectory" (TrajectoryQuery) -> Trajectory, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// Answers a question of an agent.
        answer "agent.answer" (AnswerQuestion) -> (), needs Own(Pid, |p| p.pid), order(|p| p.pid);
        /// Streams the agent's thoughts while they are being written.
        watch "agent.watch" (PidRef) -> Watching, needs Own(ViewPid, |p| p.pid), audit refusals;
        /// What agents asked people.
        approvals "agent.approvals" (ApprovalsQuery) -> Vec<Approval>, needs SignedIn, audit refusals;
        /// Messages an agent has not read yet, oldest first; of many, the first.
        inbox "agent.inbox" (InboxQuery) -> Vec<UserMessage>, needs Agent, audit refusals;
        /// Waits for the end of a child, and answers what it is then: by its state, whether it has ended. Meanwhile the
        /// agent's place is somebody else's.
        wait "agent.wait" (WaitChild) -> ProcessInfo, needs Agent, audit refusals;
        /// Runs a command in the agent's sandbox.
        exec "agent.exec" (Exec) -> ExecResult, needs Agent;
        /// Asks a person and waits for the answer.
        ask "agent.ask" (AskApproval) -> Answer, needs Agent;
        /// Says where a run is.
        report "agent.report" (Report) -> (), needs Agent, audit refusals;
        /// Says that a run is over.
        finish "agent.finish" (Finish) -> (), needs Agent;
    }
    events {
        /// What an agent thinks, or what became of its run.
        Thought "agent.thought" { pid: Pid, thought: String } to owner(Pid, pid), journal;
        /// An agent is about to use a tool.
        Action "agent.action" { pid: Pid, tool: String, args: serde_json::Value } to owner(Pid, pid), journal;
        /// What a tool answered, shortened.
        Observation "agent.observation" { pid: Pid, result: String } to owner(Pid, pid), journal;
        /// An agent does something else than before; `process.stateChange` says it together with the state.
        PhaseChange "agent.phaseChange" { pid: Pid, phase: AgentPhase } to owner(Pid, pid), journal;
        /// How far a run is.
        Progress "agent.progress" { pid: Pid, step: u32, maxSteps: u32, summary: String } to owner(Pid, pid), journal;
        /// An agent wrote a file; the content is cut off after 64 KiB.
        FileCreated "agent.file_created" { pid: Pid, path: String, content: String } to owner(Pid, pid), journal;
        /// An agent opens a page; with a summary once it has been read.
        Browsing "agent.browsing" {
            pid: Pid,
            url: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] summary: Option<String>,
        } to owner(Pid, pid), journal;
        /// An agent wrote a file that others share.
        SharedFileWritten "agent.sharedFileWritten" { pid: Pid, path: String, size: u64 } to owner(Pid, pid), journal;
        /// An agent is held.
        Paused "agent.paused" { pid: Pid } to owner(Pid, pid), journal;
        /// An agent that was held goes on.
        Resumed "agent.resumed" { pid: Pid } to owner(Pid, pid), journal;
        /// A person said something to an agent.
        UserMessage "agent.userMessage" { pid: Pid, content: String, timestamp: u64 } to owner(Pid, pid), journal;
        /// A person let an agent do what it asked for, or answered its question.
        Approved "agent.approved" { pid: Pid } to owner(Pid, pid), journal;
        /// A person refused what an agent asked for.
        Rejected "agent.rejected" {
            pid: Pid,
            #[serde(default, skip_serializing_if = "Option::is_none")] reason: Option<String>,
        } to owner(Pid, pid), journal;
        /// A person granted more steps.
        Continued "agent.continued" { pid: Pid, extraSteps: u32 } to owner(Pid, pid), journal;
        /// A run is over.
        Completed "agent.completed" {
            pid: Pid,
            outcome: Outcome,
            steps: u32,
            durationMs: u64,
            role: String,
            goal: String,
            summary: String,
        } to owner(Pid, pid), journal;
        /// An agent has used up its steps and waits for more.
        StepLimitReached "agent.stepLimitReached" { pid: Pid, stepsCompleted: u32, summary: String }
            to owner(Pid, pid), journal;
        /// Older parts of a conversation were put in fewer words, to make room.
        ContextCompacted "agent.contextCompacted" {
            pid: Pid,
            entriesCompacted: u32,
            newHistorySize: u32,
            method: CompactionMethod,
        } to owner(Pid, pid), journal;
        /// A tool call was stopped because outside text seemed to have asked for it.
        InjectionBlocked "agent.injectionBlocked" { pid: Pid, tool: String, reason: String }
            to owner(Pid, pid), journal;
        /// What the program that drives an agent printed.
        Log "agent.log" { pid: Pid, message: String } to owner(Pid, pid), journal;
    }
}
