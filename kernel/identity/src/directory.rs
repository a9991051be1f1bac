//! Who there is and which tokens are dead, in memory: what every check reads.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aether_protocol::domains::auth::UserInfo;
use aether_protocol::{Role, UserId};

use crate::mfa::Factor;
use crate::token;

/// Revoked tokens before the expired ones among them are dropped for the first time.
const REVOKED: usize = 1_024;

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub role: Role,
    /// A PHC string.
    pub password: String,
    /// Grows with every password change; tokens of older generations are dead.
    pub generation: u64,
    /// The one token that outlived the last password change.
    pub kept_token: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at: u64,
    /// Asked for after the password, once it is on.
    pub factor: Option<Factor>,
}

impl User {
    /// True if the password alone signs nobody in.
    pub fn has_second_factor(&self) -> bool {
        self.factor.as_ref().is_some_and(|factor| factor.enabled)
    }

    /// What clients get to know.
    pub fn info(&self) -> UserInfo {
        UserInfo {
            id: self.id.clone(),
            username: self.username.clone(),
            display_name: self.display_name.clone(),
            role: self.role,
            mfa_enabled: None,
        }
    }
}

/// All accounts and revocations.
pub struct Directory {
    users: HashMap<UserId, Arc<User>>,
    /// By lower-case username.
    names: HashMap<String, Arc<User>>,
    /// Lower-case names of deleted users.
    retired: HashSet<String>,
    /// Token id, and until when (seconds) it has to be remembered.
    revoked: HashMap<String, u64>,
    tidy_at: usize,
}

impl Directory {
    pub fn new(users: Vec<User>, retired: Vec<String>, revoked: Vec<(String, u64)>) -> Directory {
        let mut directory = Directory {
            users: HashMap::new(),
            names: HashMap::new(),
            retired: HashSet::new(),
            revoked: revoked.into_iter().collect(),
            tidy_at: REVOKED,
        };
        users.into_iter().for_each(|user| directory.put(user));
        directory.retired.extend(retired.into_iter().map(|name| name.to_ascii_lowercase()));
        directory
    }

    /// Adds a user, or replaces the one with its id.
    pub fn put(&mut self, user: User) {
        let user = Arc::new(user);
        self.names.insert(user.username.to_ascii_lowercase(), user.clone());
        self.users.insert(user.id.clone(), user);
    }

    /// Takes a user out; the name stays retired.
    pub fn remove(&mut self, id: &UserId) {
        if let Some(user) = self.users.remove(id) {
            let name = user.username.to_ascii_lowercase();
            self.names.remove(&name);
            self.retired.insert(name);
        }
    }

    pub fn user(&self, id: &UserId) -> Option<&Arc<User>> {
        self.users.get(id)
    }

    /// By name, whatever its case.
    pub fn by_name(&self, name: &str) -> Option<&Arc<User>> {
        self.names.get(&name.to_ascii_lowercase())
    }

    pub fn is_retired(&self, name: &str) -> bool {
        self.retired.contains(&name.to_ascii_lowercase())
    }

    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Oldest first.
    pub fn all(&self) -> Vec<Arc<User>> {
        let mut users: Vec<_> = self.users.values().cloned().collect();
        users.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        users
    }

    /// Administrators, oldest first.
    pub fn admins(&self) -> Vec<Arc<User>> {
        self.all().into_iter().filter(|user| user.role == Role::Admin).collect()
    }

    /// The user a token belongs to, while the token lives.
    pub fn holder(&self, id: &UserId, jti: &str) -> Option<&Arc<User>> {
        let user = self.users.get(id)?;
        let current = token::generation(jti) == Some(user.generation) || user.kept_token.as_deref() == Some(jti);
        (current && !self.revoked.contains_key(jti)).then_some(user)
    }

    /// Kills a token; false if it was dead already. Times are seconds since the Unix epoch.
    pub fn revoke(&mut self, jti: String, until: u64, now: u64) -> bool {
        if self.revoked.len() >= self.tidy_at {
            self.revoked.retain(|_, until| *until > now);
            self.tidy_at = REVOKED.max(self.revoked.len() * 2);
        }
        self.revoked.insert(jti, until).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocations_are_dropped_once_their_tokens_have_expired() {
        let mut directory = Directory::new(Vec::new(), Vec::new(), Vec::new());
        assert!(directory.revoke("0.0".into(), 10, 0));
        assert!(!directory.revoke("0.0".into(), 10, 0), "dead already");
        (1..REVOKED).for_each(|number| assert!(directory.revoke(format!("0.{number}"), 10, 0)));
        assert!(directory.revoke("0.new".into(), 30, 20));
        assert_eq!(directory.revoked.len(), 1);
    }
}
