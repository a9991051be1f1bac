//! Which notices call the person, and the operating system's own notices while the page is out of sight.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};
use yew::prelude::*;

use super::actions::Reach;
use crate::habits::use_habits;
use crate::store::Notice;

/// What the browser says to notices of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// This browser, or this page (one without TLS), has none.
    Absent,
    NotAsked,
    Granted,
    Refused,
}

/// Whether notices of the operating system may be shown.
pub fn permission() -> Permission {
    let here = web_sys::window().is_some_and(|window| {
        window.is_secure_context() && js_sys::Reflect::has(&window, &"Notification".into()).unwrap_or(false)
    });
    if !here {
        return Permission::Absent;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Refused,
        _ => Permission::NotAsked,
    }
}

/// Has the browser ask the person, which it does only after a press of theirs.
pub async fn ask_permission() -> Permission {
    if permission() == Permission::NotAsked
        && let Ok(promise) = Notification::request_permission()
    {
        let _ = JsFuture::from(promise).await;
    }
    permission()
}

/// Follows the person's habits for as long as the desktop is there.
#[hook]
pub fn use_attention(reach: &Reach) {
    let habits = use_habits(&reach.kernel).unwrap_or_default();
    {
        let notices = reach.kernel.store().notices.clone();
        use_effect_with(habits.pops(), move |pops| notices.update(|notices| notices.set_pops(*pops)));
    }
    let reach = reach.clone();
    use_effect_with(habits.system, move |wanted| {
        let watch = wanted.then(|| {
            let notices = reach.kernel.store().notices.clone();
            let newest = Cell::new(newest(&reach));
            notices.watch(move || {
                let last = newest.replace(self::newest(&reach));
                let out_of_sight =
                    web_sys::window().and_then(|window| window.document()).is_some_and(|page| page.hidden());
                if !out_of_sight || permission() != Permission::Granted {
                    return;
                }
                for notice in reach.kernel.store().notices.get().all().filter(|notice| notice.id > last && notice.shown)
                {
                    show(&reach, notice);
                }
            })
        });
        move || drop(watch)
    });
}

fn newest(reach: &Reach) -> u64 {
    reach.kernel.store().notices.get().newest()
}

/// One notice of the operating system; a press on it brings the page and the agent to the front.
fn show(reach: &Reach, notice: &Rc<Notice>) {
    let options = NotificationOptions::new();
    options.set_body(&notice.body);
    options.set_tag(&format!("aether-{}", notice.id));
    let Ok(shown) = Notification::new_with_options(&notice.title, &options) else { return };
    let (reach, pid, again) = (reach.clone(), notice.about.pid(), shown.clone());
    let pressed = Closure::once_into_js(move || {
        if let Some(window) = web_sys::window() {
            let _ = window.focus();
        }
        if let Some(pid) = pid {
            reach.desk.open_agent(pid);
        }
        again.close();
    });
    shown.set_onclick(Some(pressed.unchecked_ref()));
}
