//! What others count, read when somebody asks.

use aether_base::{Caller, Cx, Error};
use aether_process::Spending;
use prometheus::{CounterVec, IntCounterVec, IntGauge, IntGaugeVec, Opts};
use std::sync::Arc;
use tokio::sync::Mutex;

use super::{Family, Result};
use crate::{Kernel, machine};

/// Models that are told apart.
const MOST_MODELS: u32 = 200;

pub struct Totals {
    agents: IntGaugeVec,
    active: IntGauge,
    queued: IntGauge,
    requests: IntCounterVec,
    tokens: IntCounterVec,
    cost: CounterVec,
    commits: IntCounterVec,
    writes: IntCounterVec,
    waiting: IntGaugeVec,
    running: IntGauge,
    uptime: IntGauge,
    memory: IntGauge,
    files: IntGauge,
    /// One at a time fills in the totals.
    turn: Mutex<()>,
}

impl Totals {
    pub(super) fn new(family: &Family<'_>) -> Result<Totals> {
        let gauges =
            |name: &str, help: &str, label: &str| family.enter(IntGaugeVec::new(Opts::new(name, help), &[label]));
        Ok(Totals {
            agents: gauges("aether_agents", "Processes by state.", "state")?,
            active: family.gauge("aether_agents_active", "Agents that run, sleep, or wait for something.")?,
            queued: family.gauge("aether_agents_queued", "Agents that wait for a place.")?,
            requests: family.counter(
                "aether_llm_requests_total",
                "Replies of models, since the first day.",
                &["provider", "model"],
            )?,
            tokens: family.counter(
                "aether_llm_tokens_total",
                "Tokens sent to models and got from them, since the first day.",
                &["provider", "direction"],
            )?,
            cost: family.enter(CounterVec::new(
                Opts::new("aether_cost_usd_total", "What replies of known price cost, since the first day."),
                &["provider"],
            ))?,
            commits: family.counter("aether_store_commits_total", "Transactions on disk.", &["database"])?,
            writes: family.counter("aether_store_writes_total", "Writes in transactions.", &["database"])?,
            waiting: gauges("aether_store_queued_writes", "Writes that wait for a transaction.", "database")?,
            running: family.gauge("aether_commands_running", "Commands of doors that are not answered yet.")?,
            uptime: family.gauge("aether_uptime_seconds", "Seconds since the kernel started.")?,
            memory: family.gauge("process_resident_memory_bytes", "Memory of the kernel's own process.")?,
            files: family.gauge("process_open_fds", "Files the kernel's own process has open.")?,
            turn: Mutex::new(()),
        })
    }

    async fn read(&self, kernel: &Kernel) -> Result<()> {
        let cx = Cx { caller: Arc::new(Caller::kernel()), bus: kernel.bus.clone() };
        let counts = kernel.processes.counts(&cx);
        for (state, number) in [
            ("created", counts.created),
            ("running", counts.running),
            ("sleeping", counts.sleeping),
            ("stopped", counts.stopped),
            ("paused", counts.paused),
            ("zombie", counts.zombie),
            ("dead", counts.dead),
        ] {
            set(&self.agents, state, number.into());
        }
        self.active.set((counts.running + counts.sleeping + counts.stopped + counts.paused).into());
        self.queued.set(whole(kernel.processes.queued()));
        self.running.set(whole(kernel.gate.running()));
        self.uptime.set(whole(kernel.started.elapsed().as_secs()));
        self.spend(&kernel.processes.spending(MOST_MODELS).await.map_err(Error::from)?);
        self.commits.reset();
        self.writes.reset();
        for (database, store) in [("kernel", &kernel.store), ("logs", &kernel.logs)] {
            let counts = store.counts();
            add(&self.commits, &[database], counts.commits);
            add(&self.writes, &[database], counts.writes);
            set(&self.waiting, database, whole(counts.queued));
        }
        let own = tokio::task::spawn_blocking(machine::own).await.map_err(Error::internal)?;
        self.memory.set(whole(own.memory));
        if let Some(files) = own.files {
            self.files.set(whole(files));
        }
        Ok(())
    }

    fn spend(&self, models: &[Spending]) {
        self.requests.reset();
        self.tokens.reset();
        self.cost.reset();
        for spent in models {
            add(&self.requests, &[&spent.provider, &spent.model], spent.replies);
            add(&self.tokens, &[&spent.provider, "input"], spent.input_tokens);
            add(&self.tokens, &[&spent.provider, "output"], spent.output_tokens);
            if let Ok(cost) = self.cost.get_metric_with_label_values(&[&spent.provider]) {
                cost.inc_by(spent.cost_usd.max(0.0));
            }
        }
    }
}

impl Kernel {
    /// Every figure, in the text format of Prometheus.
    ///
    /// # Errors
    /// When what has been spent cannot be read.
    pub async fn figures(&self) -> Result<String> {
        let _turn = self.meters.totals.turn.lock().await;
        self.meters.totals.read(self).await?;
        self.meters.text()
    }
}

fn add(family: &IntCounterVec, labels: &[&str], number: u64) {
    if let Ok(counter) = family.get_metric_with_label_values(labels) {
        counter.inc_by(number);
    }
}

fn set(family: &IntGaugeVec, label: &str, number: i64) {
    if let Ok(gauge) = family.get_metric_with_label_values(&[label]) {
        gauge.set(number);
    }
}

fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
