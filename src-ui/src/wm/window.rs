//! One window.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::geometry::{Rect, Size};
use super::zone::Zone;

/// Which app a window shows: the id of its row in the table of apps.
pub type AppId = String;

/// A window, for as long as it is open. Ids are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(pub u32);

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a window fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A place and a size of its own.
    #[default]
    Normal,
    /// All of the desktop.
    Maximised,
    /// A half or a quarter of it.
    Snapped(Zone),
}

impl Mode {
    /// As style sheets say it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Normal => "normal",
            Mode::Maximised => "maximised",
            Mode::Snapped(_) => "snapped",
        }
    }

    /// Where a window of at least `min` lies in this mode; nothing for [`Mode::Normal`], which is up to the window.
    pub fn rect(self, area: Rect, min: Size) -> Option<Rect> {
        let zone = match self {
            Mode::Normal => return None,
            Mode::Maximised => return Some(area),
            Mode::Snapped(zone) => zone.rect(area),
        };
        let grown = Rect { w: zone.w.max(min.w), h: zone.h.max(min.h), ..zone };
        Some(grown.inside(area))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub id: WindowId,
    pub app: AppId,
    /// What the app shows in it, in the app's own words: a pid, a path.
    pub args: String,
    pub title: String,
    pub bounds: Rect,
    /// Where it goes back to from a mode that is not normal.
    pub restore: Option<Rect>,
    pub mode: Mode,
    pub minimised: bool,
    /// The smallest size a person can give it.
    pub min: Size,
}

impl Window {
    /// Its place and size when it fills nothing.
    pub fn normal_bounds(&self) -> Rect {
        self.restore.unwrap_or(self.bounds)
    }

    /// What its content is made from.
    pub fn content(&self) -> Content {
        Content { id: self.id, app: self.app.clone(), args: self.args.clone() }
    }
}

/// What a window's content is made from; it is the same however the window is moved, resized or stacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub id: WindowId,
    pub app: AppId,
    pub args: String,
}
