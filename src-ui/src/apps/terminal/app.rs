//! The Terminal app: the person's own shells, a tab each. The kernel keeps them; a window only remembers which it shows.

use aether_protocol::domains::tty::{self, TerminalInfo, TtyQuery, TtyRef};
use aether_protocol::{Pid, TtyId};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::face::{choose, entries};
use super::key_row::KeyRow;
use super::strip::Strip;
use super::tabs::{Change, Tab, Tabs};
use super::view::TerminalView;
use crate::apps::AppProps;
use crate::desk::use_desk;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Align, ConfirmDialog, Glyph, IconButton, MenuButton, MenuEntry, MenuItem, Shortcut, Variant};
use crate::shell::windows::WindowBar;
use crate::store::use_select;

/// See the module.
#[component]
pub fn Terminal(props: &AppProps) -> Html {
    let (kernel, desk, window) = (use_kernel(), use_desk(), props.window);
    let args = props.args.clone();
    let tabs = use_reducer(move || Tabs::read(&args));
    // The tab that is to be closed though something runs in it.
    let asked = use_state(|| None::<u32>);
    let front = use_select(&desk.windows, move |windows| windows.is_front(window));
    {
        let desk = desk.clone();
        use_effect_with(tabs.write(), move |args| {
            // A tab that is being opened is not remembered, and must not make the window forget the others.
            if !args.is_empty() {
                desk.set_args(window, args);
            }
        });
    }
    {
        let title = tabs.shown().map(|tab| tab.title.clone()).filter(|title| !title.is_empty());
        let desk = desk.clone();
        use_effect_with(title, move |title| desk.set_title(window, title.as_deref().unwrap_or("Terminal")));
    }
    use_end(props, &tabs);
    let close = {
        let (desk, tabs) = (desk.clone(), tabs.clone());
        Callback::from(move |key: u32| {
            if let Some(tab) = tabs.get(key) {
                end(&kernel, tab);
            }
            if tabs.tabs.len() < 2 {
                desk.close(window);
            } else {
                tabs.dispatch(Change::Close(key));
            }
        })
    };
    let onclose = {
        let (asked, close, tabs) = (asked.clone(), close.clone(), tabs.clone());
        Callback::from(move |key: u32| {
            if tabs.get(key).is_some_and(|tab| tab.handle.is_busy()) {
                asked.set(Some(key));
            } else {
                close.emit(key);
            }
        })
    };
    let view = |tab: &Tab| {
        let shown = tab.key == tabs.selected;
        let active = shown && front && !props.compact;
        html! {
            <div key={tab.key} class="terminals__tab" hidden={!shown}>
                <One tab={tab.clone()} {active} tabs={tabs.dispatcher()} />
            </div>
        }
    };
    html! {
        <div class="terminals" onkeydown={on_key(&tabs, &onclose)}>
            <WindowBar {window}><Tools tabs={tabs.clone()} onclose={onclose.clone()} /></WindowBar>
            if tabs.tabs.len() > 1 {
                <Strip tabs={tabs.clone()} {onclose} />
            }
            <div class="terminals__body">{ for tabs.tabs.iter().map(view) }</div>
            if let (true, Some(tab)) = (props.compact, tabs.shown()) {
                <KeyRow handle={tab.handle.clone()} />
            }
            if let Some(tab) = asked.and_then(|key| tabs.get(key)) {
                { question(tab, &asked, &close) }
            }
        </div>
    }
}

/// Asks before something that runs is ended.
fn question(tab: &Tab, asked: &UseStateHandle<Option<u32>>, close: &Callback<u32>) -> Html {
    let key = tab.key;
    let onconfirm = {
        let (asked, close) = (asked.clone(), close.clone());
        Callback::from(move |()| {
            asked.set(None);
            close.emit(key);
        })
    };
    let oncancel = {
        let asked = asked.clone();
        Callback::from(move |()| asked.set(None))
    };
    html! {
        <ConfirmDialog title={format!("Close \u{201c}{}\u{201d}?", tab.name())} danger={true} confirm="Close"
            description="Something still seems to be running. Closing the tab ends it." {onconfirm} {oncancel} />
    }
}

/// Ends a tab's shell.
fn end(kernel: &Kernel, tab: &Tab) {
    // The terminal of an agent is the agent's.
    let Some(tty_id) = tab.tty.clone().filter(|_| tab.pid == Pid::SESSION) else { return };
    let caller = kernel.clone();
    kernel.attempt("The shell was not ended", async move { tty::Client(&caller).close(TtyRef { tty_id }).await });
}

/// A window that is closed ends the shells in which nothing runs; the others go on, and can be taken up from a new one.
#[hook]
fn use_end(props: &AppProps, tabs: &UseReducerHandle<Tabs>) {
    let (kernel, desk, window) = (use_kernel(), use_desk(), props.window);
    let latest = use_mut_ref(|| tabs.clone());
    latest.borrow_mut().clone_from(tabs);
    use_effect_with(window, move |window| {
        let (window, windows) = (*window, desk.windows.clone());
        let watched = windows.clone();
        let over = std::cell::Cell::new(false);
        let watch = windows.watch(move || {
            if watched.get().get(window).is_some() || over.replace(true) {
                return;
            }
            for tab in latest.borrow().tabs.iter().filter(|tab| !tab.handle.is_busy()) {
                end(&kernel, tab);
            }
        });
        move || drop(watch)
    });
}

/// Ctrl+Tab and Ctrl+Page Down go on, Alt+T opens a tab, Alt+W closes one where there are several.
fn on_key(tabs: &UseReducerHandle<Tabs>, onclose: &Callback<u32>) -> Callback<KeyboardEvent> {
    let (tabs, onclose) = (tabs.clone(), onclose.clone());
    Callback::from(move |event: KeyboardEvent| {
        let several = tabs.tabs.len() > 1;
        let plain = !(event.shift_key() || event.ctrl_key() || event.meta_key());
        let control = event.ctrl_key() && !event.alt_key() && !event.meta_key();
        match event.code().as_str() {
            "Tab" if control && several => tabs.dispatch(Change::Step(if event.shift_key() { -1 } else { 1 })),
            "PageDown" if control && several && event.shift_key() => tabs.dispatch(Change::Move(1)),
            "PageUp" if control && several && event.shift_key() => tabs.dispatch(Change::Move(-1)),
            "PageDown" if control && several => tabs.dispatch(Change::Step(1)),
            "PageUp" if control && several => tabs.dispatch(Change::Step(-1)),
            "KeyT" if event.alt_key() && plain => tabs.dispatch(Change::New),
            "KeyW" if event.alt_key() && plain && several => onclose.emit(tabs.selected),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    })
}

#[derive(Properties, PartialEq)]
struct OneProps {
    tab: Tab,
    active: bool,
    tabs: UseReducerDispatcher<Tabs>,
}

/// One tab's terminal.
#[component]
fn One(props: &OneProps) -> Html {
    let Tab { key, pid, tty, handle, .. } = props.tab.clone();
    let tell = move |change: fn(u32, String) -> Change| {
        let tabs = props.tabs.clone();
        Callback::from(move |text: String| tabs.dispatch(change(key, text)))
    };
    let onbell = {
        let tabs = props.tabs.clone();
        Callback::from(move |()| tabs.dispatch(Change::Rang(key)))
    };
    html! {
        <TerminalView {pid} {tty} fresh={pid == Pid::SESSION} active={props.active} {handle} label={props.tab.name()}
            ontty={tell(|key, id| Change::Found(key, TtyId::from(id))).reform(|id: TtyId| id.0)}
            ontitle={tell(Change::Title)} {onbell} />
    }
}

#[derive(Properties, PartialEq)]
struct ToolsProps {
    tabs: UseReducerHandle<Tabs>,
    onclose: Callback<u32>,
}

/// What stands in the title bar: a new tab, and the menu of the shown one.
#[component]
fn Tools(props: &ToolsProps) -> Html {
    let kernel = use_kernel();
    let running = use_state(Vec::<TerminalInfo>::new);
    let new = {
        let tabs = props.tabs.dispatcher();
        Callback::from(move |_: MouseEvent| tabs.dispatch(Change::New))
    };
    // The list is fetched when somebody is about to open the menu.
    let look = {
        let running = running.setter();
        move || {
            let (kernel, running) = (kernel.clone(), running.clone());
            spawn_local(async move {
                if let Ok(terminals) = tty::Client(&kernel).list(TtyQuery { pid: Some(Pid::SESSION) }).await {
                    running.set(terminals);
                }
            });
        }
    };
    let onselect = {
        let (tabs, onclose) = (props.tabs.clone(), props.onclose.clone());
        Callback::from(move |id: AttrValue| {
            let Some(tab) = tabs.shown() else { return };
            match id.strip_prefix("take:") {
                Some(tty) => tabs.dispatch(Change::Take(Pid::SESSION, TtyId::from(tty))),
                None if id == "new" => tabs.dispatch(Change::New),
                None if id == "close" => onclose.emit(tab.key),
                None => choose(&tab.handle, &id),
            }
        })
    };
    let (hover, focus) = (look.clone(), look);
    html! {
        <span class="terminals__tools" onpointerenter={move |_: PointerEvent| hover()}
            onfocusin={move |_: FocusEvent| focus()}>
            <IconButton icon={Glyph::Plus} label="New tab" onclick={new} />
            <MenuButton label="Terminal menu" icon={Glyph::Ellipsis} icon_only={true} variant={Variant::Ghost} align={Align::End}
                entries={menu(&props.tabs, &running)} {onselect} />
        </span>
    }
}

fn menu(tabs: &Tabs, running: &[TerminalInfo]) -> Vec<MenuEntry> {
    let mut menu = entries(false, true);
    menu.push(MenuEntry::Separator);
    let new = MenuItem::new("new", "New tab").icon(Glyph::Plus).shortcut(Shortcut::parse("Alt+T"));
    let close = MenuItem::new("close", "Close tab").icon(Glyph::X).shortcut(Shortcut::parse("Alt+W"));
    menu.extend([new.into(), close.into()]);
    let elsewhere: Vec<MenuEntry> = elsewhere(tabs, running).into_iter().map(Into::into).collect();
    if !elsewhere.is_empty() {
        menu.extend([MenuEntry::Separator, MenuEntry::Heading("Also running".into())]);
        menu.extend(elsewhere);
    }
    menu
}

/// The person's shells that this window does not show.
fn elsewhere(tabs: &Tabs, running: &[TerminalInfo]) -> Vec<MenuItem> {
    let mut others: Vec<&TerminalInfo> =
        running.iter().filter(|info| !tabs.tabs.iter().any(|tab| tab.tty.as_ref() == Some(&info.id))).collect();
    others.sort_by(|one, other| one.id.cmp(&other.id));
    let item = |(place, info): (usize, &TerminalInfo)| {
        MenuItem::new(format!("take:{}", info.id), format!("Shell {}", place + 1))
            .icon(Glyph::Terminal)
            .hint(format!("{} \u{d7} {}", info.cols, info.rows))
    };
    others.into_iter().enumerate().map(item).collect()
}
