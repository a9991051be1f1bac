//! Waiting, by the browser's clock.

use wasm_bindgen_futures::JsFuture;

/// Waits this many milliseconds.
pub async fn sleep(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            // Without a timer there is nothing to wait for.
            if window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, milliseconds).is_err() {
                let _ = done.call0(&wasm_bindgen::JsValue::NULL);
            }
        }
    });
    let _ = JsFuture::from(promise).await;
}
