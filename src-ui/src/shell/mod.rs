//! What is around the apps.

pub mod windows;
