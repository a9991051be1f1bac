//! What can be done, as menus offer it.

use yew::prelude::*;

use super::browser;
use super::cabinet::Cabinet;
use super::clipboard;
use super::keys::toggle_hidden;
use super::order::Key;
use super::state::{MenuAt, Place, Question, State};
use crate::kit::{ContextMenu, Glyph, MenuEntry, MenuItem, Shortcut};

fn item(id: &'static str, label: &'static str, icon: Glyph, keys: &str) -> MenuItem {
    MenuItem::new(id, label).icon(icon).shortcut(Shortcut::parse(keys))
}

/// Of what is selected.
fn of_selection(state: &State) -> Vec<MenuEntry> {
    if *state.place() == Place::Trash {
        return vec![
            item("restore", "Put back", Glyph::RotateCcw, "").into(),
            MenuEntry::Separator,
            item("purge", "Delete for good", Glyph::Trash2, "Delete").danger().into(),
        ];
    }
    let one = state.selection.len() == 1;
    let mut entries: Vec<MenuEntry> = vec![item("open", "Open", Glyph::ExternalLink, "Enter").into()];
    if one && !state.query.is_empty() {
        entries.push(item("reveal", "Show in its folder", Glyph::FolderOpen, "").into());
    }
    if state.selected().iter().any(|entry| entry.kind == aether_protocol::domains::fs::FileType::File) {
        entries.push(item("download", "Download", Glyph::Download, "").into());
    }
    entries.extend([
        MenuEntry::Separator,
        item("cut", "Cut", Glyph::Scissors, "Mod+X").into(),
        item("copy", "Copy", Glyph::Copy, "Mod+C").into(),
    ]);
    if one {
        entries.push(item("copy-path", "Copy path", Glyph::Link, "").into());
        entries.push(item("rename", "Rename", Glyph::Pencil, "F2").into());
    }
    entries.extend([
        MenuEntry::Separator,
        item("trash", "Move to trash", Glyph::Trash2, "Delete").danger().into(),
        MenuEntry::Separator,
        item("pick", "Select more", Glyph::ListChecks, "").into(),
        item("properties", "Properties", Glyph::Info, "Alt+Enter").into(),
    ]);
    entries
}

/// What can be made in a folder.
pub fn new_entries() -> Vec<MenuEntry> {
    vec![
        item("new-folder", "New folder", Glyph::FolderPlus, "F7").into(),
        item("new-file", "New text file", Glyph::FilePlus, "").into(),
        MenuEntry::Separator,
        item("upload", "Upload files", Glyph::Upload, "").into(),
    ]
}

/// How entries are shown.
pub fn view_entries(state: &State) -> Vec<MenuEntry> {
    let view = state.view;
    let mut entries = vec![
        MenuItem::new("lines", "List").checked(!view.grid).into(),
        MenuItem::new("tiles", "Grid").checked(view.grid).into(),
        MenuEntry::Heading("Sort by".into()),
    ];
    entries.extend(
        Key::ALL.map(|key| {
            MenuItem::new(format!("order-{}", key.label()), key.label()).checked(view.order.key == key).into()
        }),
    );
    entries.extend([
        MenuEntry::Separator,
        MenuItem::new("hidden", "Show hidden files").checked(view.hidden).shortcut(Shortcut::parse("Mod+H")).into(),
    ]);
    entries
}

fn of_folder(state: &State) -> Vec<MenuEntry> {
    if *state.place() == Place::Trash {
        let empty = state.trash.is_empty();
        return vec![item("empty", "Empty the trash", Glyph::Trash2, "").danger().disabled(empty).into()];
    }
    let mut entries = new_entries();
    entries.extend([
        MenuEntry::Separator,
        item("paste", "Paste", Glyph::ClipboardPaste, "Mod+V").disabled(clipboard::held().items.is_empty()).into(),
        item("all", "Select all", Glyph::ListChecks, "Mod+A").disabled(state.rows().is_empty()).into(),
        MenuEntry::Separator,
    ]);
    entries.extend(view_entries(state));
    entries
}

/// Does what a menu's line says.
pub fn act(cabinet: &Cabinet, pick: &Callback<()>, id: &str) {
    let state = cabinet.state().get();
    match id {
        "open" => cabinet.open_selected(),
        "reveal" => {
            if let Some(entry) = state.selected().first() {
                cabinet.show(&entry.path);
            }
        }
        "download" => cabinet.download_selected(),
        "cut" => cabinet.hold(true),
        "copy" => cabinet.hold(false),
        "paste" => cabinet.paste(),
        "rename" => cabinet.begin_rename(),
        "trash" => cabinet.trash_selected(),
        "restore" => cabinet.restore_selected(),
        "purge" => {
            let ids = state.selection.paths().map(str::to_owned).collect();
            cabinet.update(|state| state.question = Some(Question::Purge(Some(ids))));
        }
        "empty" => cabinet.update(|state| state.question = Some(Question::Purge(None))),
        "copy-path" => {
            if let Some(entry) = state.selected().first() {
                let path = entry.path.clone();
                cabinet.kernel().attempt("The path was not copied", async move {
                    let refused = |_| aether_protocol::WireError::unavailable("The browser did not allow it.");
                    crate::kit::copy(&path).await.map_err(refused)
                });
            }
        }
        "properties" => {
            let chosen = state.selected();
            cabinet.update(|state| state.question = Some(Question::Properties(chosen)));
        }
        "pick" => cabinet.update(|state| state.picking = true),
        "all" => cabinet.update(State::choose_all),
        "new-folder" => cabinet.make(true),
        "new-file" => cabinet.make(false),
        "upload" => pick.emit(()),
        "hidden" => toggle_hidden(cabinet),
        "lines" | "tiles" => cabinet.update(|state| {
            state.view.grid = id == "tiles";
            state.view.keep();
        }),
        id => {
            let key = id.strip_prefix("order-").and_then(|label| Key::ALL.into_iter().find(|key| key.label() == label));
            if let Some(key) = key {
                cabinet.update(|state| {
                    state.view.order = state.view.order.pressed(key);
                    state.view.keep();
                    state.arrange(state.query.is_empty());
                });
            }
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct FilesMenuProps {
    pub cabinet: Cabinet,
    pub at: MenuAt,
    /// Has files picked for an upload.
    pub pick: Callback<()>,
}

/// The menu that is open.
#[component]
pub fn FilesMenu(props: &FilesMenuProps) -> Html {
    let MenuAt { x, y, selection } = props.at;
    let state = props.cabinet.state().get();
    let (entries, label) = if selection { (of_selection(&state), "Selection") } else { (of_folder(&state), "Folder") };
    let onselect = {
        let (cabinet, pick) = (props.cabinet.clone(), props.pick.clone());
        Callback::from(move |id: AttrValue| act(&cabinet, &pick, &id))
    };
    let onclose = {
        let cabinet = props.cabinet.clone();
        Callback::from(move |()| cabinet.update(|state| state.menu = None))
    };
    html! { <ContextMenu {x} {y} {label} {entries} {onselect} {onclose} /> }
}

/// The files that a person has picked.
pub fn picked(event: &Event) -> Vec<web_sys::File> {
    let input: web_sys::HtmlInputElement = event.target_unchecked_into();
    let files = input.files().as_ref().map(browser::all).unwrap_or_default();
    // The same file can be picked again.
    input.set_value("");
    files
}
