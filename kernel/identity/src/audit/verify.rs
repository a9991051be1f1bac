//! Checking the chain of an audit log by its file alone, also while a kernel writes it.

use std::path::{Path, PathBuf};

use aether_store::rusqlite::{Connection, ErrorCode, OpenFlags};
use aether_store::{StoreError, rusqlite};
use serde::Serialize;

use super::chain::{COLUMNS, Chain, Hash, Row, SealKey, TAMPERED, hash_of, hex};

/// Why a log could not be checked. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("There is no audit log at {0}. Name the kernel's folder with --root, or the file.")]
    Missing(PathBuf),
    #[error("{path} could not be read: {cause}. Check that it is the audit log of a kernel and that you may read it.")]
    Unreadable { path: PathBuf, cause: StoreError },
    #[error("{0} has no chain yet: it was written by an earlier version. Start Aether OS once; then it has one.")]
    NoChain(PathBuf),
}

/// A row, as far as a report names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    pub id: i64,
    /// Milliseconds since the Unix epoch; absent where the row is not there any more.
    pub at: Option<i64>,
    /// In hexadecimal.
    pub hash: String,
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    pub id: i64,
    pub why: String,
}

/// What the seal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seal {
    /// Its end was written by a kernel with this secret.
    Holds,
    /// It was not.
    Broken,
    /// The secret is not known here.
    Unchecked,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub rows: u64,
    pub first: Option<Link>,
    pub last: Option<Link>,
    /// The last row that retention has removed: what is there goes on from it.
    pub anchor: Option<Link>,
    /// Up to this number rows are older than the chain, which proves what they were when it began.
    pub adopted: i64,
    pub seal: Seal,
    /// The first row that is not what it was, or not where it was.
    pub broken: Option<Break>,
    /// Rows by which the kernel itself says that it found the end of the chain changed.
    pub tampered: Vec<i64>,
}

impl Report {
    /// True if nothing speaks against the log.
    pub fn is_sound(&self) -> bool {
        self.broken.is_none() && self.seal != Seal::Broken && self.tampered.is_empty()
    }
}

/// Checks the log in a file. `key` is needed for the seal; `expected` is a number and a hash noted earlier, which must be
/// in the log still.
///
/// # Errors
/// When there is no such log, or it cannot be read.
pub fn verify(path: &Path, key: Option<&SealKey>, expected: Option<(i64, Hash)>) -> Result<Report, VerifyError> {
    if !path.is_file() {
        return Err(VerifyError::Missing(path.to_owned()));
    }
    let unreadable = |cause: StoreError| VerifyError::Unreadable { path: path.to_owned(), cause };
    let db = open(path).map_err(|cause| unreadable(cause.into()))?;
    // One view of the file for all that is read, whatever a kernel writes meanwhile.
    db.execute_batch("BEGIN").map_err(|cause| unreadable(cause.into()))?;
    let is_there = |table| db.table_exists(None, table);
    if !is_there("audit_chain").map_err(|cause| unreadable(cause.into()))? {
        return Err(match is_there("audit") {
            Ok(true) => VerifyError::NoChain(path.to_owned()),
            Ok(false) => VerifyError::Missing(path.to_owned()),
            Err(cause) => unreadable(cause.into()),
        });
    }
    check(&db, key, expected).map_err(unreadable)
}

/// Opens a file to read it. Where not even the folder may be written, a file that no kernel has open is read as it is.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let tried = Connection::open_with_flags(path, flags).and_then(|db| {
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(db)
    });
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match tried {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !Path::new(&log).exists() => {
            let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
        }
        other => other,
    }
}

fn check(db: &Connection, key: Option<&SealKey>, expected: Option<(i64, Hash)>) -> Result<Report, StoreError> {
    let chain = Chain::read(db)?;
    let seal = match (key, &chain) {
        (None, _) => Seal::Unchecked,
        (Some(key), Some(chain)) if chain.is_sealed(key) => Seal::Holds,
        (Some(_), _) => Seal::Broken,
    };
    let chain_is_gone = chain.is_none();
    let chain = chain.unwrap_or_default();
    let mut walk = Walk::from(&chain, expected);
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(record) = rows.next()? {
        walk.step(record);
    }
    if chain_is_gone {
        walk.stop(walk.last.0, "what says where the chain begins and ends is gone");
    }
    walk.end(&chain);
    let link = |(id, at, hash): (i64, i64, Hash)| Link { id, at: Some(at), hash: hex(&hash) };
    let anchor = (chain.anchor_id > 0).then(|| Link { id: chain.anchor_id, at: None, hash: hex(&chain.anchor_hash) });
    Ok(Report {
        rows: walk.rows,
        first: walk.first.map(link),
        last: (walk.rows > 0).then(|| link((walk.last.0, walk.at, walk.last.1))),
        anchor,
        adopted: chain.adopted_id,
        seal,
        broken: walk.broken,
        tampered: walk.tampered,
    })
}

/// The way along the rows.
struct Walk {
    rows: u64,
    first: Option<(i64, i64, Hash)>,
    /// The newest row so far, or the anchor.
    last: (i64, Hash),
    at: i64,
    adopted: i64,
    expected: Option<(i64, Hash)>,
    broken: Option<Break>,
    tampered: Vec<i64>,
}

impl Walk {
    fn from(chain: &Chain, expected: Option<(i64, Hash)>) -> Walk {
        Walk {
            rows: 0,
            first: None,
            last: chain.anchor(),
            at: 0,
            adopted: chain.adopted_id,
            expected,
            broken: None,
            tampered: Vec::new(),
        }
    }

    /// Notes the first break; those after it follow from it.
    fn stop(&mut self, id: i64, why: impl Into<String>) {
        self.broken.get_or_insert_with(|| Break { id, why: why.into() });
    }

    fn step(&mut self, record: &rusqlite::Row<'_>) {
        self.rows += 1;
        let id: i64 = record.get(0).unwrap_or_default();
        let (row, hash) = match (Row::read(record), hash_of(record, 12)) {
            (Ok(row), Ok(hash)) => (row, hash),
            (Err(error), _) => return self.stop(id, format!("a column cannot be read: {error}")),
            (_, Err(_)) => return self.stop(id, "it has no hash"),
        };
        let (before, previous) = self.last;
        match row.hash(&previous) {
            _ if id <= before => self.stop(id, "it stands before the row the chain begins after"),
            Ok(made) if made == hash => {}
            // Rows of an earlier version may have gaps between them.
            _ if id != before + 1 && id > self.adopted => {
                self.stop(id, format!("the rows before it are missing, from {}", before + 1));
            }
            _ => self.stop(id, "its content and the row before it do not make its hash"),
        }
        if let Some((_, noted)) = self.expected.filter(|(noted, _)| *noted == id) {
            self.expected = None;
            if noted != hash {
                self.stop(id, "it is not the row that was noted under its number");
            }
        }
        if row.action == TAMPERED {
            self.tampered.push(id);
        }
        self.first.get_or_insert((id, row.timestamp, hash));
        (self.last, self.at) = ((id, hash), row.timestamp);
    }

    fn end(&mut self, chain: &Chain) {
        let (last, head) = (self.last.0, chain.head_id);
        if self.last != chain.head() {
            match last.cmp(&head) {
                std::cmp::Ordering::Less => self.stop(last + 1, format!("the newest rows are missing, up to {head}")),
                std::cmp::Ordering::Equal => self.stop(last, "it is not the row the chain ends with"),
                std::cmp::Ordering::Greater => self.stop(head + 1, "it was added after the row the chain ends with"),
            }
        }
        match self.expected.take() {
            Some((id, hash)) if id == chain.anchor_id && hash != chain.anchor_hash => {
                self.stop(id, "it was not the row that was noted under its number");
            }
            // What retention has removed cannot be compared any more.
            Some((id, _)) if id > chain.anchor_id => self.stop(id, "the row that was noted is missing"),
            _ => {}
        }
    }
}
