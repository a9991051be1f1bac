//! The agent's tools. A tool is a struct in `tools/<family>.rs` and a row in [`ALL`].
//!
//! A tool reaches the world only through the gate, as its agent. What it may do is decided there.

mod agents;
mod children;
mod collaborate;
mod files;
mod shell;
mod talk;

use aether_protocol::domains::agent::{Grant, Origin};
use aether_protocol::{ErrorCode, Event, Pid, WireError};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chat::ToolSpec;
use crate::ports::AgentGate;

/// The tool that ends a run.
pub const COMPLETE: &str = "complete";

/// What a tool does to the world, which decides how its calls are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: calls run at the same time, and again after a restart.
    Read,
    /// The same thing however often it runs: calls run in order, and again after a restart.
    Idempotent,
    /// Anything: calls run in order, and after a restart the model is told that the effect is unknown.
    Act,
}

/// What a tool gave.
#[derive(Debug, Default)]
pub struct Output {
    pub text: String,
    /// Events that become visible with the result.
    pub events: Vec<Event>,
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Output { text, events: Vec::new() }
    }
}

/// Why a tool gave nothing.
#[derive(Debug)]
pub enum ToolError {
    /// Tell the model; it finds another way.
    Tell(String),
    /// A person has to allow it first. Nothing has happened yet.
    Approval { action: String, grant: Option<Grant> },
    /// A person has to answer first.
    Question(String),
    /// The run was stopped while the tool ran.
    Cancelled,
}

impl From<WireError> for ToolError {
    fn from(error: WireError) -> Self {
        match error.code {
            ErrorCode::ApprovalRequired => {
                ToolError::Approval { action: error.message, grant: error.grant.map(|grant| *grant) }
            }
            ErrorCode::ShuttingDown => ToolError::Cancelled,
            _ => ToolError::Tell(error.message),
        }
    }
}

/// What a tool gets beside its arguments.
#[derive(Clone)]
pub struct ToolCx {
    pub pid: Pid,
    pub gate: AgentGate,
    /// Names the call to the kernel.
    pub call_id: String,
    /// The id of the newest message the agent has read.
    pub seen: u64,
    /// When the call began, in milliseconds since the Unix epoch.
    pub at: u64,
}

impl ToolCx {
    /// A path as the gate wants it: relative ones are under the agent's home.
    pub fn path(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.pid.home()) }
    }
}

/// One tool, typed. Its description is the doc comment of its input.
#[async_trait]
pub trait Tool: Send + Sync + 'static {
    const NAME: &'static str;
    const EFFECT: Effect;
    type Input: DeserializeOwned + JsonSchema + Send;

    async fn run(cx: &ToolCx, input: Self::Input) -> Result<Output, ToolError>;
}

/// One tool, for the list.
#[async_trait]
pub trait AnyTool: Send + Sync {
    fn name(&self) -> &'static str;
    fn effect(&self) -> Effect;
    fn spec(&self) -> ToolSpec;
    async fn call(&self, cx: &ToolCx, arguments: Value) -> Result<Output, ToolError>;
}

struct Row<T>(std::marker::PhantomData<fn() -> T>);

#[async_trait]
impl<T: Tool> AnyTool for Row<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn effect(&self) -> Effect {
        T::EFFECT
    }

    fn spec(&self) -> ToolSpec {
        let settings = schemars::generate::SchemaSettings::draft07().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let mut schema = settings.into_generator().into_root_schema_for::<T::Input>().to_value();
        let mut description = String::new();
        if let Some(object) = schema.as_object_mut() {
            object.remove("title");
            if let Some(Value::String(text)) = object.remove("description") {
                description = text;
            }
        }
        ToolSpec { name: T::NAME.to_owned(), description, schema }
    }

    async fn call(&self, cx: &ToolCx, arguments: Value) -> Result<Output, ToolError> {
        let input = serde_json::from_value(arguments)
            .map_err(|error| ToolError::Tell(format!("The arguments of {} are not valid: {error}.", T::NAME)))?;
        T::run(cx, input).await
    }
}

macro_rules! tools {
    ($($tool:path),* $(,)?) => {
        /// Every tool.
        pub const ALL: &[&dyn AnyTool] = &[$(&Row::<$tool>(std::marker::PhantomData)),*];

        const NAMES: &[&str] = &[$(<$tool as Tool>::NAME),*];
    };
}

tools! {
    files::ReadFile,
    files::WriteFile,
    files::EditFile,
    files::ListFiles,
    files::MakeDirectory,
    files::Remove,
    files::Stat,
    files::Move,
    files::Copy,
    shell::RunCommand,
    agents::ListAgents,
    agents::SendMessage,
    agents::CheckMessages,
    children::SpawnAgent,
    children::WaitForAgent,
    collaborate::RequestReview,
    collaborate::RespondToReview,
    collaborate::DelegateTask,
    collaborate::ShareKnowledge,
    talk::Think,
    talk::AskUser,
    talk::Complete,
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

const _: () = {
    let mut first = 0;
    while first < NAMES.len() {
        let mut second = first + 1;
        while second < NAMES.len() {
            assert!(!same(NAMES[first], NAMES[second]), "two tools have the same name");
            second += 1;
        }
        first += 1;
    }
};

/// The tool's own name for what models also call it.
pub fn canonical(name: &str) -> &str {
    match name {
        "finish" | "done" | "end" | "exit" => COMPLETE,
        "bash" | "shell" | "exec" => "run_command",
        other => other,
    }
}

/// Who wrote what a tool gives.
pub fn origin(name: &str) -> Origin {
    match name {
        "browse_web" | "web_search" | "web_fetch" | "http_request" | "screenshot_page" | "click_element" => Origin::Web,
        // Roles are what people, or other agents, have called them; a summary is what one says of itself.
        "list_agents" | "wait_for_agent" => Origin::Agent,
        COMPLETE => Origin::Model,
        _ => Origin::Tool,
    }
}

/// Finds a tool by its name or an alias, among those allowed.
pub fn find(name: &str, allowed: &[String]) -> Option<&'static dyn AnyTool> {
    let name = canonical(name);
    ALL.iter().copied().find(|tool| tool.name() == name && allowed.iter().any(|allowed| allowed == name))
}

/// True for the tools without which a run could neither ask nor end.
pub fn is_vital(name: &str) -> bool {
    matches!(name, "think" | "ask_user" | COMPLETE)
}

/// The names of the tools a configuration allows: those it names, and always the ones a run cannot do without.
pub fn allowed(configured: Option<&[String]>) -> Vec<String> {
    let wanted = |name: &str| match configured {
        None => true,
        Some(names) => is_vital(name) || names.iter().any(|wanted| canonical(wanted) == name),
    };
    NAMES.iter().filter(|name| wanted(name)).map(|name| (*name).to_owned()).collect()
}

/// What the model is told of the allowed tools.
pub fn specs(allowed: &[String]) -> Vec<ToolSpec> {
    ALL.iter().filter(|tool| allowed.iter().any(|name| name == tool.name())).map(|tool| tool.spec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_describes_itself_and_takes_an_object() {
        for tool in ALL {
            let spec = tool.spec();
            assert!(spec.description.len() > 20, "{} has no description", spec.name);
            assert_eq!(spec.schema["type"], "object", "{}", spec.name);
            assert!(spec.schema.get("$schema").is_none() && spec.schema.get("title").is_none(), "{}", spec.name);
        }
    }

    #[test]
    fn a_configuration_narrows_the_tools_but_a_run_can_always_end() {
        let names = allowed(Some(&["read_file".to_owned(), "bash".to_owned(), "no_such".to_owned()]));
        assert_eq!(names, ["read_file", "run_command", "think", "ask_user", "complete"]);
        assert!(find("finish", &names).is_some());
        assert!(find("write_file", &names).is_none());
        assert_eq!(allowed(None).len(), ALL.len());
    }
}
