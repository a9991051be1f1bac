//! A file as it is looked at, whatever it is.

use std::rc::Rc;

use aether_protocol::domains::fs::FileType;
use aether_protocol::{ErrorCode, WireError};
use yew::prelude::*;

use super::body::{Document, Film, LinesView, Picture, SheetView, Sound};
use super::decode::{Text, has_long_lines};
use super::draft;
use super::editor::Editor;
use super::hex::{Hex, dump};
use super::json;
use super::load::{File, Here, Known, Loader, MOST, use_file};
use super::tools::{Shape, Tools};
use crate::apps::files::kind::Kind;
use crate::apps::files::name::shown;
use crate::apps::files::path::{name, parent, versioned};
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::kit::{Banner, Button, EmptyState, ErrorState, Glyph, Markdown, Size, Skeleton, TimeAgo, Tone, format};
use crate::shell::windows::WindowBar;
use crate::wm::WindowId;

/// Bytes of an image beyond which it is not shown by itself.
const PICTURE: u64 = 64_000_000;

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

/// What is shown of a file, worked out once for each of its states.
#[derive(PartialEq)]
enum Shown {
    Empty,
    Text {
        text: Rc<Text>,
        plain: Rc<String>,
        /// It has lines that are worth wrapping.
        long: bool,
    },
    Bytes,
    /// The browser fetches it itself.
    Media,
    Folder,
    Special,
}

impl Shown {
    fn of(here: &Here) -> Shown {
        match (here.stat.kind, here.kind) {
            (FileType::Directory, _) => Shown::Folder,
            (FileType::Pipe | FileType::Device, _) => Shown::Special,
            _ if here.stat.size == 0 => Shown::Empty,
            (_, Kind::Image | Kind::Audio | Kind::Video | Kind::Pdf) => Shown::Media,
            (_, kind) if kind.is_text() => match Text::read(&here.bytes, here.is_whole()) {
                Some(text) => Shown::Text {
                    plain: Rc::new(text.text.clone()),
                    long: has_long_lines(&text.text),
                    text: Rc::new(text),
                },
                None => Shown::Bytes,
            },
            _ => Shown::Bytes,
        }
    }
}

fn set(state: &UseStateHandle<bool>) -> Callback<bool> {
    let state = state.clone();
    Callback::from(move |on| state.set(on))
}

fn look(loader: &Loader) -> Callback<()> {
    let loader = loader.clone();
    Callback::from(move |()| loader.look())
}

#[component]
fn View(props: &FileViewProps) -> Html {
    let kernel = use_kernel();
    let (loader, file) = use_file(&props.path);
    let shape = use_state(|| Shape::Rendered);
    let wrap = use_state(|| true);
    let full = use_state(|| false);
    let size = use_state(|| None::<(u32, u32)>);
    let editing = use_state(|| false);
    let here = match &file.known {
        Known::Here(here) => Some(here.clone()),
        Known::Loading | Known::Failed(_) => None,
    };
    let shown = use_memo(here.clone(), |here| here.as_ref().map(Shown::of));
    use_left_draft(&props.path, &editing);
    let Some((here, shown)) = here.zip(shown.as_ref().as_ref()) else {
        let gone = matches!(&file.known, Known::Failed(error) if error.code == ErrorCode::NotFound);
        if gone && *editing {
            let (onclose, onsaved) = (set(&editing).reform(|()| false), look(&loader));
            return html! {
                <div class="file-view">
                    <Editor path={props.path.clone()} text={Rc::<Text>::default()} modified_at={0.0} gone={true} wrap={*wrap}
                        ondirty={props.ondirty.clone()} {onclose} {onsaved} />
                </div>
            };
        }
        return html! { <div class="file-view">{ without(&file, props, &loader) }</div> };
    };

    let text = match shown {
        Shown::Text { text, .. } => Some(text.clone()),
        Shown::Empty if !matches!(here.kind, Kind::Image | Kind::Audio | Kind::Video | Kind::Pdf) => {
            Some(Rc::default())
        }
        _ => None,
    };
    let editable = text.filter(|_| here.is_whole());
    let edits = *editing && editable.is_some();
    let url = AttrValue::from(versioned(&kernel.door().file_url(&props.path), here.stat.modified_at));
    let tools = html! {
        <Tools kind={here.kind} is_text={matches!(shown, Shown::Text { .. })} shape={*shape} wrap={*wrap} full={*full}
            long={matches!(shown, Shown::Text { long: true, .. })} editing={edits} editable={editable.is_some()}
            download={kernel.door().download_url(&props.path)}
            name={here.stat.name.clone()} is_file={here.stat.kind == FileType::File && !file.gone}
            onshape={let shape = shape.clone(); Callback::from(move |to| shape.set(to))}
            onwrap={set(&wrap)} onfull={set(&full)} onedit={set(&editing)} />
    };
    let content = match editable.filter(|_| edits) {
        Some(text) => {
            let onsaved = look(&loader);
            html! {
                <Editor path={props.path.clone()} {text} modified_at={here.stat.modified_at} gone={file.gone} wrap={*wrap}
                    ondirty={props.ondirty.clone()} onclose={set(&editing).reform(|()| false)} {onsaved} />
            }
        }
        None => {
            let onsize = {
                let size = size.clone();
                Callback::from(move |found| size.set(Some(found)))
            };
            body(&here, shown, &url, *shape, *wrap, *full, onsize)
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
                { facts(&here, shown, *size) }
            }
        </div>
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
    let retry = look(loader);
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

fn body(
    here: &Here,
    shown: &Shown,
    url: &AttrValue,
    shape: Shape,
    wrap: bool,
    full: bool,
    onsize: Callback<(u32, u32)>,
) -> Html {
    let name = AttrValue::from(here.stat.name.clone());
    let whole = here.is_whole();
    match shown {
        Shown::Empty => html! { <EmptyState icon={here.kind.icon()} title="This file is empty" /> },
        Shown::Folder => html! { <IsFolder path={here.stat.path.clone()} /> },
        Shown::Special => html! {
            <EmptyState icon={Glyph::Plug} title="This is not a regular file" text="It is a pipe, a socket or a device, and has no content to show." />
        },
        Shown::Text { plain, .. } => match (here.kind, shape) {
            (Kind::Markdown, Shape::Rendered) => html! {
                <div class="file-view__page" tabindex="0" role="region" aria-label="Text">
                    <Markdown text={plain.to_string()} />
                </div>
            },
            (Kind::Csv, Shape::Rendered) => html! { <SheetView text={plain.clone()} {whole} /> },
            (Kind::Json, Shape::Rendered) if whole => html! { <PrettyJson text={plain.clone()} {wrap} /> },
            _ => html! { <LinesView text={plain.clone()} {wrap} /> },
        },
        Shown::Bytes => html! { <Raw here={here.clone()} /> },
        Shown::Media => {
            let fallback = html! { <Facts here={here.clone()} why="This browser cannot show it. Download it to open it elsewhere." /> };
            let url = url.clone();
            match here.kind {
                Kind::Image if here.stat.size > PICTURE => html! {
                    <Facts here={here.clone()} why="This image is too large to be shown here. Download it to open it elsewhere." />
                },
                Kind::Image => html! { <Picture {url} {name} {fallback} {full} {onsize} /> },
                Kind::Audio => html! { <Sound {url} {name} {fallback} /> },
                Kind::Video => html! { <Film {url} {name} {fallback} /> },
                _ => html! { <Document {url} {name} {fallback} /> },
            }
        }
    }
}

#[derive(Properties, PartialEq)]
struct JsonProps {
    text: Rc<String>,
    wrap: bool,
}

#[component]
fn PrettyJson(props: &JsonProps) -> Html {
    let pretty = use_memo(props.text.clone(), |text| json::pretty(text).map(Rc::new));
    match &*pretty {
        Ok(text) => html! { <LinesView text={text.clone()} wrap={props.wrap} /> },
        Err(error) => html! {
            <>
                <Banner tone={Tone::NeedsYou} text={format!("This is not valid JSON: {error}. It is shown as it is.")} />
                <LinesView text={props.text.clone()} wrap={props.wrap} />
            </>
        },
    }
}

#[derive(Properties, PartialEq)]
struct HereProps {
    here: Here,
    #[prop_or_default]
    why: Option<AttrValue>,
}

/// What a file is, where its content is not shown.
#[component]
fn Facts(props: &HereProps) -> Html {
    let kernel = use_kernel();
    let Here { stat, kind, .. } = &props.here;
    html! {
        <div class="file-facts">
            <crate::kit::Icon icon={kind.icon()} size={40} class="file-facts__icon" />
            <div class="file-facts__name"><bdi>{ shown(&stat.name) }</bdi></div>
            <div class="file-facts__line">{ format!("{}, {}", kind.label(&stat.name), format::bytes(stat.size)) }</div>
            if let Some(why) = &props.why { <p class="file-facts__why">{ why }</p> }
            <a class="btn btn--secondary btn--medium" href={kernel.door().download_url(&stat.path)}
                download={stat.name.clone()}>
                <crate::kit::Icon icon={Glyph::Download} size={14} />{ "Download" }
            </a>
        </div>
    }
}

#[component]
fn Raw(props: &HereProps) -> Html {
    let text = use_memo(props.here.bytes.clone(), |bytes| AttrValue::from(dump(bytes.get(..4096).unwrap_or(bytes))));
    html! {
        <div class="raw">
            <Facts here={props.here.clone()} />
            <Hex text={(*text).clone()} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PathProps {
    path: AttrValue,
}

#[component]
fn IsFolder(props: &PathProps) -> Html {
    let desk = use_desk();
    let path = props.path.clone();
    let onclick = Callback::from(move |_: MouseEvent| desk.open_path(&path, true));
    let action = html! { <Button {onclick}>{ "Open in Files" }</Button> };
    html! { <EmptyState icon={Glyph::FolderOpen} title="This is a folder" {action} /> }
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
