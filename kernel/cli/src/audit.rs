//! The audit log: its lines from the kernel, for reading and for keeping elsewhere, and the check of its file.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use aether_protocol::domains::audit::{self, AuditEntryInfo, AuditExport, AuditFilters, AuditQuery};
use aether_protocol::domains::auth;
use aether_protocol::{Empty, Pid, UserId, WireError};
use chrono::{DateTime, NaiveDate};
use clap::{Args, Subcommand, ValueEnum};

use crate::kernel::aetherd;
use crate::link::Link;
use crate::options::Options;
use crate::print::Printer;
use crate::{Failure, Result};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists the newest lines: one's own, or everybody's for an administrator
    List {
        #[command(flatten)]
        which: Which,
        /// How many, 1000 at most
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Writes all lines, the oldest first (administrators)
    Export {
        #[command(flatten)]
        which: Which,
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
        /// Where to; standard output unless set
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Checks by the file alone that nobody has changed, removed or added lines; no kernel need run
    Verify {
        /// The file; that of the kernel's folder unless set
        file: Option<PathBuf>,
        /// A line noted at an earlier check, as ID:HASH, which must be in the log still
        #[arg(long)]
        head: Option<String>,
    },
}

/// Lines meet all of these.
#[derive(Debug, Args)]
pub struct Which {
    /// What this user did, and its agents: a name or an id
    #[arg(long)]
    user: Option<String>,
    /// What this agent did
    #[arg(long)]
    pid: Option<u64>,
    /// The command or the tool, such as fs.write or run_command
    #[arg(long)]
    action: Option<String>,
    /// tool.invocation, auth or admin
    #[arg(long)]
    kind: Option<String>,
    /// From then on: 2026-11-30, 2026-11-30T08:00:00Z, or milliseconds since the Unix epoch
    #[arg(long, value_parser = time)]
    since: Option<u64>,
    /// Up to then
    #[arg(long, value_parser = time)]
    until: Option<u64>,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An object a line
    Jsonl,
    /// RFC 4180, with the names of the fields in the first line
    Csv,
}

/// Milliseconds since the Unix epoch.
fn time(text: &str) -> Result<u64, String> {
    let exact = || DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0).map(|time| time.and_utc().timestamp_millis());
    let read = text.parse().ok().or_else(|| exact().or_else(day).and_then(|time| u64::try_from(time).ok()));
    read.ok_or_else(|| "it must be like 2026-11-30 or 2026-11-30T08:00:00Z, or milliseconds since 1970".to_owned())
}

/// Does what is asked of a kernel that is connected.
pub async fn run(link: &Link, command: Command, printer: &Printer) -> Result<()> {
    match command {
        Command::List { which, limit } => {
            let filters = AuditFilters { limit: Some(limit), ..filters(link, which).await? };
            let page = audit::Client(link).query(AuditQuery { filters: Some(filters) }).await?;
            printer.audit(&page.entries, page.total);
        }
        Command::Export { which, format, output } => {
            let filters = filters(link, which).await?;
            let lines = match output.as_deref() {
                Some(path) => {
                    let file = private().open(path).map_err(|error| unwritten(Some(path), &error))?;
                    export(link, filters, format, file, Some(path)).await?
                }
                None => export(link, filters, format, std::io::stdout(), None).await?,
            };
            printer.note(&format!("{lines} lines."));
        }
        // It asks no kernel.
        Command::Verify { .. } => {}
    }
    Ok(())
}

async fn filters(link: &Link, which: Which) -> Result<AuditFilters> {
    let user = match which.user {
        Some(name) => Some(user(link, name).await?),
        None => None,
    };
    Ok(AuditFilters {
        pid: which.pid.map(Pid),
        user,
        action: which.action,
        event_type: which.kind,
        start_time: which.since,
        end_time: which.until,
        ..AuditFilters::default()
    })
}

/// The id of a user. Who may not see the others is left with ids.
async fn user(link: &Link, name: String) -> Result<UserId> {
    let known = match auth::Client(link).list_users(Empty {}).await {
        Ok(known) => known,
        Err(_) => return Ok(UserId::from(name.as_str())),
    };
    let found = known.into_iter().find(|user| user.username == name || user.id.as_str() == name);
    // A user that is gone has an id still.
    Ok(found.map_or_else(|| UserId::from(name.as_str()), |user| user.id))
}

/// Writes part after part, so that a log of any length takes the memory of one.
async fn export(
    link: &Link,
    filters: AuditFilters,
    format: Format,
    to: impl Write,
    path: Option<&Path>,
) -> Result<u64> {
    let failed = |error: std::io::Error| unwritten(path, &error);
    let mut writer = Writer::new(format, BufWriter::new(to));
    let (mut after, mut lines) = (None, 0);
    loop {
        let part = audit::Client(link).export(AuditExport { filters: Some(filters.clone()), after }).await?;
        for entry in &part.entries {
            writer.line(entry).map_err(failed)?;
            lines += 1;
        }
        after = part.next;
        if after.is_none() {
            writer.end().map_err(failed)?;
            return Ok(lines);
        }
    }
}

/// A file that is made or emptied. One that is made only its owner may read: it says what everybody did.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn unwritten(path: Option<&Path>, error: &std::io::Error) -> Failure {
    let place = path.map_or_else(|| "Standard output".to_owned(), |path| path.display().to_string());
    Failure::Refused(WireError::unavailable(format!(
        "{place} could not be written: {error}. What it has is not the whole log; make room there, or name another file, and try again."
    )))
}

enum Writer<W: Write> {
    Jsonl(W),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Writer<W> {
    fn new(format: Format, to: W) -> Writer<W> {
        match format {
            Format::Jsonl => Writer::Jsonl(to),
            Format::Csv => {
                Writer::Csv(Box::new(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to)))
            }
        }
    }

    fn line(&mut self, entry: &AuditEntryInfo) -> std::io::Result<()> {
        match self {
            Writer::Jsonl(to) => {
                serde_json::to_writer(&mut *to, entry)?;
                to.write_all(b"\n")
            }
            // A row is written by its fields' names, so one that lacks its hash has an empty field in its place.
            Writer::Csv(to) => {
                let hash = Some(entry.hash.clone().unwrap_or_default());
                to.serialize(AuditEntryInfo { hash, ..entry.clone() }).map_err(std::io::Error::other)
            }
        }
    }

    fn end(&mut self) -> std::io::Result<()> {
        match self {
            Writer::Jsonl(to) => to.flush(),
            Writer::Csv(to) => to.flush(),
        }
    }
}

/// Has `aetherd` check a log, and answers with its exit code.
pub async fn verify(options: &Options, file: Option<&Path>, head: Option<&str>) -> Result<u8> {
    let program = aetherd();
    let mut command = tokio::process::Command::new(&program);
    command.args(["audit", "verify"]).stdin(Stdio::null());
    if let Some(root) = &options.root {
        command.arg("--root").arg(root);
    }
    if let Some(head) = head {
        command.args(["--head", head]);
    }
    if options.json {
        command.arg("--json");
    }
    if let Some(file) = file {
        command.arg("--").arg(file);
    }
    let ended = command.status().await.map_err(|error| {
        Failure::Unreachable(format!(
            "{} could not be started: {error}. Install it beside `aether`.",
            program.display()
        ))
    })?;
    Ok(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_three_forms() {
        assert_eq!(time("1764460800000"), Ok(1_764_460_800_000));
        assert_eq!(time("2025-11-30"), Ok(1_764_460_800_000));
        assert_eq!(time("2025-11-30T01:00:00+01:00"), Ok(1_764_460_800_000));
        assert!(time("yesterday").is_err() && time("1960-01-01").is_err());
    }

    #[test]
    fn csv_keeps_whatever_a_line_holds() {
        let entry = AuditEntryInfo {
            id: 7,
            timestamp: 5,
            event_type: "admin".into(),
            actor_pid: None,
            actor_uid: Some("a,\"b\"\nc".into()),
            action: "fs.write".into(),
            target: None,
            args_sanitized: Some("{\"path\":\"/tmp\"}".into()),
            result_hash: None,
            metadata: None,
            created_at: 5,
            hash: None,
        };
        let mut bytes = Vec::new();
        let mut writer = Writer::new(Format::Csv, &mut bytes);
        writer.line(&entry).and_then(|()| writer.end()).expect("written");
        drop(writer);
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(
            text,
            "id,timestamp,event_type,actor_pid,actor_uid,action,target,args_sanitized,result_hash,metadata,created_at,hash\r\n\
             7,5,admin,,\"a,\"\"b\"\"\nc\",fs.write,,\"{\"\"path\"\":\"\"/tmp\"\"}\",,,5,\r\n"
        );
    }
}
