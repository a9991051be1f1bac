//! Running commands in the agent's sandbox.

use aether_protocol::domains::agent::{self, Exec, ExecResult};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Output, Tool, ToolCx, ToolError};

/// Runs a bash command in your sandbox, in your home directory, and gives its exit code, stdout and stderr. There is
/// no network unless you set `network`, which a person may have to allow.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RunCommandInput {
    /// The command line for `bash -c`.
    command: String,
    /// Seconds before it is ended: 120 if absent, at most 600.
    #[serde(default)]
    timeout: Option<f64>,
    /// True if the command needs the network.
    #[serde(default)]
    network: Option<bool>,
}

pub struct RunCommand;

#[async_trait]
impl Tool for RunCommand {
    const NAME: &'static str = "run_command";
    const EFFECT: Effect = Effect::Act;
    type Input = RunCommandInput;

    async fn run(cx: &ToolCx, input: RunCommandInput) -> Result<Output, ToolError> {
        if input.command.trim().is_empty() {
            return Err(ToolError::Tell("The command is empty.".to_owned()));
        }
        let exec = Exec {
            pid: cx.pid,
            call_id: cx.call_id.clone(),
            command: input.command,
            timeout_seconds: input.timeout.map(|seconds| seconds.clamp(1.0, 600.0) as u64),
            network: input.network,
        };
        match agent::Client(&cx.gate).exec(exec).await {
            Ok(result) if result.exit_code == Some(0) => Ok(report(&result).into()),
            Ok(result) => Err(ToolError::Tell(report(&result))),
            Err(error) => Err(error.into()),
        }
    }
}

fn report(result: &ExecResult) -> String {
    let mut text = match (result.exit_code, result.timed_out) {
        (_, true) => format!("The command was ended after {} ms: it took too long.\n", result.duration_ms),
        (Some(code), false) => format!("exit code {code}\n"),
        (None, false) => "The command was ended.\n".to_owned(),
    };
    for (name, stream) in [("stdout", &result.stdout), ("stderr", &result.stderr)] {
        if !stream.is_empty() {
            text.push_str(&format!("{name}:\n{}\n", stream.trim_end_matches('\n')));
        }
    }
    if result.truncated {
        text.push_str("Some of the output was left out.\n");
    }
    text.trim_end().to_owned()
}
