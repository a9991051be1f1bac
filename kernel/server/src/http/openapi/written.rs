//! The routes that are written by hand: what the tables do not say of them.

/// Something an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// A JSON body: the fields of the command's request that are not in the path.
    Body,
    /// The same fields in the query.
    Query,
    /// A field in the query: its name, its JSON type, and what it is for.
    Field(&'static str, &'static str, &'static str),
    /// The same, and nothing goes without it.
    Needed(&'static str, &'static str, &'static str),
    /// A JSON body of a field of the request.
    Inner(&'static str),
    /// A JSON body like this one.
    Like(&'static str),
    /// A file, or its text in JSON.
    File,
    /// Any bytes.
    Bytes,
}

/// What an operation answers when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Give {
    /// The command's answer.
    Bare,
    /// `{"data": ...}` around it.
    Data,
    /// A list and where its page is; the entries are in this field of the command's answer, or are the answer.
    Page(&'static str),
    /// `{"data": {flag: true}}`.
    Flag(&'static str),
    /// JSON of this shape.
    Like(&'static str),
    /// Any JSON.
    Json,
    /// Something else than JSON.
    Media(&'static str),
    /// A file's bytes, or a part of them.
    File,
}

pub struct Written {
    pub verb: &'static str,
    pub path: &'static str,
    /// The command behind it, if it is one.
    pub wire: &'static str,
    /// Where the command's own words do not do.
    pub doc: &'static str,
    pub status: u16,
    pub public: bool,
    pub takes: &'static [Take],
    pub gives: Give,
}

const fn route(verb: &'static str, path: &'static str, wire: &'static str, gives: Give) -> Written {
    Written { verb, path, wire, doc: "", status: 200, public: false, takes: &[], gives }
}

impl Written {
    const fn takes(self, takes: &'static [Take]) -> Written {
        Written { takes, ..self }
    }

    const fn doc(self, doc: &'static str) -> Written {
        Written { doc, ..self }
    }

    const fn public(self) -> Written {
        Written { public: true, ..self }
    }

    const fn created(self) -> Written {
        Written { status: 201, ..self }
    }
}

const BODY: &[Take] = &[Take::Body];
const LIMIT: Take = Take::Field("limit", "integer", "Entries of the page.");
const OFFSET: Take = Take::Field("offset", "integer", "Entries before the page.");
const PATH: Take = Take::Needed("path", "string", "The virtual path of the file.");
const OK: Give = Give::Like("{\"ok\":true}");
const ENABLED: Take = Take::Like("{\"enabled\":true}");

pub const WRITTEN: &[Written] = &[
    route("get", "/", "", Give::Like("{\"name\":\"Aether OS Kernel\",\"version\":\"0.1.0\"}"))
        .doc("What this is. Browsers get the desktop.")
        .public(),
    route("get", "/health", "", Give::Json).doc("That the kernel answers; to strangers without counts.").public(),
    route("get", "/ready", "", Give::Like("{\"status\":\"ready\"}"))
        .doc("Whether new work is welcome: 503 from the wish to end on.")
        .public(),
    route("get", "/metrics", "", Give::Media("text/plain; version=0.0.4; charset=utf-8"))
        .doc("Figures in the text format of Prometheus, for administrators and for this machine.")
        .public(),
    route("get", "/openapi.json", "", Give::Json).doc("This description, in OpenAPI 3.1.").public(),
    route("get", "/api/v1/openapi.json", "", Give::Json).doc("This description in OpenAPI 3.0, in `data`."),
    route("get", "/docs", "", Give::Media("text/html; charset=utf-8")).doc("This description as a page.").public(),
    route("post", "/api/auth/login", "auth.login", Give::Bare).takes(BODY).public(),
    route("post", "/api/auth/mfa/login", "auth.mfaLogin", Give::Bare).takes(BODY).public(),
    route("post", "/api/auth/register", "auth.register", Give::Bare).takes(BODY).public(),
    route("post", "/api/auth/mfa/setup", "auth.mfaSetup", Give::Bare),
    route("post", "/api/auth/mfa/verify", "auth.mfaVerify", Give::Bare).takes(BODY),
    route("post", "/api/auth/mfa/enable", "auth.mfaEnable", Give::Bare).takes(BODY),
    route("post", "/api/auth/mfa/disable", "auth.mfaDisable", Give::Bare).takes(BODY),
    route("post", "/api/auth/refresh", "auth.refresh", Give::Bare),
    route("post", "/api/auth/logout", "auth.logout", OK).public(),
    route("post", "/api/auth/password", "auth.changePassword", OK).takes(BODY),
    route("get", "/api/fs/raw", "fs.download", Give::File)
        .takes(&[PATH, Take::Field("download", "string", "1 has a browser save the file.")]),
    route("post", "/api/fs/upload", "fs.upload", Give::Json).takes(&[PATH, Take::Bytes]),
    route("get", "/api/kernel", "kernel.status", Give::Bare),
    route("get", "/api/processes", "process.list", Give::Bare),
    route("get", "/api/llm/providers", "llm.list", Give::Bare),
    route("get", "/api/system/stats", "kernel.stats", Give::Json),
    route("get", "/api/cluster", "cluster.status", Give::Bare),
    route("get", "/api/history/processes", "process.history", Give::Json),
    route("get", "/api/history/logs", "agent.timeline", Give::Json)
        .doc("The newest lines of the newest agents.")
        .takes(&[LIMIT]),
    route("get", "/api/history/logs/{pid}", "agent.timeline", Give::Json).takes(&[LIMIT, OFFSET]),
    route("get", "/api/history/files", "", Give::Json).doc("Files by owner. Not served yet."),
    route("get", "/api/history/metrics", "kernel.metricsHistory", Give::Bare)
        .takes(&[Take::Field("since", "integer", "Milliseconds since the Unix epoch."), LIMIT]),
    route("get", "/api/plugins/{pid}", "plugins.list", Give::Bare),
    route("post", "/api/plugins/{pid}/install", "", Give::Json).doc("Gives an agent a plugin. Not served yet."),
    route("get", "/api/snapshots", "snapshot.list", Give::Bare),
    route("get", "/api/snapshots/{id}", "snapshot.list", Give::Bare).doc("The snapshots of one agent, by its pid."),
    route("post", "/api/snapshots/{id}", "snapshot.create", Give::Bare)
        .doc("Takes a snapshot of the agent with this pid.")
        .takes(&[Take::Like("{\"description\":\"before the rewrite\"}")]),
    route("delete", "/api/snapshots/{id}", "snapshot.delete", OK),
    route("post", "/api/snapshots/{id}/restore", "snapshot.restore", Give::Bare),
    route("get", "/api/shared", "fs.listShared", Give::Bare),
    route("post", "/api/shared", "fs.createShared", Give::Bare).takes(BODY),
    route("post", "/api/shared/mount", "fs.mountShared", OK).takes(BODY),
    route("post", "/api/shared/unmount", "fs.unmountShared", OK).takes(BODY),
    route("get", "/api/vnc/{pid}", "vnc.info", Give::Json),
    route("get", "/api/gpu", "gpu.list", Give::Json),
    route("get", "/api/gpu/stats", "gpu.stats", Give::Json),
    route("post", "/api/feedback", "feedback.submit", Give::Json).takes(BODY),
    route("get", "/api/feedback/{pid}", "feedback.get", Give::Bare),
    route("get", "/api/templates", "", Give::Json).doc("Templates that come with Aether OS. Not served yet."),
    route("get", "/api/v1/templates", "", Give::Json).doc("Templates that come with Aether OS. Not served yet."),
    route("get", "/api/v1/templates/{id}", "", Give::Json).doc("One of them. Not served yet."),
    route("get", "/api/v1/agents", "process.list", Give::Page("")).takes(&[
        Take::Field("status", "string", "A state, or `active` for agents that live."),
        LIMIT,
        OFFSET,
    ]),
    route("post", "/api/v1/agents", "process.spawn", Give::Data).takes(&[Take::Inner("config")]).created(),
    route("get", "/api/v1/agents/{uid}", "process.info", Give::Data),
    route("delete", "/api/v1/agents/{uid}", "process.signal", SIGNALLED).doc("Ends an agent in order."),
    route(
        "post",
        "/api/v1/agents/{uid}/pause",
        "agent.pause",
        Give::Like("{\"data\":{\"pid\":7,\"state\":\"paused\"}}"),
    ),
    route(
        "post",
        "/api/v1/agents/{uid}/resume",
        "agent.resume",
        Give::Like("{\"data\":{\"pid\":7,\"state\":\"running\"}}"),
    ),
    route("post", "/api/v1/agents/{uid}/message", "agent.message", Give::Data)
        .takes(&[Take::Like("{\"content\":\"also look at the tests\"}")]),
    route("post", "/api/v1/agents/{uid}/approve", "process.approve", Give::Json).takes(&[Take::Body]),
    route("post", "/api/v1/agents/{uid}/reject", "process.reject", Give::Json).takes(&[Take::Body]),
    route("post", "/api/v1/agents/{uid}/answer", "agent.answer", Give::Json).takes(&[Take::Body]),
    route("get", "/api/v1/agents/{uid}/timeline", "agent.timeline", Give::Page("entries")).takes(&[LIMIT, OFFSET]),
    route("get", "/api/v1/fs", "fs.ls", Give::Json).doc("The root directory."),
    route("get", "/api/v1/fs/{path}", "fs.read", Give::Json).doc("A directory's entries, or a file's text."),
    route(
        "put",
        "/api/v1/fs/{path}",
        "fs.write",
        Give::Like("{\"data\":{\"path\":\"/home/ada/a.txt\",\"written\":true}}"),
    )
    .takes(&[Take::File]),
    route(
        "delete",
        "/api/v1/fs/{path}",
        "fs.rm",
        Give::Like("{\"data\":{\"path\":\"/home/ada/a.txt\",\"deleted\":true}}"),
    ),
    route("get", "/api/v1/system/status", "kernel.status", Give::Data),
    route("get", "/api/v1/system/metrics", "kernel.stats", Give::Json),
    route("get", "/api/v1/resources/{pid}", "resource.getUsage", Give::Json).doc("What an agent used, and its limits."),
    route("patch", "/api/v1/cron/{id}", "cron.enable", SWITCHED)
        .doc("Lets a job run, or keeps it from it.")
        .takes(&[ENABLED]),
    route("patch", "/api/v1/integrations/{id}", "integration.enable", SWITCHED)
        .doc("Turns an integration on or off.")
        .takes(&[ENABLED]),
    route("post", "/api/v1/integrations/slack/commands", "", Give::Json).doc("Calls of Slack. Not served yet."),
    route("post", "/api/v1/integrations/slack/events", "", Give::Json).doc("Events of Slack. Not served yet."),
    route("get", "/api/v1/audit", "audit.query", Give::Page("entries")).takes(&[
        Take::Field("pid", "integer", "Of this agent."),
        Take::Field("action", "string", "Of this command."),
        Take::Field("event_type", "string", "Of this kind."),
        Take::Field("start", "integer", "From then on, in milliseconds since the Unix epoch."),
        Take::Field("end", "integer", "Until then."),
        LIMIT,
        OFFSET,
    ]),
    route("get", "/api/v1/events", "", Give::Media("text/event-stream")).doc(EVENTS).takes(&[
        Take::Field("filter", "string", "Names, `prefix.*`, or `agent.<uid>`, with commas between them."),
        Take::Field("since", "integer", "The last number that was got; the header `Last-Event-ID` wins."),
    ]),
    route("post", "/api/v1/hooks/{token}", "", Give::Like("{\"data\":{\"pid\":7}}"))
        .doc("Starts the agent of an inbound webhook.")
        .takes(&[Take::Bytes])
        .public()
        .created(),
    route("delete", "/api/v1/webhooks/dlq/{id}", "webhook.dlq.purge", Give::Flag("deleted")),
];

const SIGNALLED: Give = Give::Like("{\"data\":{\"pid\":7,\"signal\":\"SIGTERM\"}}");
const SWITCHED: Give = Give::Like("{\"data\":{\"id\":\"4f1c\",\"enabled\":true}}");
const EVENTS: &str = "Events as they happen (server-sent events): those the caller may see. Each has its number as `id`; \
                      `Last-Event-ID` replays what was missed.";
