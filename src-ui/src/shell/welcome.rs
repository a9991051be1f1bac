//! The first steps: a model to work with, or a tour without one. It is shown until it has been answered once.

mod offer;

use aether_protocol::WireError;
use aether_protocol::domains::llm::{self, LlmProviderInfo, SetDefault, Test};
use aether_protocol::domains::process::{self, AgentConfig, Spawn};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;
use yew::prelude::*;

use self::offer::{Offer, keyed, offer};
use crate::apps::settings::{KeyForm, Known, Listed, use_is_admin, use_providers};
use crate::desk::{Desk, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{
    Banner, Button, Choice, Dialog, ErrorState, Field, Glyph, Icon, Select, Size, Skeleton, Tone, Variant, focusable,
    focused,
};
use crate::store::use_slice;

/// Under which name the kernel keeps that it was answered.
const PREFERENCE: &str = "desktop.welcomed";

/// See the module.
#[component]
pub fn Welcome() -> Html {
    let kernel = use_kernel();
    let kept = use_slice(&kernel.preference(PREFERENCE));
    let first = kept.as_ref().as_ref().is_some_and(|(value, _)| value.is_null());
    if first {
        html! { <FirstRun /> }
    } else {
        Html::default()
    }
}

fn be_welcomed(kernel: &Kernel) {
    kernel.keep(PREFERENCE, json!(true));
}

#[component]
fn FirstRun() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let listed = use_providers(&kernel);
    let admin = use_is_admin(&kernel);
    let keying = use_state(|| false);
    let tour = use_tour(&kernel, &desk);
    let skip = {
        let kernel = kernel.clone();
        Callback::from(move |()| be_welcomed(&kernel))
    };
    let onkey = {
        let keying = keying.clone();
        Callback::from(move |on: bool| keying.set(on))
    };
    let offered = listed.known.as_ref().map(|known| offer(&known.providers, known.default.model.as_deref(), admin));
    // Where nothing else can be done the tour is what to do next.
    let tour_next = offered == Some(Offer::AskAdmin);
    let looking = listed.known.is_none() && listed.failed.is_none();
    let (choice, tour_button) = (use_node_ref(), use_node_ref());
    use_first_step(&choice, &tour_button, (looking, *keying));
    // What is looked for holds the focus until there is something to press, so that nothing else is pressed by mistake.
    let initial = match (looking, tour_next) {
        (true, _) => Some(choice.clone()),
        (false, true) => Some(tour_button.clone()),
        (false, false) => None,
    };
    let body = match (&listed.known, &listed.failed) {
        (Some(known), _) if *keying => html! { <Key known={known.clone()} onback={onkey.reform(|()| false)} /> },
        (Some(_), _) => offered.map(|offered| choices(&offered, &onkey, &skip, &listed)).unwrap_or_default(),
        (None, Some(error)) => html! {
            <ErrorState title="The models could not be listed" message={error.message.clone()}
                onretry={listed.again.clone()} busy={listed.busy} />
        },
        (None, None) => html! { <Skeleton lines={4} label="Looking for models" /> },
    };
    let actions = html! {
        <>
            <Button variant={Variant::Ghost} onclick={skip.reform(|_: MouseEvent| ())}>{ "Skip" }</Button>
            <Button node_ref={tour_button} icon={Glyph::Play} busy={tour.busy}
                variant={if tour_next { Variant::Primary } else { Variant::Secondary }} onclick={tour.start.reform(|_: MouseEvent| ())}>
                { "Take the tour" }
            </Button>
        </>
    };
    html! {
        <Dialog title="Welcome to Aether OS" class="welcome" onclose={skip} {actions} {initial}
            description="Agents work here, each in its own sandbox, and ask you before anything that matters. They need a model to think with.">
            <div ref={choice} class="welcome__step" tabindex="-1">{ body }</div>
            if let Some(error) = &tour.failed { <Banner tone={Tone::Failed} text={error.clone()} /> }
            <p class="welcome__tour" hidden={*keying}>
                { "The tour needs no model: a scripted agent writes a small program, runs it in its sandbox and reports. Everything in it but its thoughts is real." }
            </p>
        </Dialog>
    }
}

/// Gives the focus to the first control of a step as soon as that is there, where the person has not taken it elsewhere.
#[hook]
fn use_first_step(choice: &NodeRef, tour: &NodeRef, step: (bool, bool)) {
    let (choice, tour) = (choice.clone(), tour.clone());
    use_effect_with(step, move |(looking, _)| {
        let Some(place) = choice.cast::<HtmlElement>().filter(|_| !looking) else { return };
        // The control that had it may have gone with the step before.
        let waits = focused().is_none_or(|now| now == place || now.tag_name() == "BODY");
        let first = focusable(&place).into_iter().next().or_else(|| tour.cast::<HtmlElement>());
        if let (true, Some(first)) = (waits, first) {
            // One that cannot be focused can still be pressed.
            let _ = first.focus();
        }
    });
}

fn choices(offer: &Offer, onkey: &Callback<bool>, done: &Callback<()>, listed: &Listed) -> Html {
    let key = |label: &'static str, variant: Variant| {
        html! {
            <Button {variant} size={Size::Large} icon={Glyph::Key}
                onclick={onkey.reform(|_: MouseEvent| true)}>{ label }</Button>
        }
    };
    match offer {
        Offer::Ready { name } => html! {
            <div class="welcome__choice">
                <p class="welcome__found"><Icon icon={Glyph::CircleCheck} class="tone-done" />
                    { "A model is set up: " }<strong>{ name }</strong></p>
                <Button variant={Variant::Primary} size={Size::Large} icon={Glyph::ArrowRight}
                    onclick={done.reform(|_: MouseEvent| ())}>{ "Begin" }</Button>
            </div>
        },
        Offer::Local { provider, model, label } => html! {
            <div class="welcome__choice">
                <UseLocal provider={provider.clone()} model={model.clone()} label={label.clone()} done={done.clone()} />
                { key("Use a provider\u{2019}s key", Variant::Secondary) }
            </div>
        },
        Offer::Key => html! {
            <div class="welcome__choice">
                { key("Enter a provider\u{2019}s key", Variant::Primary) }
                <div class="settings__line">
                    <span class="settings__hint settings__line-text">
                        { "No key? Start Ollama on this machine, then look again." }
                    </span>
                    <Button variant={Variant::Ghost} size={Size::Small} icon={Glyph::RefreshCw} busy={listed.busy}
                        onclick={listed.again.reform(|_: MouseEvent| ())}>{ "Look again" }</Button>
                </div>
            </div>
        },
        Offer::AskAdmin => html! {
            <Banner icon={Glyph::Info}
                text="No model is set up yet. Ask an administrator of this machine to set one up in Settings, under Models. Until then the tour shows you around." />
        },
    }
}

#[derive(Properties, PartialEq)]
struct UseLocalProps {
    provider: String,
    model: String,
    label: String,
    done: Callback<()>,
}

/// Takes a model of this machine, once it has shown that it replies.
#[component]
fn UseLocal(props: &UseLocalProps) -> Html {
    let kernel = use_kernel();
    let (busy, failed) = (use_state(|| false), use_state(|| None::<String>));
    let onclick = {
        let (busy, failed, done) = (busy.clone(), failed.clone(), props.done.clone());
        let (provider, model) = (props.provider.clone(), props.model.clone());
        Callback::from(move |_: MouseEvent| {
            busy.set(true);
            failed.set(None);
            let (kernel, busy, failed, done) = (kernel.clone(), busy.clone(), failed.clone(), done.clone());
            let (provider, model) = (provider.clone(), model.clone());
            spawn_local(async move {
                match take_local(&kernel, &provider, &model).await {
                    Ok(()) => done.emit(()),
                    Err(said) => failed.set(Some(said)),
                }
                busy.set(false);
            });
        })
    };
    html! {
        <>
            <p class="welcome__found"><Icon icon={Glyph::CircleCheck} class="tone-done" />
                { format!("{} runs on this machine.", props.label) }</p>
            <Button variant={Variant::Primary} size={Size::Large} icon={Glyph::Cpu} busy={*busy} {onclick}>
                { format!("Use {} on this machine", props.model) }
            </Button>
            if let Some(said) = &*failed { <Banner tone={Tone::Failed} text={said.clone()} /> }
        </>
    }
}

async fn take_local(kernel: &Kernel, provider: &str, model: &str) -> Result<(), String> {
    let client = llm::Client(kernel);
    let request = Test { provider: provider.to_owned(), model: Some(model.to_owned()), key: None, base_url: None };
    let tested = client.test(request).await.map_err(|error| error.message)?;
    if !tested.ok {
        return Err(tested.error.unwrap_or_else(|| "It did not reply. Try again.".to_owned()));
    }
    let request = SetDefault { model: format!("{provider}:{model}") };
    client.set_default(request).await.map_err(|error| error.message)
}

#[derive(Properties, PartialEq)]
struct KeyProps {
    known: Known,
    onback: Callback<()>,
}

/// Takes a key: of which provider, and where its server is.
#[component]
fn Key(props: &KeyProps) -> Html {
    let kernel = use_kernel();
    let choices = keyed(&props.known.providers);
    let chosen = use_state(|| choices.first().map(|choice| choice.id.clone()).unwrap_or_default());
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |id: AttrValue| chosen.set(id.to_string()))
    };
    let onsaved = Callback::from(move |_| be_welcomed(&kernel));
    let choice = choices.iter().find(|choice| choice.id == *chosen).or(choices.first());
    let provider =
        choice.and_then(|choice| props.known.providers.iter().find(|provider| provider.name == choice.provider));
    let options: Vec<Choice> =
        choices.iter().map(|choice| Choice::new(choice.id.clone(), choice.label.clone())).collect();
    let back = html! {
        <Button variant={Variant::Ghost} icon={Glyph::ArrowLeft} onclick={props.onback.reform(|_| ())}>{ "Back" }</Button>
    };
    html! {
        <div class="welcome__key">
            <Field label="Provider">
                <Select value={choice.map(|choice| choice.id.clone()).unwrap_or_default()} choices={options} {onchange} />
            </Field>
            if let (Some(choice), Some(provider)) = (choice, provider) {
                <KeyForm key={choice.id.clone()} provider={LlmProviderInfo::clone(provider)} address={choice.elsewhere}
                    sets_default={true} autofocus={true} {onsaved} actions={back} />
            }
        </div>
    }
}

struct Tour {
    start: Callback<()>,
    busy: bool,
    failed: Option<String>,
}

/// The tour: an agent whose thoughts are scripted, opened in its window.
#[hook]
fn use_tour(kernel: &Kernel, desk: &Desk) -> Tour {
    let (busy, failed) = (use_state(|| false), use_state(|| None::<String>));
    let start = {
        let (kernel, desk, busy, failed) = (kernel.clone(), desk.clone(), busy.clone(), failed.clone());
        Callback::from(move |()| {
            if *busy {
                return;
            }
            busy.set(true);
            failed.set(None);
            let (kernel, desk, busy, failed) = (kernel.clone(), desk.clone(), busy.clone(), failed.clone());
            spawn_local(async move {
                match spawn_guide(&kernel).await {
                    Ok(pid) => {
                        be_welcomed(&kernel);
                        desk.open_agent(pid);
                    }
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    Tour { start, busy: *busy, failed: (*failed).clone() }
}

async fn spawn_guide(kernel: &Kernel) -> Result<aether_protocol::Pid, WireError> {
    let config = AgentConfig {
        role: "Guide".to_owned(),
        goal: "Show one round of work: write some data and a program, run it in the sandbox, and report.".to_owned(),
        model: Some("scripted:tour".to_owned()),
        ..AgentConfig::default()
    };
    Ok(process::Client(kernel).spawn(Spawn { config }).await?.pid)
}
