//! What stands over and under a terminal's screen: how it is, and what can be done.

use yew::prelude::*;

use super::handle::TerminalHandle;
use super::screen::Drawn;
use super::session::Standing;
use crate::kit::browser::Timeout;
use crate::kit::{Button, ContextMenu, ErrorState, Glyph, Icon, MenuEntry, MenuItem, Shortcut, Size, Spinner, Tag};
use crate::store::use_slice;

/// How long something is said, in milliseconds.
const SAID: i32 = 6_000;

/// Over the screen: that it is not there yet, or that what it shows may be old.
pub(super) fn cover(drawn: &Drawn, standing: &Standing, retry: &Callback<()>) -> Html {
    match (drawn, standing) {
        (Drawn::Loading, _) => html! {
            <div class="term__cover"><Spinner label="Loading the terminal" /></div>
        },
        (Drawn::Failed(words), _) => html! {
            <div class="term__cover term__cover--failed">
                <ErrorState title="The terminal could not be loaded" onretry={retry.clone()} details={words.clone()}
                    message="Part of the desktop did not load. Check the connection, then try again." />
            </div>
        },
        (Drawn::Ready, Standing::Opening) => html! {
            <div class="term__chip" role="status"><Spinner />{ "Starting the shell" }</div>
        },
        (Drawn::Ready, Standing::Lost) => html! {
            <div class="term__chip" role="status"><Icon icon={Glyph::WifiOff} size={14} />{ "Reconnecting" }</div>
        },
        (Drawn::Ready, Standing::Live(_) | Standing::Ended(_) | Standing::Failed(_)) => Html::default(),
    }
}

/// Under the screen: that it has ended, and what next.
pub(super) fn foot(
    standing: &Standing,
    code: Option<i32>,
    readonly: bool,
    anew: &Callback<()>,
    retry: &Callback<()>,
) -> Html {
    match standing {
        Standing::Ended(None) => html! {
            <div class="term__foot" role="status">
                <Icon icon={Glyph::Terminal} size={14} /><span>{ "There is no terminal here." }</span>
            </div>
        },
        Standing::Ended(Some(_)) => {
            let code = code.map_or(String::new(), |code| format!(" (code {code})"));
            let next = if readonly { "." } else { ". Press Enter for a new one." };
            html! {
                <div class="term__foot" role="status" data-test="terminal-ended">
                    <Icon icon={Glyph::CircleStop} size={14} />
                    <span class="term__words">{ format!("The shell has ended{code}{next}") }</span>
                    if !readonly {
                        <Button size={Size::Small} onclick={anew.reform(|_| ())}>{ "New shell" }</Button>
                    }
                </div>
            }
        }
        Standing::Failed(error) => html! {
            <div class="term__foot tone-failed" role="alert">
                <Icon icon={Glyph::CircleAlert} size={14} />
                <span class="term__words">{ &error.message }</span>
                <Button size={Size::Small} icon={Glyph::RefreshCw} onclick={retry.reform(|_| ())}>{ "Retry" }</Button>
            </div>
        },
        Standing::Opening | Standing::Live(_) | Standing::Lost => Html::default(),
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct SaidProps {
    pub handle: TerminalHandle,
}

/// What a command of the menu had to say, for a while.
#[component]
pub(super) fn Said(props: &SaidProps) -> Html {
    let said = use_slice(props.handle.said());
    let shown = use_state(|| 0_u32);
    {
        let shown = shown.clone();
        use_effect_with(said.0, move |number| {
            let number = *number;
            let hidden = shown.clone();
            shown.set(number);
            let timeout = (number > 0).then(|| Timeout::new(SAID, move || hidden.set(0))).flatten();
            move || drop(timeout)
        });
    }
    if *shown == 0 || *shown != said.0 {
        return html! { <span role="status"></span> };
    }
    html! { <div class="term__said" role="status"><Tag icon={Glyph::Info} label={said.1} /></div> }
}

#[derive(Properties, PartialEq)]
pub(super) struct TerminalMenuProps {
    pub x: f64,
    pub y: f64,
    pub handle: TerminalHandle,
    pub readonly: bool,
    pub onclose: Callback<()>,
}

/// The menu at the pointer.
#[component]
pub(super) fn TerminalMenu(props: &TerminalMenuProps) -> Html {
    let TerminalMenuProps { x, y, handle, readonly, onclose } = props;
    let onselect = {
        let handle = handle.clone();
        Callback::from(move |id: AttrValue| choose(&handle, &id))
    };
    html! {
        <ContextMenu x={*x} y={*y} label="Terminal" entries={entries(*readonly, handle.has_selection())} {onselect}
            onclose={onclose.clone()} />
    }
}

/// What can be done to a terminal, for menus; `selected`: there is something to copy, as far as is known.
pub(super) fn entries(readonly: bool, selected: bool) -> Vec<MenuEntry> {
    let keys = Shortcut::parse;
    let copy = MenuItem::new("copy", "Copy").icon(Glyph::Copy).shortcut(keys("Ctrl+Shift+C")).disabled(!selected);
    let paste = MenuItem::new("paste", "Paste").icon(Glyph::ClipboardPaste).shortcut(keys("Ctrl+Shift+V"));
    let find = MenuItem::new("find", "Find\u{2026}").icon(Glyph::Search).shortcut(keys("Ctrl+Shift+F"));
    let mut entries: Vec<MenuEntry> = vec![copy.into()];
    if !readonly {
        entries.push(paste.into());
    }
    entries.extend([
        MenuItem::new("all", "Select all").into(),
        MenuEntry::Separator,
        find.into(),
        MenuItem::new("clear", "Clear").icon(Glyph::Minus).into(),
    ]);
    if !readonly {
        entries.push(MenuItem::new("reset", "Reset").icon(Glyph::RotateCcw).hint("fixes a garbled screen").into());
    }
    entries
}

/// Does what was chosen in such a menu.
pub(super) fn choose(handle: &TerminalHandle, id: &str) {
    match id {
        "copy" => handle.copy(),
        "paste" => handle.paste(),
        "all" => handle.select_all(),
        "find" => handle.find(),
        "clear" => handle.clear(),
        "reset" => handle.reset(),
        _ => {}
    }
}
