//! Trying a provider out.

use aether_protocol::WireError;
use aether_protocol::domains::llm::{self, LlmProviderInfo, Test, Tested};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::wording::{self, outcome};
use crate::kernel::use_kernel;
use crate::kit::{Banner, Button, Choice, Combobox, Field, Glyph, Tone};

#[derive(Properties, PartialEq)]
pub struct TrialProps {
    pub provider: LlmProviderInfo,
    /// The default model, where one is set: it is tried where it is this provider's.
    pub default: Option<AttrValue>,
}

/// Asks one of a provider's models for a word, and says how that went.
#[component]
pub fn Trial(props: &TrialProps) -> Html {
    let kernel = use_kernel();
    let provider = &props.provider;
    let model = use_state(|| wording::to_try(provider, props.default.as_deref()));
    let outcome = use_state(|| None::<Result<Tested, WireError>>);
    let busy = use_state(|| false);
    let run = {
        let (name, model, shown, busy) = (provider.name.clone(), model.clone(), outcome.clone(), busy.clone());
        Callback::from(move |()| {
            if *busy {
                return;
            }
            busy.set(true);
            shown.set(None);
            let wanted = Some(model.trim().to_owned()).filter(|model| !model.is_empty());
            let request = Test { provider: name.clone(), model: wanted, key: None, base_url: None };
            let (kernel, shown, busy) = (kernel.clone(), shown.clone(), busy.clone());
            spawn_local(async move {
                shown.set(Some(llm::Client(&kernel).test(request).await));
                busy.set(false);
            });
        })
    };
    let suggestions = provider.models.iter().map(|model| Choice::new(model.clone(), model.clone())).collect::<Vec<_>>();
    let onchange = {
        let model = model.clone();
        Callback::from(move |text: String| model.set(text))
    };
    let test = run.reform(|_: MouseEvent| ());
    html! {
        <div class="trial">
            <div class="trial__line">
                <Field label="Model" class="trial__model">
                    <Combobox value={(*model).clone()} {suggestions} {onchange} onsubmit={run} mono=true
                        placeholder="Provider\u{2019}s default" />
                </Field>
                <span data-test={format!("test-{}", provider.name)}>
                    <Button icon={Glyph::Zap} busy={*busy} onclick={test}
                        label={format!("Test {}", wording::label(provider))}>{ "Test" }</Button>
                </span>
            </div>
            <div data-test={format!("tested-{}", provider.name)}>{ said(&outcome) }</div>
        </div>
    }
}

/// How a trial went.
pub fn said(tested: &Option<Result<Tested, WireError>>) -> Html {
    match tested {
        None => Html::default(),
        Some(Ok(tested)) => {
            let (text, tone) = outcome(tested);
            html! { <Banner {text} {tone} /> }
        }
        Some(Err(error)) => html! { <Banner text={error.message.clone()} tone={Tone::Failed} /> },
    }
}
