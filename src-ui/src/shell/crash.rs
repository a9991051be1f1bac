//! What is left to say when the program itself has failed: no panic ends in a blank page.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlButtonElement};

/// Shows a page with what happened and a way on, should the program ever panic.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        // Nothing more can be done where not even this can be shown.
        let _ = show(&info.to_string());
    }));
}

fn show(details: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    if document.get_element_by_id("crash").is_some() {
        return Some(());
    }
    let page = element(&document, "div", "crash")?;
    page.set_id("crash");
    page.set_attribute("role", "alertdialog").ok()?;
    page.set_attribute("aria-label", "The screen stopped").ok()?;
    let title = element(&document, "h1", "crash__title")?;
    title.set_text_content(Some("The screen stopped"));
    let text = element(&document, "p", "crash__text")?;
    text.set_text_content(Some("Your agents go on; nothing of theirs is lost. Reload to have the screen back."));
    let reload: HtmlButtonElement = element(&document, "button", "btn btn--primary btn--medium")?.dyn_into().ok()?;
    reload.set_text_content(Some("Reload"));
    let again = wasm_bindgen::prelude::Closure::once_into_js(|| {
        if let Some(window) = web_sys::window() {
            let _ = window.location().reload();
        }
    });
    reload.set_onclick(Some(again.unchecked_ref()));
    let more = element(&document, "pre", "crash__details")?;
    more.set_text_content(Some(details));
    for child in [title.as_ref(), text.as_ref(), reload.as_ref() as &web_sys::Node, more.as_ref()] {
        page.append_child(child).ok()?;
    }
    document.body()?.append_child(&page).ok()?;
    reload.focus().ok()
}

fn element(document: &Document, name: &str, class: &str) -> Option<Element> {
    let element = document.create_element(name).ok()?;
    element.set_class_name(class);
    Some(element)
}
