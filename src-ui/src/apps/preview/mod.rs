//! Preview: one file, looked at, and where it is text, changed.
//!
//! What it owns: how each kind of file is shown, and a text that is not saved yet. What it never does: fetch more of a
//! file than it shows.

mod body;
mod csv;
mod decode;
mod draft;
mod editor;
mod hex;
mod json;
mod load;
mod shown;
mod tools;
mod view;

use yew::prelude::*;

use super::AppProps;
use super::files::name::isolated;
use super::files::path::name;
use crate::desk::use_desk;
use crate::kit::{EmptyState, Glyph};

pub(crate) use draft::belong_to as drafts_belong_to;
pub use view::{FileView, FileViewProps};

/// See the module.
#[component]
pub fn Preview(props: &AppProps) -> Html {
    let desk = use_desk();
    let dirty = use_state(|| false);
    let window = props.window;
    use_effect_with((props.args.clone(), *dirty), move |(path, dirty)| {
        if !path.is_empty() {
            let mark = if *dirty { "\u{2022} " } else { "" };
            desk.set_title(window, &format!("{mark}{}", isolated(name(path))));
        }
    });
    if props.args.is_empty() {
        return html! {
            <EmptyState icon={Glyph::File} title="No file is open" text="Open one in Files, or type its name in the Smart Bar." />
        };
    }
    let ondirty = Callback::from(move |now| dirty.set(now));
    html! { <FileView path={props.args.clone()} window={Some(window)} {ondirty} /> }
}
