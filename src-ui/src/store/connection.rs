//! Where the connection to the kernel stands, and who is signed in over it.

use aether_protocol::domains::auth::UserInfo;

use crate::transport::Phase;

/// The slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Connection {
    pub phase: Phase,
    /// Who is signed in; kept while the link is lost, so that the screen stays.
    pub user: Option<UserInfo>,
    /// The kernel's version.
    pub product: String,
    /// How often the link was opened: what was asked before may have to be asked again.
    pub epoch: u32,
}

impl Connection {
    pub fn is_online(&self) -> bool {
        self.phase == Phase::Online
    }
}
