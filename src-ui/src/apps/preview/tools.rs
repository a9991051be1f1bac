//! The controls of a preview.

use yew::prelude::*;

use crate::apps::files::kind::Kind;
use crate::kit::{Choice, Glyph, Icon, IconButton, Segmented, Side, Tooltip};

/// Whether a text is shown as what it means or as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Rendered,
    Source,
}

#[derive(Properties, PartialEq)]
pub struct ToolsProps {
    pub kind: Kind,
    pub is_text: bool,
    /// It can be downloaded.
    pub is_file: bool,
    pub shape: Shape,
    pub wrap: bool,
    /// There is a line that wrapping changes.
    pub long: bool,
    pub full: bool,
    pub editing: bool,
    pub editable: bool,
    pub download: AttrValue,
    pub name: AttrValue,
    pub onshape: Callback<Shape>,
    pub onwrap: Callback<bool>,
    pub onfull: Callback<bool>,
    pub onedit: Callback<bool>,
}

#[component]
pub fn Tools(props: &ToolsProps) -> Html {
    let word = match props.kind {
        Kind::Markdown => Some("Page"),
        Kind::Csv => Some("Table"),
        Kind::Json => Some("Formatted"),
        _ => None,
    };
    let shapes = word.filter(|_| props.is_text && !props.editing);
    let lines = props.editing
        || (props.is_text && (shapes.is_none() || props.shape == Shape::Source || props.kind == Kind::Json));
    // What is being typed may grow longer at any moment.
    let wraps = props.long || props.editing;
    html! {
        <div class="file-tools">
            if let Some(word) = shapes {
                <Segmented label="Show as" value={if props.shape == Shape::Rendered { "rendered" } else { "source" }}
                    choices={vec![Choice::new("rendered", word), Choice::new("source", "Source")]}
                    onchange={props.onshape.reform(|value: AttrValue| {
                        if value == "source" { Shape::Source } else { Shape::Rendered }
                    })} />
            }
            if lines {
                <IconButton icon={Glyph::TextWrap} label="Wrap lines" pressed={props.wrap && wraps} disabled={!wraps}
                    onclick={let to = !props.wrap; props.onwrap.reform(move |_| to)} />
            }
            if props.kind == Kind::Image {
                <IconButton icon={if props.full { Glyph::Minimize } else { Glyph::Expand }} pressed={props.full}
                    label="Actual size" onclick={let to = !props.full; props.onfull.reform(move |_| to)} />
            }
            if props.editable && !props.editing {
                <IconButton icon={Glyph::Pencil} label="Edit" onclick={props.onedit.reform(|_| true)} />
            }
            if props.is_file {
                <Tooltip text="Download" side={Side::Bottom} describes={false}>
                    <a class="btn btn--icon btn--ghost btn--medium" href={props.download.clone()} download={props.name.clone()}
                        aria-label="Download"><Icon icon={Glyph::Download} /></a>
                </Tooltip>
            }
        </div>
    }
}
