//! What is shown of a file, whatever it is, and of one whose content is not shown the facts.

use std::rc::Rc;

use aether_protocol::domains::fs::FileType;
use yew::prelude::*;

use super::body::{Document, Film, LinesView, Picture, SheetView, Sound};
use super::decode::{Text, has_long_lines};
use super::hex::{Hex, dump};
use super::json;
use super::load::Here;
use super::tools::Shape;
use crate::apps::files::kind::Kind;
use crate::apps::files::name::shown;
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::kit::{Banner, Button, EmptyState, Glyph, Icon, Markdown, Tone, format};

/// Bytes of an image beyond which it is not shown by itself.
const PICTURE: u64 = 64_000_000;

/// What is shown of a file, worked out once for each of its states.
#[derive(PartialEq)]
pub enum Shown {
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
    pub fn of(here: &Here) -> Shown {
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

    /// The text that can be changed, where all of it is here.
    pub fn editable(&self, here: &Here) -> Option<Rc<Text>> {
        let text = match self {
            Shown::Text { text, .. } => Some(text.clone()),
            Shown::Empty if !matches!(here.kind, Kind::Image | Kind::Audio | Kind::Video | Kind::Pdf) => {
                Some(Rc::default())
            }
            Shown::Empty | Shown::Bytes | Shown::Media | Shown::Folder | Shown::Special => None,
        };
        text.filter(|_| here.is_whole())
    }
}

/// The content, as far as it can be shown; `onsize` is told how large a picture is.
pub fn body(
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
            <Icon icon={kind.icon()} size={40} class="file-facts__icon" />
            <div class="file-facts__name"><bdi>{ shown(&stat.name) }</bdi></div>
            <div class="file-facts__line">{ format!("{}, {}", kind.label(&stat.name), format::bytes(stat.size)) }</div>
            if let Some(why) = &props.why { <p class="file-facts__why">{ why }</p> }
            <a class="btn btn--secondary btn--medium" href={kernel.door().download_url(&stat.path)}
                download={stat.name.clone()}>
                <Icon icon={Glyph::Download} size={14} />{ "Download" }
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
