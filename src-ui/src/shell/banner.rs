//! What is said of the connection while it is not there.

use yew::prelude::*;

use super::mark::Mark;
use super::sign_in::SignIn;
use crate::kernel::use_kernel;
use crate::kit::{Button, Spinner, Variant};
use crate::store::use_select;
use crate::transport::Phase;

/// A line under the menu bar while the link is being opened again.
#[component]
pub fn LostBanner() -> Html {
    let kernel = use_kernel();
    let phase = use_select(&kernel.store().connection, |connection| connection.phase);
    let lost = phase == Phase::Lost;
    let retry = Callback::from(move |_| kernel.link().try_now());
    html! {
        <div class="lost-banner" role="status" data-shown={lost.then_some("true")}>
            if lost {
                <Spinner />
                <span>{ "Connection to the kernel lost. Your agents keep working; this screen catches up by itself." }</span>
                <Button size={crate::kit::Size::Small} onclick={retry}>{ "Try now" }</Button>
            }
        </div>
    }
}

/// What covers the desktop: the sign-in after a session has ended, and the word that it is open elsewhere.
#[component]
pub fn Curtain() -> Html {
    let kernel = use_kernel();
    let (phase, username) = use_select(&kernel.store().connection, |connection| {
        (connection.phase, connection.user.as_ref().map(|user| user.username.clone()))
    });
    let here = Callback::from(move |_| kernel.link().try_now());
    match phase {
        Phase::SignedOut => html! {
            <div class="curtain" role="dialog" aria-modal="true" aria-label="Sign in">
                <SignIn returning={username.map(AttrValue::from)} />
            </div>
        },
        Phase::Superseded => html! {
            <div class="curtain" role="alertdialog" aria-modal="true" aria-labelledby="elsewhere">
                <div class="sign-in">
                    <Mark size={44} />
                    <h1 id="elsewhere" class="sign-in__title">{ "Open somewhere else" }</h1>
                    <p class="sign-in__text">{ "You opened this desktop in another tab or window." }</p>
                    <Button variant={Variant::Primary} onclick={here}>{ "Use it here" }</Button>
                </div>
            </div>
        },
        Phase::Starting | Phase::Online | Phase::Lost => Html::default(),
    }
}

/// What is there before the desktop: the mark, and after a while what it waits for.
#[component]
pub fn Boot() -> Html {
    let kernel = use_kernel();
    let phase = use_select(&kernel.store().connection, |connection| connection.phase);
    if phase == Phase::SignedOut {
        return html! { <main class="boot"><SignIn /></main> };
    }
    html! {
        <main class="boot" aria-busy="true">
            <div class="boot__mark"><Mark size={56} /></div>
            <p class="boot__text" role="status">{ "Connecting to the kernel\u{2026}" }</p>
        </main>
    }
}
