//! The second factor: setting it up, and taking it away.

use aether_protocol::WireError;
use aether_protocol::domains::auth::{self, MfaCode, MfaSecret};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::Section;
use super::codes::Codes;
use super::qr::Qr;
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Badge, Banner, Button, CopyButton, Dialog, DialogSize, Field, Glyph, TextInput, Tone, Variant};

#[derive(Properties, PartialEq)]
pub struct TwoFactorProps {
    pub enabled: bool,
    /// It is another one now.
    pub onchange: Callback<()>,
}

/// What is under way.
#[derive(Clone, PartialEq)]
enum Step {
    None,
    SettingUp(MfaSecret),
    Codes(Vec<String>),
    Disabling,
}

/// See the module.
#[component]
pub fn TwoFactor(props: &TwoFactorProps) -> Html {
    let kernel = use_kernel();
    let step = use_state(|| Step::None);
    let failed = use_state(|| None::<String>);
    let busy = use_state(|| false);
    let begin = {
        let (step, failed, busy, enabled) = (step.clone(), failed.clone(), busy.clone(), props.enabled);
        Callback::from(move |_: MouseEvent| {
            failed.set(None);
            if enabled {
                return step.set(Step::Disabling);
            }
            busy.set(true);
            let (kernel, step, failed, busy) = (kernel.clone(), step.clone(), failed.clone(), busy.clone());
            spawn_local(async move {
                match auth::Client(&kernel).mfa_setup(auth::MfaSetup::default()).await {
                    Ok(secret) => step.set(Step::SettingUp(secret)),
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    let close = {
        let step = step.clone();
        Callback::from(move |()| step.set(Step::None))
    };
    let changed = {
        let (close, onchange) = (close.clone(), props.onchange.clone());
        Callback::from(move |()| {
            close.emit(());
            onchange.emit(());
        })
    };
    let oncodes = {
        let step = step.clone();
        Callback::from(move |codes| step.set(Step::Codes(codes)))
    };
    let (label, tone) = if props.enabled { ("On", Tone::Done) } else { ("Off", Tone::Neutral) };
    html! {
        <Section id="two-factor" title="Two-factor sign-in" aside={html! { <Badge {label} {tone} /> }}
            text="Your password plus a code from an authenticator app on your phone.">
            if let Some(error) = &*failed { <Banner tone={Tone::Failed} text={error.clone()} /> }
            <div class="settings__actions settings__actions--start">
                <Button icon={Glyph::ShieldCheck} onclick={begin} busy={*busy}>
                    { if props.enabled { "Turn off\u{2026}" } else { "Set up\u{2026}" } }
                </Button>
            </div>
            { match &*step {
                Step::None => Html::default(),
                Step::SettingUp(secret) => html! { <SetUp secret={secret.clone()} {oncodes} onclose={close} /> },
                Step::Codes(codes) => html! { <Codes codes={codes.clone()} ondone={changed} /> },
                Step::Disabling => html! { <TurnOff ondone={changed} onclose={close} /> },
            } }
        </Section>
    }
}

/// The code that is typed, and what became of it.
#[derive(Clone, PartialEq)]
struct Typed {
    code: UseStateHandle<String>,
    failed: UseStateHandle<Option<String>>,
    busy: UseStateHandle<bool>,
}

impl Typed {
    fn onchange(&self) -> Callback<String> {
        let (code, failed) = (self.code.clone(), self.failed.clone());
        Callback::from(move |text| {
            code.set(text);
            failed.set(None);
        })
    }

    /// Sends the code; `then` is given the answer if it was right.
    fn send<T: 'static, F>(&self, kernel: &Kernel, ask: fn(Kernel, MfaCode) -> F, then: Callback<T>) -> Callback<()>
    where
        F: Future<Output = Result<T, WireError>> + 'static,
    {
        let (typed, kernel) = (self.clone(), kernel.clone());
        Callback::from(move |()| {
            if *typed.busy || !is_code(&typed.code) {
                return;
            }
            typed.busy.set(true);
            let (typed, kernel, then) = (typed.clone(), kernel.clone(), then.clone());
            let request = MfaCode { code: typed.code.split_whitespace().collect() };
            spawn_local(async move {
                match ask(kernel, request).await {
                    Ok(answer) => then.emit(answer),
                    Err(error) => typed.failed.set(Some(error.message)),
                }
                typed.busy.set(false);
            });
        })
    }
}

#[hook]
fn use_typed() -> Typed {
    Typed { code: use_state(String::new), failed: use_state(|| None), busy: use_state(|| false) }
}

/// Whether it can be a code: six digits, or a recovery code.
fn is_code(text: &str) -> bool {
    text.chars().filter(|c| !c.is_whitespace()).count() >= 6
}

/// The secret in groups of four, as it is typed off.
fn grouped(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[derive(Properties, PartialEq)]
struct SetUpProps {
    secret: MfaSecret,
    oncodes: Callback<Vec<String>>,
    onclose: Callback<()>,
}

#[component]
fn SetUp(props: &SetUpProps) -> Html {
    let kernel = use_kernel();
    let typed = use_typed();
    let ask = |kernel: Kernel, code| async move {
        auth::Client(&kernel).mfa_enable(code).await.map(|answer| answer.recovery_codes)
    };
    let confirm = typed.send(&kernel, ask, props.oncodes.clone());
    let actions = html! {
        <>
            <Button onclick={props.onclose.reform(|_| ())}>{ "Cancel" }</Button>
            <Button variant={Variant::Primary} busy={*typed.busy} disabled={!is_code(&typed.code)}
                onclick={confirm.reform(|_: MouseEvent| ())}>{ "Turn on" }</Button>
        </>
    };
    html! {
        <Dialog title="Set up two-factor sign-in" size={DialogSize::Medium} onclose={props.onclose.clone()} {actions}
            description="Scan this with an authenticator app, then type the code it shows.">
            <div class="mfa">
                <Qr text={props.secret.otpauth_uri.clone()} label="QR code for the authenticator app" />
                <div class="mfa__side">
                    <div class="mfa__secret">
                        <span class="field__label">{ "Or enter this key" }</span>
                        <span class="mfa__key">
                            <span class="mono" data-test="mfa-secret">{ grouped(&props.secret.secret) }</span>
                            <CopyButton text={props.secret.secret.clone()} label="Copy the key" />
                        </span>
                        <a class="mfa__link" href={props.secret.otpauth_uri.clone()}>{ "Open in an app on this device" }</a>
                    </div>
                    <Field label="Code" hint="Six digits." error={(*typed.failed).clone().map(AttrValue::from)}>
                        <TextInput value={(*typed.code).clone()} onchange={typed.onchange()} onsubmit={confirm} mono=true
                            autofocus=true inputmode="numeric" autocomplete="one-time-code" maxlength={9} />
                    </Field>
                </div>
            </div>
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
struct TurnOffProps {
    ondone: Callback<()>,
    onclose: Callback<()>,
}

#[component]
fn TurnOff(props: &TurnOffProps) -> Html {
    let kernel = use_kernel();
    let typed = use_typed();
    let ask = |kernel: Kernel, code| async move { auth::Client(&kernel).mfa_disable(code).await };
    let confirm = typed.send(&kernel, ask, props.ondone.reform(|_| ()));
    let actions = html! {
        <>
            <Button onclick={props.onclose.reform(|_| ())}>{ "Cancel" }</Button>
            <Button variant={Variant::Danger} busy={*typed.busy} disabled={!is_code(&typed.code)}
                onclick={confirm.reform(|_: MouseEvent| ())}>{ "Turn off" }</Button>
        </>
    };
    html! {
        <Dialog title="Turn off two-factor sign-in?" size={DialogSize::Small} icon={Glyph::ShieldAlert} tone={Tone::NeedsYou}
            description="Your password alone will be enough to sign in, and your recovery codes stop working."
            onclose={props.onclose.clone()} {actions}>
            <Field label="Code" hint="From your authenticator, or a recovery code."
                error={(*typed.failed).clone().map(AttrValue::from)}>
                <TextInput value={(*typed.code).clone()} onchange={typed.onchange()} onsubmit={confirm} mono=true
                    autofocus=true autocomplete="one-time-code" />
            </Field>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_in_groups() {
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert!(is_code("123 456") && !is_code("12 345"));
    }
}
