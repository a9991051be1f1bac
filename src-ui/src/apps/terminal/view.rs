//! One terminal of a process, wherever it is shown.

use aether_protocol::{Pid, TtyId};
use futures_util::future::{AbortHandle, Abortable};
use web_sys::{Element, HtmlElement, Node};
use yew::prelude::*;

use super::face::{Said, TerminalMenu, cover, foot};
use super::find::FindBar;
use super::handle::TerminalHandle;
use super::screen::{Asked, Drawn, Setup, show, want};
use super::session::{Again, Standing};
use crate::kernel::use_kernel;
use crate::store::use_select;

#[derive(Properties, Clone, PartialEq)]
pub struct TerminalViewProps {
    /// Whose terminal; 1 is the person's own shell.
    pub pid: Pid,
    /// Which one; without it the first of the process, or a new one. It is read once: give the view another `key` to
    /// show another terminal.
    #[prop_or_default]
    pub tty: Option<TtyId>,
    /// Without `tty`: a new one is opened, also where the process has some.
    #[prop_or_default]
    pub fresh: bool,
    /// For looking only: nothing is typed, opened or resized; the letters shrink until the terminal fits.
    #[prop_or_default]
    pub readonly: bool,
    /// It has the keyboard.
    #[prop_or_default]
    pub active: bool,
    /// Its name for those who cannot see it.
    #[prop_or(AttrValue::Static("Terminal"))]
    pub label: AttrValue,
    /// For whoever wants to do something to it.
    #[prop_or_default]
    pub handle: Option<TerminalHandle>,
    /// Which terminal is shown: once it is attached, and again whenever it is another.
    #[prop_or_default]
    pub ontty: Callback<TtyId>,
    /// What the program calls the terminal.
    #[prop_or_default]
    pub ontitle: Callback<String>,
    /// The shell has ended, by this code where it is known.
    #[prop_or_default]
    pub onend: Callback<Option<i32>>,
    /// The program rang.
    #[prop_or_default]
    pub onbell: Callback<()>,
}

/// See the module.
#[component]
pub fn TerminalView(props: &TerminalViewProps) -> Html {
    let kernel = use_kernel();
    let host = use_node_ref();
    let own = use_state(TerminalHandle::default);
    let handle = props.handle.clone().unwrap_or_else(|| (*own).clone());
    let drawn = use_state_eq(|| Drawn::Loading);
    let standing = use_state_eq(|| Standing::Opening);
    let attempt = use_state(|| 0_u32);
    let rung = use_state(|| 0_u32);
    let found = use_state_eq(|| (-1, 0));
    let menu = use_state(|| None::<(f64, f64)>);
    let again: Asked = use_mut_ref(|| None);
    let latest = use_mut_ref(|| props.clone());
    latest.borrow_mut().clone_from(props);
    let setup = Setup {
        kernel: kernel.clone(),
        handle: handle.clone(),
        props: latest,
        again: again.clone(),
        drawn: drawn.setter(),
        standing: standing.setter(),
        rung: rung.setter(),
        found: found.setter(),
    };
    use_session(&host, setup, *attempt);
    use_keyboard_focus(&host, &handle, props.active && *drawn == Drawn::Ready);
    let ended = match &*standing {
        Standing::Ended(id) => id.clone(),
        _ => None,
    };
    let code = use_select(&kernel.store().terminals, move |terminals| {
        ended.as_ref().and_then(|id| terminals.ended(id)).flatten()
    });
    let oncontextmenu = {
        let menu = menu.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            menu.set(Some((f64::from(event.client_x()), f64::from(event.client_y()))));
        })
    };
    let ask = |what: Again| {
        let (again, handle) = (again.clone(), handle.clone());
        Callback::from(move |()| {
            want(&again, what);
            handle.focus();
        })
    };
    let retry = {
        let drawn = drawn.clone();
        Callback::from(move |()| {
            drawn.set(Drawn::Loading);
            attempt.set(*attempt + 1);
        })
    };
    let onclose = {
        let menu = menu.clone();
        Callback::from(move |()| menu.set(None))
    };
    html! {
        <div class="term" data-keys="terminal" data-test="terminal" data-state={state(&drawn, &standing)}>
            <FindBar handle={handle.clone()} found={*found} />
            <div class="term__screen">
                <div ref={host} class="term__host" {oncontextmenu}></div>
                { cover(&drawn, &standing, &retry) }
                if *rung > 0 {
                    <span key={*rung} class="term__bell" aria-hidden="true"></span>
                }
                <Said handle={handle.clone()} />
            </div>
            { foot(&standing, code, props.readonly, &ask(Again::Anew), &ask(Again::Retry)) }
            if let Some((x, y)) = *menu {
                <TerminalMenu {x} {y} handle={handle.clone()} readonly={props.readonly} {onclose} />
            }
        </div>
    }
}

/// For tests and style sheets: how it is.
fn state(drawn: &Drawn, standing: &Standing) -> &'static str {
    match (drawn, standing) {
        (Drawn::Loading, _) => "loading",
        (Drawn::Failed(_), _) | (Drawn::Ready, Standing::Failed(_)) => "failed",
        (Drawn::Ready, Standing::Opening) => "opening",
        (Drawn::Ready, Standing::Live(_)) => "live",
        (Drawn::Ready, Standing::Lost) => "lost",
        (Drawn::Ready, Standing::Ended(_)) => "ended",
    }
}

/// Shows the terminal in `host` for as long as the component is there; a new attempt begins anew.
#[hook]
fn use_session(host: &NodeRef, setup: Setup, attempt: u32) {
    let host = host.clone();
    use_effect_with(attempt, move |_| {
        let (stop, registration) = AbortHandle::new_pair();
        let handle = setup.handle.clone();
        if let Some(host) = host.cast::<HtmlElement>() {
            wasm_bindgen_futures::spawn_local(async move {
                // It ends by being stopped.
                let _ = Abortable::new(show(host, setup), registration).await;
            });
        }
        move || {
            stop.abort();
            handle.hold(None);
        }
    });
}

/// The keyboard goes to the terminal once it is active, unless it is in another window or dialog by then.
#[hook]
fn use_keyboard_focus(host: &NodeRef, handle: &TerminalHandle, wanted: bool) {
    let (host, handle) = (host.clone(), handle.clone());
    use_effect_with(wanted, move |wanted| {
        let Some(host) = host.cast::<Element>().filter(|_| *wanted) else { return };
        let active = host.owner_document().and_then(|document| document.active_element());
        let window = host.closest(".window").ok().flatten();
        let elsewhere = active.is_some_and(|active| {
            active.tag_name() != "BODY"
                && !active.class_list().contains("window")
                && window.is_none_or(|window| !window.contains(Some(active.as_ref() as &Node)))
        });
        if !elsewhere {
            handle.focus();
        }
    });
}
