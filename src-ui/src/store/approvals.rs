//! What agents asked, and what was answered.

use std::collections::BTreeMap;
use std::rc::Rc;

use aether_protocol::Pid;
use aether_protocol::domains::agent::{Approval, ApprovalState};

/// The slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Approvals {
    by_id: BTreeMap<String, Rc<Approval>>,
}

impl Approvals {
    pub fn replace(&mut self, approvals: Vec<Approval>) {
        self.by_id = approvals.into_iter().map(|approval| (approval.id.clone(), Rc::new(approval))).collect();
    }

    /// Takes in one; an answered one is never open again.
    pub fn change(&mut self, approval: Approval) {
        let known = self.by_id.get(&approval.id);
        if approval.state == ApprovalState::Open && known.is_some_and(|known| known.state != ApprovalState::Open) {
            return;
        }
        self.by_id.insert(approval.id.clone(), Rc::new(approval));
    }

    pub fn forget(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    /// What this agent waits for.
    pub fn open_of(&self, pid: Pid) -> Option<Rc<Approval>> {
        self.open().into_iter().find(|approval| approval.pid == pid)
    }

    /// Everything that waits for a person, the oldest first.
    pub fn open(&self) -> Vec<Rc<Approval>> {
        let mut open: Vec<_> =
            self.by_id.values().filter(|approval| approval.state == ApprovalState::Open).cloned().collect();
        open.sort_by_key(|approval| approval.created_at);
        open
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::domains::agent::ApprovalKind;

    use super::*;

    fn approval(id: &str, state: ApprovalState, at: u64) -> Approval {
        Approval {
            id: id.to_owned(),
            pid: Pid(2),
            call_id: String::new(),
            kind: ApprovalKind::Action,
            action: String::new(),
            details: String::new(),
            grant: None,
            created_at: at,
            state,
            reason: None,
            reply: None,
            answered_at: None,
        }
    }

    #[test]
    fn the_oldest_open_one_is_what_an_agent_waits_for() {
        let mut approvals = Approvals::default();
        approvals.replace(vec![approval("b", ApprovalState::Open, 2), approval("a", ApprovalState::Granted, 1)]);
        approvals.change(approval("c", ApprovalState::Open, 1));
        assert_eq!(approvals.open_of(Pid(2)).expect("open").id, "c");
        approvals.change(approval("c", ApprovalState::Refused, 1));
        approvals.change(approval("c", ApprovalState::Open, 1));
        assert_eq!(approvals.open_of(Pid(2)).expect("open").id, "b");
        assert!(approvals.open_of(Pid(3)).is_none());
    }
}
