//! Signing in: a name and a password, then a code where a second factor is set up.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::mark::Mark;
use crate::kernel::use_kernel;
use crate::kit::{Button, Field, Glyph, Icon, PasswordInput, TextInput, Variant};
use crate::transport::{Failed, SignIn as Step, sign_in, sign_in_with_code};

#[derive(Properties, PartialEq)]
pub struct SignInProps {
    /// Whose session has ended: the name is filled in, and work goes on where it was.
    #[prop_or_default]
    pub returning: Option<AttrValue>,
}

/// The card with which a screen begins, or goes on after its session has ended.
#[component]
pub fn SignIn(props: &SignInProps) -> Html {
    let kernel = use_kernel();
    let username = use_state(|| props.returning.clone().map(|name| name.to_string()).unwrap_or_default());
    let password = use_state(String::new);
    let code = use_state(String::new);
    let second = use_state(|| None::<String>);
    let failed = use_state(|| None::<String>);
    let busy = use_state(|| false);

    let submit = {
        let (username, password, code) = (username.clone(), password.clone(), code.clone());
        let (second, failed, busy) = (second.clone(), failed.clone(), busy.clone());
        Callback::from(move |()| {
            if *busy {
                return;
            }
            busy.set(true);
            failed.set(None);
            let (kernel, second, failed, busy) = (kernel.clone(), second.clone(), failed.clone(), busy.clone());
            let (username, password, code) = ((*username).clone(), (*password).clone(), (*code).clone());
            let token = (*second).clone();
            spawn_local(async move {
                let step = match token {
                    Some(token) => sign_in_with_code(&token, code.trim()).await.map(|()| Step::Done),
                    None => sign_in(username.trim(), &password).await,
                };
                match step {
                    Ok(Step::Done) => kernel.link().try_now(),
                    Ok(Step::NeedsCode { token }) => second.set(Some(token)),
                    Err(Failed(message)) => failed.set(Some(message)),
                }
                busy.set(false);
            });
        })
    };
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        submit.emit(());
    });
    let ready = match &*second {
        Some(_) => code.trim().len() >= 6,
        None => !username.trim().is_empty() && !password.is_empty(),
    };
    let back = {
        let (second, code, failed) = (second.clone(), code.clone(), failed.clone());
        Callback::from(move |_| {
            second.set(None);
            code.set(String::new());
            failed.set(None);
        })
    };
    html! {
        <form class="sign-in" {onsubmit} aria-labelledby="sign-in-title" novalidate={true}>
            <Mark size={44} />
            <h1 id="sign-in-title" class="sign-in__title">
                { if props.returning.is_some() { "Sign in to continue" } else { "Aether OS" } }
            </h1>
            if props.returning.is_some() {
                <p class="sign-in__text">{ "Your session has ended. Everything is where you left it." }</p>
            }
            if second.is_some() {
                <Field label="Code" hint="From your authenticator, or a recovery code.">
                    <TextInput value={(*code).clone()} onchange={set(&code)} mono=true autofocus=true
                        autocomplete="one-time-code" icon={Glyph::ShieldCheck} />
                </Field>
            } else {
                <Field label="Username">
                    <TextInput value={(*username).clone()} onchange={set(&username)} icon={Glyph::User}
                        autofocus={props.returning.is_none()} autocomplete="username" />
                </Field>
                <Field label="Password">
                    <PasswordInput value={(*password).clone()} onchange={set(&password)}
                        autofocus={props.returning.is_some()} autocomplete="current-password" />
                </Field>
            }
            if let Some(message) = &*failed {
                <p class="sign-in__error" role="alert"><Icon icon={Glyph::CircleAlert} size={14} />{ message.clone() }</p>
            }
            <Button variant={Variant::Primary} size={crate::kit::Size::Large} submit=true disabled={!ready} busy={*busy}>
                { if second.is_some() { "Confirm" } else { "Sign in" } }
            </Button>
            if second.is_some() {
                <Button variant={Variant::Ghost} onclick={back}>{ "Back" }</Button>
            }
        </form>
    }
}

fn set(state: &UseStateHandle<String>) -> Callback<String> {
    let state = state.clone();
    Callback::from(move |value| state.set(value))
}
