//! What this program is.

use aether_protocol::domains::kernel::{self, KernelStatus};
use aether_protocol::{Empty, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::section::{Fact, Section};
use crate::desk::{Overlay, use_desk};
use crate::kernel::use_kernel;
use crate::kit::{Button, ErrorState, Glyph, Skeleton, format};
use crate::shell::Mark;
use crate::store::use_select;

/// The licence of the icons, as it came with them.
const ICONS: &str = include_str!("../../../icons/LICENSE");

/// What others made of what is seen: name, licence, who.
const MADE_BY_OTHERS: [(&str, &str, &str); 3] = [
    ("Inter", "SIL Open Font License 1.1", "Copyright The Inter Project Authors"),
    ("JetBrains Mono", "SIL Open Font License 1.1", "Copyright The JetBrains Mono Project Authors"),
    ("Lucide", "ISC License, parts MIT", "Copyright Lucide Icons and Contributors"),
];

/// See the module.
#[component]
pub fn About() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let status = use_state(|| None::<Result<KernelStatus, WireError>>);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    let load = {
        let status = status.clone();
        Callback::from(move |()| {
            let (kernel, status) = (kernel.clone(), status.clone());
            spawn_local(async move { status.set(Some(kernel::Client(&kernel).status(Empty {}).await)) });
        })
    };
    {
        let load = load.clone();
        use_effect_with(epoch, move |_| load.emit(()));
    }
    let shortcuts = Callback::from(move |_: MouseEvent| desk.show(Overlay::Shortcuts));
    html! {
        <>
            <Section id="versions" title="Aether OS">
                <div class="about-card">
                    <Mark size={40} />
                    <p>{ "An operating system for agents: real processes, real sandboxes, your machine." }</p>
                </div>
                { match &*status {
                    None => html! { <Skeleton lines={4} /> },
                    Some(Ok(status)) => facts(status),
                    Some(Err(error)) => html! {
                        <ErrorState title="The kernel did not answer" message={error.message.clone()} onretry={load}
                            details={format!("kernel.status: {:?}", error.code)} />
                    },
                } }
            </Section>
            <Section id="shortcuts" title="Keyboard">
                <div class="settings__line">
                    <span class="settings__line-text">{ "Everything works without a mouse." }</span>
                    <Button icon={Glyph::Keyboard} onclick={shortcuts}>{ "Keyboard shortcuts" }</Button>
                </div>
            </Section>
            <Section id="licences" title="Licences" text="Fonts and icons used in this desktop.">
                <dl class="facts">
                    { for MADE_BY_OTHERS.iter().map(|(name, licence, who)| html! {
                        <Fact key={*name} label={*name}>
                            { *licence }<span class="facts__more">{ *who }</span>
                        </Fact>
                    }) }
                </dl>
                <details class="settings__details">
                    <summary>{ "Icon licence" }</summary>
                    <pre class="mono" tabindex="0">{ ICONS }</pre>
                </details>
            </Section>
        </>
    }
}

fn facts(status: &KernelStatus) -> Html {
    let sandbox = match status.sandbox.as_deref() {
        Some("bubblewrap") => "Bubblewrap (Linux namespaces)",
        Some("seatbelt") => "Seatbelt (macOS)",
        Some("appcontainer") => "AppContainer (Windows)",
        Some(engine) => engine,
        None => "Unknown",
    };
    html! {
        <dl class="facts">
            <Fact label="Version">{ &status.product }</Fact>
            <Fact label="Protocol version">{ &status.version }</Fact>
            <Fact label="Uptime">{ format::duration(status.uptime) }</Fact>
            <Fact label="Sandbox">{ sandbox }</Fact>
        </dl>
    }
}
