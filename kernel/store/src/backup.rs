//! Copies of a database that is in use.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Result, StoreError};

/// Writes what is committed to a new file, checks it, and gives it its name only then: a file of that name is whole.
///
/// # Errors
/// When there is such a file already, the disk is full, or the copy does not hold.
pub fn write(db: &Connection, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(StoreError::Exists);
    }
    let part = to.with_extension("part");
    let written = fill(db, &part).and_then(|()| std::fs::rename(&part, to).map_err(|error| failed(to, &error)));
    if written.is_err() {
        // Nothing to tell of it: the failure before is what matters.
        let _ = std::fs::remove_file(&part);
    }
    written?;
    // The name is to survive the power failing too; where a folder cannot be opened, the system sees to that itself.
    if let Some(folder) = to.parent().and_then(|folder| File::open(folder).ok()) {
        folder.sync_all().map_err(|error| failed(to, &error))?;
    }
    Ok(())
}

fn fill(db: &Connection, part: &Path) -> Result<()> {
    match std::fs::remove_file(part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(part, &error)),
        _ => {}
    }
    let name = part.to_str().ok_or_else(|| StoreError::Failed(format!("{} is not UTF-8", part.display())))?;
    create_private(part).map_err(|error| failed(part, &error))?;
    // A reader's snapshot: who writes meanwhile is not held up, and what it writes is not in the copy.
    db.execute("VACUUM INTO ?1", [name])?;
    let copy = Connection::open_with_flags(part, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Damaged(verdict));
    }
    drop(copy);
    File::options().write(true).open(part).and_then(|file| file.sync_all()).map_err(|error| failed(part, &error))
}

/// Makes the file, empty as SQLite takes it, for its owner alone: SQLite would let everybody read it, wherever it is brought.
fn create_private(part: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(part).map(drop)
}

fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::DiskFull,
        _ => StoreError::Failed(format!("{}: {error}", path.display())),
    }
}
