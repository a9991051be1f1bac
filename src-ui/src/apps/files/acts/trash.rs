//! What is thrown away, and what is had back from there.

use aether_protocol::domains::fs::{Purge, Restore, Trash};
use wasm_bindgen_futures::spawn_local;

use super::super::cabinet::Cabinet;
use super::super::name::isolated;
use super::super::path;
use super::super::places::label;
use super::super::state::Undo;
use super::Failures;
use crate::kit::format::plural;

impl Cabinet {
    /// Throws away what is selected; it can be taken back.
    pub fn trash_selected(&self) {
        let paths: Vec<String> = self.state().get().selected().iter().map(|entry| entry.path.clone()).collect();
        self.throw(paths);
    }

    /// Throws things away.
    pub fn throw(&self, paths: Vec<String>) {
        if paths.is_empty() {
            return;
        }
        let (cabinet, acting) = (self.clone(), self.begin());
        spawn_local(async move {
            let _acting = acting;
            let (mut entries, mut failures, all) = (Vec::new(), Failures::default(), paths.len());
            for path in paths {
                match cabinet.files().trash(Trash { path }).await {
                    Ok(entry) => entries.push(entry),
                    Err(error) => failures.0.push(error),
                }
            }
            failures.tell(&cabinet, all, "moved to the trash");
            let what = match entries.as_slice() {
                [] => return,
                [one] => isolated(&one.name),
                many => plural(many.len() as u64, "item", "items"),
            };
            let ids = entries.into_iter().map(|entry| entry.id).collect();
            cabinet.done(format!("{what} moved to the trash"), Some(Undo::Restore(ids)));
        });
    }

    /// Brings the selected things in the trash back to where they were.
    pub fn restore_selected(&self) {
        let ids: Vec<String> = self.state().get().selection.paths().map(str::to_owned).collect();
        let cabinet = self.clone();
        spawn_local(async move { cabinet.restore(ids).await });
    }

    pub(super) async fn restore(&self, ids: Vec<String>) {
        let (mut back, mut failures, all) = (Vec::new(), Failures::default(), ids.len());
        for id in ids {
            match self.files().restore(Restore { entry_id: id, to: None }).await {
                Ok(restored) => back.push(restored.path),
                Err(error) => failures.0.push(error),
            }
        }
        failures.tell(self, all, "put back");
        let text = match back.as_slice() {
            [] => return,
            [one] => format!("{} is back in {}", isolated(path::name(one)), label(self, path::parent(one))),
            many => format!("{} are back", plural(many.len() as u64, "item", "items")),
        };
        let here = self.state().get().folder().map(str::to_owned);
        let shown: Vec<String> = back
            .iter()
            .filter(|path| here.as_deref() == Some(path::parent(path)))
            .map(|path| path::name(path).to_owned())
            .collect();
        if !shown.is_empty() {
            self.expect(shown);
        }
        self.done(text, None);
    }

    /// Deletes things in the trash for good; all of them without ids.
    pub fn purge(&self, ids: Option<Vec<String>>) {
        let cabinet = self.clone();
        self.update(|state| state.question = None);
        spawn_local(async move {
            match cabinet.files().purge(Purge { ids }).await {
                Ok(()) => cabinet.done(String::from("Deleted for good"), None),
                Err(error) => cabinet.trouble(format!("It was not deleted. {}", error.message)),
            }
        });
    }
}
