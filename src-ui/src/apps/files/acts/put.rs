//! Things that go into a folder: from elsewhere, by a drag or from the clipboard.

use aether_protocol::WireError;
use aether_protocol::domains::fs::{Cp, Mv, Trash};
use wasm_bindgen_futures::spawn_local;

use super::super::cabinet::Cabinet;
use super::super::clipboard::{self, Held};
use super::super::conflict::Choice;
use super::super::name::isolated;
use super::super::path;
use super::super::places::label;
use super::super::state::Undo;
use super::{Failures, Item};
use crate::kit::format::plural;

impl Cabinet {
    /// Notes what is selected, to be moved or copied elsewhere.
    pub fn hold(&self, moves: bool) {
        let items: Vec<Item> = self.state().get().selected().iter().map(Item::from).collect();
        if !items.is_empty() {
            clipboard::hold(Held { items, moves });
        }
    }

    /// Puts what was noted into the folder that is shown.
    pub fn paste(&self) {
        let Some(folder) = self.state().get().folder().map(str::to_owned) else { return };
        let held = clipboard::held();
        if held.items.is_empty() {
            return;
        }
        if held.moves {
            clipboard::hold(Held::default());
        }
        self.put(held.items, folder, held.moves);
    }

    /// Moves or copies things into a folder.
    pub fn put(&self, items: Vec<Item>, folder: String, moves: bool) {
        let (cabinet, acting) = (self.clone(), self.begin());
        spawn_local(async move {
            let _acting = acting;
            let (mut placed, mut failures) = (Vec::new(), Failures::default());
            let (all, mut for_all) = (items.len(), None);
            for (index, item) in items.into_iter().enumerate() {
                let more = index + 1 < all;
                match cabinet.put_one(&item, &folder, moves, more, &mut for_all).await {
                    Ok(Some(to)) => placed.push((to, item.path)),
                    Ok(None) => {}
                    Err(error) => failures.0.push(error),
                }
            }
            failures.tell(&cabinet, all, if moves { "moved" } else { "copied" });
            if placed.is_empty() {
                return;
            }
            if cabinet.state().get().folder() == Some(&folder) {
                cabinet.expect(placed.iter().map(|(to, _)| path::name(to).to_owned()));
            }
            let (verb, undo) = if moves {
                ("Moved", Undo::Move(placed.clone()))
            } else {
                ("Copied", Undo::Discard(placed.iter().map(|(to, _)| to.clone()).collect()))
            };
            let text = format!("{verb} {} to {}", cabinet.several(&placed), label(&cabinet, &folder));
            cabinet.done(text, Some(undo));
        });
    }

    fn several(&self, placed: &[(String, String)]) -> String {
        match placed {
            [(to, _)] => isolated(path::name(to)),
            many => plural(many.len() as u64, "item", "items"),
        }
    }

    async fn put_one(
        &self,
        item: &Item,
        folder: &str,
        moves: bool,
        more: bool,
        for_all: &mut Option<Choice>,
    ) -> Result<Option<String>, WireError> {
        let from = item.path.clone();
        let mut name = path::name(&from).to_owned();
        let stays = path::parent(&from) == folder;
        if moves && stays {
            return Ok(None);
        }
        if path::below(folder, &from).is_some() {
            let name = isolated(&name);
            return Err(WireError::invalid(format!("{name} cannot go into itself. Choose a folder outside of it.")));
        }
        if stays {
            name = self.free_name(folder, &name, item.is_folder).await?;
        } else {
            let Some(free) = self.make_room(folder, &name, item.is_folder, more, for_all).await? else {
                return Ok(None);
            };
            name = free;
        }
        let to = path::join(folder, &name);
        if moves {
            self.files().mv(Mv { from, to: to.clone() }).await?;
        } else {
            self.files().cp(Cp { from, to: to.clone() }).await?;
        }
        Ok(Some(to))
    }

    /// The name under which something can go into a folder, after the person has been asked where that is taken.
    pub(super) async fn make_room(
        &self,
        folder: &str,
        name: &str,
        is_folder: bool,
        more: bool,
        for_all: &mut Option<Choice>,
    ) -> Result<Option<String>, WireError> {
        let Some(there) = self.exists(&path::join(folder, name)).await? else { return Ok(Some(name.to_owned())) };
        let choice = match *for_all {
            Some(choice) => choice,
            None => {
                let answer = self.conflicts().ask(name, folder, true, more).await;
                *for_all = answer.all.then_some(answer.choice);
                answer.choice
            }
        };
        match choice {
            Choice::Skip => Ok(None),
            Choice::KeepBoth => self.free_name(folder, name, is_folder).await.map(Some),
            Choice::Replace => {
                // What is replaced can be had back.
                self.files().trash(Trash { path: there.path }).await?;
                Ok(Some(name.to_owned()))
            }
        }
    }
}
