//! `aether backup`: a copy of the kernel's databases, where the person wants it.

use std::fs::File;
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
            if file.symlink_metadata().is_ok() {
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

/// Copies to a new file that its owner alone may read, and to nowhere that a link leads. One that is not whole does not stay.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to)?;
    let copied = File::open(from).and_then(|mut source| std::io::copy(&mut source, &mut target));
    if let Err(error) = copied.and_then(|_| target.sync_all()) {
        let _ = std::fs::remove_file(to);
        return Err(error);
    }
    std::fs::remove_file(from)
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_to_another_disk_is_whole_private_and_goes_where_it_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("from"), "bytes").expect("written");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("elsewhere"), at("link")).expect("a link");
            copy(&at("from"), &at("link")).expect_err("it leads elsewhere");
            assert!(!at("elsewhere").exists() && at("from").exists());
        }
        copy(&at("from"), &at("to")).expect("copied");
        assert_eq!(std::fs::read(at("to")).expect("read"), b"bytes");
        assert!(!at("from").exists());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(at("to")).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
