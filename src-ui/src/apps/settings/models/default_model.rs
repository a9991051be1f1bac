//! The model of agents for which none is named.

use aether_protocol::domains::llm::{self, SetDefault};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::Section;
use super::{Known, wording};
use crate::kernel::use_kernel;
use crate::kit::{Button, Choice, Field, Select, TextInput, Variant};

/// The choice that stands for none.
const AUTO: &str = "auto";
/// The choice behind which a name is typed.
const OTHER: &str = "\u{0}other";

#[derive(Properties, PartialEq)]
pub struct DefaultModelProps {
    pub known: Known,
    pub admin: bool,
}

/// See the module.
#[component]
pub fn DefaultModelSection(props: &DefaultModelProps) -> Html {
    let kernel = use_kernel();
    let known = &props.known;
    let typing = use_state(|| false);
    let typed = use_state(String::new);
    let failed = use_state(|| None::<String>);
    let busy = use_state(|| false);
    let set = {
        let (failed, busy, typing) = (failed.clone(), busy.clone(), typing.clone());
        Callback::from(move |model: String| {
            let (kernel, failed, busy, typing) = (kernel.clone(), failed.clone(), busy.clone(), typing.clone());
            busy.set(true);
            spawn_local(async move {
                match llm::Client(&kernel).set_default(SetDefault { model }).await {
                    Ok(()) => {
                        failed.set(None);
                        typing.set(false);
                    }
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    let onchange = {
        let (set, typing) = (set.clone(), typing.clone());
        Callback::from(move |value: AttrValue| {
            if value == OTHER {
                typing.set(true);
            } else {
                typing.set(false);
                set.emit(value.to_string());
            }
        })
    };
    let current = if *typing { OTHER.to_owned() } else { known.default.model.clone().unwrap_or(AUTO.to_owned()) };
    let onname = {
        let typed = typed.clone();
        Callback::from(move |text| typed.set(text))
    };
    let save = {
        let typed = typed.clone();
        Callback::from(move |()| {
            if !typed.trim().is_empty() {
                set.emit(typed.trim().to_owned());
            }
        })
    };
    html! {
        <Section id="default-model" title="Default model" text="For agents that name no model of their own.">
            <Field label="Model" hint={meaning(known)} error={(*failed).clone().map(AttrValue::from)}>
                <Select value={current} choices={options(known)} {onchange} disabled={!props.admin || *busy} />
            </Field>
            if *typing {
                <div class="trial__line">
                    <Field label="Name" class="trial__model" hint="As provider:model, for example openai:gpt-5.">
                        <TextInput value={(*typed).clone()} onchange={onname} onsubmit={save.clone()} mono=true
                            autofocus=true autocomplete="off" />
                    </Field>
                    <Button variant={Variant::Primary} busy={*busy} disabled={typed.trim().is_empty()}
                        onclick={save.reform(|_: MouseEvent| ())}>{ "Use this model" }</Button>
                </div>
            }
        </Section>
    }
}

/// What the choice means now.
fn meaning(known: &Known) -> String {
    if known.default.model.is_some() {
        return "Agents without a model of their own use this one, and wait while it is unavailable.".to_owned();
    }
    let order = wording::automatic_order(&known.providers);
    match wording::automatic(&known.providers) {
        Some((_, name)) => format!("The first of {order} that is ready. Now: {}.", wording::unbroken(&name)),
        None => format!("The first of {order} that is ready. None is ready yet."),
    }
}

fn options(known: &Known) -> Vec<Choice> {
    let mut options = vec![Choice::new(AUTO, "Automatic")];
    for provider in known.providers.iter().filter(|provider| provider.available && provider.name != wording::SCRIPTED) {
        let group = wording::label(provider).to_owned();
        options.extend(
            provider
                .models
                .iter()
                .map(|model| Choice::new(format!("{}:{model}", provider.name), model.clone()).group(group.clone())),
        );
    }
    if let Some(model) = &known.default.model
        && !options.iter().any(|option| option.value == model.as_str())
    {
        options.insert(1, Choice::new(model.clone(), wording::model_name(&known.providers, model)));
    }
    options.push(Choice::new(OTHER, "Another model\u{2026}"));
    options
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use aether_protocol::domains::llm::DefaultModel;

    use super::super::wording::tests::provider;
    use super::*;

    #[test]
    fn what_is_set_can_be_chosen_even_where_nobody_lists_it() {
        let providers = Rc::new(vec![provider("openai", true, &["a", "b"]), provider("gemini", false, &["g"])]);
        let values = |model: Option<&str>| {
            let default = DefaultModel { model: model.map(str::to_owned) };
            let options = options(&Known { providers: providers.clone(), default });
            options.into_iter().map(|option| option.value.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(values(None), [AUTO, "openai:a", "openai:b", OTHER]);
        assert_eq!(values(Some("openai:b")), [AUTO, "openai:a", "openai:b", OTHER]);
        assert_eq!(values(Some("gemini:g")), [AUTO, "gemini:g", "openai:a", "openai:b", OTHER]);
    }
}
