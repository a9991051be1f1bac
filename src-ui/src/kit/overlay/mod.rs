//! What stands above the page: in `#overlays`, the last element of the body.

mod dialog;
mod floating;
mod focus;
mod place;
mod popover;
mod portal;
mod tooltip;

pub use dialog::{ConfirmDialog, ConfirmDialogProps, Dialog, DialogProps, DialogSize};
pub use floating::{Anchor, Floating, FloatingProps};
pub use focus::{focusable, focused, use_focus_return};
pub use place::{Align, Extent, Frame, Place, Side, place};
pub use popover::{Popover, PopoverProps};
pub use portal::{Portal, PortalProps};
pub use tooltip::{Tooltip, TooltipProps};
