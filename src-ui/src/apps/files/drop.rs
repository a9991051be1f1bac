//! Places that files can be dropped on.

use web_sys::DataTransfer;
use yew::prelude::*;

use super::browser::{carries, dropped};
use super::cabinet::Cabinet;
use super::clipboard;
use super::path::{may_go, normal};
use super::upload::Uploads;

/// The kind of data that a drag of ours carries.
pub const KIND: &str = "application/x-aether-files";
/// The kind that a drag from outside the browser carries.
const OUTSIDE: &str = "Files";

/// What an element needs that files can be dropped on.
pub struct Target {
    pub ondragover: Callback<DragEvent>,
    pub ondragleave: Callback<DragEvent>,
    pub ondrop: Callback<DragEvent>,
}

impl Target {
    /// Files that are dropped go into this folder.
    pub fn folder(cabinet: &Cabinet, uploads: &Uploads, folder: &str) -> Target {
        let (over, to) = (cabinet.clone(), folder.to_owned());
        let ondragover = Callback::from(move |event: DragEvent| {
            let Some(transfer) = event.data_transfer().filter(|transfer| takes(transfer, &to)) else { return };
            event.prevent_default();
            event.stop_propagation();
            let copies = event.ctrl_key() || !carries(&transfer, KIND);
            transfer.set_drop_effect(if copies { "copy" } else { "move" });
            if over.state().get().over.as_ref() != Some(&to) {
                over.update(|state| state.over = Some(to.clone()));
            }
        });
        let (left, from) = (cabinet.clone(), folder.to_owned());
        let ondragleave = Callback::from(move |_: DragEvent| {
            if left.state().get().over.as_ref() == Some(&from) {
                left.update(|state| state.over = None);
            }
        });
        let (cabinet, uploads, to) = (cabinet.clone(), uploads.clone(), folder.to_owned());
        let ondrop = Callback::from(move |event: DragEvent| {
            let Some(transfer) = event.data_transfer().filter(|transfer| takes(transfer, &to)) else { return };
            event.prevent_default();
            event.stop_propagation();
            cabinet.update(|state| state.over = None);
            if carries(&transfer, KIND) {
                let items = clipboard::dragged();
                clipboard::drag(Vec::new());
                return cabinet.put(items, to.clone(), !event.ctrl_key());
            }
            let (files, folders) = dropped(&transfer);
            uploads.send(&cabinet, files.into_iter().map(|file| (file, to.clone())).collect());
            cabinet.send_folders(&uploads, folders, &to);
        });
        Target { ondragover, ondragleave, ondrop }
    }

    /// Files that are dropped go into the trash.
    pub fn trash(cabinet: &Cabinet) -> Target {
        let ondragover = Callback::from(|event: DragEvent| {
            if event.data_transfer().is_some_and(|transfer| carries(&transfer, KIND)) {
                event.prevent_default();
            }
        });
        let cabinet = cabinet.clone();
        let ondrop = Callback::from(move |event: DragEvent| {
            if event.data_transfer().is_some_and(|transfer| carries(&transfer, KIND)) {
                event.prevent_default();
                event.stop_propagation();
                cabinet.throw(clipboard::dragged().into_iter().map(|item| item.path).collect());
                clipboard::drag(Vec::new());
            }
        });
        Target { ondragover, ondragleave: Callback::noop(), ondrop }
    }
}

fn takes(transfer: &DataTransfer, folder: &str) -> bool {
    if carries(transfer, KIND) {
        return clipboard::dragged().iter().any(|item| may_go(&item.path, folder));
    }
    carries(transfer, OUTSIDE) && !matches!(normal(folder, "").as_str(), "/" | "/home")
}
