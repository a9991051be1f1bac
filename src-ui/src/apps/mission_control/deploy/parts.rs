//! The parts of the form: who, what, by which model, and how confined.

use aether_protocol::domains::llm::{self, LlmProviderInfo};
use aether_protocol::{Empty, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::form::{Draft, EXAMPLES, Part, ROLES};
use super::models::Models;
use crate::apps;
use crate::desk::use_desk;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{
    Banner, Button, Choice, Combobox, Field, Glyph, RadioCards, Select, Size, Switch, TextArea, Tone, Variant,
};
use crate::store::{use_select, use_slice};

#[derive(Properties, PartialEq)]
pub struct PartProps {
    pub draft: Draft,
    pub change: Callback<(Part, Draft)>,
    pub error: Option<AttrValue>,
    #[prop_or_default]
    pub node: NodeRef,
}

/// What it is to reach, with a few to begin from.
#[component]
pub fn GoalField(props: &PartProps) -> Html {
    let PartProps { draft, change, error, node } = props;
    let onchange = {
        let draft = draft.clone();
        change.reform(move |goal| (Part::Goal, Draft { goal, ..draft.clone() }))
    };
    // What the person wrote is not to be replaced; the chips keep their place, so that nothing moves while they write.
    let own = !draft.goal.trim().is_empty() && !EXAMPLES.iter().any(|(.., goal)| *goal == draft.goal);
    html! {
        <div class="mc-deploy__goal">
            <Field label="Goal" required={true} error={error.clone()}>
                <TextArea rows={3} value={draft.goal.clone()} {onchange} autofocus={true} node_ref={node.clone()}
                    placeholder="Describe the result you want" />
            </Field>
            <div class="mc-deploy__examples" role="group" aria-label="Goals to begin from">
                { for EXAMPLES.iter().map(|(name, role, goal)| {
                    let (draft, change, node) = (draft.clone(), change.clone(), node.clone());
                    let onclick = Callback::from(move |_: MouseEvent| {
                        let role = if draft.role.is_empty() { (*role).to_owned() } else { draft.role.clone() };
                        change.emit((Part::Goal, Draft { goal: (*goal).to_owned(), role, ..draft.clone() }));
                        super::focus(&node);
                    });
                    html! {
                        <button key={*name} type="button" class="mc-chip" title={*goal} disabled={own} {onclick}>
                            { *name }
                        </button>
                    }
                }) }
            </div>
        </div>
    }
}

/// What it is: a word that it goes by.
#[component]
pub fn RoleField(props: &PartProps) -> Html {
    let PartProps { draft, change, error, .. } = props;
    let onchange = {
        let draft = draft.clone();
        change.reform(move |role| (Part::Role, Draft { role, ..draft.clone() }))
    };
    let suggestions = ROLES.iter().map(|(role, hint)| Choice::new(*role, *role).hint(*hint)).collect::<Vec<_>>();
    html! {
        <Field label="Role" hint="Defaults to Assistant" error={error.clone()}>
            <Combobox value={draft.role.clone()} {suggestions} {onchange} placeholder="Coder, Researcher, \u{2026}" />
        </Field>
    }
}

/// What is known of the models.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    Loading,
    Known(Models),
    Failed(String),
}

#[hook]
fn use_models(kernel: &Kernel) -> (Asked, Callback<MouseEvent>) {
    let asked = use_state(|| Asked::Loading);
    let tries = use_state(|| 0u32);
    let changes = *use_slice(&kernel.store().providers);
    {
        let (kernel, asked) = (kernel.clone(), asked.setter());
        use_effect_with((changes, *tries), move |_| {
            spawn_local(async move {
                asked.set(match models(&kernel).await {
                    Ok(models) => Asked::Known(models),
                    Err(error) => Asked::Failed(error.message),
                });
            });
        });
    }
    let again = Callback::from(move |_: MouseEvent| tries.set(*tries + 1));
    ((*asked).clone(), again)
}

async fn models(kernel: &Kernel) -> Result<Models, WireError> {
    let providers: Vec<LlmProviderInfo> = llm::Client(kernel).list(Empty {}).await?;
    let default = llm::Client(kernel).get_default(Empty {}).await?.model;
    Ok(Models { providers, default })
}

/// Which model thinks for it.
#[component]
pub fn ModelField(props: &PartProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let PartProps { draft, change, error, .. } = props;
    let (asked, again) = use_models(&kernel);
    let onchange = {
        let draft = draft.clone();
        change.reform(move |model: AttrValue| (Part::Model, Draft { model: model.to_string(), ..draft.clone() }))
    };
    let options = match &asked {
        Asked::Known(models) => models.options(&draft.model),
        Asked::Loading => {
            let label = match draft.model.as_str() {
                "auto" => "Automatic".to_owned(),
                model => Models::default().named(model),
            };
            vec![Choice::new(draft.model.clone(), label)]
        }
        Asked::Failed(_) => Models::default().options(&draft.model),
    };
    let settings = {
        let desk = desk;
        Callback::from(move |_: MouseEvent| desk.open(apps::SETTINGS, "models"))
    };
    let hint = match (&asked, draft.model.as_str()) {
        (Asked::Known(models), "auto") if models.auto().is_some() => "The default, or the first that is set up",
        (_, super::TOUR) => "The replies are scripted and no model is asked; loop, tools, sandbox and files are real.",
        _ => "",
    };
    html! {
        <div class="mc-deploy__model">
            <Field label="Model" error={error.clone()} hint={(!hint.is_empty()).then_some(hint)}>
                <Select value={draft.model.clone()} choices={options} {onchange} />
            </Field>
            if let Asked::Known(models) = &asked {
                if !models.any() {
                    <Banner tone={Tone::NeedsYou} text="No provider of models is set up yet. The tour runs without one."
                        action={html! {
                            <Button size={Size::Small} onclick={settings}>{ "Set up a provider" }</Button>
                        }} />
                }
            }
            if let Asked::Failed(why) = &asked {
                <Banner tone={Tone::Failed} text={format!("The models could not be listed. {why}")}
                    action={html! { <Button size={Size::Small} variant={Variant::Ghost} onclick={again}>{ "Retry" }</Button> }} />
            }
        </div>
    }
}

/// Where its commands run, and whether they reach the network.
#[component]
pub fn Confinement(props: &PartProps) -> Html {
    let kernel = use_kernel();
    let PartProps { draft, change, error, .. } = props;
    let admin = use_select(&kernel.store().connection, |connection| {
        connection.user.as_ref().is_some_and(|user| user.role == aether_protocol::auth::Role::Admin)
    });
    let mut choices = vec![
        Choice::new("confined", "Confined by the operating system")
            .icon(Glyph::ShieldCheck)
            .hint("It sees its own home only. You allow what goes beyond it."),
    ];
    // Only an administrator may allow it, so others are not offered what would be refused.
    if admin || draft.host {
        choices.push(
            Choice::new("host", "This machine itself")
                .icon(Glyph::TriangleAlert)
                .hint("No sandbox. You are asked before its first command."),
        );
    }
    let onchange = {
        let draft = draft.clone();
        change.reform(move |kind: AttrValue| (Part::Sandbox, Draft { host: kind == "host", ..draft.clone() }))
    };
    let onnetwork = {
        let draft = draft.clone();
        change.reform(move |network| (Part::Sandbox, Draft { network, ..draft.clone() }))
    };
    let hint = if draft.network {
        "Its commands ask for the network from the start; where this kernel wants a yes, you give it once."
    } else {
        "Its commands have no network. It asks you when it needs it."
    };
    html! {
        <div class="mc-deploy__sandbox">
            <Field label="Sandbox" group={true} error={error.clone()}>
                <RadioCards value={if draft.host { "host" } else { "confined" }} {choices} {onchange} />
            </Field>
            <Switch label="Use the network" {hint} on={draft.network} onchange={onnetwork} />
        </div>
    }
}
