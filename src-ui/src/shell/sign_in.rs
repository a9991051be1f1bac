//! Signing in: a name and a password, then a code where a second factor is set up.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::mark::Mark;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Button, Field, Glyph, Icon, PasswordInput, Size, TextInput, Variant, set};
use crate::transport::{Failed, SignIn as Step, sign_in, sign_in_with_code};

#[derive(Properties, PartialEq)]
pub struct SignInProps {
    /// Whose session has ended: the name is filled in, and work goes on where it was.
    #[prop_or_default]
    pub returning: Option<AttrValue>,
}

/// What is typed, and how far it has come.
#[derive(Clone)]
struct Attempt {
    username: UseStateHandle<String>,
    password: UseStateHandle<String>,
    code: UseStateHandle<String>,
    /// The first factor was right: what the second one is sent with.
    second: UseStateHandle<Option<String>>,
    failed: UseStateHandle<Option<String>>,
    busy: UseStateHandle<bool>,
}

#[hook]
fn use_attempt(username: String) -> Attempt {
    Attempt {
        username: use_state(|| username),
        password: use_state(String::new),
        code: use_state(String::new),
        second: use_state(|| None),
        failed: use_state(|| None),
        busy: use_state(|| false),
    }
}

impl Attempt {
    fn is_ready(&self) -> bool {
        match &*self.second {
            Some(_) => self.code.trim().len() >= 6,
            None => !self.username.trim().is_empty() && !self.password.is_empty(),
        }
    }

    fn submit(&self, kernel: &Kernel) {
        if *self.busy {
            return;
        }
        self.busy.set(true);
        self.failed.set(None);
        let (kernel, attempt) = (kernel.clone(), self.clone());
        spawn_local(async move {
            let step = match &*attempt.second {
                Some(token) => sign_in_with_code(token, attempt.code.trim()).await.map(|()| Step::Done),
                None => sign_in(attempt.username.trim(), &attempt.password).await,
            };
            match step {
                Ok(Step::Done) => kernel.link().try_now(),
                Ok(Step::NeedsCode { token }) => attempt.second.set(Some(token)),
                Err(Failed(message)) => attempt.failed.set(Some(message)),
            }
            attempt.busy.set(false);
        });
    }

    /// To the first factor again.
    fn back(&self) {
        self.second.set(None);
        self.code.set(String::new());
        self.failed.set(None);
    }
}

/// The card with which a screen begins, or goes on after its session has ended.
#[component]
pub fn SignIn(props: &SignInProps) -> Html {
    let kernel = use_kernel();
    let returns = props.returning.is_some();
    let attempt = use_attempt(props.returning.as_ref().map(|name| name.to_string()).unwrap_or_default());
    let second = attempt.second.is_some();
    let onsubmit = {
        let attempt = attempt.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            attempt.submit(&kernel);
        })
    };
    let back = {
        let attempt = attempt.clone();
        Callback::from(move |_: MouseEvent| attempt.back())
    };
    html! {
        <form class="sign-in" {onsubmit} aria-labelledby="sign-in-title" novalidate={true}>
            <Mark size={44} />
            <h1 id="sign-in-title" class="sign-in__title">
                { if returns { "Sign in to continue" } else { "Aether OS" } }
            </h1>
            if returns {
                <p class="sign-in__text">{ "Your session has ended. Everything is where you left it." }</p>
            }
            if second {
                <Field label="Code" hint="From your authenticator, or a recovery code.">
                    <TextInput value={(*attempt.code).clone()} onchange={set(&attempt.code)} mono=true autofocus=true
                        autocomplete="one-time-code" icon={Glyph::ShieldCheck} />
                </Field>
            } else {
                <Field label="Username">
                    <TextInput value={(*attempt.username).clone()} onchange={set(&attempt.username)} icon={Glyph::User}
                        autofocus={!returns} autocomplete="username" />
                </Field>
                <Field label="Password">
                    <PasswordInput value={(*attempt.password).clone()} onchange={set(&attempt.password)}
                        autofocus={returns} autocomplete="current-password" />
                </Field>
            }
            if let Some(message) = &*attempt.failed {
                <p class="sign-in__error" role="alert"><Icon icon={Glyph::CircleAlert} size={14} />{ message.clone() }</p>
            }
            <Button variant={Variant::Primary} size={Size::Large} submit=true disabled={!attempt.is_ready()} busy={*attempt.busy}>
                { if second { "Confirm" } else { "Sign in" } }
            </Button>
            if second {
                <Button variant={Variant::Ghost} onclick={back}>{ "Back" }</Button>
            }
        </form>
    }
}
