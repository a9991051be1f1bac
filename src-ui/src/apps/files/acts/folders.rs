//! Folders of the person's own machine, made here with all that is in them.

use aether_protocol::WireError;
use aether_protocol::domains::fs::Mkdir;
use wasm_bindgen_futures::spawn_local;
use web_sys::FileSystemEntry;

use super::super::cabinet::Cabinet;
use super::super::conflict::Choice;
use super::super::path;
use super::super::tree::Tree;
use super::super::upload::Uploads;
use super::Failures;

impl Cabinet {
    /// Sends folders with what is in them. One that holds more than is taken at a time is not begun.
    pub(in super::super) fn send_folders(&self, uploads: &Uploads, folders: Vec<FileSystemEntry>, to: &str) {
        if folders.is_empty() {
            return;
        }
        let (cabinet, uploads, to) = (self.clone(), uploads.clone(), to.to_owned());
        spawn_local(async move {
            let (mut failures, all, mut for_all) = (Failures::default(), folders.len(), None);
            for (index, folder) in folders.iter().enumerate() {
                let more = index + 1 < all;
                if let Err(error) = cabinet.send_folder(&uploads, folder, &to, more, &mut for_all).await {
                    failures.0.push(error);
                }
            }
            failures.tell(&cabinet, all, "sent");
        });
    }

    async fn send_folder(
        &self,
        uploads: &Uploads,
        folder: &FileSystemEntry,
        to: &str,
        more: bool,
        for_all: &mut Option<Choice>,
    ) -> Result<(), WireError> {
        let Tree { folders, files } = Tree::of(folder).await?;
        let Some(name) = self.make_room(to, &folder.name(), true, more, for_all).await? else { return Ok(()) };
        let top = path::join(to, &name);
        for below in folders {
            self.files().mkdir(Mkdir { path: format!("{top}{below}"), recursive: Some(true) }).await?;
        }
        uploads.send(self, files.into_iter().map(|(below, file)| (file, format!("{top}{below}"))).collect());
        if self.state().get().folder() == Some(to) {
            self.expect([name]);
        }
        Ok(())
    }
}
