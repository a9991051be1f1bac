//! The chain of the audit log: each row has the hash of the one before it in its own.
//!
//! docs/wire.md, The audit log, says what the hash is made of, so that anybody can check it.

use aether_store::Result;
use aether_store::rusqlite::types::Type;
use aether_store::rusqlite::{self, Connection, OptionalExtension, Row as Record};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// SHA-256 (FIPS 180-4).
pub type Hash = [u8; 32];

/// Names the use of the key; never changes.
const PURPOSE: &str = "aether-identity 2026-11-30 the seal of the audit log";
/// Goes before what is sealed: another format gets another one.
const FORMAT: &[u8] = b"aether audit chain 1\n";

/// What rows are called by which the kernel says that it found the end of the chain changed.
pub const TAMPERED: &str = "audit.tampered";

/// A hash in hexadecimal.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The columns of a row in their canonical order, then its hash.
pub const COLUMNS: &str = "id, timestamp, event_type, actor_pid, actor_uid, actor_user, action, target, args_sanitized, \
                           result_hash, metadata, created_at, hash";

/// What a row's hash is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub timestamp: i64,
    pub event_type: String,
    pub actor_pid: Option<i64>,
    pub actor_uid: Option<String>,
    pub actor_user: Option<String>,
    pub action: String,
    pub target: Option<String>,
    pub args_sanitized: Option<String>,
    pub result_hash: Option<String>,
    pub metadata: Option<String>,
    pub created_at: i64,
}

impl Row {
    /// Reads [`COLUMNS`] but the hash.
    ///
    /// # Errors
    /// When a column holds what it never should.
    pub fn read(record: &Record<'_>) -> rusqlite::Result<Row> {
        Ok(Row {
            id: record.get(0)?,
            timestamp: record.get(1)?,
            event_type: record.get(2)?,
            actor_pid: record.get(3)?,
            actor_uid: record.get(4)?,
            actor_user: record.get(5)?,
            action: record.get(6)?,
            target: record.get(7)?,
            args_sanitized: record.get(8)?,
            result_hash: record.get(9)?,
            metadata: record.get(10)?,
            created_at: record.get(11)?,
        })
    }

    /// The columns as a JSON array in the form of RFC 8785. Numbers are whole and strings escape no more than they must,
    /// so that the usual compact form is that one.
    ///
    /// # Errors
    /// Never, for what a row holds.
    pub fn canonical(&self) -> Result<String> {
        Ok(serde_json::to_string(&(
            self.id,
            self.timestamp,
            &self.event_type,
            self.actor_pid,
            &self.actor_uid,
            &self.actor_user,
            &self.action,
            &self.target,
            &self.args_sanitized,
            &self.result_hash,
            &self.metadata,
            self.created_at,
        ))?)
    }

    /// The row's hash, `previous` being that of the row before it.
    ///
    /// # Errors
    /// As [`Row::canonical`].
    pub fn hash(&self, previous: &Hash) -> Result<Hash> {
        let canonical = self.canonical()?;
        Ok(Sha256::new().chain_update(previous).chain_update(canonical).finalize().into())
    }
}

/// The key that chains are sealed with.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// Made from the kernel's secret.
    pub fn derived(secret: &str) -> SealKey {
        SealKey(Zeroizing::new(blake3::derive_key(PURPOSE, secret.as_bytes())))
    }

    fn mac(&self, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC (RFC 2104) takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).ok()?;
        mac.update(FORMAT);
        mac.update(bytes);
        Some(mac)
    }
}

/// Where a chain begins and ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    pub anchor_id: i64,
    pub anchor_hash: Hash,
    pub head_id: i64,
    pub head_hash: Hash,
    /// The newest row that was there before the chain was.
    pub adopted_id: i64,
    pub seal: Vec<u8>,
}

impl Chain {
    /// Reads it; `None` if somebody has taken it away.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn read(db: &Connection) -> rusqlite::Result<Option<Chain>> {
        db.prepare_cached(
            "SELECT anchor_id, anchor_hash, head_id, head_hash, adopted_id, seal FROM audit_chain WHERE one = 1",
        )?
        .query_row([], |record| {
            Ok(Chain {
                anchor_id: record.get(0)?,
                anchor_hash: hash_of(record, 1)?,
                head_id: record.get(2)?,
                head_hash: hash_of(record, 3)?,
                adopted_id: record.get(4)?,
                seal: record.get(5)?,
            })
        })
        .optional()
    }

    /// Keeps it, sealed by `key`; without one unsealed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn write(&self, db: &Connection, key: Option<&SealKey>) -> Result<()> {
        let seal = key.and_then(|key| key.mac(&self.sealed())).map(|mac| mac.finalize().into_bytes().to_vec());
        db.prepare_cached(
            "INSERT INTO audit_chain (one, anchor_id, anchor_hash, head_id, head_hash, adopted_id, seal)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (one) DO UPDATE SET anchor_id = ?1, anchor_hash = ?2, head_id = ?3, head_hash = ?4,
                                             adopted_id = ?5, seal = ?6",
        )?
        .execute((
            self.anchor_id,
            &self.anchor_hash[..],
            self.head_id,
            &self.head_hash[..],
            self.adopted_id,
            seal.unwrap_or_default(),
        ))?;
        Ok(())
    }

    /// The last row that retention has removed.
    pub fn anchor(&self) -> (i64, Hash) {
        (self.anchor_id, self.anchor_hash)
    }

    /// The newest row.
    pub fn head(&self) -> (i64, Hash) {
        (self.head_id, self.head_hash)
    }

    /// True if the seal is by this key and over what the chain says. Compared in constant time.
    pub fn is_sealed(&self, key: &SealKey) -> bool {
        key.mac(&self.sealed()).is_some_and(|mac| mac.verify_slice(&self.seal).is_ok())
    }

    fn sealed(&self) -> Vec<u8> {
        let numbers = [self.anchor_id, self.head_id, self.adopted_id].map(i64::to_be_bytes);
        [&numbers.concat()[..], &self.anchor_hash, &self.head_hash].concat()
    }
}

/// A column that holds a hash.
///
/// # Errors
/// When it holds anything else.
pub fn hash_of(record: &Record<'_>, column: usize) -> rusqlite::Result<Hash> {
    let bytes: Vec<u8> = record.get(column)?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| {
        let reason = format!("a hash has 32 bytes, not {length}");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, reason.into())
    })
}
