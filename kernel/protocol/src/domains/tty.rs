//! Terminals.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{Pid, TtyId};

/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Open {
    pub pid: Pid,
    pub cols: Option<u16>,
    pub rows: Option<u16>,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub tty_id: TtyId,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub tty_id: TtyId,
    pub data: String,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resize {
    pub tty_id: TtyId,
    pub cols: u16,
    pub rows: u16,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TtyRef {
    pub tty_id: TtyId,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TtyQuery {
    pub pid: Option<Pid>,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TerminalInfo {
    pub id: TtyId,
    pub pid: Pid,
    pub cols: u16,
    pub rows: u16,
    pub title: String,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attach {
    pub tty_id: TtyId,
    pub cols: Option<u16>,
    pub rows: Option<u16>,
    pub since: Option<u64>,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Attached {
    pub stream: u32,
    pub offset: u64,
}

domain! {
    /// Terminals.
    tty;
    commands {
        /// Opens.
        open "tty.open" (Open) -> Opened, needs Own(Pid, |p| p.pid);
        /// Types.
        input "tty.input" (Input) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id), audit refusals;
        /// Resizes.
        resize "tty.resize" (Resize) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id), audit refusals;
        /// Closes.
        close "tty.close" (TtyRef) -> (), needs Own(Tty, |p| &p.tty_id), order(|p| &p.tty_id);
        /// Lists.
        list "tty.list" (TtyQuery) -> Vec<TerminalInfo>, needs SignedIn, audit refusals;
        /// Attaches.
        attach "tty.attach" (Attach) -> Attached, needs Own(Tty, |p| &p.tty_id), audit refusals;
    }
    events {
        /// Opened.
        Opened "tty.opened" { ttyId: TtyId, pid: Pid } to owner(Tty, ttyId), journal;
        /// Output.
        Output "tty.output" { ttyId: TtyId, pid: Pid, data: String } to owner(Tty, ttyId), stream;
        /// Closed.
        Closed "tty.closed" { ttyId: TtyId, pid: Pid, code: Option<i32>, signal: Option<i32> } to owner(Tty, ttyId), journal;
    }
}
