//! What starts agents by itself, and what is told of them elsewhere: jobs, triggers, webhooks.

use aether_protocol::domains::cron::{self, CreateJob, CronJob, JobRef};
use aether_protocol::domains::llm::Confidential;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::trigger::{self, CreateTrigger, EventTrigger, TriggerRef};
use aether_protocol::domains::webhook::{
    self, DlqEntry, DlqQuery, DlqRef, LogsQuery, OwnedBy, PurgeDlq, Register, Webhook, WebhookLog, WebhookRef,
};
use aether_protocol::{Empty, JobId};
use clap::{Args, Subcommand};

use crate::Result;
use crate::link::Link;
use crate::print::Printer;

/// The agent that is to be started.
#[derive(Debug, Args)]
pub struct Agent {
    /// What it is to reach, in a sentence
    #[arg(long)]
    goal: String,
    /// What it is, in a word or two
    #[arg(long, default_value = "Assistant")]
    role: String,
    /// provider:model; the first that is available unless set
    #[arg(long)]
    model: Option<String>,
}

impl Agent {
    fn config(self) -> AgentConfig {
        AgentConfig { role: self.role, goal: self.goal, model: self.model, ..AgentConfig::default() }
    }
}

#[derive(Debug, Subcommand)]
pub enum Cron {
    /// Lists your jobs
    #[command(visible_alias = "ls")]
    List,
    /// Makes a job that starts an agent at set times
    #[command(visible_alias = "add")]
    Create {
        name: String,
        /// Minute, hour, day of the month, month, day of the week: "0 5 * * *"
        #[arg(long)]
        expression: String,
        /// An IANA time zone such as Europe/Berlin; UTC unless set
        #[arg(long)]
        time_zone: Option<String>,
        #[command(flatten)]
        agent: Agent,
    },
    /// Deletes a job; agents it has started go on
    #[command(visible_alias = "rm")]
    Delete { id: String },
    /// Lets a job run again, from its next time on
    Enable { id: String },
    /// Keeps a job without running it
    Disable { id: String },
}

#[derive(Debug, Subcommand)]
pub enum Trigger {
    /// Lists your triggers
    #[command(visible_alias = "ls")]
    List,
    /// Makes a trigger that starts an agent when something happens
    #[command(visible_alias = "add")]
    Create {
        name: String,
        /// The type of the event, such as process.exit
        #[arg(long)]
        event: String,
        #[command(flatten)]
        agent: Agent,
    },
    /// Deletes a trigger; agents it has started go on
    #[command(visible_alias = "rm")]
    Delete { id: String },
}

#[derive(Debug, Subcommand)]
pub enum Hook {
    /// Lists your webhooks
    #[command(visible_alias = "ls")]
    List,
    /// Tells an address of events from now on; AETHER_WEBHOOK_SECRET holds what they are signed with
    #[command(visible_alias = "add")]
    Create {
        #[arg(id = "address", value_name = "URL")]
        url: String,
        /// A type of events, `prefix.*` or `*`; may be given again
        #[arg(long = "event", required = true)]
        events: Vec<String>,
        /// The address's host unless set
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Forgets an address
    #[command(visible_alias = "rm")]
    Delete { id: String },
    /// Delivers to an address again
    Enable { id: String },
    /// Keeps an address and delivers nothing
    Disable { id: String },
    /// Lists the last deliveries to an address
    Logs { id: String },
    /// Lists deliveries that were given up
    Dead,
    /// Tries one that was given up once more
    Retry { id: String },
    /// Deletes one that was given up, or all of yours
    Purge { id: Option<String> },
}

pub async fn cron(link: &Link, command: Cron, printer: &Printer) -> Result<()> {
    let client = cron::Client(link);
    let job = |id| JobRef { job_id: JobId(id) };
    match command {
        Cron::List => {
            let heading =
                format!("{:<36}  {:<20} {:<18} {:<8} {:>5} MISSED", "ID", "NAME", "EXPRESSION", "ENABLED", "RUNS");
            printer.list(&client.list(Empty {}).await?, &heading, job_line);
        }
        Cron::Create { name, expression, time_zone, agent } => {
            let request = CreateJob {
                name,
                cron_expression: expression,
                agent_config: agent.config(),
                owner_uid: None,
                time_zone,
                catch_up: None,
                overlap: None,
                jitter_seconds: None,
            };
            let made = client.create(request).await?;
            printer.made(&made, made.id.as_str());
        }
        Cron::Delete { id } => client.delete(job(id)).await?,
        Cron::Enable { id } => client.enable(job(id)).await?,
        Cron::Disable { id } => client.disable(job(id)).await?,
    }
    Ok(())
}

fn job_line(job: &CronJob) -> String {
    let CronJob { id, name, cron_expression, enabled, run_count, missed_count, .. } = job;
    let failed = job.last_error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    format!(
        "{:<36}  {name:<20} {cron_expression:<18} {enabled:<8} {run_count:>5} {missed_count:>6}{failed}",
        id.as_str()
    )
}

pub async fn trigger(link: &Link, command: Trigger, printer: &Printer) -> Result<()> {
    let client = trigger::Client(link);
    match command {
        Trigger::List => {
            let heading = format!("{:<36}  {:<20} {:<24} {:<8} {:>5}", "ID", "NAME", "EVENT", "ENABLED", "FIRED");
            printer.list(&client.list(Empty {}).await?, &heading, trigger_line);
        }
        Trigger::Create { name, event, agent } => {
            let request = CreateTrigger {
                name,
                event_type: event,
                agent_config: agent.config(),
                owner_uid: None,
                cooldown_ms: None,
                event_filter: None,
            };
            let made = client.create(request).await?;
            printer.made(&made, &made.id);
        }
        Trigger::Delete { id } => client.delete(TriggerRef { trigger_id: id }).await?,
    }
    Ok(())
}

fn trigger_line(trigger: &EventTrigger) -> String {
    let EventTrigger { id, name, event_type, enabled, fire_count, .. } = trigger;
    let failed = trigger.last_error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    format!("{id:<36}  {name:<20} {event_type:<24} {enabled:<8} {fire_count:>5}{failed}")
}

pub async fn webhook(link: &Link, command: Hook, printer: &Printer) -> Result<()> {
    let client = webhook::Client(link);
    let hook = |id| WebhookRef { webhook_id: id };
    match command {
        Hook::List => {
            let heading = format!("{:<36}  {:<20} {:<8} {:>6}  URL", "ID", "NAME", "ENABLED", "FAILED");
            printer.list(&client.list(OwnedBy::default()).await?, &heading, hook_line);
        }
        Hook::Create { url, events, name } => {
            let secret = std::env::var("AETHER_WEBHOOK_SECRET").ok().filter(|secret| !secret.is_empty());
            let request = Register {
                name,
                url,
                events,
                secret: secret.map(Confidential),
                filters: None,
                headers: None,
                owner_uid: None,
                retry_count: None,
                timeout_ms: None,
            };
            let made = client.register(request).await?;
            printer.made(&made, &made.webhook_id);
        }
        Hook::Delete { id } => client.unregister(hook(id)).await?,
        Hook::Enable { id } => client.enable(hook(id)).await?,
        Hook::Disable { id } => client.disable(hook(id)).await?,
        Hook::Logs { id } => {
            let lines = client.logs(LogsQuery { webhook_id: id, limit: None }).await?;
            printer.list(&lines, &format!("{:<24} {:<9} {:>6}", "EVENT", "END", "STATUS"), log_line);
        }
        Hook::Dead => {
            let heading = format!("{:<36}  {:<24} {:>8}  ERROR", "ID", "EVENT", "ATTEMPTS");
            printer.list(&client.dlq_list(DlqQuery::default()).await?, &heading, letter_line);
        }
        Hook::Retry { id } => {
            let done = client.dlq_retry(DlqRef { dlq_id: id }).await?;
            printer.made(&done, if done.success { "It arrived." } else { "It did not arrive; it stays where it was." });
        }
        Hook::Purge { id } => {
            let done = client.dlq_purge(PurgeDlq { dlq_id: id }).await?;
            printer.made(&done, &format!("{} deleted", done.purged));
        }
    }
    Ok(())
}

fn hook_line(hook: &Webhook) -> String {
    let Webhook { id, name, url, enabled, failure_count, .. } = hook;
    let because = hook.disabled_because.as_ref().map(|because| format!("  {because}")).unwrap_or_default();
    format!("{id:<36}  {name:<20} {enabled:<8} {failure_count:>6}  {url}{because}")
}

fn log_line(line: &WebhookLog) -> String {
    let end = if line.success { "delivered" } else { "failed" };
    let status = line.status_code.map(|status| status.to_string()).unwrap_or_default();
    format!("{:<24} {end:<9} {status:>6}", line.event_type)
}

fn letter_line(letter: &DlqEntry) -> String {
    let error = letter.error.as_deref().unwrap_or_default();
    format!("{:<36}  {:<24} {:>8}  {error}", letter.id, letter.event_type, letter.attempts)
}
