//! The questions that a window of files asks.

use std::rc::Rc;

use aether_protocol::domains::fs::{FileStat, FileType};
use yew::prelude::*;

use super::cabinet::Cabinet;
use super::conflict::{Answer, Choice};
use super::kind::Kind;
use super::mode::{letters, words};
use super::name::{isolated, shown};
use super::places::label;
use super::state::Question;
use crate::kit::format::{LocalTime, bytes, count, plural};
use crate::kit::{Button, Checkbox, ConfirmDialog, CopyButton, Dialog, DialogSize, Glyph, Tone, Variant};
use crate::store::use_slice;

#[derive(Properties, PartialEq)]
pub struct QuestionsProps {
    pub cabinet: Cabinet,
    pub question: Option<Question>,
    /// How many things are in the trash.
    pub trashed: usize,
}

#[component]
pub fn Questions(props: &QuestionsProps) -> Html {
    let cabinet = &props.cabinet;
    let conflicts = use_slice(cabinet.conflicts().slice());
    if let Some(conflict) = conflicts.first() {
        let key = Rc::as_ptr(&conflict.0) as usize;
        return html! { <Taken key={key} cabinet={cabinet.clone()} conflict={conflict.clone()} /> };
    }
    let close = {
        let cabinet = cabinet.clone();
        Callback::from(move |()| cabinet.update(|state| state.question = None))
    };
    match &props.question {
        None => Html::default(),
        Some(Question::Properties(entries)) => html! { <Properties entries={entries.clone()} onclose={close} /> },
        Some(Question::Purge(ids)) => {
            let number = ids.as_ref().map_or(props.trashed, Vec::len);
            let title = match ids {
                None => String::from("Empty the trash?"),
                Some(_) => format!("Delete {} for good?", plural(number as u64, "item", "items")),
            };
            let onconfirm = {
                let (cabinet, ids) = (cabinet.clone(), ids.clone());
                Callback::from(move |()| cabinet.purge(ids.clone()))
            };
            let description =
                format!("{} will be deleted. This cannot be undone.", plural(number as u64, "item", "items"));
            html! {
                <ConfirmDialog {title} {description} confirm="Delete for good" danger={true} {onconfirm} oncancel={close} />
            }
        }
    }
}

#[derive(Properties, PartialEq)]
struct TakenProps {
    cabinet: Cabinet,
    conflict: super::conflict::Shared,
}

/// A name is taken where something should go.
#[component]
fn Taken(props: &TakenProps) -> Html {
    let all = use_state(|| false);
    let conflict = &props.conflict.0;
    let answer = |choice: Choice| {
        let (conflicts, all) = (props.cabinet.conflicts().clone(), *all);
        Callback::from(move |_: MouseEvent| conflicts.answer(Answer { choice, all }))
    };
    let skip = {
        let conflicts = props.cabinet.conflicts().clone();
        Callback::from(move |()| conflicts.answer(Answer { choice: Choice::Skip, all: false }))
    };
    let actions = html! {
        <>
            <Button onclick={answer(Choice::Skip)}>{ "Skip" }</Button>
            if conflict.may_replace { <Button onclick={answer(Choice::Replace)}>{ "Replace" }</Button> }
            <Button variant={Variant::Primary} onclick={answer(Choice::KeepBoth)}>{ "Keep both" }</Button>
        </>
    };
    let title = format!("{} already exists", isolated(&conflict.name));
    let text = format!("{} already has something with this name.", label(&props.cabinet, &conflict.folder));
    let onchange = {
        let all = all.clone();
        Callback::from(move |on| all.set(on))
    };
    html! {
        <Dialog {title} description={text} onclose={skip} {actions} size={DialogSize::Small} icon={Glyph::Replace} tone={Tone::NeedsYou}>
            if conflict.more { <Checkbox label="Do the same for the rest" checked={*all} {onchange} /> }
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
struct PropertiesProps {
    entries: Vec<Rc<FileStat>>,
    onclose: Callback<()>,
}

/// What is known of what is selected.
#[component]
fn Properties(props: &PropertiesProps) -> Html {
    let actions = html! { <Button onclick={props.onclose.reform(|_: MouseEvent| ())}>{ "Close" }</Button> };
    let (title, facts) = match props.entries.as_slice() {
        [one] => (isolated(&one.name), facts(one)),
        many => {
            let folders = many.iter().filter(|entry| entry.kind == FileType::Directory).count() as u64;
            let files = many.len() as u64 - folders;
            let size: u64 = many.iter().filter(|entry| entry.kind != FileType::Directory).map(|entry| entry.size).sum();
            let what = format!("{}, {}", plural(files, "file", "files"), plural(folders, "folder", "folders"));
            let facts = vec![("Contents", html! { what }), ("Total size", html! { exact(size) })];
            (plural(many.len() as u64, "item", "items"), facts)
        }
    };
    html! {
        <Dialog {title} onclose={props.onclose.clone()} {actions} size={DialogSize::Small} icon={Glyph::Info}>
            <dl class="properties">
                { for facts.into_iter().map(|(label, value)| html! {
                    <div key={label} class="properties__row"><dt>{ label }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
        </Dialog>
    }
}

fn facts(entry: &FileStat) -> Vec<(&'static str, Html)> {
    let kind = Kind::of(&entry.name, entry.kind).label(&entry.name);
    let place = html! {
        <span class="properties__path"><bdi class="mono">{ shown(&entry.path) }</bdi>
            <CopyButton text={entry.path.clone()} label="Copy path" /></span>
    };
    let at = |ms: f64| html! { LocalTime::of(ms as i64).full() };
    let mode = html! { <span class="mono">{ letters(&entry.mode) }</span> };
    let mut facts = vec![("Kind", html! { kind }), ("Path", place)];
    if entry.kind != FileType::Directory {
        facts.push(("Size", html! { exact(entry.size) }));
    }
    facts.extend([
        ("Changed", at(entry.modified_at)),
        ("Created", at(entry.created_at)),
        ("Owner", html! { <bdi>{ shown(&entry.uid) }</bdi> }),
        ("Owner can", html! { words(entry.mode.owner) }),
        ("Permissions", mode),
    ]);
    facts
}

fn exact(size: u64) -> String {
    if size < 1000 { bytes(size) } else { format!("{} ({} bytes)", bytes(size), count(size)) }
}
