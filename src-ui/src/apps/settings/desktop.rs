//! What the desktop opens with, and what it calls its person for.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::section::Section;
use crate::apps;
use crate::desk::use_desk;
use crate::habits::{Habits, use_habits};
use crate::kernel::use_kernel;
use crate::kit::{Banner, Button, Glyph, Skeleton, Switch, Tone};
use crate::shell::attention::{Permission, ask_permission, permission};
use crate::wm::Desktop;

/// See the module.
#[component]
pub fn DesktopPage() -> Html {
    let kernel = use_kernel();
    let Some(habits) = use_habits(&kernel) else {
        return html! { <Skeleton lines={6} /> };
    };
    let change = |set: fn(&mut Habits, bool)| {
        let kernel = kernel.clone();
        Callback::from(move |on| {
            let mut changed = habits;
            set(&mut changed, on);
            kernel.keep_habits(changed);
        })
    };
    html! {
        <>
            <Section id="windows" title="Windows">
                <Switch label="Reopen windows" on={habits.restore}
                    hint="Start with the windows of your last visit. Off: with Mission Control only."
                    onchange={change(|habits, on| habits.restore = on)} />
                <ResetPlaces />
            </Section>
            <Section id="notifications" title="Notifications"
                text="What does not pop up is still listed under the bell.">
                <Switch label="An agent needs you" on={true} disabled={true}
                    hint="Always on: the agent waits for your answer." />
                <Switch label="An agent is done" on={habits.done} onchange={change(|habits, on| habits.done = on)} />
                <Switch label="An agent has failed" on={habits.failed}
                    onchange={change(|habits, on| habits.failed = on)} />
                <FromTheSystem {habits} />
            </Section>
        </>
    }
}

/// Forgets where windows were; those that are open are laid out anew.
#[component]
fn ResetPlaces() -> Html {
    let desk = use_desk();
    let done = use_state(|| false);
    let reset = {
        let done = done.clone();
        Callback::from(move |_: MouseEvent| {
            let before = desk.windows.get();
            let mut fresh = Desktop::new(before.area());
            for window in before.windows() {
                if let Some(app) = apps::find(&window.app) {
                    let id = fresh.open(&app.spec(), &window.args);
                    fresh.set_title(id, window.title.clone());
                }
            }
            desk.windows.set(fresh);
            done.set(true);
        })
    };
    html! {
        <div class="settings__line">
            <span class="settings__line-text">
                <span>{ "Window positions and sizes" }</span>
                <span class="settings__hint" role="status">
                    { if *done { "Windows are back at their default positions and sizes." }
                      else { "Windows reopen where you left them." } }
                </span>
            </span>
            <Button icon={Glyph::RotateCcw} onclick={reset}>{ "Reset" }</Button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FromTheSystemProps {
    habits: Habits,
}

/// Notices of the operating system: a page in a browser may show them where its person has allowed it.
#[component]
fn FromTheSystem(props: &FromTheSystemProps) -> Html {
    let kernel = use_kernel();
    let allowed = use_state(|| None::<Permission>);
    {
        let allowed = allowed.clone();
        use_effect_with((), move |()| allowed.set(Some(permission())));
    }
    let habits = props.habits;
    let Some(now) = (*allowed).filter(|now| *now != Permission::Absent && kernel.door().asks_who()) else {
        return Html::default();
    };
    let onchange = Callback::from(move |on: bool| {
        let (kernel, allowed) = (kernel.clone(), allowed.clone());
        spawn_local(async move {
            let permitted = if on { ask_permission().await } else { permission() };
            allowed.set(Some(permitted));
            kernel.keep_habits(Habits { system: on && permitted == Permission::Granted, ..habits });
        });
    });
    html! {
        <>
            <Switch label="System notifications" on={habits.system && now == Permission::Granted} {onchange}
                hint="When this tab is hidden."
                disabled={now == Permission::Refused} />
            if now == Permission::Refused {
                <Banner tone={Tone::NeedsYou}
                    text="Your browser blocks notifications from this page. Allow them in the address bar, then reload." />
            } else if habits.system && now == Permission::NotAsked {
                <Banner tone={Tone::Neutral}
                    text="This browser has not been asked yet. Turn it on here to be asked." />
            }
        </>
    }
}
