//! Tells viewers what changed.

use std::sync::Arc;

use aether_base::{Audience, Bus};
use aether_protocol::Event;
use aether_protocol::domains::fs::{ChangeType, event};

use crate::places::{Key, Places};

/// Publishes changes to whoever may see the path.
pub struct Announcer {
    pub bus: Arc<Bus>,
    pub places: Arc<Places>,
}

impl Announcer {
    /// Publishes one change, at every path the file has.
    pub fn changed(&self, key: &Key, change: ChangeType) {
        self.publish(key, change);
        for mirror in self.places.mirrors(key) {
            self.publish(&mirror, change);
        }
    }

    fn publish(&self, key: &Key, change: ChangeType) {
        let event = Event::from(event::Changed { path: key.path.clone(), changeType: change });
        match &key.user {
            None => self.bus.publish(event),
            Some(user) => {
                let audience = Audience::User { user: user.clone(), org: None };
                self.bus.append(vec![Bus::prepare_to(&event, audience)]);
            }
        }
    }
}
