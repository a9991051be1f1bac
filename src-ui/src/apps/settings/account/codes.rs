//! The recovery codes, which are shown once.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::prelude::*;

use crate::kit::{Button, Checkbox, Dialog, DialogSize, Glyph, Variant, copy};

/// How long the file of the codes can be read once it is asked for, in milliseconds.
const KEPT: i32 = 60_000;

#[derive(Properties, PartialEq)]
pub struct CodesProps {
    pub codes: Vec<String>,
    /// They are saved.
    pub ondone: Callback<()>,
}

/// See the module. It can be left only by saying that they are saved.
#[component]
pub fn Codes(props: &CodesProps) -> Html {
    let saved = use_state(|| false);
    let copied = use_state(|| None::<bool>);
    let text = format!("Recovery codes for Aether OS. Each works once.\n\n{}\n", props.codes.join("\n"));
    let oncopy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            wasm_bindgen_futures::spawn_local(async move { copied.set(Some(copy(&text).await.is_ok())) });
        })
    };
    let ondownload = Callback::from(move |_: MouseEvent| download(&text));
    let onsaved = {
        let saved = saved.clone();
        Callback::from(move |on| saved.set(on))
    };
    let actions = html! {
        <Button variant={Variant::Primary} disabled={!*saved} onclick={props.ondone.reform(|_| ())}>{ "Done" }</Button>
    };
    html! {
        <Dialog title="Save your recovery codes" size={DialogSize::Medium} icon={Glyph::ShieldCheck} dismissible={false}
            description="Two-factor sign-in is on. If you lose your phone, each of these codes signs you in once. They are shown only now."
            onclose={Callback::noop()} {actions}>
            <ol class="codes mono" aria-label="Recovery codes" data-test="recovery-codes">
                { for props.codes.iter().map(|code| html! { <li key={code.clone()}>{ code }</li> }) }
            </ol>
            <div class="settings__actions settings__actions--start">
                <Button icon={Glyph::Copy} onclick={oncopy}>
                    { if *copied == Some(true) { "Copied" } else { "Copy" } }
                </Button>
                <Button icon={Glyph::Download} onclick={ondownload}>{ "Download" }</Button>
            </div>
            <p class="settings__hint" role="status">
                { match *copied {
                    Some(true) => "Copied. Paste them where you keep your passwords.",
                    Some(false) => "The browser did not allow copying. Download them, or select and copy them.",
                    None => "",
                } }
            </p>
            <Checkbox label="I have saved them" checked={*saved} onchange={onsaved} />
        </Dialog>
    }
}

/// Has the browser save a text as a file.
fn download(text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain");
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &kind) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let Some(window) = web_sys::window() else { return };
    let link = window.document().and_then(|page| page.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&url);
        link.set_download("aether-recovery-codes.txt");
        link.click();
    }
    // Some browsers read it only once the person has said where it goes.
    let forget = Closure::once_into_js(move || drop(Url::revoke_object_url(&url)));
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(forget.unchecked_ref(), KEPT);
}
