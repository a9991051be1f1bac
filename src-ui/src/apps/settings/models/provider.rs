//! One provider: what there is to know of it, its key, a trial.

use aether_protocol::domains::llm::{self, ClearKey, LlmProviderInfo};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::Fact;
use super::key_form::KeyForm;
use super::trial::Trial;
use super::wording;
use crate::kernel::use_kernel;
use crate::kit::{Badge, Banner, Button, Code, ConfirmDialog, Glyph, Icon, Tone, use_id};

#[derive(Clone, Properties, PartialEq)]
pub struct ProviderProps {
    pub provider: LlmProviderInfo,
    pub admin: bool,
    /// The default model, where one is set.
    pub default: Option<AttrValue>,
}

/// A line that opens to all of it.
#[component]
pub fn Provider(props: &ProviderProps) -> Html {
    let provider = &props.provider;
    let open = use_state(|| false);
    let body = use_id("provider");
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <div class={classes!("provider", open.then_some("provider--open"))} data-test={format!("provider-{}", provider.name)}>
            <button type="button" class="provider__head" onclick={toggle} aria-controls={open.then(|| body.clone())}
                aria-expanded={if *open { "true" } else { "false" }}>
                <Icon icon={if wording::is_server_here(provider) { Glyph::Server } else { Glyph::Key }} size={16}
                    class="provider__icon" />
                <span class="provider__text">
                    <span class="provider__name">{ wording::label(provider) }</span>
                    <span class="provider__summary">{ wording::summary(provider) }</span>
                </span>
                if let Some((standing, tone)) = wording::standing(provider) { <Badge label={standing} {tone} /> }
                <Icon icon={Glyph::ChevronDown} size={16} class="provider__chevron" />
            </button>
            if *open {
                <div class="provider__body" id={body}><Details ..props.clone() /></div>
            }
        </div>
    }
}

#[component]
fn Details(props: &ProviderProps) -> Html {
    let provider = &props.provider;
    html! {
        <>
            <dl class="facts">
                <Fact label="Key">{ wording::key_source(provider) }</Fact>
                if let Some(address) = &provider.base_url {
                    <Fact label="Address"><span class="mono">{ address }</span></Fact>
                }
                <Fact label="Models">{ models(&provider.models) }</Fact>
            </dl>
            if let Some(reason) = provider.reason.clone().filter(|_| wording::lacks_key(provider)) {
                <p class="settings__hint">{ reason }</p>
            }
            if provider.name == "ollama" && !provider.available { <StartOllama /> }
            if provider.available { <Trial provider={provider.clone()} default={props.default.clone()} /> }
            if props.admin { <Keys ..props.clone() /> }
        </>
    }
}

fn models(models: &[String]) -> Html {
    if models.is_empty() {
        return html! { "None known yet" };
    }
    html! {
        <ul class="provider__models">{ for models.iter().map(|model| html! { <li key={model.clone()} class="mono">{ model }</li> }) }</ul>
    }
}

/// How to have a model without a key.
#[component]
fn StartOllama() -> Html {
    html! {
        <div class="provider__start">
            <p>
                { "Ollama runs models on this machine, without a key. Install it from " }
                <a href="https://ollama.com/download" target="_blank" rel="noreferrer">{ "ollama.com" }</a>
                { ", then pull a model. It shows up here once it runs." }
            </p>
            <Code label="Commands" text={"ollama serve\nollama pull llama3.1"} />
        </div>
    }
}

/// Setting, replacing and removing the key.
#[component]
fn Keys(props: &ProviderProps) -> Html {
    let kernel = use_kernel();
    let provider = &props.provider;
    let asking = use_state(|| false);
    let busy = use_state(|| false);
    let failed = use_state(|| None::<String>);
    if wording::is_fixed(provider) {
        return html! {
            <Banner tone={Tone::Neutral}
                text="This key was set when the kernel was started. Change it there, then restart the kernel." />
        };
    }
    let ask = {
        let (asking, failed) = (asking.clone(), failed.clone());
        Callback::from(move |_: MouseEvent| {
            failed.set(None);
            asking.set(true);
        })
    };
    let oncancel = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(false))
    };
    let onconfirm = {
        let (asking, busy, failed, name) = (asking.clone(), busy.clone(), failed.clone(), provider.name.clone());
        Callback::from(move |()| {
            let (kernel, asking, busy, failed) = (kernel.clone(), asking.clone(), busy.clone(), failed.clone());
            let request = ClearKey { provider: name.clone() };
            busy.set(true);
            spawn_local(async move {
                match llm::Client(&kernel).clear_key(request).await {
                    Ok(()) => asking.set(false),
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    let stored = provider.key_source.is_some();
    let actions = if stored {
        html! { <Button icon={Glyph::Trash2} onclick={ask}>{ "Remove key" }</Button> }
    } else {
        Html::default()
    };
    let label = wording::label(provider);
    html! {
        <div class="provider__keys">
            <h4 class="provider__subtitle">
                { match (stored, provider.needs_key.unwrap_or(true)) {
                    (true, _) => "Replace the key",
                    (false, true) => "Set the key",
                    (false, false) => "Server address",
                } }
            </h4>
            <KeyForm provider={provider.clone()} {actions} />
            if *asking {
                <ConfirmDialog title={format!("Remove the {label} key?")} confirm="Remove" danger=true busy={*busy}
                    description="Agents that use it fail at their next request. The address is removed too."
                    error={(*failed).clone().map(AttrValue::from)} {onconfirm} {oncancel} />
            }
        </div>
    }
}
