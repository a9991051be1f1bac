//! The account: name, password, second factor, this session.

mod codes;
mod password;
mod profile;
mod qr;
mod session;
mod strength;
mod two_factor;

use aether_protocol::domains::auth::{self, Me};
use aether_protocol::{Empty, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::password::Password;
use self::profile::Profile;
use self::session::Session;
use self::two_factor::TwoFactor;
use crate::kernel::use_kernel;
use crate::kit::{Banner, ErrorState, Glyph, Skeleton};
use crate::store::use_select;

/// See the module.
#[component]
pub fn Account() -> Html {
    let kernel = use_kernel();
    let me = use_state(|| None::<Result<Me, WireError>>);
    let connection = use_select(&kernel.store().connection, |connection| {
        (connection.epoch, connection.user.as_ref().map(|user| user.id.clone()))
    });
    let load = {
        let (kernel, me) = (kernel.clone(), me.clone());
        Callback::from(move |()| {
            let (kernel, me) = (kernel.clone(), me.clone());
            spawn_local(async move { me.set(Some(auth::Client(&kernel).me(Empty {}).await)) });
        })
    };
    {
        let load = load.clone();
        use_effect_with(connection, move |_| load.emit(()));
    }
    let me = match &*me {
        None => return html! { <Skeleton lines={8} label="Loading the account" /> },
        Some(Err(error)) => {
            return html! {
                <ErrorState title="Your account could not be read" message={error.message.clone()} onretry={load}
                    details={format!("auth.me: {:?}", error.code)} />
            };
        }
        Some(Ok(me)) => me.clone(),
    };
    html! {
        <>
            if !kernel.door().asks_who() {
                <Banner icon={Glyph::Laptop}
                    text="This window belongs to the owner of this machine and needs no sign-in. Password and two-factor sign-in apply when you sign in from a browser." />
            }
            <Profile user={me.user.clone()} />
            <Password username={me.user.username.clone()} />
            <TwoFactor enabled={me.mfa_enabled} onchange={load} />
            <Session {me} />
        </>
    }
}
