//! One file: as it is, as it was, and what changed between.

use yew::prelude::*;

use super::super::record::{Version, Written};
use crate::apps::files::path::parent;
use crate::apps::preview::FileView;
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::kit::format::LocalTime;
use crate::kit::{Choice, Code, Diff, EmptyState, Glyph, Icon, IconButton, Segmented, Select};

#[derive(Properties, PartialEq)]
pub struct DetailProps {
    pub path: String,
    /// What the agent wrote of it.
    pub file: Option<Written>,
    pub live: bool,
}

/// See the module.
#[component]
pub fn Detail(props: &DetailProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let view = use_state(|| AttrValue::Static("content"));
    let picked = use_state(|| None::<u64>);
    let versions = props.file.as_ref().map(|file| file.versions.as_slice()).unwrap_or_default();
    let last = versions.len().saturating_sub(1);
    let index = picked.and_then(|n| versions.iter().position(|version| version.n == n)).unwrap_or(last);
    let removed = props.file.as_ref().is_some_and(|file| file.removed);
    let present = props.live && index == last && !removed;
    let open = {
        let (desk, path) = (desk.clone(), parent(&props.path).to_owned());
        Callback::from(move |_: MouseEvent| desk.open_path(&path, true))
    };
    let preview = {
        let path = props.path.clone();
        Callback::from(move |_: MouseEvent| desk.open_path(&path, false))
    };
    let onview = {
        let view = view.setter();
        Callback::from(move |now| view.set(now))
    };
    let onpick = {
        let picked = picked.setter();
        Callback::from(move |n: AttrValue| picked.set(n.parse().ok()))
    };
    let name = props.path.rsplit('/').next().unwrap_or_default().to_owned();
    let body = match (view.as_str(), &props.file) {
        ("changes", Some(file)) => changes(file, index),
        _ if present => html! { <FileView path={props.path.clone()} /> },
        _ => content(versions.get(index)),
    };
    html! {
        <>
            <header class="files-tab__head">
                <span class="files-tab__path mono">{ &props.path }</span>
                <a class="btn btn--ghost btn--icon btn--medium" href={kernel.door().download_url(&props.path)} download={name}
                    aria-label="Download" title="Download"><Icon icon={Glyph::Download} /></a>
                <IconButton icon={Glyph::Folder} label="Show in Files" onclick={open} />
                <IconButton icon={Glyph::ExternalLink} label="Open in a window" onclick={preview} />
            </header>
            if !versions.is_empty() {
                <div class="files-tab__line">
                    <Segmented value={(*view).clone()} onchange={onview} label="What is shown" choices={vec![
                        Choice::new("content", "Content"), Choice::new("changes", "Changes"),
                    ]} />
                    <Select value={versions.get(index).map(|version| version.n.to_string()).unwrap_or_default()}
                        choices={options(versions)} onchange={onpick} label="Version" />
                </div>
            }
            <div class="files-tab__body">{ body }</div>
        </>
    }
}

fn options(versions: &[Version]) -> Vec<Choice> {
    let option = |(index, version): (usize, &Version)| {
        let at = LocalTime::of(version.at as i64).clock_seconds();
        Choice::new(version.n.to_string(), format!("Version {} · step {} · {at}", index + 1, version.step))
    };
    versions.iter().enumerate().map(option).rev().collect()
}

fn content(version: Option<&Version>) -> Html {
    match version.and_then(|version| version.content.as_deref()) {
        Some(content) => {
            html! { <Code text={content.to_owned()} label="Content of this version" class="files-tab__code" /> }
        }
        None => unknown(),
    }
}

fn changes(file: &Written, index: usize) -> Html {
    let new = file.versions.get(index).and_then(|version| version.content.as_deref());
    match (file.content_before(index), new) {
        (Some(old), Some(new)) => {
            html! { <Diff old={old.to_owned()} new={new.to_owned()} label={file.path.clone()} head=false /> }
        }
        (None, Some(_)) if index == 0 => html! {
            <EmptyState icon={Glyph::FileQuestionMark} title="No earlier version known"
                text="The journal does not say what this file was before the agent wrote it, or whether there was one. Content shows all of it." />
        },
        (None, _) | (_, None) => unknown(),
    }
}

fn unknown() -> Html {
    html! {
        <EmptyState icon={Glyph::FileQuestionMark} title="This version was not kept in full"
            text="It is too long, or what it was before is not known. Open the file to see it as it is now." />
    }
}
