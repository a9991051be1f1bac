//! Every domain of the protocol. A domain's file holds its types, then its table.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::error::WireError;

domains! {
    /// Users and signing in.
    auth,
    /// Preferences: what programs of a user keep for it, like the places of its windows.
    preference,
    /// The audit log: who had what done, and how it ended.
    audit,
    /// Organisations, teams and members.
    org,
    /// Permission policies: which users may use which tools, models and paths.
    permission,
    /// Processes: spawn, signals, approvals, priorities.
    process,
    /// Agents at work: what people say to them, what they report, what becomes visible of it.
    agent,
    /// Messages between agents.
    ipc,
    /// Budgets of agents: what they may use, and what they have used.
    resource,
    /// Snapshots: an agent's state and home, kept to go on from.
    snapshot,
    /// Workspaces: directories that agents of one name share across runs.
    workspace,
    /// Programs outside the kernel that drive an agent.
    subprocess,
    /// Tools described in the formats of other programs.
    tools,
    /// Terminals: shells of agents and of users, and what is typed into them.
    tty,
    /// Containers of agents.
    container,
    /// Screens of graphical agents.
    vnc,
    /// GPUs of this machine, and who uses them.
    gpu,
    /// Models, by who provides them.
    llm,
    /// The kernel itself: how it is, and how it stops.
    kernel,
    /// Files.
    fs,
    /// Browser sessions.
    browser,
    /// Webhooks, outbound and inbound.
    webhook,
    /// Services of others that agents act in.
    integration,
    /// Jobs that start an agent by the clock.
    cron,
    /// Triggers that start an agent when something happens.
    trigger,
    /// MCP servers of others, and their tools.
    mcp,
    /// The kernel's own MCP server.
    aether_mcp,
    /// Ways into and out of this machine.
    remote,
    /// Kernels that work together.
    cluster,
    /// Apps that people add to the desktop.
    app,
    /// Plugins an agent brought along.
    plugins,
    /// The plugin registry: what is installed on this kernel, its settings and ratings.
    registry,
    /// The skill forge: skills found, made, put together, proposed and shared.
    skillforge,
    /// Skills as written-down steps.
    skill,
    /// What agents remember, in four layers.
    memory,
    /// Plans: what an agent means to do, step by step.
    plan,
    /// Profiles: what an agent has done so far, and what it is good at.
    profile,
    /// Feedback: what people thought of a step an agent took.
    feedback,
    /// Reflections: what an agent made of a task once it was done.
    reflection,
    /// Agents that work together.
    collaboration,
    /// Templates: agents somebody has set up well, to start or to build on.
    template,
    /// Skills from SKILL.md files.
    openclaw,
}

static COMMAND_DOMAINS: LazyLock<HashMap<&'static str, Domain>> = LazyLock::new(|| {
    Domain::ALL.iter().flat_map(|domain| domain.methods().iter().map(|method| (method.wire, *domain))).collect()
});

static EVENT_DOMAINS: LazyLock<HashMap<&'static str, Domain>> = LazyLock::new(|| {
    Domain::ALL.iter().flat_map(|domain| domain.events().iter().map(|row| (row.wire, *domain))).collect()
});

impl Command {
    /// Reads the command with this wire name from a flat frame (its `type` and `id` are ignored).
    pub fn decode(wire: &str, frame: &str) -> Result<Command, WireError> {
        COMMAND_DOMAINS
            .get(wire)
            .and_then(|domain| Command::decode_in(*domain, wire, frame))
            .unwrap_or_else(|| Err(WireError::invalid(format!("Unknown command type: {wire}"))))
    }

    /// The rows of every command.
    pub fn methods() -> impl Iterator<Item = &'static crate::table::Method> {
        Domain::ALL.iter().flat_map(|domain| domain.methods())
    }
}

impl Event {
    /// Reads the event with this wire name from a flat frame.
    pub fn decode(wire: &str, frame: &str) -> Result<Event, WireError> {
        EVENT_DOMAINS
            .get(wire)
            .and_then(|domain| Event::decode_in(*domain, wire, frame))
            .unwrap_or_else(|| Err(WireError::invalid(format!("Unknown event type: {wire}"))))
    }

    /// The rows of every event.
    pub fn rows() -> impl Iterator<Item = &'static crate::table::EventRow> {
        Domain::ALL.iter().flat_map(|domain| domain.events())
    }

    /// The event as it stands on the wire, without a sequence number: `{"type": ..., ...fields}`.
    pub fn json(&self) -> String {
        crate::table::write_flat(&format!("\"type\":\"{}\"", self.wire()), self)
    }
}
