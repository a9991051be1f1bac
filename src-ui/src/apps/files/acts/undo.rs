//! What was done last, taken back.

use aether_protocol::WireError;
use aether_protocol::domains::fs::Mv;
use wasm_bindgen_futures::spawn_local;

use super::super::cabinet::Cabinet;
use super::super::name::isolated;
use super::super::path;
use super::super::state::Undo;
use super::Failures;

impl Cabinet {
    /// Takes back what was done last, or what is being done once it is.
    pub fn undo(&self) {
        let undo = self.state().get().done.as_ref().and_then(|done| done.undo.clone());
        let Some(undo) = undo else { return self.undo_later() };
        self.update(|state| state.done = None);
        let cabinet = self.clone();
        spawn_local(async move {
            match undo {
                Undo::Restore(ids) => cabinet.restore(ids).await,
                Undo::Discard(paths) => cabinet.throw(paths),
                Undo::Move(moved) => cabinet.move_back(moved).await,
            }
        });
    }

    async fn move_back(&self, moved: Vec<(String, String)>) {
        let (mut names, mut failures, all) = (Vec::new(), Failures::default(), moved.len());
        for (now, before) in moved {
            let moved = match self.exists(&before).await {
                Ok(None) => self.files().mv(Mv { from: now, to: before.clone() }).await,
                Ok(Some(_)) => {
                    let name = isolated(path::name(&before));
                    Err(WireError::invalid(format!("{name} is there again. Rename one of them first.")))
                }
                Err(error) => Err(error),
            };
            match moved {
                Ok(()) => names.push(path::name(&before).to_owned()),
                Err(error) => failures.0.push(error),
            }
        }
        failures.tell(self, all, "moved back");
        if !names.is_empty() {
            self.expect(names);
            self.done(String::from("Taken back"), None);
        }
    }
}
