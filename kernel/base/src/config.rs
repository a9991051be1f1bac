//! Configuration: `<root>/etc/config.toml`, and above it the environment. Every value has a default.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use aether_protocol::domains::resource::OnExceed;
use serde::Deserialize;

/// What went wrong with the configuration. The message is for the person who starts the kernel.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} could not be read: {cause}. Check that the file belongs to you.")]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{path} is not valid: {cause}")]
    Invalid { path: PathBuf, cause: Box<toml::de::Error> },
    #[error("{name}={value} is not valid: {reason}. Correct or unset it.")]
    BadValue { name: String, value: String, reason: String },
    #[error("No home directory is known. Set AETHER_FS_ROOT to the folder Aether OS should keep its data in.")]
    NoHome,
}

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data root, `~/.aether` unless `AETHER_FS_ROOT` says otherwise.
    pub root: PathBuf,
    pub server: ServerConfig,
    pub process: ProcessConfig,
    pub sandbox: SandboxConfig,
    pub files: FilesConfig,
    pub audit: AuditConfig,
    pub schedule: ScheduleConfig,
    pub webhook: WebhookConfig,
    /// Provider keys and base URLs by the name of their environment variable.
    pub models: BTreeMap<String, String>,
    /// The administrator's password on a first start; generated if absent.
    pub admin_password: Option<String>,
    /// The key that signs tokens; generated once and kept if absent.
    pub secret: Option<String>,
    /// False keeps keys in the encrypted file even where the operating system has a keyring.
    pub keyring: bool,
}

/// The doors.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    pub host: IpAddr,
    pub port: u16,
    /// Exact origins that browsers may come from, beside our own.
    pub cors_origins: Vec<String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// True opens a second door, which sends who comes by HTTP to TLS.
    pub tls_redirect: bool,
    pub tls_redirect_port: u16,
    /// Seconds from the wish to end to the closing of the doors. Meanwhile `/ready` answers 503, for balancers.
    pub drain_seconds: u64,
    /// Lets anybody read `/metrics`, not administrators and this machine alone.
    pub metrics_open: bool,
    /// False turns every rate limit off.
    pub rate_limit: bool,
    /// Bytes of a WebSocket frame or a JSON body.
    pub max_body: usize,
    /// Bytes of an uploaded file.
    pub max_upload: u64,
    /// Bytes that a home may hold; 0 is no limit.
    pub home_quota: u64,
    pub registration_open: bool,
    /// The folder the desktop is served from, if not the one that came with the program.
    pub ui: Option<PathBuf>,
    /// True if the desktop program serves the network too. Without it its kernel is its window's and this machine's alone.
    pub desktop_http: bool,
}

const GIB: u64 = 1024 * 1024 * 1024;

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 3001,
            cors_origins: Vec::new(),
            tls_cert: None,
            tls_key: None,
            tls_redirect: false,
            tls_redirect_port: 80,
            drain_seconds: 0,
            metrics_open: false,
            rate_limit: true,
            max_body: 10 * 1024 * 1024,
            max_upload: 10 * GIB,
            home_quota: 10 * GIB,
            registration_open: true,
            ui: None,
            desktop_http: false,
        }
    }
}

/// The process table.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessConfig {
    /// Entries that are not dead, queued ones included.
    pub max_processes: usize,
    /// Of these, how many one user may have who is no administrator.
    pub max_per_user: usize,
    /// Agents that run at the same time.
    pub max_active: usize,
    /// Of these, how many may be one user's; all, if nothing is said.
    pub max_active_per_user: usize,
    /// Children one agent may have at a time.
    pub max_children: usize,
    /// Generations of agents below one that a person started.
    pub max_depth: u32,
    /// Steps an agent may take if its configuration says nothing.
    pub max_steps: u32,
    /// Tokens a run may use if its configuration says nothing.
    pub max_tokens: u64,
    /// Tokens an agent may use on one day (UTC).
    pub max_tokens_per_day: u64,
    /// Milliseconds an agent may work; waiting for people is not work.
    pub max_wall_clock_ms: u64,
    /// Tokens, and US dollars, all agents of one user may use on one day (UTC) unless an administrator sets another
    /// budget; not limited if absent.
    pub max_tokens_per_user_day: Option<u64>,
    pub max_cost_per_user_day: Option<f64>,
    /// The same of all agents in one organisation.
    pub max_tokens_per_org_day: Option<u64>,
    pub max_cost_per_org_day: Option<f64>,
    /// What happens to an agent at a limit, unless its quota says otherwise.
    pub on_exceed: OnExceed,
    /// How often an agent may do the same in a row before it counts as a runaway; 0 for as often as it likes.
    pub max_repeats: u32,
    /// Days the journal and the timeline of an ended process are kept. Its record and its home stay.
    pub retention_days: u64,
}

impl Default for ProcessConfig {
    fn default() -> Self {
        ProcessConfig {
            max_processes: 64,
            max_per_user: 32,
            max_active: 20,
            max_active_per_user: usize::MAX,
            max_children: 8,
            max_depth: 3,
            max_steps: 50,
            max_tokens: 500_000,
            max_tokens_per_day: 2_000_000,
            max_wall_clock_ms: 3_600_000,
            max_tokens_per_user_day: None,
            max_cost_per_user_day: None,
            max_tokens_per_org_day: None,
            max_cost_per_org_day: None,
            on_exceed: OnExceed::Ask,
            max_repeats: 5,
            retention_days: 90,
        }
    }
}

/// What a policy does with a request that goes beyond a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    Allow,
    Ask,
    Deny,
}

/// Sandboxes.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxConfig {
    /// Lets commands run on the bare host where nothing can confine them.
    pub allow_host: bool,
    /// Where `aether-init` is, if not beside the program.
    pub init: Option<PathBuf>,
    /// What happens when an agent wants the network.
    pub network: Effect,
    /// True if an administrator may let agents of its own run commands on the bare host, when asked.
    pub host_on_request: bool,
    /// What happens when an agent wants a path outside its home.
    pub outside_paths: Effect,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        SandboxConfig {
            allow_host: false,
            init: None,
            network: Effect::Ask,
            host_on_request: true,
            outside_paths: Effect::Ask,
        }
    }
}

/// Files.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesConfig {
    /// Days things stay in the trash; 0 for as long as nobody deletes them.
    pub trash_days: u64,
    pub max_snapshots_per_user: usize,
    /// Bytes of all that a user's snapshots hold; content that several hold counts for each.
    pub max_snapshot_bytes_per_user: u64,
}

impl Default for FilesConfig {
    fn default() -> Self {
        FilesConfig {
            trash_days: 30,
            max_snapshots_per_user: 100,
            max_snapshot_bytes_per_user: 10 * 1024 * 1024 * 1024,
        }
    }
}

/// The audit log.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Days a line is kept; 0 for ever.
    pub retention_days: u64,
    /// Lines kept, the newest; 0 for all.
    pub max_rows: u64,
}

impl Default for AuditConfig {
    fn default() -> Self {
        AuditConfig { retention_days: 30, max_rows: 1_000_000 }
    }
}

/// Jobs and triggers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleConfig {
    pub max_jobs_per_user: usize,
    pub max_triggers_per_user: usize,
    /// Seconds between two runs of a job, at least.
    pub min_interval_seconds: u64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        ScheduleConfig { max_jobs_per_user: 100, max_triggers_per_user: 100, min_interval_seconds: 60 }
    }
}

/// Webhooks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Lets deliveries go to machines that are not on the public internet: this one, and its neighbours.
    pub allow_private: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    server: ServerConfig,
    process: ProcessConfig,
    sandbox: SandboxConfig,
    files: FilesConfig,
    audit: AuditConfig,
    schedule: ScheduleConfig,
    webhook: WebhookConfig,
    models: BTreeMap<String, String>,
}

/// Environment variables that are provider settings; `[models]` in the file has the same names.
pub const MODEL_VARIABLES: &[&str] = &[
    "GEMINI_API_KEY",
    "API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "GEMINI_BASE_URL",
    "OLLAMA_HOST",
    "OLLAMA_MODEL",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "AETHER_SCENARIOS",
];

impl Config {
    /// Reads the configuration; `lookup` is the environment.
    pub fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let env = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let root = data_root(&env)?;
        let root = std::path::absolute(&root).unwrap_or(root);
        let mut file = read_file(&root.join("etc/config.toml"))?;
        server_from(&env, &mut file.server)?;
        set(&env, "AETHER_MAX_ACTIVE", &mut file.process.max_active)?;
        set(&env, "AETHER_MAX_ACTIVE_PER_USER", &mut file.process.max_active_per_user)?;
        set(&env, "AETHER_MAX_CHILDREN", &mut file.process.max_children)?;
        set(&env, "AETHER_MAX_DEPTH", &mut file.process.max_depth)?;
        set(&env, "AETHER_MAX_PROCESSES", &mut file.process.max_processes)?;
        set(&env, "AETHER_MAX_PER_USER", &mut file.process.max_per_user)?;
        set(&env, "AETHER_MAX_JOBS_PER_USER", &mut file.schedule.max_jobs_per_user)?;
        set(&env, "AETHER_MAX_TRIGGERS_PER_USER", &mut file.schedule.max_triggers_per_user)?;
        set(&env, "AETHER_MIN_INTERVAL_SECONDS", &mut file.schedule.min_interval_seconds)?;
        set(&env, "AETHER_TRASH_DAYS", &mut file.files.trash_days)?;
        budgets_from(&env, &mut file.process)?;
        set(&env, "AETHER_MAX_SNAPSHOTS_PER_USER", &mut file.files.max_snapshots_per_user)?;
        set(&env, "AETHER_MAX_SNAPSHOT_BYTES_PER_USER", &mut file.files.max_snapshot_bytes_per_user)?;
        set(&env, "AETHER_AUDIT_RETENTION_DAYS", &mut file.audit.retention_days)?;
        set(&env, "AETHER_AUDIT_MAX_ROWS", &mut file.audit.max_rows)?;
        if let Some(allow) = flag(&env, "AETHER_ALLOW_HOST")? {
            file.sandbox.allow_host = allow;
        }
        if let Some(init) = env("AETHER_INIT") {
            file.sandbox.init = Some(init.into());
        }
        if let Some(allow) = flag(&env, "AETHER_WEBHOOK_ALLOW_PRIVATE")? {
            file.webhook.allow_private = allow;
        }
        for name in MODEL_VARIABLES {
            if let Some(value) = env(name) {
                file.models.insert((*name).to_owned(), value);
            }
        }
        Ok(Config {
            root,
            server: file.server,
            process: file.process,
            sandbox: file.sandbox,
            files: file.files,
            audit: file.audit,
            schedule: file.schedule,
            webhook: file.webhook,
            models: file.models,
            admin_password: env("AETHER_ADMIN_PASSWORD"),
            secret: env("AETHER_SECRET"),
            keyring: flag(&env, "AETHER_KEYRING")?.unwrap_or(true),
        })
    }

    /// `<root>/var/kernel.db`.
    pub fn database(&self) -> PathBuf {
        self.root.join("var/kernel.db")
    }

    /// The local owner's door.
    pub fn socket(&self) -> PathBuf {
        self.root.join("run/aether.sock")
    }
}

/// The folder of the kernel that these variables mean.
///
/// # Errors
/// When nothing says where a home is.
pub fn data_root(env: Env<'_>) -> Result<PathBuf, ConfigError> {
    let home = || env("HOME").or_else(|| env("USERPROFILE")).map(|home| Path::new(&home).join(".aether"));
    env("AETHER_FS_ROOT").map(PathBuf::from).or_else(home).ok_or(ConfigError::NoHome)
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

fn read_file(path: &Path) -> Result<File, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map_err(|cause| ConfigError::Invalid { path: path.to_owned(), cause: Box::new(cause) }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(cause) => Err(ConfigError::Unreadable { path: path.to_owned(), cause }),
    }
}

fn server_from(env: Env<'_>, server: &mut ServerConfig) -> Result<(), ConfigError> {
    set(env, "AETHER_HOST", &mut server.host)?;
    set(env, "AETHER_PORT", &mut server.port)?;
    set(env, "AETHER_MAX_BODY", &mut server.max_body)?;
    set(env, "AETHER_MAX_UPLOAD", &mut server.max_upload)?;
    set(env, "AETHER_TLS_REDIRECT_PORT", &mut server.tls_redirect_port)?;
    set(env, "AETHER_DRAIN_SECONDS", &mut server.drain_seconds)?;
    if let Some(redirect) = flag(env, "AETHER_TLS_REDIRECT")? {
        server.tls_redirect = redirect;
    }
    if let Some(open) = flag(env, "AETHER_METRICS_OPEN")? {
        server.metrics_open = open;
    }
    set(env, "AETHER_HOME_QUOTA", &mut server.home_quota)?;
    if let Some(limit) = flag(env, "AETHER_RATE_LIMIT")? {
        server.rate_limit = limit;
    }
    if let Some(open) = flag(env, "AETHER_REGISTRATION_OPEN")? {
        server.registration_open = open;
    }
    if let Some(folder) = env("AETHER_UI") {
        server.ui = Some(folder.into());
    }
    if let Some(open) = flag(env, "AETHER_DESKTOP_HTTP")? {
        server.desktop_http = open;
    }
    if let Some(origins) = env("AETHER_CORS_ORIGINS") {
        server.cors_origins = origins.split(',').map(|origin| origin.trim().to_owned()).collect();
    }
    for (slot, names) in [
        (&mut server.tls_cert, ["AETHER_TLS_CERT", "TLS_CERT_PATH"]),
        (&mut server.tls_key, ["AETHER_TLS_KEY", "TLS_KEY_PATH"]),
    ] {
        if let Some(path) = names.iter().find_map(|name| env(name)) {
            *slot = Some(path.into());
        }
    }
    if server.tls_cert.is_some() != server.tls_key.is_some() {
        return Err(ConfigError::BadValue {
            name: "AETHER_TLS_CERT and AETHER_TLS_KEY".into(),
            value: "(one of two)".into(),
            reason: "TLS needs both a certificate and a key".into(),
        });
    }
    Ok(())
}

fn budgets_from(env: Env<'_>, process: &mut ProcessConfig) -> Result<(), ConfigError> {
    set(env, "AETHER_MAX_TOKENS_PER_SESSION", &mut process.max_tokens)?;
    set(env, "AETHER_MAX_TOKENS_PER_DAY", &mut process.max_tokens_per_day)?;
    set(env, "AETHER_MAX_WALL_CLOCK_MS", &mut process.max_wall_clock_ms)?;
    set(env, "AETHER_MAX_REPEATS", &mut process.max_repeats)?;
    set_some(env, "AETHER_MAX_TOKENS_PER_USER_DAY", &mut process.max_tokens_per_user_day)?;
    set_some(env, "AETHER_MAX_COST_PER_USER_DAY", &mut process.max_cost_per_user_day)?;
    set_some(env, "AETHER_MAX_TOKENS_PER_ORG_DAY", &mut process.max_tokens_per_org_day)?;
    set_some(env, "AETHER_MAX_COST_PER_ORG_DAY", &mut process.max_cost_per_org_day)?;
    process.on_exceed = match env("AETHER_ON_EXCEED").as_deref() {
        None => process.on_exceed,
        Some("ask") => OnExceed::Ask,
        Some("kill") => OnExceed::Kill,
        Some(other) => {
            return Err(ConfigError::BadValue {
                name: "AETHER_ON_EXCEED".to_owned(),
                value: other.to_owned(),
                reason: "it must be ask or kill".into(),
            });
        }
    };
    Ok(())
}

fn set_some<T: std::str::FromStr<Err: std::fmt::Display> + Default>(
    env: Env<'_>,
    name: &str,
    slot: &mut Option<T>,
) -> Result<(), ConfigError> {
    if env(name).is_some() {
        set(env, name, slot.get_or_insert_default())?;
    }
    Ok(())
}

fn set<T: std::str::FromStr<Err: std::fmt::Display>>(
    env: Env<'_>,
    name: &str,
    slot: &mut T,
) -> Result<(), ConfigError> {
    if let Some(value) = env(name) {
        *slot = value.parse().map_err(|error: T::Err| ConfigError::BadValue {
            name: name.to_owned(),
            value: value.clone(),
            reason: error.to_string(),
        })?;
    }
    Ok(())
}

fn flag(env: Env<'_>, name: &str) -> Result<Option<bool>, ConfigError> {
    match env(name).as_deref() {
        None => Ok(None),
        Some("1" | "true" | "yes" | "on") => Ok(Some(true)),
        Some("0" | "false" | "no" | "off") => Ok(Some(false)),
        Some(other) => Err(ConfigError::BadValue {
            name: name.to_owned(),
            value: other.to_owned(),
            reason: "it must be 1 or 0".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path().display().to_string();
        Config::load(&|name| {
            if name == "AETHER_FS_ROOT" {
                return Some(root.clone());
            }
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_stands_above_the_defaults() {
        let config =
            load(&[("AETHER_PORT", "0"), ("AETHER_RATE_LIMIT", "0"), ("OLLAMA_HOST", "box:1")]).expect("valid");
        assert_eq!(config.server.port, 0);
        assert!(!config.server.rate_limit);
        assert_eq!(config.models["OLLAMA_HOST"], "box:1");
        let config = load(&[("AETHER_MAX_COST_PER_USER_DAY", "2.5"), ("AETHER_ON_EXCEED", "kill")]).expect("valid");
        assert_eq!((config.process.max_cost_per_user_day, config.process.max_tokens_per_user_day), (Some(2.5), None));
        assert_eq!(config.process.on_exceed, OnExceed::Kill);
        assert_eq!(config.server.host.to_string(), "127.0.0.1");
    }

    #[test]
    fn a_bad_value_is_named() {
        let error = load(&[("AETHER_PORT", "many")]).expect_err("not a port").to_string();
        assert!(error.contains("AETHER_PORT=many"), "{error}");
        let error = load(&[("AETHER_ON_EXCEED", "maybe")]).expect_err("no policy").to_string();
        assert!(error.contains("ask or kill"), "{error}");
        let error = load(&[("AETHER_RATE_LIMIT", "maybe")]).expect_err("not a flag").to_string();
        assert!(error.contains("1 or 0"), "{error}");
        assert!(load(&[("AETHER_TLS_CERT", "/a.pem")]).is_err());
    }
}
