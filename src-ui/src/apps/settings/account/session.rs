//! This session: until when it lives, and how to end it.

use aether_protocol::domains::auth::{Me, Via};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::{Fact, Section};
use crate::kernel::use_kernel;
use crate::kit::{Button, Glyph, TimeAgo};

#[derive(Properties, PartialEq)]
pub struct SessionProps {
    pub me: Me,
}

/// See the module.
#[component]
pub fn Session(props: &SessionProps) -> Html {
    let kernel = use_kernel();
    let asks = kernel.door().asks_who();
    let through = match props.me.via {
        Via::Socket | Via::Rest => "A browser",
        Via::Local => "This machine, as its owner",
        Via::Window => "The desktop app",
    };
    let out = Callback::from(move |_: MouseEvent| {
        let kernel = kernel.clone();
        spawn_local(async move { kernel.sign_out().await });
    });
    let ends = props.me.expires_at.and_then(|at| i64::try_from(at).ok());
    html! {
        <Section id="session" title="This session">
            <dl class="facts">
                <Fact label="Signed in from">{ through }</Fact>
                <Fact label="Ends">
                    { match ends {
                        Some(at) => html! { <><TimeAgo {at} />{ "; renewed while this page is open" }</> },
                        None => html! { "When the window closes" },
                    } }
                </Fact>
            </dl>
            if asks {
                <div class="settings__actions settings__actions--start">
                    <Button icon={Glyph::LogOut} onclick={out}>{ "Sign out" }</Button>
                </div>
            }
        </Section>
    }
}
