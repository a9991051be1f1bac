//! The files of an agent: what it wrote, with every version, and what else lies in its home.

mod detail;
mod home;

use aether_protocol::Pid;
use yew::prelude::*;

use self::detail::Detail;
use self::home::{Folder, Folders, Home, Line, lines, use_home};
use super::record::{Record, Written, written};
use crate::kernel::use_kernel;
use crate::kit::{Button, EmptyState, Glyph, Icon, Size, SplitPane, format};

#[derive(Properties, PartialEq)]
pub struct FilesTabProps {
    pub pid: Pid,
    pub name: AttrValue,
    pub record: Record,
    /// The moment is now: the home is as it is.
    pub live: bool,
    pub compact: bool,
}

/// See the module.
#[component]
pub fn FilesTab(props: &FilesTabProps) -> Html {
    let root = props.pid.home();
    let (home, folders) = use_home(&root);
    let chosen = use_state(|| None::<String>);
    let ratio = use_state(|| 0.36);
    let wrote = use_memo(props.record.clone(), |record| written(record.entries(), &root));
    let onchoose = {
        let chosen = chosen.setter();
        Callback::from(move |path: String| chosen.set(Some(path)))
    };
    let selected = (*chosen).clone().or_else(|| {
        let first = wrote.iter().find(|file| !file.removed);
        first.filter(|_| !props.compact).map(|file| file.path.clone())
    });
    let list = html! {
        <List files={(*wrote).clone()} name={props.name.clone()} root={home.root.clone()} home={props.live.then(|| home.clone())}
            folders={(*folders).clone()} selected={selected.clone()} {onchoose} />
    };
    let Some(path) = selected else {
        let nothing = html! {
            <EmptyState icon={Glyph::FileText} title="No file chosen" text="Choose one to see it, its versions and what changed." />
        };
        return if props.compact { list } else { split(list, nothing, &ratio) };
    };
    let file = wrote.iter().find(|file| file.path == path).cloned();
    let onback = {
        let chosen = chosen.setter();
        Callback::from(move |_: MouseEvent| chosen.set(None))
    };
    let detail = html! {
        <div class="files-tab__detail">
            if props.compact {
                <div><Button icon={Glyph::ChevronLeft} size={Size::Small} onclick={onback}>{ "All files" }</Button></div>
            }
            <Detail key={path.clone()} path={path.clone()} {file} live={props.live} />
        </div>
    };
    if props.compact { detail } else { split(list, detail, &ratio) }
}

fn split(first: Html, second: Html, ratio: &UseStateHandle<f64>) -> Html {
    let onresize = {
        let ratio = ratio.setter();
        Callback::from(move |now| ratio.set(now))
    };
    html! {
        <SplitPane class="files-tab" {first} {second} label="Size of the list of files" ratio={**ratio} {onresize} min={0.2} />
    }
}

#[derive(Properties, PartialEq)]
struct ListProps {
    files: Vec<Written>,
    name: AttrValue,
    root: String,
    /// Nothing where a past moment is looked at: nobody knows how the home was then.
    home: Option<Home>,
    folders: Folders,
    selected: Option<String>,
    onchoose: Callback<String>,
}

#[component]
fn List(props: &ListProps) -> Html {
    let kernel = use_kernel();
    let entry = |path: &str, name: &str, aside: String, icon: Glyph, gone: bool| {
        let selected = props.selected.as_deref() == Some(path);
        let (to, onchoose) = (path.to_owned(), props.onchoose.clone());
        let onclick = Callback::from(move |_: MouseEvent| onchoose.emit(to.clone()));
        html! {
            <button type="button" class={classes!("file-line", gone.then_some("file-line--gone"))} {onclick}
                aria-current={selected.then_some("true")} title={path.to_owned()}>
                <Icon {icon} size={14} /><span class="file-line__name mono">{ name.to_owned() }</span>
                <span class="file-line__aside">{ aside }</span>
            </button>
        }
    };
    let toggle = |line: &Line| {
        let (home, kernel, path) = (props.home.clone(), kernel.clone(), line.path.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(home) = &home {
                home.toggle(&kernel, &path);
            }
        })
    };
    let root = props.root.as_str();
    let short = |path: &str| {
        path.strip_prefix(root).map(|path| path.trim_start_matches('/').to_owned()).unwrap_or_else(|| path.to_owned())
    };
    let tree = lines(&props.folders, root);
    html! {
        <div class="files-tab__list">
            <h3 class="files-tab__title">{ format!("Written by {}", props.name) }</h3>
            if props.files.is_empty() { <p class="files-tab__none">{ "Nothing yet." }</p> }
            { for props.files.iter().map(|file| {
                let versions = file.versions.len() as u64;
                let aside = if file.removed { "removed".to_owned() } else { format::plural(versions, "version", "versions") };
                html! { <div key={file.path.clone()}>{ entry(&file.path, &short(&file.path), aside, Glyph::FileText, file.removed) }</div> }
            }) }
            if props.home.is_some() {
                <h3 class="files-tab__title">{ "In its home" }</h3>
                { state(props.folders.get(root), tree.is_empty()) }
                { for tree.iter().map(|line| html! {
                    <div key={line.path.clone()} style={format!("--depth: {}", line.depth)} class="file-line__box">
                        if let Some(open) = line.open {
                            <button type="button" class="file-line" onclick={toggle(line)} title={line.path.clone()}
                                aria-expanded={if open { "true" } else { "false" }}>
                                <Icon icon={if open { Glyph::FolderOpen } else { Glyph::Folder }} size={14} />
                                <span class="file-line__name mono">{ &line.name }</span>
                            </button>
                            if let Some(why) = &line.failed { <p class="files-tab__none">{ why }</p> }
                        } else {
                            { entry(&line.path, &line.name, line.size.map(format::bytes).unwrap_or_default(), Glyph::File, false) }
                        }
                    </div>
                }) }
            }
        </div>
    }
}

fn state(root: Option<&Folder>, empty: bool) -> Html {
    match root {
        None | Some(Folder::Reading) => html! { <p class="files-tab__none">{ "Reading\u{2026}" }</p> },
        Some(Folder::Failed(why)) => html! { <p class="files-tab__none">{ why }</p> },
        Some(Folder::Entries(_)) if empty => html! { <p class="files-tab__none">{ "Empty." }</p> },
        Some(Folder::Entries(_)) => Html::default(),
    }
}
