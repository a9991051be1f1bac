//! The keys that sign tokens. The kernel's secret is the first; each after it is random and kept sealed under that secret.
//!
//! The newest signs. An older one checks what it signed until it was replaced, which is until those tokens have expired:
//! `exp` is never later than the lifetime allows from `iat`.

use std::sync::Arc;

use aether_protocol::domains::auth::SigningKey;
use aether_store::rusqlite::Connection;
use aether_store::{Result as StoreResult, Store};
use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

use crate::error::Result;
use crate::identity::{Identity, now};
use crate::random;
use crate::seal::Sealer;

/// What keys are sealed for; it never changes.
const PURPOSE: &str = "Aether OS keys that sign tokens";
/// The name of the kernel's secret among the keys. Tokens of earlier versions name none, and mean it.
pub const FIRST: &str = "0";
/// Seconds after which another key signs.
const KEY_AGE: u64 = 90 * 24 * 60 * 60;

/// One key.
pub struct Key {
    pub kid: String,
    pub encoding: EncodingKey,
    pub decoding: DecodingKey,
    /// Seconds since the Unix epoch; 0 of the kernel's secret.
    pub created_at: u64,
}

impl Key {
    pub fn new(kid: String, secret: &[u8], created_at: u64) -> Arc<Key> {
        let (encoding, decoding) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        Arc::new(Key { kid, encoding, decoding, created_at })
    }
}

/// Where keys are kept.
pub struct KeyStore {
    store: Arc<Store>,
    sealer: Sealer,
}

impl KeyStore {
    pub fn new(store: Arc<Store>, secret: &str) -> KeyStore {
        KeyStore { store, sealer: Sealer::derived(secret, PURPOSE) }
    }

    /// What is kept, oldest first. Keys under another secret are left aside: what they signed is good no more.
    pub async fn load(&self) -> Result<Vec<Arc<Key>>> {
        let rows = self.store.read(load).await?;
        let keys = rows.into_iter().filter_map(|(kid, sealed, created_at)| {
            let secret = self.sealer.open(&sealed, &kid);
            if secret.is_none() {
                tracing::warn!(kid, "a key that signed tokens cannot be read; what it signed is good no more");
            }
            Some(Key::new(kid, &secret?, created_at))
        });
        Ok(keys.collect())
    }

    /// Makes a key and keeps it, and forgets those that were replaced before `oldest`. Times are seconds since the Unix epoch.
    pub async fn add(&self, now: u64, oldest: u64) -> Result<Arc<Key>> {
        let kid = random::text::<9>();
        let secret = Zeroizing::new(random::text::<32>());
        let sealed = self.sealer.seal(secret.as_bytes(), &kid)?;
        let row = kid.clone();
        self.store.write(move |db| insert(db, &row, &sealed, now, oldest)).await?;
        Ok(Key::new(kid, secret.as_bytes(), now))
    }
}

impl Identity {
    /// Signs tokens by a new key from now on. What older ones signed stays good until it expires.
    pub async fn rotate_key(&self) -> Result<SigningKey> {
        let _turn = self.rotating.lock().await;
        let now = now();
        let key = self.keys.add(now, now.saturating_sub(self.signer.lifetime())).await?;
        self.signer.add(key.clone());
        Ok(SigningKey { kid: key.kid.clone(), created_at: key.created_at.saturating_mul(1_000) })
    }

    /// Has another key sign once the one that does is 90 days old; the kernel's secret is as old as its oldest user.
    pub async fn rotate_old_key(&self) -> Result<()> {
        let born = self.accounts.read().all().first().map_or(u64::MAX, |user| user.created_at / 1_000);
        let made = match self.signer.newest() {
            0 => born,
            made => made,
        };
        if now().saturating_sub(made) >= KEY_AGE {
            self.rotate_key().await?;
        }
        Ok(())
    }
}

type Row = (String, Vec<u8>, u64);

fn load(db: &Connection) -> StoreResult<Vec<Row>> {
    let mut statement = db.prepare("SELECT kid, secret, created_at FROM signing_keys ORDER BY created_at, rowid")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<Vec<Row>, _>>()?)
}

fn insert(db: &Connection, kid: &str, sealed: &[u8], now: u64, oldest: u64) -> StoreResult<()> {
    // One that was replaced is older than another that is.
    db.prepare_cached(
        "DELETE FROM signing_keys WHERE created_at < (SELECT max(created_at) FROM signing_keys WHERE created_at < ?1)",
    )?
    .execute([oldest])?;
    db.prepare_cached("INSERT INTO signing_keys (kid, secret, created_at) VALUES (?1, ?2, ?3)")?
        .execute((kid, sealed, now))?;
    Ok(())
}
