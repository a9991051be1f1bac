//! Changes of files that somebody on this screen watches.

use std::cell::RefCell;
use std::rc::Rc;

use aether_protocol::domains::fs::ChangeType;

type Listener = Rc<dyn Fn(&str, ChangeType)>;

/// Who listens to changes of files.
#[derive(Clone, Default)]
pub struct FileChanges(Rc<RefCell<Vec<(u64, Listener)>>>);

impl FileChanges {
    /// Tells `listener` of every change for as long as the answer is kept. The kernel is asked to watch by `fs.watch`.
    pub fn listen(&self, listener: impl Fn(&str, ChangeType) + 'static) -> super::Watch {
        let id = self.0.borrow().iter().map(|(id, _)| id + 1).max().unwrap_or_default();
        self.0.borrow_mut().push((id, Rc::new(listener)));
        let all = Rc::downgrade(&self.0);
        super::Watch::until(move || {
            if let Some(all) = all.upgrade() {
                all.borrow_mut().retain(|(other, _)| *other != id);
            }
        })
    }

    pub(super) fn heard(&self, path: &str, change: ChangeType) {
        let listeners: Vec<Listener> = self.0.borrow().iter().map(|(_, listener)| listener.clone()).collect();
        for listener in listeners {
            listener(path, change);
        }
    }
}
