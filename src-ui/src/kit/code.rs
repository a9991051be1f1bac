//! What a machine said or will run.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::{Glyph, IconButton, Size, browser::Timeout};

#[derive(Properties, PartialEq)]
pub struct CodeProps {
    pub text: AttrValue,
    /// What it is: "Command", "Output".
    #[prop_or(AttrValue::Static("Code"))]
    pub label: AttrValue,
    /// Begins with long lines broken.
    #[prop_or_default]
    pub wrap: bool,
    /// Offers to copy it and to break its lines.
    #[prop_or(true)]
    pub tools: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A block of text in mono.
#[function_component]
pub fn Code(props: &CodeProps) -> Html {
    let wrap = use_state(|| props.wrap);
    let toggle = {
        let wrap = wrap.clone();
        Callback::from(move |_| wrap.set(!*wrap))
    };
    html! {
        <div class={classes!("code", wrap.then_some("code--wrap"), props.class.clone())}>
            <pre class="code__text mono" tabindex="0" role="region" aria-label={props.label.clone()}>{ &props.text }</pre>
            if props.tools {
                <div class="code__tools">
                    <IconButton icon={Glyph::TextWrap} label="Wrap lines" pressed={*wrap} onclick={toggle} size={Size::Small} />
                    <CopyButton text={props.text.clone()} />
                </div>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct CopyButtonProps {
    pub text: AttrValue,
    #[prop_or(AttrValue::Static("Copy"))]
    pub label: AttrValue,
}

#[derive(Clone, Copy, PartialEq)]
enum Copied {
    No,
    Yes,
    Refused,
}

/// Puts a text into the clipboard, and says so.
#[function_component]
pub fn CopyButton(props: &CopyButtonProps) -> Html {
    let copied = use_state(|| Copied::No);
    {
        let back = copied.clone();
        use_effect_with(*copied, move |now| {
            let timeout = if *now == Copied::No { None } else { Timeout::new(2000, move || back.set(Copied::No)) };
            move || drop(timeout)
        });
    }
    let onclick = {
        let (text, copied) = (props.text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(if copy(&text).await.is_ok() { Copied::Yes } else { Copied::Refused });
            });
        })
    };
    let (icon, label) = match *copied {
        Copied::No => (Glyph::Copy, props.label.clone()),
        Copied::Yes => (Glyph::Check, AttrValue::Static("Copied")),
        Copied::Refused => {
            (Glyph::CircleAlert, AttrValue::Static("The browser did not allow it; select and copy the text"))
        }
    };
    html! {
        <>
            <IconButton {icon} {label} {onclick} size={Size::Small} />
            <span class="hidden-text" role="status">{ if *copied == Copied::Yes { "Copied" } else { "" } }</span>
        </>
    }
}

/// Puts `text` into the clipboard. An error where the browser does not allow it, such as on a page without TLS.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let clipboard = js_sys::Reflect::get(&window.navigator(), &JsValue::from_str("clipboard"))?;
    if clipboard.is_undefined() {
        return Err(JsValue::UNDEFINED);
    }
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.map(|_| ())
}
