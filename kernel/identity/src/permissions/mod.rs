//! Permission policies: what users may use of tools, models and paths, beside what they own.
//!
//! What it owns: policies, and the answer to what they come to for a user. What it never does: carry out or stop anything.
//! Whoever does asks here first.

mod api;
mod error;
mod pattern;
mod policies;
mod store;
mod verdict;

use std::sync::Arc;

use aether_base::bus::Bus;
use aether_base::clock::now_ms;
use aether_protocol::domains::permission::{NewPolicy, PermissionPolicy};
use aether_protocol::{ErrorCode, UserId, WireError};
use aether_store::Store;

pub use error::PermissionError;
pub use store::PERMISSION_MIGRATIONS;
pub use verdict::Verdict;

use error::Result;
use policies::Policies;
use verdict::Subject;

use crate::{Identity, Orgs};

/// Bytes of a resource; an action names one and says a little more.
const RESOURCE: std::ops::RangeInclusive<usize> = 1..=4_096;
const ACTION: usize = 4_096 + 64;

/// What is said where a policy keeps something from an agent.
struct Words {
    /// To the person who may allow it.
    asks: String,
    /// Where nobody may.
    refusal: String,
}

/// Everybody's policies.
pub struct Permissions {
    policies: Arc<Policies>,
    identity: Arc<Identity>,
    orgs: Arc<Orgs>,
}

impl Permissions {
    /// Reads what is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Arc<Store>,
        bus: Arc<Bus>,
        identity: Arc<Identity>,
        orgs: Arc<Orgs>,
    ) -> Result<Arc<Permissions>> {
        Ok(Arc::new(Permissions { policies: Policies::load(store, bus).await?, identity, orgs }))
    }

    /// Adds a policy. One that is there already is answered as it is. `by` is who grants it.
    ///
    /// # Errors
    /// When a field names nothing a policy could be about, or there are too many.
    pub async fn grant(&self, by: Option<UserId>, request: NewPolicy) -> Result<PermissionPolicy> {
        let NewPolicy { subject, action, resource, effect } = request;
        match Subject::parse(&subject) {
            Some(Subject::User(user)) if self.identity.user_info(&user).is_some() => {}
            Some(Subject::Team(team)) if self.orgs.has_team(&team) => {}
            Some(Subject::Role(_)) => {}
            Some(Subject::User(_) | Subject::Team(_)) | None => return Err(PermissionError::BadSubject),
        }
        if !is_action(&action) {
            return Err(PermissionError::BadAction);
        }
        if !RESOURCE.contains(&resource.len()) || resource.chars().any(char::is_control) {
            return Err(PermissionError::BadResource);
        }
        let id = uuid::Uuid::new_v4().to_string();
        let policy = PermissionPolicy { id, subject, action, resource, effect, created_at: now_ms(), created_by: by };
        self.policies.add(policy).await
    }

    /// Takes a policy away.
    ///
    /// # Errors
    /// [`PermissionError::NoSuchPolicy`] if it is not there.
    pub async fn revoke(&self, id: String) -> Result<()> {
        match self.policies.remove(vec![id]).await? {
            0 => Err(PermissionError::NoSuchPolicy),
            _ => Ok(()),
        }
    }

    /// The policies, oldest first; with a subject, only those that speak of it.
    pub fn list(&self, subject: Option<&str>) -> Vec<PermissionPolicy> {
        let book = self.policies.read();
        let wanted = |policy: &&PermissionPolicy| subject.is_none_or(|subject| policy.subject == subject);
        let mut policies: Vec<_> = book.all().filter(wanted).cloned().collect();
        policies.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        policies
    }

    /// What the policies come to for a user; `None` where there is no such user. Answers from memory.
    pub fn verdict(&self, user: &UserId, action: &str, resource: &str) -> Option<Verdict> {
        let role = self.identity.user_info(user)?.role;
        let standing = self.orgs.standing(user);
        let mut subjects = vec![Subject::User(user.clone())];
        subjects.extend(standing.teams.into_iter().map(Subject::Team));
        subjects.extend(standing.roles.into_iter().map(Subject::Role));
        let book = self.policies.read();
        let policies = subjects.iter().flat_map(|subject| book.about(subject));
        Some(verdict::judge(role, policies, action, resource))
    }

    /// True if a user may do this without asking anybody. Answers from memory.
    pub fn allows(&self, user: &UserId, action: &str, resource: &str) -> bool {
        self.verdict(user, action, resource).is_some_and(Verdict::allows)
    }

    /// Refuses a tool that this user's policies keep from its agents.
    ///
    /// # Errors
    /// `forbidden`, with a sentence for the agent; `approval_required`, with what a person is asked.
    pub fn check_tool(&self, user: &UserId, tool: &str) -> std::result::Result<(), WireError> {
        self.check(user, &format!("tool.{tool}.execute"), tool, || Words {
            asks: format!("Use the tool {tool}, which a policy asks about."),
            refusal: format!(
                "Permission denied: a policy does not allow the tool {tool}. Reach the goal without it, or say that it \
                 needs it."
            ),
        })
    }

    /// Refuses a provider of models that this user's policies keep from its agents.
    ///
    /// # Errors
    /// `forbidden`, with a sentence for the person; `approval_required`, with what it is asked.
    pub fn check_model(&self, user: &UserId, provider: &str) -> std::result::Result<(), WireError> {
        self.check(user, &format!("llm.{provider}.use"), provider, || Words {
            asks: format!("Use the models of {provider} for this run, which a policy asks about."),
            refusal: format!(
                "Permission denied: a policy does not allow you the models of {provider}. Choose another model, or ask \
                 an administrator."
            ),
        })
    }

    /// Refuses a path that this user's policies keep from its agents. The path is the one name of what is meant.
    ///
    /// # Errors
    /// `forbidden`, with a sentence for the agent; `approval_required`, with what a person is asked.
    pub fn check_path(&self, user: &UserId, path: &str, write: bool) -> std::result::Result<(), WireError> {
        let verb = if write { "write" } else { "read" };
        self.check(user, &format!("fs.{path}.{verb}"), path, || Words {
            asks: format!(
                "{} {}, which a policy asks about.",
                if write { "Change" } else { "Read" },
                path.escape_debug()
            ),
            refusal: format!(
                "Permission denied: a policy does not allow to {verb} {}. Reach the goal without it, or say that it needs it.",
                path.escape_debug()
            ),
        })
    }

    fn check(
        &self,
        user: &UserId,
        action: &str,
        resource: &str,
        words: impl FnOnce() -> Words,
    ) -> std::result::Result<(), WireError> {
        match self.verdict(user, action, resource) {
            Some(Verdict::Free | Verdict::Allowed) => Ok(()),
            Some(Verdict::Asks) => Err(WireError::new(ErrorCode::ApprovalRequired, words().asks)),
            Some(Verdict::Denied | Verdict::Unmentioned) | None => Err(WireError::forbidden(words().refusal)),
        }
    }

    /// Forgets what spoke of a user who is gone.
    pub async fn departed(&self, user: &UserId) {
        let own = Subject::User(user.clone());
        let ids: Vec<String> = self.policies.read().about(&own).map(|policy| policy.id.clone()).collect();
        if let Err(error) = self.policies.remove(ids).await {
            tracing::warn!(%error, "policies of a deleted user stay, and speak of nobody");
        }
    }
}

/// True if a policy could be about this action.
fn is_action(action: &str) -> bool {
    if action == "*" {
        return true;
    }
    let Some((family, rest)) = action.split_once('.') else { return false };
    let Some((name, verb)) = rest.rsplit_once('.') else { return false };
    let verbs: &[&str] = match family {
        "tool" => &["execute", "*"],
        "llm" => &["use", "*"],
        "fs" => &["read", "write", "*"],
        _ => return false,
    };
    !name.is_empty() && verbs.contains(&verb) && action.len() <= ACTION && !action.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_of_the_families_there_are() {
        for good in [
            "*",
            "tool.*.execute",
            "tool.run_command.*",
            "llm.openai.use",
            "fs./home/ada/a.txt.read",
            "fs.*.write",
            "fs.*.*",
        ] {
            assert!(is_action(good), "{good}");
        }
        for bad in [
            "",
            "probe",
            "tool",
            "tool.x",
            "tool..execute",
            "tool.x.use",
            "llm.x.execute",
            "fs.a.run",
            "net.x.use",
            "*.*.*",
            "tool.a\n.execute",
        ] {
            assert!(!is_action(bad), "{bad}");
        }
        assert!(!is_action(&format!("fs.{}.read", "x".repeat(ACTION))));
    }
}
