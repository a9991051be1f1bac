//! The bodies of a preview: each kind of file as it is looked at.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::HtmlImageElement;
use yew::prelude::*;

use super::csv;
use super::decode::Lines;
use crate::kit::{Banner, ChunkedList, Column, EmptyState, Glyph, Table, format};

/// Rows of a table that are shown.
const ROWS: usize = 1_000;
/// Cells of a row that are shown.
const CELLS: usize = 60;

#[derive(Properties, PartialEq)]
pub struct LinesProps {
    pub text: Rc<String>,
    pub wrap: bool,
}

/// A text with the numbers of its lines.
#[component]
pub fn LinesView(props: &LinesProps) -> Html {
    let lines = use_memo(props.text.clone(), |text| Lines::of(text.to_string()));
    let count = lines.count();
    let row = use_callback(lines, |index: usize, lines| {
        html! {
            <div class="lines__line">
                <span class="lines__number" aria-hidden="true">{ index + 1 }</span>
                <span class="lines__text">{ lines.line(index).to_owned() }</span>
            </div>
        }
    });
    let digits = count.to_string().len();
    html! {
        <div class={classes!("lines", "mono", props.wrap.then_some("lines--wrap"))} style={format!("--digits: {digits}")}>
            <ChunkedList {count} {row} label="Text" row_height={19.0} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct SheetProps {
    pub text: Rc<String>,
    /// The text is all there is of the file.
    pub whole: bool,
}

/// A table.
#[component]
pub fn SheetView(props: &SheetProps) -> Html {
    let whole = props.whole;
    let sheet = use_memo(props.text.clone(), move |text| csv::read(text, whole, ROWS + 1));
    let Some((head, rows)) = sheet.rows.split_first() else {
        return html! { <EmptyState icon={Glyph::FileSpreadsheet} title="This table is empty" /> };
    };
    let width = sheet.width.min(CELLS);
    let figures: Vec<bool> = (0..width).map(|index| csv::is_numeric(rows, index)).collect();
    let figure = |index: usize| figures.get(index).copied().unwrap_or_default();
    let columns: Vec<Column> = (0..width)
        .map(|index| {
            let name = head.get(index).filter(|name| !name.is_empty()).cloned();
            let column = Column::new(index.to_string(), name.unwrap_or_else(|| format!("Column {}", index + 1)));
            if figure(index) { column.numeric() } else { column }
        })
        .collect();
    let left_out = match (sheet.more, sheet.width > CELLS) {
        (true, _) => Some(format!("The first {} rows are shown.", format::count(rows.len() as u64))),
        (false, true) => Some(format!("The first {CELLS} of {} columns are shown.", sheet.width)),
        (false, false) => None,
    };
    html! {
        <div class="sheet">
            if let Some(text) = left_out { <Banner {text} /> }
            <div class="sheet__scroll" tabindex="0" role="region" aria-label="Table">
                <Table label="Rows" {columns}>
                    { for rows.iter().enumerate().map(|(index, row)| html! {
                        <tr key={index} class="table__row">
                            { for (0..width).map(|cell| html! {
                                <td key={cell} class={figure(cell).then_some("num")}>{ row.get(cell).cloned().unwrap_or_default() }</td>
                            }) }
                        </tr>
                    }) }
                </Table>
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct MediaProps {
    pub url: AttrValue,
    pub name: AttrValue,
    /// What is shown where the browser cannot.
    pub fallback: Html,
}

#[derive(Properties, PartialEq)]
pub struct PictureProps {
    pub url: AttrValue,
    pub name: AttrValue,
    pub fallback: Html,
    /// In its own size instead of the room there is.
    pub full: bool,
    /// Told its width and height in pixels.
    pub onsize: Callback<(u32, u32)>,
}

/// An image, over a ground that shows where it is transparent.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let failed = use_state(|| None::<AttrValue>);
    if failed.as_ref() == Some(&props.url) {
        return props.fallback.clone();
    }
    let onerror = {
        let url = props.url.clone();
        Callback::from(move |_: Event| failed.set(Some(url.clone())))
    };
    let onload = props.onsize.reform(|event: Event| {
        let image: HtmlImageElement = event.target_unchecked_into();
        (image.natural_width(), image.natural_height())
    });
    html! {
        <div class={classes!("picture", props.full.then_some("picture--full"))} tabindex="0" role="region" aria-label="Image">
            <img class="picture__image" src={props.url.clone()} alt={props.name.clone()} draggable="false" {onerror} {onload} />
        </div>
    }
}

#[component]
pub fn Sound(props: &MediaProps) -> Html {
    let (failed, onerror) = use_failed(&props.url);
    if failed {
        return props.fallback.clone();
    }
    html! {
        <div class="player">
            <crate::kit::Icon icon={Glyph::FileAudio} size={40} class="player__icon" />
            <audio class="player__audio" src={props.url.clone()} controls={true} preload="metadata" aria-label={props.name.clone()}
                {onerror} />
        </div>
    }
}

#[component]
pub fn Film(props: &MediaProps) -> Html {
    let (failed, onerror) = use_failed(&props.url);
    if failed {
        return props.fallback.clone();
    }
    html! {
        <div class="player player--film">
            <video class="player__video" src={props.url.clone()} controls={true} preload="metadata" playsinline={true}
                aria-label={props.name.clone()} {onerror} />
        </div>
    }
}

/// Whether the browser could not play what is at a URL.
#[hook]
fn use_failed(url: &AttrValue) -> (bool, Callback<Event>) {
    let failed = use_state(|| None::<AttrValue>);
    let here = failed.as_ref() == Some(url);
    let onerror = {
        let url = url.clone();
        Callback::from(move |_: Event| failed.set(Some(url.clone())))
    };
    (here, onerror)
}

/// A document, in the browser's own viewer where it has one.
#[component]
pub fn Document(props: &MediaProps) -> Html {
    let can = use_state(|| None::<bool>);
    {
        let can = can.clone();
        use_effect_with((), move |()| can.set(Some(shows_pdf())));
    }
    match *can {
        None => Html::default(),
        Some(false) => props.fallback.clone(),
        Some(true) => html! {
            <iframe class="document" src={props.url.clone()} title={props.name.clone()} referrerpolicy="no-referrer" />
        },
    }
}

fn shows_pdf() -> bool {
    let navigator = web_sys::window().map(|window| window.navigator());
    let enabled = navigator
        .and_then(|navigator| js_sys::Reflect::get(&navigator, &JsValue::from_str("pdfViewerEnabled")).ok()?.as_bool());
    enabled.unwrap_or(false)
}
