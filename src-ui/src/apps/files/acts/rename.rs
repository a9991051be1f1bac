//! Another name for an entry.

use aether_protocol::domains::fs::Mv;
use wasm_bindgen_futures::spawn_local;

use super::super::cabinet::Cabinet;
use super::super::name::{isolated, refusal};
use super::super::path;
use super::super::state::{Renaming, Undo};

impl Cabinet {
    /// Lets the name of an entry be typed.
    pub fn begin_rename(&self) {
        let state = self.state().get();
        let Some(cursor) = state.selection.cursor().map(str::to_owned) else { return };
        if state.folder().is_some() && state.selection.len() <= 1 {
            self.update(|state| state.renaming = Some(Renaming { path: cursor, error: None, busy: false }));
        }
    }

    /// Gives an entry the name that was typed.
    pub fn rename(&self, from: String, name: String) {
        let state = self.state().get();
        // A field that goes says once more what was typed.
        if state.renaming.as_ref().is_none_or(|renaming| renaming.busy || renaming.path != from) {
            return;
        }
        if name == path::name(&from) {
            return self.update(|state| state.renaming = None);
        }
        if let Some(error) = refusal(&name) {
            return self.refuse_name(&from, error.to_owned());
        }
        let to = path::join(path::parent(&from), &name);
        let acting = self.begin();
        self.update(|state| state.renaming = Some(Renaming { path: from.clone(), error: None, busy: true }));
        let cabinet = self.clone();
        spawn_local(async move {
            let _acting = acting;
            match cabinet.exists(&to).await {
                Ok(None) => {}
                Ok(Some(_)) => return cabinet.refuse_name(&from, format!("{} is there already.", isolated(&name))),
                Err(error) => return cabinet.refuse_name(&from, error.message),
            }
            match cabinet.files().mv(Mv { from: from.clone(), to: to.clone() }).await {
                Ok(()) => {
                    cabinet.update(|state| {
                        state.renaming = None;
                        state.selection.renamed(&from, &to);
                    });
                    let text = format!("Renamed to {}", isolated(&name));
                    cabinet.expect([name]);
                    cabinet.done(text, Some(Undo::Move(vec![(to, from)])));
                }
                Err(error) => cabinet.refuse_name(&from, error.message),
            }
        });
    }

    fn refuse_name(&self, path: &str, error: String) {
        self.update(|state| {
            // Only where it is still the name that is typed.
            if state.renaming.as_ref().is_some_and(|renaming| renaming.path == path) {
                state.renaming = Some(Renaming { path: path.to_owned(), error: Some(error), busy: false });
            }
        });
    }
}
