//! What the person is called.

use aether_protocol::auth::Role;
use aether_protocol::domains::auth::{self, UpdateProfile, UserInfo};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::section::Section;
use crate::kernel::use_kernel;
use crate::kit::{Avatar, Button, Field, TextInput};
use crate::store::use_select;

#[derive(Properties, PartialEq)]
pub struct ProfileProps {
    pub user: UserInfo,
}

/// See the module.
#[component]
pub fn Profile(props: &ProfileProps) -> Html {
    let kernel = use_kernel();
    let shown = use_select(&kernel.store().connection, |connection| {
        connection.user.as_ref().map(|user| user.display_name.clone()).unwrap_or_default()
    });
    let name = use_state(|| props.user.display_name.clone());
    let (failed, busy, saved) = (use_state(|| None::<String>), use_state(|| false), use_state(|| false));
    {
        // Another screen may have changed it.
        let name = name.clone();
        use_effect_with(shown.clone(), move |shown| name.set(shown.clone()));
    }
    let onchange = {
        let (name, failed, saved) = (name.clone(), failed.clone(), saved.clone());
        Callback::from(move |text| {
            name.set(text);
            failed.set(None);
            saved.set(false);
        })
    };
    let changed = name.trim() != shown;
    let save = {
        let (name, failed, busy, saved) = (name.clone(), failed.clone(), busy.clone(), saved.clone());
        Callback::from(move |()| {
            if !changed || *busy {
                return;
            }
            busy.set(true);
            let (kernel, failed, busy, saved) = (kernel.clone(), failed.clone(), busy.clone(), saved.clone());
            let request = UpdateProfile { display_name: name.trim().to_owned() };
            spawn_local(async move {
                match auth::Client(&kernel).update_profile(request).await {
                    Ok(user) => {
                        kernel.store().person(user);
                        saved.set(true);
                    }
                    Err(error) => failed.set(Some(error.message)),
                }
                busy.set(false);
            });
        })
    };
    let role = match props.user.role {
        Role::Admin => "Administrator",
        _ => "Member",
    };
    html! {
        <Section id="profile" title="Profile">
            <div class="person">
                <Avatar name={shown.clone()} size={40} />
                <span class="person__text">
                    <span class="person__name">{ shown }</span>
                    <span class="person__role">{ format!("{} \u{b7} {role}", props.user.username) }</span>
                </span>
            </div>
            <div class="trial__line">
                <Field label="Display name" class="trial__model" error={(*failed).clone().map(AttrValue::from)}
                    hint={if *saved { "Saved." } else { "Shown to others. If empty, they see your username." }}>
                    <TextInput value={(*name).clone()} {onchange} onsubmit={save.clone()} autocomplete="name" maxlength={128} />
                </Field>
                <Button busy={*busy} disabled={!changed} onclick={save.reform(|_: MouseEvent| ())}>{ "Save name" }</Button>
            </div>
        </Section>
    }
}
