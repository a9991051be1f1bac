//! Screens of graphical agents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::PidRef;
use crate::ids::Pid;

/// Where an agent's screen is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VncInfo {
    pub pid: Pid,
    /// A WebSocket that speaks RFB (RFC 6143).
    pub ws_port: u16,
    /// The X display inside, such as `:99`.
    pub display: String,
}

/// `vnc.exec`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ScreenExec {
    pub pid: Pid,
    pub command: String,
}

/// What `vnc.exec` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScreenOutput {
    pub output: String,
}

domain! {
    /// Screens of graphical agents.
    vnc;
    commands {
        /// Where the agent's screen is to be seen.
        info "vnc.info" (PidRef) -> VncInfo, needs Own(Pid, |p| p.pid), audit refusals;
        /// Runs a command on the agent's screen.
        exec "vnc.exec" (ScreenExec) -> ScreenOutput, needs Own(Pid, |p| p.pid);
    }
    events {
        /// A screen can be looked at.
        Started "vnc.started" { pid: Pid, wsPort: u16, display: String } to owner(Pid, pid), journal;
        /// A screen is gone.
        Stopped "vnc.stopped" { pid: Pid } to owner(Pid, pid), journal;
        /// The screen that was asked for.
        Info "vnc.info" { pid: Pid, wsPort: u16, display: String } to requester, live;
    }
}
