//! Where the person says something to the agent.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::desk::{Overlay, use_desk};
use crate::kernel::use_kernel;
use crate::kit::{Button, Glyph, Icon, IconButton, Size, TextArea, Variant, browser::now_ms};
use crate::store::Slice;

use super::outbox::Outbox;

/// Whether something can be said, and if not, why.
#[derive(Debug, Clone, PartialEq)]
pub enum Ear {
    Open,
    /// A past moment is looked at.
    Past,
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
    let (kernel, desk) = (use_kernel(), use_desk());
    let error = use_state(|| None::<String>);
    let busy = use_state(|| false);
    let text = props.text.clone();
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
            let mut id = 0;
            outbox.update(|outbox| id = outbox.send(words.clone(), last, now_ms()));
            busy.set(true);
            error.set(None);
            spawn_local(async move {
                match kernel.tell(pid, words).await {
                    Ok(()) => text.set(String::new()),
                    Err(why) => {
                        outbox.update(|outbox| outbox.failed(id));
                        error.set(Some(why.message));
                    }
                }
                busy.set(false);
            });
        })
    };
    let onchange = {
        let text = text.clone();
        Callback::from(move |now| text.set(now))
    };
    if props.ear == Ear::Ended {
        let pid = props.pid;
        let again = Callback::from(move |_: MouseEvent| desk.show(Overlay::DeployAgain { pid }));
        return html! {
            <div class="composer composer--closed">
                <span class="composer__why">{ format!("{} has ended and reads nothing more.", props.name) }</span>
                <Button icon={Glyph::Play} onclick={again}>{ "Deploy again" }</Button>
            </div>
        };
    }
    if props.ear == Ear::Past {
        return html! {
            <div class="composer composer--closed">
                <span class="composer__why">{ "You look at the record. Nothing can be said in the past." }</span>
            </div>
        };
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
                <IconButton icon={Glyph::Send} label={if props.ear == Ear::Offline { "Send: waits for the connection" } else { "Send (Enter)" }}
                    variant={Variant::Primary} size={Size::Large} busy={*busy} disabled={!ready}
                    onclick={onsubmit.reform(|_| ())} tooltip={crate::kit::Side::Top} />
            </div>
        </form>
    }
}
