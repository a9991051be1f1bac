//! What the agent wants of the person, where the person can give it.

mod approval;
mod need;
mod panel;

pub use need::{Need, need, written};
pub use panel::AskPanel;
