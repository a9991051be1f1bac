//! The desktop as it is kept from one day to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::desktop::{Desktop, Geometry};
use super::geometry::Rect;
use super::open::AppSpec;
use super::window::{AppId, Mode, Window};

/// The form written today.
const VERSION: u32 = 1;
/// More windows than this no person left open.
const MOST: usize = 64;

/// What is kept of a [`Desktop`], as JSON: `{version, windows: [...], remembered: {...}}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    version: u32,
    #[serde(default)]
    windows: Vec<Saved>,
    #[serde(default)]
    remembered: BTreeMap<AppId, Geometry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    app: AppId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    args: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    title: String,
    /// In the normal mode.
    bounds: Rect,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    minimised: bool,
}

impl Session {
    pub fn of(desktop: &Desktop) -> Session {
        let save = |window: &Window| Saved {
            app: window.app.clone(),
            args: window.args.clone(),
            title: window.title.clone(),
            bounds: window.normal_bounds(),
            mode: window.mode,
            minimised: window.minimised,
        };
        Session {
            version: VERSION,
            windows: desktop.windows().iter().map(save).collect(),
            remembered: desktop.remembered.clone(),
        }
    }

    /// Reads what [`Session::write`] wrote. Nothing for a form this program does not know, and for text that is damaged.
    pub fn read(text: &str) -> Option<Session> {
        serde_json::from_str(text).ok().filter(|session: &Session| session.version == VERSION)
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The desktop again, on `area`. Windows of apps that `spec` does not know are left out; every other one is
    /// reachable, however large the screen was when it was kept.
    pub fn desktop(&self, area: Rect, spec: impl Fn(&str) -> Option<AppSpec>) -> Desktop {
        let mut desktop = Desktop::new(area);
        desktop.remembered = self
            .remembered
            .iter()
            .filter(|(app, geometry)| geometry.bounds.is_sound() && spec(app).is_some())
            .map(|(app, geometry)| (app.clone(), *geometry))
            .collect();
        for saved in self.windows.iter().take(MOST) {
            if let Some(spec) = spec(&saved.app) {
                saved.reopen(&mut desktop, &spec);
            }
        }
        desktop
    }
}

impl Saved {
    fn reopen(&self, desktop: &mut Desktop, spec: &AppSpec) {
        let id = desktop.open(spec, &self.args);
        desktop.arrange(id, Mode::Normal);
        desktop.change(id, |window, area| {
            if self.bounds.is_sound() {
                let (w, h) = (self.bounds.w.max(spec.min.w), self.bounds.h.max(spec.min.h));
                let bounds = Rect { w, h, ..self.bounds }.rounded();
                let too_large = w > area.w || h > area.h;
                window.bounds = if too_large { bounds.inside(area) } else { bounds.reachable(area) };
            }
            if !self.title.is_empty() {
                window.title.clone_from(&self.title);
            }
            window.minimised = self.minimised;
        });
        desktop.arrange(id, self.mode);
    }
}
