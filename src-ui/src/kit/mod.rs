//! Components that every screen is made of, with all their states.

pub mod browser;
