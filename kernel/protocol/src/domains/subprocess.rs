//! Programs outside the kernel that drive an agent, such as another coding agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domains::process::AgentRuntime;
use crate::ids::Pid;

/// Where a program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputStream {
    Stdout,
    Stderr,
}

domain! {
    /// Programs outside the kernel that drive an agent.
    subprocess;
    commands {}
    events {
        /// The program of an agent runs; `processId` is the operating system's, 0 where it is not known.
        Started "subprocess.started" { pid: Pid, runtime: AgentRuntime, processId: u32 } to owner(Pid, pid), journal;
        /// The program of an agent wrote something.
        Output "subprocess.output" { pid: Pid, stream: OutputStream, data: String } to owner(Pid, pid), live;
        /// The program of an agent has ended, with a code or by a signal.
        Exited "subprocess.exited" { pid: Pid, code: Option<i32>, signal: Option<String> } to owner(Pid, pid), journal;
    }
}
