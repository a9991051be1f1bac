//! Answering agents: by commands, and by questions in the terminal while one is being watched.

use std::io::IsTerminal;

use aether_protocol::Pid;
use aether_protocol::domains::agent::{self, AnswerQuestion, ApprovalKind};
use aether_protocol::domains::process::event::ApprovalRequired;
use aether_protocol::domains::process::{self, Approve, Reject};
use tokio::io::{AsyncBufReadExt, BufReader, Stdin};

use crate::Result;
use crate::link::Link;
use crate::print::Printer;

pub async fn approve(link: &Link, pid: Pid, approval_id: Option<String>) -> Result<()> {
    Ok(process::Client(link).approve(Approve { pid, approval_id }).await?)
}

pub async fn reject(link: &Link, pid: Pid, approval_id: Option<String>, reason: Option<String>) -> Result<()> {
    Ok(process::Client(link).reject(Reject { pid, reason, approval_id }).await?)
}

pub async fn reply(link: &Link, pid: Pid, approval_id: Option<String>, reply: String) -> Result<()> {
    Ok(agent::Client(link).answer(AnswerQuestion { pid, reply, approval_id }).await?)
}

/// The person at the terminal, if one is there.
pub struct Person(Option<tokio::io::Lines<BufReader<Stdin>>>);

impl Person {
    pub fn here() -> Person {
        let terminal = std::io::stdin().is_terminal();
        Person(terminal.then(|| BufReader::new(tokio::io::stdin()).lines()))
    }

    /// Asks the person what the agent asks. Without one, says how to answer from elsewhere.
    pub async fn asked(&mut self, link: &Link, asked: &ApprovalRequired, printer: &Printer) -> Result<()> {
        printer.asks(asked);
        let Some(lines) = &mut self.0 else {
            printer.note(&format!(
                "Answer with: aether approve {0}, aether reject {0}, or aether answer {0} TEXT",
                asked.pid
            ));
            return Ok(());
        };
        let question = asked.kind == Some(ApprovalKind::Question);
        printer.prompt(if question { "Your answer: " } else { "Allow it? [y/N] " });
        let Ok(Some(line)) = lines.next_line().await else { return Ok(()) };
        let id = asked.approvalId.clone();
        let line = line.trim();
        match (question, matches!(line.to_lowercase().as_str(), "y" | "yes")) {
            (true, _) => reply(link, asked.pid, id, line.to_owned()).await,
            (false, true) => approve(link, asked.pid, id).await,
            (false, false) => {
                let reason = (line.len() > 3).then(|| line.to_owned());
                reject(link, asked.pid, id, reason).await
            }
        }
    }
}
