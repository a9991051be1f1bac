//! Answering agents by commands.
//!
//! An answer always names the request it is for: a late yes never allows what was asked since.

use aether_protocol::domains::agent::{self, AnswerQuestion, Approval, ApprovalKind, ApprovalState, ApprovalsQuery};
use aether_protocol::domains::process::event::ApprovalRequired;
use aether_protocol::domains::process::{self, Approve, Reject};
use aether_protocol::{ErrorCode, Pid, WireError};

use crate::Result;
use crate::link::Link;

/// What a person says to a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    Yes,
    No(Option<String>),
    Text(String),
}

/// Answers the open request of an agent, the one with this id if one is given. Gives back what was answered.
pub async fn answer(link: &Link, pid: Pid, id: Option<&str>, word: Word) -> Result<Approval> {
    let approval = find(link, pid, id).await?;
    let refused = |message: String| Err(WireError::new(ErrorCode::InvalidState, message).into());
    match (approval.kind, &word) {
        (ApprovalKind::Question, Word::Yes) => {
            return refused(format!("Agent {pid} asks a question. Answer it with `aether answer {pid} TEXT`."));
        }
        // Any text would allow it, also one that means no.
        (ApprovalKind::Action, Word::Text(_)) => {
            return refused(format!(
                "Agent {pid} asks to be allowed something. Answer with `aether approve {pid}` or `aether reject {pid}`."
            ));
        }
        (ApprovalKind::Question, Word::Text(_) | Word::No(_)) | (ApprovalKind::Action, Word::Yes | Word::No(_)) => {}
    }
    say(link, pid, Some(approval.id.clone()), word).await?;
    Ok(approval)
}

/// Sends a person's word on a request.
pub async fn say(link: &Link, pid: Pid, approval_id: Option<String>, word: Word) -> Result<(), WireError> {
    match word {
        Word::Yes => process::Client(link).approve(Approve { pid, approval_id }).await,
        Word::No(reason) => process::Client(link).reject(Reject { pid, reason, approval_id }).await,
        Word::Text(reply) => agent::Client(link).answer(AnswerQuestion { pid, reply, approval_id }).await,
    }
}

/// What an agent waits for a person to answer.
pub async fn open(link: &Link, pid: Pid) -> Result<Option<Approval>, WireError> {
    let asked = agent::Client(link).approvals(ApprovalsQuery { pid: Some(pid) }).await?;
    Ok(asked.into_iter().find(|approval| approval.state == ApprovalState::Open))
}

async fn find(link: &Link, pid: Pid, id: Option<&str>) -> Result<Approval> {
    let found = open(link, pid).await?.filter(|approval| id.is_none_or(|id| approval.id == id));
    found.ok_or_else(|| {
        let reason = match id {
            Some(id) => {
                format!("The request {id} of agent {pid} is not open. `aether approvals` lists those that are.")
            }
            None => format!("Agent {pid} waits for no answer. `aether approvals` lists those that do."),
        };
        WireError::new(ErrorCode::InvalidState, reason).into()
    })
}

/// A request as it was announced when it was new.
pub fn announced(approval: Approval) -> ApprovalRequired {
    ApprovalRequired {
        pid: approval.pid,
        action: approval.action,
        details: approval.details,
        approvalId: Some(approval.id),
        kind: Some(approval.kind),
    }
}
