//! A file as it is looked at, whatever it is.

use std::rc::Rc;

use aether_protocol::domains::fs::FileType;
use aether_protocol::{ErrorCode, WireError};
use yew::prelude::*;

use super::decode::Text;
use super::draft;
use super::editor::Editor;
use super::load::{File, Here, Known, Loader, MOST, use_file};
use super::shown::{Shown, body};
use super::tools::{Shape, Tools};
use crate::apps::files::name::shown;
use crate::apps::files::path::{name, parent, versioned};
use crate::desk::use_desk;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Banner, Button, EmptyState, ErrorState, Glyph, Size, Skeleton, TimeAgo, Tone, format, set};
use crate::shell::windows::WindowBar;
use crate::wm::WindowId;

#[derive(Properties, PartialEq, Clone)]
pub struct FileViewProps {
    /// The virtual path of a file.
    pub path: AttrValue,
    /// Shows its controls and its facts above and below it.
    #[prop_or_default]
    pub toolbar: bool,
    /// Puts the controls into the title bar of this window instead.
    #[prop_or_default]
    pub window: Option<WindowId>,
    /// Told whether there is something to save.
    #[prop_or_default]
    pub ondirty: Callback<bool>,
}

/// A file as it is looked at; it follows the file as it changes. Give it room: it fills its parent.
#[component]
pub fn FileView(props: &FileViewProps) -> Html {
    // Another file is another view: nothing of the first one may be saved into the second.
    html! { <View key={props.path.to_string()} ..props.clone() /> }
}

fn again(loader: &Loader) -> Callback<()> {
    let loader = loader.clone();
    Callback::from(move |()| loader.look())
}

/// How a file is looked at, for as long as it is the same one.
struct Look {
    shape: UseStateHandle<Shape>,
    wrap: UseStateHandle<bool>,
    full: UseStateHandle<bool>,
    size: UseStateHandle<Option<(u32, u32)>>,
    editing: UseStateHandle<bool>,
}

#[hook]
fn use_look() -> Look {
    Look {
        shape: use_state(|| Shape::Rendered),
        wrap: use_state(|| true),
        full: use_state(|| false),
        size: use_state(|| None),
        editing: use_state(|| false),
    }
}

#[component]
fn View(props: &FileViewProps) -> Html {
    let kernel = use_kernel();
    let (loader, file) = use_file(&props.path);
    let look = use_look();
    let here = match &file.known {
        Known::Here(here) => Some(here.clone()),
        Known::Loading | Known::Failed(_) => None,
    };
    let shown = use_memo(here.clone(), |here| here.as_ref().map(Shown::of));
    use_left_draft(&props.path, &look.editing);
    let Some((here, shown)) = here.zip(shown.as_ref().as_ref()) else {
        let gone = matches!(&file.known, Known::Failed(error) if error.code == ErrorCode::NotFound);
        let inner = if gone && *look.editing {
            editor(props, &look, &loader, Rc::default(), 0.0, true)
        } else {
            without(&file, props, &loader)
        };
        return html! { <div class="file-view">{ inner }</div> };
    };
    let editable = shown.editable(&here);
    let edits = *look.editing && editable.is_some();
    let tools = tools(&kernel, props, &look, &here, shown, (editable.is_some(), file.gone));
    let content = match editable.filter(|_| edits) {
        Some(text) => editor(props, &look, &loader, text, here.stat.modified_at, file.gone),
        None => {
            let url = AttrValue::from(versioned(&kernel.door().file_url(&props.path), here.stat.modified_at));
            body(&here, shown, &url, *look.shape, *look.wrap, *look.full, set(&look.size).reform(Some))
        }
    };
    html! {
        <div class="file-view" data-test="file-view">
            if let Some(window) = props.window {
                <WindowBar {window}>{ tools }</WindowBar>
            } else if props.toolbar {
                <div class="file-view__bar">{ tools }</div>
            }
            if file.gone && !edits {
                <Banner tone={Tone::NeedsYou} text="This file was moved or deleted. This is its last known content." />
            } else if let Some(trouble) = &file.trouble {
                <Banner tone={Tone::Failed} text={trouble.clone()} />
            }
            <div class="file-view__body">{ content }</div>
            if !edits && here.kind.is_text() && !here.is_whole() {
                { rest(&here, &loader, file.busy) }
            }
            if props.toolbar || props.window.is_some() {
                { facts(&here, shown, *look.size) }
            }
        </div>
    }
}

fn tools(
    kernel: &Kernel,
    props: &FileViewProps,
    look: &Look,
    here: &Here,
    shown: &Shown,
    (editable, gone): (bool, bool),
) -> Html {
    let (is_text, long) = (matches!(shown, Shown::Text { .. }), matches!(shown, Shown::Text { long: true, .. }));
    html! {
        <Tools kind={here.kind} {is_text} shape={*look.shape} wrap={*look.wrap} full={*look.full} {long}
            editing={*look.editing && editable} {editable} download={kernel.door().download_url(&props.path)}
            name={here.stat.name.clone()} is_file={here.stat.kind == FileType::File && !gone}
            onshape={set(&look.shape)} onwrap={set(&look.wrap)} onfull={set(&look.full)} onedit={set(&look.editing)} />
    }
}

fn editor(props: &FileViewProps, look: &Look, loader: &Loader, text: Rc<Text>, modified_at: f64, gone: bool) -> Html {
    let onclose = set(&look.editing).reform(|()| false);
    html! {
        <Editor path={props.path.clone()} {text} {modified_at} {gone} wrap={*look.wrap}
            ondirty={props.ondirty.clone()} {onclose} onsaved={again(loader)} />
    }
}

/// What a person typed before and did not save is shown at once.
#[hook]
fn use_left_draft(path: &AttrValue, editing: &UseStateHandle<bool>) {
    let editing = editing.clone();
    use_effect_with(path.clone(), move |path| {
        if draft::kept(path).is_some() {
            editing.set(true);
        }
    });
}

/// Nothing is known of the file yet, or it cannot be had.
fn without(file: &File, props: &FileViewProps, loader: &Loader) -> Html {
    let path = &props.path;
    let Known::Failed(error) = &file.known else {
        return html! { <div class="file-view__wait"><Skeleton lines={8} label="Loading the file" /></div> };
    };
    let retry = again(loader);
    let (title, message) = match error.code {
        ErrorCode::NotFound => {
            return html! { <NotFound path={path.clone()} window={props.window} busy={file.busy} {retry} /> };
        }
        ErrorCode::Forbidden => ("You cannot see this file", error.message.clone()),
        _ => ("The file could not be read", error.message.clone()),
    };
    let details = format!("{}\n{}", path, describe(error));
    html! { <ErrorState {title} {message} onretry={retry} busy={file.busy} {details} /> }
}

#[derive(Properties, PartialEq)]
struct NotFoundProps {
    path: AttrValue,
    window: Option<WindowId>,
    busy: bool,
    retry: Callback<()>,
}

/// Nothing is wrong: what was asked for is not there, and there are ways on from here.
#[component]
fn NotFound(props: &NotFoundProps) -> Html {
    let desk = use_desk();
    let open = {
        let (desk, folder) = (desk.clone(), parent(&props.path).to_owned());
        Callback::from(move |_: MouseEvent| desk.open_path(&folder, true))
    };
    let close = props.window.map(|window| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close(window))
    });
    let action = html! {
        <div class="file-view__ways">
            <Button icon={Glyph::FolderOpen} onclick={open}>{ "Open folder" }</Button>
            <Button icon={Glyph::RefreshCw} busy={props.busy} onclick={props.retry.reform(|_: MouseEvent| ())}>{ "Retry" }</Button>
            if let Some(onclick) = close { <Button {onclick}>{ "Close" }</Button> }
        </div>
    };
    let text = format!("{} was moved or deleted, or was never here.", shown(name(&props.path)));
    html! { <EmptyState icon={Glyph::FileQuestionMark} title="File not found" {text} {action} /> }
}

fn describe(error: &WireError) -> String {
    format!("{}: {}", error.code.rest(), error.message)
}

/// How much of a long text is shown, and how more of it is had.
fn rest(here: &Here, loader: &Loader, busy: bool) -> Html {
    let (have, size) = (here.bytes.len() as u64, here.stat.size);
    let text = format!("The first {} of {} are shown.", format::bytes(have), format::bytes(size));
    let onclick = {
        let loader = loader.clone();
        Callback::from(move |_: MouseEvent| loader.more())
    };
    html! {
        <div class="file-view__rest" role="status">
            <span>{ text }</span>
            if have < MOST {
                <Button size={Size::Small} {busy} {onclick}>{ "Show more" }</Button>
            } else {
                <span>{ "Download it to see the rest." }</span>
            }
        </div>
    }
}

fn facts(here: &Here, shown: &Shown, size: Option<(u32, u32)>) -> Html {
    let stat = &here.stat;
    let mut parts = vec![here.kind.label(&stat.name)];
    if stat.kind == FileType::File {
        parts.push(format::bytes(stat.size));
    }
    if let (Some((width, height)), Shown::Media) = (size, shown) {
        parts.push(format!("{width} \u{d7} {height}"));
    }
    html! {
        <footer class="file-view__facts">
            { for parts.into_iter().map(|part| html! { <span>{ part }</span> }) }
            <span>{ "Changed " }<TimeAgo at={stat.modified_at as i64} /></span>
        </footer>
    }
}
