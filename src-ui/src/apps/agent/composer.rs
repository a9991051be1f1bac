//! Where the person says something to the agent.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::kernel::use_kernel;
use crate::kit::{Glyph, Icon, IconButton, Size, TextArea, Variant, browser::now_ms};
use crate::store::Slice;

use super::outbox::Outbox;

/// Whether something can be said, and if not, why.
#[derive(Debug, Clone, PartialEq)]
pub enum Ear {
    Open,
    /// A past moment is looked at.
    Past,
    /// It has ended.
    Ended,
    /// The connection is lost.
    Offline,
}

#[derive(Properties, PartialEq)]
pub struct ComposerProps {
    pub pid: aether_protocol::Pid,
    pub name: AttrValue,
    pub ear: Ear,
    pub outbox: Slice<Outbox>,
    /// The newest entry of the journal.
    pub last: Option<u64>,
    /// The words that are written and not sent.
    pub text: UseStateHandle<String>,
}

/// See the module.
#[component]
pub fn Composer(props: &ComposerProps) -> Html {
    let kernel = use_kernel();
    let error = use_state(|| None::<String>);
    let busy = use_state(|| false);
    let text = props.text.clone();
    // What is in the field by the time that an answer comes.
    let newest = use_mut_ref(String::new);
    newest.borrow_mut().clone_from(&*text);
    let onsubmit = {
        let (text, error, busy, outbox) = (text.clone(), error.clone(), busy.clone(), props.outbox.clone());
        let (pid, last, open) = (props.pid, props.last, props.ear == Ear::Open);
        Callback::from(move |()| {
            let words = text.trim().to_owned();
            if words.is_empty() || !open || *busy {
                return;
            }
            let (kernel, text, error, busy, outbox) =
                (kernel.clone(), text.clone(), error.clone(), busy.clone(), outbox.clone());
            let newest = newest.clone();
            let mut id = 0;
            outbox.update(|outbox| id = outbox.send(words.clone(), last, now_ms()));
            busy.set(true);
            error.set(None);
            // At once: what is typed from now on is the next message.
            text.set(String::new());
            spawn_local(async move {
                if let Err(why) = kernel.tell(pid, words.clone()).await {
                    outbox.update(|outbox| outbox.failed(id));
                    error.set(Some(why.message));
                    let since = newest.borrow().clone();
                    text.set(if since.trim().is_empty() { words } else { format!("{words}\n{since}") });
                }
                busy.set(false);
            });
        })
    };
    let onchange = {
        let text = text.clone();
        Callback::from(move |now| text.set(now))
    };
    let closed = match props.ear {
        Ear::Ended => Some("This run has ended."),
        Ear::Past => Some("You are looking at an earlier moment. Messages go to the agent as it is now."),
        Ear::Open | Ear::Offline => None,
    };
    if let Some(why) = closed {
        return html! { <div class="composer composer--closed"><span class="composer__why">{ why }</span></div> };
    }
    let ready = props.ear == Ear::Open && !text.trim().is_empty();
    let label = format!("Message {}", props.name);
    html! {
        <form class="composer" onsubmit={Callback::from(|event: SubmitEvent| event.prevent_default())}>
            if let Some(error) = &*error {
                <p class="composer__error" role="alert"><Icon icon={Glyph::CircleAlert} size={14} />{ format!("Not sent. {error}") }</p>
            }
            <div class="composer__line">
                <TextArea value={(*text).clone()} {onchange} onsubmit={onsubmit.clone()} rows={1} label={label.clone()}
                    placeholder={format!("{label}\u{2026}")} class="composer__text" />
                <IconButton icon={Glyph::Send} label={if props.ear == Ear::Offline { "Send, when the connection is back" } else { "Send (Enter)" }}
                    variant={Variant::Primary} size={Size::Large} busy={*busy} disabled={!ready}
                    onclick={onsubmit.reform(|_| ())} tooltip={crate::kit::Side::Top} />
            </div>
        </form>
    }
}
