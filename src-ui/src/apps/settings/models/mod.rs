//! Models: who provides them, by which key, and which one is taken where none is named.

mod default_model;
mod key_form;
mod provider;
mod trial;
pub mod wording;

use std::rc::Rc;

use aether_protocol::auth::Role;
use aether_protocol::domains::llm::{self, DefaultModel, LlmProviderInfo};
use aether_protocol::{Empty, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::default_model::DefaultModelSection;
use self::provider::Provider;
use super::section::Section;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::browser::Listener;
use crate::kit::{Banner, Button, ErrorState, Glyph, Size, Skeleton, Tone, Variant};
use crate::store::{use_select, use_slice};

pub use key_form::KeyForm;

/// What is known of the models.
#[derive(Clone, PartialEq)]
pub struct Known {
    pub providers: Rc<Vec<LlmProviderInfo>>,
    pub default: DefaultModel,
}

/// A list that is kept current.
#[derive(Clone, PartialEq)]
pub struct Listed {
    /// `None` until the first answer.
    pub known: Option<Known>,
    /// Why the last question failed; what was known before stays.
    pub failed: Option<WireError>,
    /// Asks again.
    pub again: Callback<()>,
    /// It is being asked.
    pub busy: bool,
}

/// The providers, asked for again whenever one of them has changed.
#[hook]
pub fn use_providers(kernel: &Kernel) -> Listed {
    let known = use_state(|| None::<Known>);
    let failed = use_state(|| None::<WireError>);
    let busy = use_state(|| true);
    let changed = *use_slice(&kernel.store().providers);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    let newest = use_mut_ref(|| 0u64);
    let again = {
        let (kernel, known, failed, busy) = (kernel.clone(), known.clone(), failed.clone(), busy.clone());
        Callback::from(move |()| {
            let (kernel, known, failed, busy) = (kernel.clone(), known.clone(), failed.clone(), busy.clone());
            let mine = {
                let mut newest = newest.borrow_mut();
                *newest += 1;
                *newest
            };
            let newest = newest.clone();
            busy.set(true);
            spawn_local(async move {
                let answer = ask(&kernel).await;
                // A later question has a newer answer.
                if *newest.borrow() != mine {
                    return;
                }
                match answer {
                    Ok(answer) => {
                        known.set(Some(answer));
                        failed.set(None);
                    }
                    Err(error) => failed.set(Some(error)),
                }
                busy.set(false);
            });
        })
    };
    {
        let again = again.clone();
        use_effect_with((changed, epoch), move |_| again.emit(()));
    }
    {
        // Somebody who has started a server comes back from where they did.
        let again = again.clone();
        use_effect_with((), move |()| {
            let window = web_sys::window();
            let looked_at = window.map(|window| Listener::new(&window, "focus", move |_| again.emit(())));
            move || drop(looked_at)
        });
    }
    Listed { known: (*known).clone(), failed: (*failed).clone(), again, busy: *busy }
}

async fn ask(kernel: &Kernel) -> Result<Known, WireError> {
    let client = llm::Client(kernel);
    let (providers, default) = futures_util::join!(client.list(Empty {}), client.get_default(Empty {}));
    Ok(Known { providers: Rc::new(providers?), default: default? })
}

/// True where the person may set keys and the default.
#[hook]
pub fn use_is_admin(kernel: &Kernel) -> bool {
    use_select(&kernel.store().connection, |connection| {
        connection.user.as_ref().is_some_and(|user| user.role == Role::Admin)
    })
}

/// See the module.
#[component]
pub fn Models() -> Html {
    let kernel = use_kernel();
    let listed = use_providers(&kernel);
    let admin = use_is_admin(&kernel);
    let Some(known) = listed.known.clone() else {
        return match &listed.failed {
            Some(error) => html! {
                <ErrorState title="The models could not be listed" message={error.message.clone()}
                    onretry={listed.again.clone()} busy={listed.busy} details={format!("llm.list: {:?}", error.code)} />
            },
            None => html! { <Skeleton lines={8} label="Loading models" /> },
        };
    };
    let look = listed.again.reform(|_: MouseEvent| ());
    let look_again = html! {
        <Button size={Size::Small} variant={Variant::Ghost} icon={Glyph::RefreshCw} busy={listed.busy}
            onclick={look}>{ "Look again" }</Button>
    };
    let shown = |local: bool| {
        let here = |provider: &&LlmProviderInfo| {
            wording::is_server_here(provider) == local && provider.name != wording::SCRIPTED
        };
        let default = known.default.model.clone().map(AttrValue::from);
        let mut providers: Vec<&LlmProviderInfo> = known.providers.iter().filter(here).collect();
        // Those that can be used first; among equals the order stays.
        providers.sort_by_key(|provider| !provider.available);
        providers.into_iter().map(|provider| html! {
            <Provider key={provider.name.clone()} provider={provider.clone()} {admin} default={default.clone()} />
        }).collect::<Html>()
    };
    html! {
        <>
            if let Some(error) = &listed.failed {
                <Banner tone={Tone::Failed} text={error.message.clone()} />
            }
            if !admin {
                <Banner text="An administrator sets keys and the default model. You can look at what is there and test it." />
            }
            <DefaultModelSection known={known.clone()} {admin} />
            <Section id="providers" title="Providers"
                text="Agents send their requests here. Keys go to the kernel and nowhere else, and are never shown again.">
                <div class="providers">{ shown(false) }</div>
            </Section>
            <Section id="local" title="On this machine" aside={look_again}
                text="Your own model servers: nothing leaves your network.">
                <div class="providers">{ shown(true) }</div>
            </Section>
        </>
    }
}
