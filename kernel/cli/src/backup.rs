//! `aether backup`: a copy of the kernel's databases, where the person wants it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aether_protocol::domains::kernel::{BackupMade, BackupRequest, Client};

use crate::kernel::Connected;
use crate::print::Printer;
use crate::{Failure, Result};

/// Has the copies made and, where a file is named, brings them there: the database's, and beside it that of the audit log.
pub async fn backup(kernel: &Connected, file: Option<&Path>, printer: &Printer) -> Result<()> {
    let wanted = file.map(|file| (file.to_owned(), file.with_extension("logs.db")));
    if let Some((file, logs)) = &wanted {
        if !kernel.near {
            let message = "The kernel is on another machine, which keeps its copies. Leave the file out.";
            return Err(Failure::Unreachable(message.to_owned()));
        }
        for file in [file, logs] {
            if file.exists() {
                return Err(Failure::Unreachable(format!("{} is there already. Choose another name.", file.display())));
            }
        }
    }
    let mut made = Client(&kernel.link).backup(BackupRequest::default()).await?;
    if let Some((file, logs)) = wanted {
        bring(&made, &file, &logs)?;
        made.path = absolute(&file);
        made.logs_path = absolute(&logs);
    }
    printer.backup(&made);
    Ok(())
}

fn bring(made: &BackupMade, file: &Path, logs: &Path) -> Result<()> {
    for (from, to) in [(&made.path, file), (&made.logs_path, logs)] {
        let moved = std::fs::rename(from, to).or_else(|error| match error.kind() {
            // Another disk.
            ErrorKind::CrossesDevices => copy(Path::new(from), to),
            _ => Err(error),
        });
        moved.map_err(|error| {
            let to = to.display();
            Failure::Unreachable(format!("{to} could not be written: {error}. The copy stays at {from}."))
        })?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    std::fs::File::options().write(true).open(to)?.sync_all()?;
    std::fs::remove_file(from)
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}
