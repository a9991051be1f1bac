//! Changing the password.

use aether_protocol::domains::auth::{self, ChangePassword};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::Section;
use super::strength::{LEAST, strength};
use crate::kernel::use_kernel;
use crate::kit::{Banner, Button, Field, PasswordInput, Tone};

#[derive(Properties, PartialEq)]
pub struct PasswordProps {
    pub username: AttrValue,
}

/// See the module.
#[component]
pub fn Password(props: &PasswordProps) -> Html {
    let kernel = use_kernel();
    let (current, new) = (use_state(String::new), use_state(String::new));
    let failed = use_state(|| None::<String>);
    let (busy, done) = (use_state(|| false), use_state(|| false));
    let field = |state: &UseStateHandle<String>| {
        let (state, failed, done) = (state.clone(), failed.clone(), done.clone());
        Callback::from(move |text| {
            state.set(text);
            failed.set(None);
            done.set(false);
        })
    };
    let ready = !current.is_empty() && new.chars().count() >= LEAST;
    let onsubmit = {
        let (current, new, failed, busy, done) =
            (current.clone(), new.clone(), failed.clone(), busy.clone(), done.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy || !ready {
                return;
            }
            busy.set(true);
            let (kernel, current, new) = (kernel.clone(), current.clone(), new.clone());
            let (failed, busy, done) = (failed.clone(), busy.clone(), done.clone());
            let request = ChangePassword { current_password: (*current).clone(), new_password: (*new).clone() };
            spawn_local(async move {
                match auth::Client(&kernel).change_password(request).await {
                    Ok(()) => {
                        current.set(String::new());
                        new.set(String::new());
                        done.set(true);
                    }
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    let judged = (!new.is_empty()).then(|| strength(&new, &props.username));
    html! {
        <Section id="password" title="Password" text="Signs you out everywhere else.">
            <form class="settings__form" {onsubmit} novalidate={true}>
                // Password managers want to know whose it is.
                <input type="text" hidden={true} autocomplete="username" value={props.username.clone()} readonly={true} />
                <Field label="Current password" error={(*failed).clone().map(AttrValue::from)}>
                    <PasswordInput value={(*current).clone()} onchange={field(&current)} />
                </Field>
                <Field label="New password" hint={judged.map_or("At least 8 characters; longer is stronger.",
                    |strength| strength.hint())}>
                    <PasswordInput value={(*new).clone()} onchange={field(&new)} autocomplete="new-password" />
                </Field>
                <div class={classes!("strength", judged.map(|strength| strength.tone().class()))} aria-hidden="true">
                    { for (1..=4).map(|step| {
                        let on = judged.is_some_and(|strength| strength.steps() >= step);
                        html! { <span key={step} class={classes!("strength__step", on.then_some("strength__step--on"))}></span> }
                    }) }
                </div>
                if *done {
                    <Banner tone={Tone::Done} text="Password changed. You are signed out everywhere else." />
                }
                <div class="settings__actions">
                    <Button submit=true busy={*busy} disabled={!ready}>{ "Change password" }</Button>
                </div>
            </form>
        </Section>
    }
}
