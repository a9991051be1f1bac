//! A provider's key and address: tried first, then kept.

use aether_protocol::domains::llm::{self, Confidential, LlmProviderInfo, SetDefault, SetKey, Test, Tested};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::wording::{self, outcome};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Banner, Button, Field, Glyph, PasswordInput, TextInput, Tone, Variant};

#[derive(Properties, PartialEq)]
pub struct KeyFormProps {
    pub provider: LlmProviderInfo,
    /// Begins with the address in sight.
    #[prop_or_default]
    pub address: bool,
    /// The model that is named becomes the default: for servers whose models nobody knows beforehand.
    #[prop_or_default]
    pub sets_default: bool,
    #[prop_or_default]
    pub autofocus: bool,
    /// It was tried and is kept.
    #[prop_or_default]
    pub onsaved: Callback<Tested>,
    /// Beside the button.
    #[prop_or_default]
    pub actions: Html,
}

/// What is entered.
#[derive(Debug, Clone, PartialEq, Default)]
struct Entered {
    key: String,
    address: String,
    model: String,
}

/// Why it was not kept.
#[derive(Debug, Clone, PartialEq)]
struct Refused {
    said: String,
    /// It may be kept all the same: the server could not be reached, or did not like the model.
    can_keep: bool,
    /// The address is what is wrong.
    at_address: bool,
}

impl Entered {
    /// `elsewhere`: the server is one's own, so that its address is wanted.
    fn is_ready(&self, provider: &LlmProviderInfo, elsewhere: bool) -> bool {
        let (key, address) = (!self.key.trim().is_empty(), self.address().is_some());
        match provider.needs_key.unwrap_or(true) {
            true => key && (address || !elsewhere),
            false => key || address,
        }
    }

    fn address(&self) -> Option<String> {
        Some(self.address.trim().to_owned()).filter(|address| !address.is_empty())
    }

    fn model(&self) -> Option<String> {
        Some(self.model.trim().to_owned()).filter(|model| !model.is_empty())
    }
}

/// See the module.
#[component]
pub fn KeyForm(props: &KeyFormProps) -> Html {
    let kernel = use_kernel();
    let provider = &props.provider;
    let entered = use_state(Entered::default);
    let refused = use_state(|| None::<Refused>);
    let kept = use_state(|| None::<Tested>);
    let busy = use_state(|| false);
    let needs_key = provider.needs_key.unwrap_or(true);
    let with_address = use_state(|| props.address || !needs_key);
    let save = save(&kernel, props, &entered, &refused, &kept, &busy);
    let field = |set: fn(&mut Entered, String)| {
        let (entered, refused, kept) = (entered.clone(), refused.clone(), kept.clone());
        Callback::from(move |text: String| {
            let mut changed = (*entered).clone();
            set(&mut changed, text);
            entered.set(changed);
            refused.set(None);
            kept.set(None);
        })
    };
    let onsubmit = {
        let save = save.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            save.emit(true);
        })
    };
    let show_address = {
        let with_address = with_address.clone();
        Callback::from(move |_: MouseEvent| with_address.set(true))
    };
    let key_shown = needs_key || props.address;
    let error = |at_address: bool| {
        let here = refused.as_ref().filter(|refused| !key_shown || refused.at_address == at_address);
        here.map(|refused| AttrValue::from(refused.said.clone()))
    };
    let can_keep = refused.as_ref().is_some_and(|refused| refused.can_keep);
    let label = wording::label(provider);
    html! {
        <form class="key-form" {onsubmit} novalidate={true} data-test={format!("key-form-{}", provider.name)}>
            if key_shown {
                <Field label={if props.address { "Key".to_owned() } else { format!("{label} key") }} error={error(false)}
                    hint={props.address.then_some("Any text if the server needs none.")}>
                    <PasswordInput value={entered.key.clone()} onchange={field(|entered, text| entered.key = text)}
                        autocomplete="off" autofocus={props.autofocus} />
                </Field>
            }
            if *with_address {
                <Field label="Address" error={error(true)} hint={address_hint(provider, props.address)}>
                    <TextInput value={entered.address.clone()} onchange={field(|entered, text| entered.address = text)}
                        kind="url" mono=true autocomplete="off" icon={Glyph::Globe}
                        placeholder={provider.base_url.clone().unwrap_or_default()} />
                </Field>
                <Field label="Model to try" hint={if props.sets_default { "As the server names it. Agents use it by default." }
                    else { "As the server names it. Its default if empty." }}>
                    <TextInput value={entered.model.clone()} onchange={field(|entered, text| entered.model = text)}
                        mono=true autocomplete="off" placeholder={provider.default_model.clone().unwrap_or_default()} />
                </Field>
            }
            if let Some(tested) = &*kept {
                <Banner tone={Tone::Done} text={format!("Saved. {}.", outcome(tested).0)} />
            }
            <div class="key-form__actions">
                if !*with_address {
                    <Button variant={Variant::Ghost} onclick={show_address}>{ "Change address\u{2026}" }</Button>
                }
                { props.actions.clone() }
                if can_keep {
                    <Button onclick={save.reform(|_: MouseEvent| false)} busy={*busy}>{ "Save anyway" }</Button>
                }
                <Button variant={Variant::Primary} submit=true busy={*busy} disabled={!entered.is_ready(provider, props.address)}>
                    { "Check and save" }
                </Button>
            </div>
        </form>
    }
}

fn address_hint(provider: &LlmProviderInfo, elsewhere: bool) -> &'static str {
    if elsewhere {
        "For example https://host:port/v1."
    } else if provider.name == wording::COMPATIBLE {
        "Of any server that speaks OpenAI\u{2019}s format, for example https://host:port/v1. OpenAI\u{2019}s own if empty."
    } else {
        "The provider\u{2019}s own if empty."
    }
}

/// Tries what is entered (`true`), or keeps it untried.
fn save(
    kernel: &Kernel,
    props: &KeyFormProps,
    entered: &UseStateHandle<Entered>,
    refused: &UseStateHandle<Option<Refused>>,
    kept: &UseStateHandle<Option<Tested>>,
    busy: &UseStateHandle<bool>,
) -> Callback<bool> {
    let (kernel, provider, sets_default) = (kernel.clone(), props.provider.clone(), props.sets_default);
    let elsewhere = props.address;
    let (entered, refused, kept, busy) = (entered.clone(), refused.clone(), kept.clone(), busy.clone());
    let onsaved = props.onsaved.clone();
    Callback::from(move |first_try: bool| {
        if *busy || !entered.is_ready(&provider, elsewhere) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let (kernel, name, now) = (kernel.clone(), provider.name.clone(), (*entered).clone());
        let (entered, refused, kept, busy) = (entered.clone(), refused.clone(), kept.clone(), busy.clone());
        let onsaved = onsaved.clone();
        spawn_local(async move {
            match check_and_keep(&kernel, &name, &now, first_try, sets_default).await {
                Ok(tested) => {
                    entered.set(Entered::default());
                    kept.set(tested.ok.then(|| tested.clone()));
                    onsaved.emit(tested);
                }
                Err(said) => refused.set(Some(said)),
            }
            busy.set(false);
        });
    })
}

async fn check_and_keep(
    kernel: &Kernel,
    provider: &str,
    entered: &Entered,
    first_try: bool,
    sets_default: bool,
) -> Result<Tested, Refused> {
    let client = llm::Client(kernel);
    let failed =
        |error: aether_protocol::WireError| Refused { said: error.message, can_keep: false, at_address: false };
    let key = Confidential(entered.key.trim().to_owned());
    let mut tested = Tested { ok: false, model: String::new(), latency_ms: 0, reply: None, error: None, code: None };
    if first_try {
        let request = Test {
            provider: provider.to_owned(),
            model: entered.model(),
            key: Some(key.clone()),
            base_url: entered.address(),
        };
        tested = client.test(request).await.map_err(failed)?;
        if !tested.ok {
            // A key that was refused is of no use; all else may be well by tomorrow.
            let can_keep = !matches!(tested.code.as_deref(), Some("auth" | "not_configured"));
            let at_address = entered.address().is_some() && tested.code.as_deref() == Some("unavailable");
            return Err(Refused { said: outcome(&tested).0, can_keep, at_address });
        }
    }
    let request = SetKey { provider: provider.to_owned(), key, base_url: entered.address() };
    client.set_key(request).await.map_err(failed)?;
    if let Some(model) = entered.model().filter(|_| sets_default) {
        client.set_default(SetDefault { model: format!("{provider}:{model}") }).await.map_err(failed)?;
    }
    Ok(tested)
}

#[cfg(test)]
mod tests {
    use super::super::wording::tests::provider;
    use super::*;

    #[test]
    fn a_key_is_wanted_where_one_is_needed_and_an_address_will_do_elsewhere() {
        let (openai, mut ollama) = (provider("openai", false, &[]), provider("ollama", false, &[]));
        ollama.needs_key = Some(false);
        let address = Entered { address: " http://box:1/v1 ".to_owned(), ..Entered::default() };
        assert!(!address.is_ready(&openai, false) && address.is_ready(&ollama, false));
        assert_eq!(address.address().as_deref(), Some("http://box:1/v1"));
        let key = Entered { key: "sk-1".to_owned(), ..Entered::default() };
        assert!(key.is_ready(&openai, false) && key.address().is_none());
        assert!(!key.is_ready(&openai, true), "where is it?");
        assert!(!Entered { key: "  ".to_owned(), ..Entered::default() }.is_ready(&openai, false));
    }
}
