//! What the screen knows: one slice a domain, fed by the kernel's events.

mod frame;
mod slice;

pub use slice::{Slice, Watch, use_select, use_slice};
