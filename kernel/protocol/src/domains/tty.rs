//! Terminals: shells of agents and of users, and what is typed into them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{Pid, TtyId};

/// `tty.open`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    /// 1 is the caller's own shell.
    pub pid: Pid,
    /// 120 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<u16>,
    /// 36 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u16>,
}

/// What `tty.open` answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub tty_id: TtyId,
}

/// `tty.input`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub tty_id: TtyId,
    pub data: String,
}

/// `tty.resize`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resize {
    pub tty_id: TtyId,
    pub cols: u16,
    pub rows: u16,
}

/// Names one terminal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TtyRef {
    pub tty_id: TtyId,
}

/// `tty.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TtyQuery {
    /// Only terminals of this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
}

/// A terminal as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TerminalInfo {
    pub id: TtyId,
    pub pid: Pid,
    pub cols: u16,
    pub rows: u16,
    pub title: String,
}

/// `tty.attach`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attach {
    pub tty_id: TtyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u16>,
    /// The byte up to which output was seen: what came after it is sent again, as far as the scrollback reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// What `tty.attach` answers: a binary stream, both ways.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Attached {
    pub stream: u32,
    /// The byte of the output the stream begins at.
    pub offset: u64,
}

domain! {
    /// Terminals.
    tty;
    commands {
        /// Opens a terminal of a process.
        open "tty.open" (Open) -> Opened, needs Own(Pid, |p| p.pid);
        /// Types into a terminal.
        input "tty.input" (Input) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id), audit refusals;
        /// Tells the terminal how large its window is.
        resize "tty.resize" (Resize) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id), audit refusals;
        /// Ends a terminal and its shell.
        close "tty.close" (TtyRef) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id);
        /// The terminals the caller may see.
        list "tty.list" (TtyQuery) -> Vec<TerminalInfo>, needs SignedIn, audit refusals;
        /// Streams a terminal's output, and what is typed into it.
        attach "tty.attach" (Attach) -> Attached, needs Own(Tty, |p| &p.tty_id), audit refusals;
    }
    events {
        /// A terminal was opened.
        Opened "tty.opened" { ttyId: TtyId, pid: Pid } to owner(Tty, ttyId), journal;
        /// A terminal wrote something.
        Output "tty.output" { ttyId: TtyId, pid: Pid, data: String } to owner(Tty, ttyId), stream;
        /// A terminal's shell has ended.
        Closed "tty.closed" {
            ttyId: TtyId,
            pid: Pid,
            #[serde(default, skip_serializing_if = "Option::is_none")] code: Option<i32>,
            #[serde(default, skip_serializing_if = "Option::is_none")] signal: Option<i32>,
        } to owner(Tty, ttyId), journal;
        /// A terminal could not be opened.
        Error "tty.error" { ttyId: TtyId, pid: Pid, error: String } to owner(Pid, pid), journal;
    }
}
