//! The whole kernel: which subsystems there are, in what order they start, and which domains each answers.
//!
//! What it owns: wiring. It hands every subsystem what it needs in its constructor and adapts the ports of one to
//! another. What it never does: the work of a subsystem.

mod api;
mod authority;
mod backup;
mod llm;
mod machine;
mod meters;
mod metrics;
mod ports;
mod quota;
mod root;
mod schedule;
mod settings;
mod starter;
mod supervisor;
mod table;
mod upkeep;
mod webhook;

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aether_base::bus::{Bus, Logged, Prepared, Viewer};
use aether_base::config::Config;
use aether_base::gate::{Gate, Guards};
use aether_base::ports::{Owners, Policy};
use aether_base::streams::Streams;
use aether_base::tasks::Tasks;
use aether_base::{Door, SystemClock};
use aether_files::{Files, SnapshotApi, SnapshotLimits, SnapshotParts, Snapshots, Transfers, Workspaces};
use aether_identity::{
    AuditLog, AuditSettings, FirstAdmin, Identity, IdentitySettings, Orgs, Permissions, Preferences, SecretSettings,
    SecretStore,
};
use aether_process::{Launch, Parts, ProcessPart, Processes};
use aether_protocol::{Domain, Pid, Seq, SessionId};
use aether_runtime::providers::{ProviderSettings, Registry};
use aether_runtime::{Limits, Runtime};
use aether_sandbox::SandboxSettings;
use aether_schedule::Schedule;
use aether_store::{Durability, Migration, Store};
use aether_webhook::{WebhookApi, Webhooks};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use machine::{Figures, Machine};
pub use meters::Meters;
pub use quota::RateLimits;
pub use root::{RootLock, StartError};

use api::KernelApi;
use authority::Authority;
use backup::Backups;
use llm::LlmApi;
use metrics::Metrics;
use ports::{DeparturesPort, DirectoryPort, HomesPort, ModelsPort, TellerPort};
use schedule::AgentsPort;
use starter::{Starter, UsersPort};
use supervisor::Supervisor;
use table::kernel;
use upkeep::Upkeep;

kernel! {
    unserved serves
        aether_mcp, app, browser, cluster, collaboration, container, feedback, gpu, integration, mcp, memory,
        openclaw, plan, plugins, profile, reflection, registry, remote, skill,
        skillforge, subprocess, template, tools, vnc;
    process: Processes, serves process, agent, tty, resource, ipc;
    files: Files, serves fs;
    workspaces: Workspaces, serves workspace;
    snapshots: SnapshotApi, serves snapshot;
    identity: Identity, serves auth;
    orgs: Orgs, serves org;
    permissions: Permissions, serves permission;
    preferences: Preferences, serves preference;
    audit: AuditLog, serves audit;
    llm: LlmApi, serves llm;
    webhook: WebhookApi, serves webhook;
    kernel: KernelApi, serves kernel;
    schedule: Schedule, serves cron, trigger;
}

/// How long commands get to end before what they may wait for is closed.
const DRAINING: Duration = Duration::from_secs(2);
/// How long loops get to reach a journal point when the kernel closes.
const CLOSING: Duration = Duration::from_secs(5);
/// The most events a client that comes back is sent before it gets a snapshot instead.
const REPLAY: usize = 10_000;

/// A running kernel, as its doors see it.
pub struct Kernel {
    pub config: Config,
    pub gate: Arc<Gate>,
    pub bus: Arc<Bus>,
    pub streams: Arc<Streams>,
    pub identity: Arc<Identity>,
    pub files: Arc<Files>,
    pub webhooks: Arc<Webhooks>,
    pub machine: Arc<Machine>,
    /// What is counted, for who watches over the kernel.
    pub meters: Arc<Meters>,
    pub started: Instant,
    /// Cancelled when somebody with the right asks the kernel to shut down.
    pub shutdown: CancellationToken,
    orgs: Arc<Orgs>,
    permissions: Arc<Permissions>,
    processes: Arc<Processes>,
    schedule: Arc<Schedule>,
    snapshots: Arc<Snapshots>,
    store: Arc<Store>,
    logs: Arc<Store>,
    loops: TaskTracker,
    tasks: Tasks,
    lock: RootLock,
}

/// True if this kernel has a subsystem for the domain.
pub fn serves(domain: Domain) -> bool {
    !UNSERVED.contains(&domain)
}

/// What a client that comes back has missed.
pub enum Missed {
    /// Every event it may see since its last one, in order.
    Events(Vec<Arc<Logged>>),
    /// The log no longer reaches back that far; the client needs a snapshot.
    TooOld,
}

impl Kernel {
    /// Starts the kernel: agents that ran when it last ended go on. A first start answers its administrator.
    ///
    /// # Errors
    /// When the data root is in use, or cannot be read or written. Nothing has been changed then.
    pub async fn start(config: Config) -> Result<(Arc<Kernel>, Option<FirstAdmin>), StartError> {
        let started = Instant::now();
        let lock = RootLock::take(&config.root)?;
        let bus = Arc::new(Bus::default());
        let streams = Arc::new(Streams::default());
        let migrations: Vec<Migration> = [
            aether_identity::MIGRATIONS,
            aether_identity::PREFERENCE_MIGRATIONS,
            aether_identity::ORG_MIGRATIONS,
            aether_identity::PERMISSION_MIGRATIONS,
            aether_process::MIGRATIONS,
            aether_files::MIGRATIONS,
            aether_files::SNAPSHOT_MIGRATIONS,
            aether_schedule::MIGRATIONS,
            aether_webhook::MIGRATIONS,
            settings::MIGRATIONS,
        ]
        .concat();
        let store = Store::open(&config.database(), Durability::Full, &migrations, bus.clone())?;
        let logs = Store::open(
            &aether_identity::audit::file(&config.root),
            Durability::Normal,
            aether_identity::AUDIT_MIGRATIONS,
            Arc::default(),
        )?;
        bus.attach_log(store.clone());

        let (identity, first_admin) =
            Identity::open(store.clone(), bus.clone(), IdentitySettings::from(&config)).await?;
        let orgs = Orgs::open(store.clone(), bus.clone(), identity.clone()).await?;
        let permissions = Permissions::open(store.clone(), bus.clone(), identity.clone(), orgs.clone()).await?;
        let audit = AuditLog::open(logs.clone(), AuditSettings::from(&config)?).await?;
        let directory = Arc::new(DirectoryPort { identity: identity.clone(), processes: OnceLock::new() });
        let home_quota = Some(config.server.home_quota).filter(|quota| *quota > 0);
        let transfers = Transfers { streams: streams.clone(), max_upload: config.server.max_upload, home_quota };
        let files = Files::open(&config.root, bus.clone(), directory.clone(), store.clone(), transfers).await?;
        let registry = Arc::new(Registry::new(&provider_settings(&config))?);
        let secrets = SecretStore::open(SecretSettings::from(&config))?;
        let llm = LlmApi::new(registry.clone(), secrets, store.clone(), bus.clone());
        llm.load().await?;
        let agents = Arc::new(webhook::AgentsPort::default());
        let webhooks = webhook::open(&config, &store, &bus, &identity, agents.clone()).await?;
        let engine = aether_sandbox::detect(&sandbox_settings(&config));
        let sandbox = engine.name();
        let (processes, launches) = Processes::open(Parts {
            store: store.clone(),
            bus: bus.clone(),
            streams: streams.clone(),
            engine,
            host: aether_sandbox::host(),
            homes: Arc::new(HomesPort { files: files.clone(), identity: identity.clone() }),
            models: Arc::new(ModelsPort { registry: registry.clone(), permissions: permissions.clone() }),
            memberships: orgs.clone(),
            teller: Arc::new(TellerPort),
            process: config.process.clone(),
            sandbox: config.sandbox.clone(),
        })
        .await?;
        let _ = directory.processes.set(processes.clone());
        let snapshots = open_snapshots(&config, &files, &processes).await?;
        let schedule = Schedule::open(aether_schedule::Parts {
            store: store.clone(),
            bus: bus.clone(),
            users: Arc::new(UsersPort(identity.clone())),
            alarm: Arc::new(SystemClock),
            limits: config.schedule.clone(),
        })
        .await?;

        let shutdown = CancellationToken::new();
        let machine = Arc::new(Machine::new(&config.root));
        let metrics = Arc::new(Metrics::default());
        let kernel_api = Arc::new(KernelApi {
            processes: processes.clone(),
            machine: machine.clone(),
            metrics: metrics.clone(),
            backups: Backups { store: store.clone(), logs: logs.clone(), folder: config.root.join("backups") },
            sandbox,
            started,
            shutdown: shutdown.clone(),
        });
        let authority = Arc::new(Authority {
            processes: processes.clone(),
            identity: identity.clone(),
            orgs: orgs.clone(),
            permissions: permissions.clone(),
            files: files.clone(),
            schedule: schedule.clone(),
            webhooks: webhooks.clone(),
            snapshots: snapshots.clone(),
            sandbox: config.sandbox.clone(),
        });
        bus.attach_authority(authority.clone(), authority.clone());
        let subsystems = Subsystems {
            process: processes.clone(),
            files: files.clone(),
            workspaces: Arc::new(Workspaces::new(files.clone())),
            snapshots: Arc::new(SnapshotApi(snapshots.clone())),
            identity: identity.clone(),
            orgs: orgs.clone(),
            permissions: permissions.clone(),
            preferences: Arc::new(Preferences::new(store.clone(), bus.clone())),
            audit: audit.clone(),
            llm,
            webhook: Arc::new(WebhookApi(webhooks.clone())),
            kernel: kernel_api,
            schedule: schedule.clone(),
        };
        let guards = Guards {
            owners: authority.clone() as Arc<dyn Owners>,
            policy: authority as Arc<dyn Policy>,
            quota: Arc::new(RateLimits::new(config.server.rate_limit)),
            audit: audit.clone(),
        };
        let gate = Gate::new(Arc::new(subsystems), guards, bus.clone());
        let meters = Arc::new(Meters::new()?);
        gate.metered.attach(meters.clone());
        bus.metered.attach(meters.clone());
        agents.attach(Starter {
            gate: Arc::downgrade(&gate),
            identity: identity.clone(),
            processes: processes.clone(),
            door: Door::Rest,
        });
        let kernel = Arc::new(Kernel {
            gate,
            bus,
            streams,
            identity,
            files,
            webhooks,
            machine,
            meters,
            started,
            shutdown,
            orgs,
            permissions,
            processes,
            schedule,
            snapshots,
            store,
            logs,
            loops: TaskTracker::new(),
            tasks: Tasks::default(),
            lock,
            config,
        });
        kernel.run(registry, launches, audit, metrics).await?;
        Ok((kernel, first_admin))
    }

    async fn run(
        &self,
        registry: Arc<Registry>,
        launches: UnboundedReceiver<Launch>,
        audit: Arc<AuditLog>,
        metrics: Arc<Metrics>,
    ) -> Result<(), StartError> {
        let aether_base::config::ProcessConfig { max_steps, max_tokens, max_repeats, .. } = self.config.process;
        let limits = Limits { max_steps, max_tokens, max_repeats };
        let supervisor = Supervisor {
            runtime: Runtime { registry, limits },
            gate: self.gate.clone(),
            processes: self.processes.clone(),
            files: self.files.clone(),
            permissions: self.permissions.clone(),
            audit: audit.clone(),
            loops: self.loops.clone(),
        };
        tokio::spawn(supervisor.run(launches));
        let identity = self.identity.clone();
        self.processes.recover(move |user| identity.username(user).is_some()).await?;
        let departures = DeparturesPort {
            processes: self.processes.clone(),
            schedule: self.schedule.clone(),
            orgs: self.orgs.clone(),
            permissions: self.permissions.clone(),
            webhooks: self.webhooks.clone(),
            snapshots: self.snapshots.clone(),
        };
        self.identity.attach_departures(Arc::new(departures));
        let agents: Arc<dyn aether_schedule::Agents> = Arc::new(AgentsPort(Starter {
            gate: Arc::downgrade(&self.gate),
            identity: self.identity.clone(),
            processes: self.processes.clone(),
            door: Door::Inside,
        }));
        self.schedule.start(&agents);
        self.webhooks.start();
        let upkeep = Upkeep {
            store: self.store.clone(),
            audit,
            identity: self.identity.clone(),
            processes: self.processes.clone(),
            bus: self.bus.clone(),
            files: self.files.clone(),
            metrics,
            retention_days: self.config.process.retention_days,
            audit_days: self.config.audit.retention_days,
            trash_days: self.config.files.trash_days,
        };
        upkeep.register(&self.tasks);
        Ok(())
    }

    /// What a viewer missed since a sequence number.
    pub async fn missed(&self, viewer: &Viewer, since: Seq) -> Missed {
        if since >= self.store.seq() {
            return if since == self.store.seq() { Missed::Events(Vec::new()) } else { Missed::TooOld };
        }
        if let Some(events) = self.bus.recent(viewer, since) {
            return Missed::Events(events);
        }
        match self.store.events_since(since, REPLAY).await {
            Ok(Some(events)) => {
                let mut missed: Vec<Arc<Logged>> = events
                    .into_iter()
                    .filter(|event| self.bus.visible(&event.audience, viewer))
                    .map(Arc::new)
                    .collect();
                missed.extend(self.entities_after(&missed, since, viewer).await);
                Missed::Events(missed)
            }
            Ok(None) => Missed::TooOld,
            Err(error) => {
                tracing::warn!(%error, "missed events could not be read; the client gets a snapshot");
                Missed::TooOld
            }
        }
    }

    /// Whole entities are not kept in the log: what they are now stands in for all that they were meanwhile, under the
    /// number of the last event.
    async fn entities_after(&self, missed: &[Arc<Logged>], since: Seq, viewer: &Viewer) -> Vec<Arc<Logged>> {
        #[derive(serde::Deserialize)]
        struct About {
            pid: Pid,
        }
        let pids = missed.iter().filter_map(|event| serde_json::from_str(&event.json).ok()).map(|About { pid }| pid);
        let entities = self.processes.entities(pids.collect()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "entities could not be read; the client learns of them when they change");
            Vec::new()
        });
        let seq = missed.last().map_or(since, |event| event.seq);
        let visible = entities.into_iter().filter(|entity| self.bus.visible(&entity.audience, viewer));
        visible
            .map(|Prepared { wire, class, audience, json }| {
                Arc::new(Logged { seq, wire: wire.to_owned(), class, audience, json })
            })
            .collect()
    }

    /// The sequence number of the newest event.
    pub fn seq(&self) -> Seq {
        self.store.seq()
    }

    /// Lets go of what a connection held.
    pub fn session_closed(&self, session: &SessionId) {
        self.streams.session_closed(session);
        self.files.session_closed(session);
    }

    /// Stops in order: doors have closed before, loops reach a journal point, the store is flushed. Agents that run
    /// go on with the next start.
    pub async fn stop(&self) {
        if tokio::time::timeout(DRAINING, self.gate.drain()).await.is_err() {
            tracing::warn!("some commands did not end in time; what they wait for ends now");
        }
        if tokio::time::timeout(DRAINING, self.schedule.stop()).await.is_err() {
            tracing::warn!("an agent was being started; the next start finds out whether it was");
        }
        self.processes.shut_down().await;
        self.loops.close();
        if tokio::time::timeout(CLOSING, self.loops.wait()).await.is_err() {
            tracing::warn!("some agents did not reach a journal point in time; they go on from their last one");
        }
        self.tasks.stop().await;
        self.webhooks.shut_down().await;
        self.store.close().await;
        self.logs.close().await;
        self.lock.release();
    }
}

/// Snapshots of agents: their homes, and their processes as the part that starts them again.
async fn open_snapshots(
    config: &Config,
    files: &Arc<Files>,
    processes: &Arc<Processes>,
) -> Result<Arc<Snapshots>, StartError> {
    let process = Arc::new(ProcessPart(processes.clone()));
    let parts = SnapshotParts {
        files: files.clone(),
        agents: process.clone(),
        parts: vec![process],
        limits: SnapshotLimits {
            per_user: config.files.max_snapshots_per_user,
            bytes_per_user: config.files.max_snapshot_bytes_per_user,
        },
    };
    Ok(Snapshots::open(&config.root, parts).await.map_err(aether_base::Error::from)?)
}

fn provider_settings(config: &Config) -> ProviderSettings {
    ProviderSettings::from_env(|name| config.models.get(name).cloned())
}

fn sandbox_settings(config: &Config) -> SandboxSettings {
    SandboxSettings { allow_host: config.sandbox.allow_host, init: config.sandbox.init.clone() }
}
