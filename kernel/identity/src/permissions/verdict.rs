//! What the policies that speak of somebody say of an action: pure.

use aether_protocol::domains::org::OrgRole;
use aether_protocol::domains::permission::{Effect, PermissionPolicy};
use aether_protocol::{Role, UserId};

use super::pattern;

/// Of whom a policy speaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    User(UserId),
    /// A team, by its id.
    Team(String),
    /// Whoever has this role in an organisation.
    Role(OrgRole),
}

impl Subject {
    /// Reads `user:<id>`, `team:<id>` or `role:<role>`.
    pub fn parse(text: &str) -> Option<Subject> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            "user" if !name.is_empty() => Some(Subject::User(name.into())),
            "team" if !name.is_empty() => Some(Subject::Team(name.to_owned())),
            "role" => serde_json::from_value(name.into()).ok().map(Subject::Role),
            _ => None,
        }
    }
}

/// What the policies come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No policy speaks of this user.
    Free,
    Allowed,
    /// A policy has a person asked first.
    Asks,
    /// A policy says so.
    Denied,
    /// There are policies for this user, and none is about this.
    Unmentioned,
}

impl Verdict {
    /// True if it may be done without asking anybody.
    pub fn allows(self) -> bool {
        match self {
            Verdict::Free | Verdict::Allowed => true,
            Verdict::Asks | Verdict::Denied | Verdict::Unmentioned => false,
        }
    }
}

/// Judges by the role on this kernel and the policies whose subject the user is. An administrator is bound by none; a user
/// without any may do everything; else one that denies wins over any that asks, that one over any that allow, and what none
/// mentions is refused.
pub fn judge<'p>(
    role: Role,
    policies: impl IntoIterator<Item = &'p PermissionPolicy>,
    action: &str,
    resource: &str,
) -> Verdict {
    if role == Role::Admin {
        return Verdict::Allowed;
    }
    let mut verdict = Verdict::Free;
    for policy in policies {
        let about = pattern::action(&policy.action, action) && pattern::resource(&policy.resource, resource);
        match policy.effect {
            Effect::Deny if about => return Verdict::Denied,
            Effect::Ask if about => verdict = Verdict::Asks,
            Effect::Allow if about && verdict != Verdict::Asks => verdict = Verdict::Allowed,
            Effect::Allow | Effect::Ask | Effect::Deny if verdict == Verdict::Free => verdict = Verdict::Unmentioned,
            Effect::Allow | Effect::Ask | Effect::Deny => {}
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(effect: Effect, action: &str, resource: &str) -> PermissionPolicy {
        PermissionPolicy {
            id: String::new(),
            subject: "user:ada".to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            effect,
            created_at: 0,
            created_by: None,
        }
    }

    #[test]
    fn subjects() {
        assert_eq!(Subject::parse("user:ada"), Some(Subject::User("ada".into())));
        assert_eq!(Subject::parse("team:a:b"), Some(Subject::Team("a:b".to_owned())));
        assert_eq!(Subject::parse("role:manager"), Some(Subject::Role(OrgRole::Manager)));
        for bad in ["", "ada", "user:", "team:", "role:", "role:root", "role:Admin", "group:x", "user"] {
            assert_eq!(Subject::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_denial_wins_and_what_nobody_mentions_is_refused() {
        use Effect::{Allow, Ask, Deny};
        use Verdict::{Allowed, Asks, Denied, Free, Unmentioned};
        let run = ("tool.run_command.execute", "run_command");
        let read = ("tool.read_file.execute", "read_file");
        let all = policy(Allow, "*", "*");
        let tools = policy(Allow, "tool.*.execute", "*");
        let no_run = policy(Deny, "tool.run_command.execute", "*");
        let no_shell = policy(Deny, "tool.*.execute", "run_*");
        let openai = policy(Allow, "llm.openai.use", "openai");
        let ask_run = policy(Ask, "tool.run_command.execute", "*");
        for (policies, (action, resource), expect) in [
            (vec![], run, Free),
            (vec![&all], run, Allowed),
            (vec![&all, &no_run], run, Denied),
            (vec![&no_run, &all], run, Denied),
            (vec![&no_run, &all], read, Allowed),
            (vec![&no_run], read, Unmentioned),
            (vec![&tools, &no_shell], run, Denied),
            (vec![&tools, &no_shell], read, Allowed),
            (vec![&openai], run, Unmentioned),
            (vec![&openai], ("llm.openai.use", "openai"), Allowed),
            (vec![&openai], ("llm.openai.use", "gemini"), Unmentioned),
            (vec![&openai, &tools], read, Allowed),
            (vec![&tools, &openai], read, Allowed),
            (vec![&ask_run], run, Asks),
            (vec![&ask_run], read, Unmentioned),
            (vec![&all, &ask_run], run, Asks),
            (vec![&ask_run, &all], run, Asks),
            (vec![&ask_run, &all], read, Allowed),
            (vec![&ask_run, &all, &no_run], run, Denied),
            (vec![&no_run, &ask_run], run, Denied),
        ] {
            let verdict = judge(Role::User, policies.iter().copied(), action, resource);
            assert_eq!(verdict, expect, "{action} {resource} by {policies:?}");
            assert_eq!(verdict.allows(), matches!(expect, Free | Allowed));
            assert_eq!(judge(Role::Admin, policies, action, resource), Allowed);
        }
    }
}
