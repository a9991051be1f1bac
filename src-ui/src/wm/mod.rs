//! The window manager: pure functions from one arrangement of windows to the next.
