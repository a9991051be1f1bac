//! `aetherd audit verify`: what is to be said of an audit log, by its file alone.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use aether_base::config::data_root;
use aether_identity::audit::{self, Hash, Link, Report, Seal};
use clap::{Args, Subcommand};

use crate::program::complain;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks that nobody has changed, removed or added lines of the audit log. No kernel need run, and one may
    Verify(Verify),
}

/// Which log, and against what.
#[derive(Debug, Args)]
pub struct Verify {
    /// The file; <root>/var/logs.db unless set
    file: Option<PathBuf>,
    /// The folder of the kernel; ~/.aether unless set [AETHER_FS_ROOT]
    #[arg(long)]
    root: Option<PathBuf>,
    /// A line noted at an earlier check, as ID:HASH, which must be in the log still
    #[arg(long, value_parser = noted)]
    head: Option<(i64, Hash)>,
    /// Prints the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Does it; fails if anything speaks against the log, or it cannot be read.
pub fn run(name: &str, command: &Command) -> ExitCode {
    let Command::Verify(verify) = command;
    match report(verify) {
        Ok(report) => {
            let text = if verify.json { serde_json::to_string(&report).unwrap_or_default() } else { told(&report) };
            let _ = writeln!(std::io::stdout(), "{text}");
            if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(reason) => {
            complain(name, &reason);
            ExitCode::FAILURE
        }
    }
}

fn report(verify: &Verify) -> Result<Report, String> {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let file = verify.file.as_deref().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
    // A file that lies where a kernel keeps it has the kernel's secret beside it.
    let beside =
        file.as_ref().and_then(|file| file.ancestors().nth(2)).filter(|root| root.join("etc/secret").is_file());
    let root = match (&verify.root, beside) {
        (Some(root), _) => root.clone(),
        (None, Some(root)) => root.to_owned(),
        (None, None) => data_root(&env).map_err(|error| error.to_string())?,
    };
    let known = file.is_none() || verify.root.is_some() || beside.is_some();
    let secret = env("AETHER_SECRET");
    // The secret of another kernel than the one whose log it is proves nothing.
    let key = match (secret, known) {
        (None, false) => None,
        (secret, _) => audit::seal_key(&root, secret.as_deref()).map_err(|error| error.to_string())?,
    };
    let file = file.unwrap_or_else(|| audit::file(&root));
    audit::verify(&file, key.as_ref(), verify.head).map_err(|error| error.to_string())
}

fn noted(text: &str) -> Result<(i64, Hash), String> {
    let read = || {
        let (id, hash) = text.split_once(':')?;
        let digits = (0..hash.len()).step_by(2).map(|at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok());
        let bytes: Vec<u8> = digits.collect::<Option<_>>()?;
        Some((id.parse().ok()?, bytes.try_into().ok()?))
    };
    read()
        .ok_or_else(|| "it must be a number, a colon and 64 hexadecimal digits, as the last line of a check".to_owned())
}

fn told(report: &Report) -> String {
    let mut lines = vec![format!("Rows      {}", report.rows)];
    for (name, link) in [("First", &report.first), ("Last", &report.last)] {
        lines.extend(link.as_ref().map(|link| format!("{name:<9} {}", line(link))));
    }
    lines.push(match &report.anchor {
        Some(anchor) => format!("Anchor    {} (retention has removed the rows up to it)", line(anchor)),
        None => "Anchor    none: no row was removed".to_owned(),
    });
    if report.adopted > 0 {
        lines.push(format!(
            "Older     up to {}: written before the chain, which shows them as they were then",
            report.adopted
        ));
    }
    lines.push(match report.seal {
        Seal::Holds => "Seal      holds".to_owned(),
        Seal::Broken => {
            "Seal      BROKEN: the end of the chain was not written by a kernel with this secret".to_owned()
        }
        Seal::Unchecked => {
            "Seal      not checked: the kernel's secret is not known here (--root, or AETHER_SECRET)".to_owned()
        }
    });
    for id in &report.tampered {
        lines.push(format!("Tampered  row {id} says that the kernel found the end of the chain changed before it"));
    }
    lines.push(match &report.broken {
        Some(broken) => format!("BROKEN    at row {}: {}.", broken.id, broken.why),
        None if report.is_sound() => "Sound     each row follows from the one before it".to_owned(),
        None => "BROKEN    each row follows from the one before it, but see above".to_owned(),
    });
    lines.join("\n")
}

fn line(link: &Link) -> String {
    let at = link
        .at
        .and_then(|at| u64::try_from(at).ok())
        .and_then(|at| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(at)).map(httpdate::fmt_http_date));
    format!("{}:{}{}", link.id, link.hash, at.map(|at| format!("  {at}")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_line_is_read_as_it_was_printed() {
        let hash = "ab".repeat(32);
        assert_eq!(noted(&format!("7:{hash}")), Ok((7, [0xab; 32])));
        for wrong in ["", "7", "7:", "7:ab", &format!("x:{hash}"), &format!("7:{}é", &hash[..62])] {
            assert!(noted(wrong).is_err(), "{wrong}");
        }
    }
}
