//! When something is done together with the next frame.

use std::cell::RefCell;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::{JsCast, prelude::Closure};

type Task = Box<dyn FnOnce()>;

thread_local! {
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

/// Runs `task` before the next frame is drawn, after those that were given before it. Outside a browser: at once.
pub fn next(task: impl FnOnce() + 'static) {
    let first = TASKS.with(|tasks| {
        let mut tasks = tasks.borrow_mut();
        tasks.push(Box::new(task));
        tasks.len() == 1
    });
    if first {
        ask();
    }
}

fn run() {
    let tasks = TASKS.with(RefCell::take);
    for task in tasks {
        task();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn ask() {
    run();
}

/// A page in the background draws no frames; its store goes on by the clock.
#[cfg(target_arch = "wasm32")]
fn ask() {
    let Some(window) = web_sys::window() else { return run() };
    let callback = Closure::once_into_js(run);
    let function: &js_sys::Function = callback.unchecked_ref();
    let hidden = window.document().is_some_and(|document| document.hidden());
    let asked = if hidden {
        window.set_timeout_with_callback_and_timeout_and_arguments_0(function, 100).is_ok()
    } else {
        window.request_animation_frame(function).is_ok()
    };
    if !asked {
        run();
    }
}
