//! Ties a terminal's session to what draws it.

use std::cell::RefCell;
use std::rc::Rc;

use aether_protocol::TtyId;
use aether_protocol::domains::tty::{self, Resize};
use futures_channel::mpsc;
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::binding::{Heard, Screen};
use super::handle::TerminalHandle;
use super::keys::{self, Route};
use super::palette::{self, Palette};
use super::session::{Again, Session, Standing};
use super::view::TerminalViewProps;
use crate::kernel::Kernel;
use crate::kit::Pressed;
use crate::kit::browser::Timeout;

/// How long a size has to last before the program is told, in milliseconds.
const SETTLED: i32 = 120;

/// Whether there is anything that draws.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Drawn {
    Loading,
    Ready,
    /// It could not be loaded, in the browser's words.
    Failed(String),
}

/// The way to a session that has ended or failed.
pub(super) type Asked = Rc<RefCell<Option<mpsc::UnboundedSender<Again>>>>;

/// Asks for more.
pub(super) fn want(asked: &Asked, what: Again) {
    if let Some(ask) = &*asked.borrow() {
        // A session that has gone wants nothing.
        let _ = ask.unbounded_send(what);
    }
}

/// What a view gives to what happens in it.
pub(super) struct Setup {
    pub kernel: Kernel,
    pub handle: TerminalHandle,
    /// The newest properties of the view.
    pub props: Rc<RefCell<TerminalViewProps>>,
    pub again: Asked,
    pub drawn: UseStateSetter<Drawn>,
    pub standing: UseStateSetter<Standing>,
    pub rung: UseStateSetter<u32>,
    pub found: UseStateSetter<(i32, i32)>,
}

/// What `js/terminal.js` wants to know.
#[derive(Serialize)]
struct Options {
    font: String,
    size: f64,
    line: f64,
    label: String,
    readonly: bool,
    theme: Option<Palette>,
}

/// Shows a terminal in `host` until it is dropped.
pub(super) async fn show(host: HtmlElement, setup: Setup) {
    let (type_in, typed) = mpsc::unbounded();
    let (ask, again) = mpsc::unbounded();
    *setup.again.borrow_mut() = Some(ask);
    let props = setup.props.borrow().clone();
    let live = Rc::new(RefCell::new(None::<TtyId>));
    let ended = Rc::new(RefCell::new(false));
    let heard = listeners(&setup, type_in, live.clone(), ended.clone());
    let options = Options {
        font: token("--font-mono"),
        size: token("--size-mono").trim_end_matches("px").parse().unwrap_or(12.5),
        line: 1.25,
        label: props.label.to_string(),
        readonly: props.readonly,
        theme: palette::palette(token),
    };
    let screen = match Screen::open(&host, &text(&options), heard).await {
        Ok(screen) => screen,
        Err(words) => return setup.drawn.set(Drawn::Failed(words)),
    };
    setup.handle.hold(Some(screen.js.clone()));
    setup.drawn.set(Drawn::Ready);
    let session = Session {
        kernel: setup.kernel.clone(),
        screen: screen.js.clone(),
        pid: props.pid,
        tty: props.tty.clone(),
        fresh: props.fresh,
        readonly: props.readonly,
        typed,
        again,
        tell: teller(&setup, live, ended),
        note: None,
    };
    session.run().await;
}

/// Takes in where the session stands.
fn teller(setup: &Setup, live: Rc<RefCell<Option<TtyId>>>, ended: Rc<RefCell<bool>>) -> Callback<Standing> {
    let (kernel, handle, props) = (setup.kernel.clone(), setup.handle.clone(), setup.props.clone());
    let set = setup.standing.clone();
    Callback::from(move |standing: Standing| {
        let props = props.borrow().clone();
        handle.set_live(matches!(standing, Standing::Live(_)));
        *ended.borrow_mut() = matches!(standing, Standing::Ended(Some(_)));
        match &standing {
            Standing::Live(id) => {
                let other = live.borrow().as_ref() != Some(id);
                *live.borrow_mut() = Some(id.clone());
                if other {
                    props.ontty.emit(id.clone());
                }
            }
            Standing::Ended(id) => {
                *live.borrow_mut() = None;
                let code = id.as_ref().and_then(|id| kernel.store().terminals.get().ended(id)).flatten();
                props.onend.emit(code);
            }
            Standing::Opening | Standing::Lost | Standing::Failed(_) => {}
        }
        set.set(standing);
    })
}

fn listeners(
    setup: &Setup,
    type_in: mpsc::UnboundedSender<Vec<u8>>,
    live: Rc<RefCell<Option<TtyId>>>,
    ended: Rc<RefCell<bool>>,
) -> Heard {
    let control = setup.handle.control().clone();
    let typed = move |bytes: Vec<u8>| {
        let held = *control.get();
        if held {
            control.set(false);
        }
        let bytes = if held { keys::controlled(&bytes) } else { bytes };
        // A session that has gone takes nothing.
        let _ = type_in.unbounded_send(bytes);
    };
    let title = {
        let props = setup.props.clone();
        move |title| props.borrow().ontitle.clone().emit(title)
    };
    let bell = {
        let (props, rung, mut count) = (setup.props.clone(), setup.rung.clone(), 0);
        move || {
            count += 1;
            rung.set(count);
            props.borrow().onbell.clone().emit(());
        }
    };
    let found = {
        let found = setup.found.clone();
        move |index, count| found.set((index, count))
    };
    let restyled = {
        let handle = setup.handle.clone();
        move || {
            if let (Some(screen), Some(palette)) = (handle.screen(), palette::palette(token)) {
                screen.theme(&text(&palette));
            }
        }
    };
    Heard {
        typed: Box::new(typed),
        title: Box::new(title),
        bell: Box::new(bell),
        shaped: Box::new(shaped(setup, live)),
        found: Box::new(found),
        restyled: Box::new(restyled),
        key: Box::new(key(setup, ended)),
    }
}

/// Tells the program how large its window is, once that has settled.
fn shaped(setup: &Setup, live: Rc<RefCell<Option<TtyId>>>) -> impl FnMut(u16, u16) + 'static {
    let (kernel, props) = (setup.kernel.clone(), setup.props.clone());
    let mut waiting = None;
    move |cols, rows| {
        if props.borrow().readonly {
            return;
        }
        let (kernel, live) = (kernel.clone(), live.clone());
        let told = Timeout::new(SETTLED, move || {
            let Some(tty_id) = live.borrow().clone() else { return };
            spawn_local(async move {
                // One that has ended needs no size, and the next attach brings it along.
                let _ = tty::Client(&kernel).resize(Resize { tty_id, cols, rows }).await;
            });
        });
        // The size before is not told any more.
        drop(std::mem::replace(&mut waiting, told));
    }
}

fn key(setup: &Setup, ended: Rc<RefCell<bool>>) -> impl FnMut(KeyboardEvent) -> bool + 'static {
    let (handle, again, props) = (setup.handle.clone(), setup.again.clone(), setup.props.clone());
    let mac = crate::shell::keyboard::is_mac();
    move |event: KeyboardEvent| {
        let over = *ended.borrow() && !props.borrow().readonly;
        let pressed = Pressed::from(&event);
        // What is selected is asked for only where it matters.
        let selected = event.code() == "Insert" && handle.has_selection();
        let route = keys::route(&pressed, &event.code(), mac, selected, over);
        let act: Option<&dyn Fn()> = match route {
            Route::Program => return true,
            Route::Page => return false,
            Route::Copy => Some(&|| handle.copy()),
            Route::Find => Some(&|| handle.find()),
            Route::Again => Some(&|| want(&again, Again::Anew)),
        };
        event.prevent_default();
        if let Some(act) = act.filter(|_| event.type_() == "keydown") {
            act();
        }
        false
    }
}

/// The value of a token of `style/tokens.css` as it is now.
pub(super) fn token(name: &str) -> String {
    let window = web_sys::window();
    let root = window.as_ref().and_then(web_sys::Window::document).and_then(|document| document.document_element());
    let style = window.zip(root).and_then(|(window, root)| window.get_computed_style(&root).ok().flatten());
    style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default().trim().to_owned()
}

/// As JSON; what is given here always can be.
pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
