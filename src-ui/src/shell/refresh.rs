//! Keeps the person signed in: the cookie is renewed before its token ends.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::actions::Reach;
use crate::kit::browser::{Listener, Timeout, now_ms};
use crate::store::use_select;
use crate::transport::{expires_at, renew};

/// What remains is this at least, in milliseconds: a clock that is wrong does not have it renewed without end.
const LEAST: i64 = 5 * 60_000;

/// When to renew a token, in milliseconds since the Unix epoch: once half of what remains has passed. `chance` in 0..1
/// keeps the tabs of one browser from doing it at the same time.
fn due(now: i64, expires_at: i64, chance: f64) -> i64 {
    let remains = expires_at.saturating_sub(now);
    let wait = if remains > 0 { remains / 2 } else { LEAST };
    now + wait - (wait as f64 * 0.05 * chance.clamp(0.0, 1.0)) as i64
}

/// Renews the cookie for as long as somebody is signed in by one. A renewal has the link opened anew, which begins here
/// again.
#[hook]
pub fn use_refresh(reach: &Reach) {
    let epoch = use_select(&reach.kernel.store().connection, |connection| {
        connection.user.as_ref().filter(|_| connection.is_online()).map(|_| connection.epoch)
    });
    let epoch = epoch.filter(|_| reach.kernel.door().asks_who());
    let reach = reach.clone();
    let timer = use_mut_ref(|| None::<Timeout>);
    use_effect_with(epoch, move |epoch| {
        let renewal = Rc::new(Renewal { reach, alive: Cell::new(epoch.is_some()), due_at: Cell::new(i64::MAX) });
        if renewal.alive.get() {
            let (renewal, timer) = (renewal.clone(), timer.clone());
            spawn_local(async move {
                let Ok(Some(end)) = expires_at().await else { return };
                if !renewal.alive.get() {
                    return;
                }
                let now = now_ms();
                let at = due(now, i64::try_from(end).unwrap_or(i64::MAX), js_sys::Math::random());
                renewal.due_at.set(at);
                let wait = i32::try_from(at - now).unwrap_or(i32::MAX);
                *timer.borrow_mut() = Timeout::new(wait, move || renewal.wake());
            });
        }
        let page = web_sys::window().and_then(|window| window.document());
        // The timers of a page in the background, and of a machine asleep, are late.
        let looking = renewal.clone();
        let looked_at = page.map(|page| Listener::new(&page, "visibilitychange", move |_| looking.wake()));
        move || {
            renewal.alive.set(false);
            timer.borrow_mut().take();
            drop(looked_at);
        }
    });
}

struct Renewal {
    reach: Reach,
    alive: Cell<bool>,
    due_at: Cell<i64>,
}

impl Renewal {
    fn wake(&self) {
        if !self.alive.get() || now_ms() < self.due_at.get() {
            return;
        }
        self.due_at.set(i64::MAX);
        let kernel = self.reach.kernel.clone();
        spawn_local(async move {
            // Another tab may have been first: then the link comes back by what is in the cookie now. Where the server
            // is away or the sign-in has ended, the link says so.
            let _ = renew().await;
            kernel.link().renew();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_renewed_after_half_of_what_remains() {
        assert_eq!(due(1_000, 101_000, 0.0), 51_000);
        assert_eq!(due(1_000, 101_000, 1.0), 48_500);
        assert_eq!(due(1_000, 500, 0.0), 1_000 + LEAST, "a clock that is wrong");
    }
}
