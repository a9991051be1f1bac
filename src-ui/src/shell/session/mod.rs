//! Windows and the look, kept from one visit to the next by the kernel.

mod keeper;
mod unsent;

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::keeper::Keeper;
use self::unsent::Unsent;
use super::actions::Reach;
use crate::apps;
use crate::habits::{Habits, PREFERENCE as HABITS};
use crate::kit::browser::{Listener, Timeout};
use crate::look::{Look, PREFERENCE as LOOK};
use crate::store::{Watch, use_select};
use crate::wm::{Rect, Session};

/// The height of the menu bar, as `shell.css` has it.
const MENU_BAR: f64 = 30.0;
/// What windows leave to the dock, as `tokens.css` has it.
const DOCK_ROOM: f64 = 76.0;
/// Screens narrower than this are phones.
const COMPACT: i32 = 640;

/// Brings windows and look back once somebody is signed in, and keeps them from then on. True once it has.
#[hook]
pub fn use_session(reach: &Reach) -> bool {
    let back = use_state(|| None::<String>);
    let user = use_select(&reach.kernel.store().connection, |connection| {
        let user = connection.user.as_ref().filter(|_| connection.epoch > 0);
        user.map(|user| user.id.to_string())
    });
    {
        let (reach, back) = (reach.clone(), back.clone());
        use_effect_with(user.clone(), move |user| {
            let keeping: Rc<RefCell<Keeping>> = Rc::default();
            let desk = reach.desk.clone();
            if let Some(user) = user.clone() {
                apps::preview::drafts_belong_to(&user);
                let keeping = Rc::downgrade(&keeping);
                spawn_local(async move {
                    let told = bring_back(&reach, &user).await;
                    // Somebody else may have signed in meanwhile.
                    let Some(keeping) = keeping.upgrade() else { return };
                    keeping.replace(keep(&reach, &user, told));
                    back.set(Some(user));
                });
            }
            move || {
                drop(keeping.take());
                // What was begun is not the next one's to go on with.
                desk.close_overlay();
                apps::files::forget_held();
            }
        });
    }
    user.is_some() && *back == user
}

/// The phone's windows are others than the desktop's; a desktop that was made narrow for a while is still one.
fn windows_key() -> &'static str {
    let width = web_sys::window().and_then(|window| window.screen().ok()).and_then(|screen| screen.width().ok());
    if width.is_some_and(|width| width < COMPACT) { "phone.session" } else { "desktop.session" }
}

/// What the kernel keeps of this screen: null where there is nothing.
struct Told {
    look: Value,
    windows: Value,
}

async fn bring_back(reach: &Reach, user: &str) -> Told {
    let (told, look) = read(reach, LOOK, user).await;
    let told_look = match read_look(&look) {
        Some(look) => {
            reach.desk.set_look(look);
            read_look(&told).map_or(Value::Null, |look| json!(look))
        }
        // The look that nobody has chosen is not kept as a choice.
        None => json!(*reach.desk.look.get()),
    };
    let habits = Habits::read(&reach.kernel.read_preference(HABITS).await.unwrap_or_default());
    let (told_windows, windows) = read(reach, windows_key(), user).await;
    let area = area().unwrap_or(reach.desk.windows.get().area());
    let session = habits.restore.then(|| Session::read(&windows.to_string())).flatten();
    if let Some(session) = session {
        reach.desk.windows.set(session.desktop(area, |app| apps::find(app).map(apps::App::spec)));
    } else {
        reach.desk.windows.set(crate::wm::Desktop::new(area));
        reach.desk.open(apps::MISSION_CONTROL, "");
    }
    Told { look: told_look, windows: told_windows }
}

/// What windows will have, before it is drawn: one that lay at the far edge comes back there.
fn area() -> Option<Rect> {
    let window = web_sys::window()?;
    let (w, h) = (window.inner_width().ok()?.as_f64()?, window.inner_height().ok()?.as_f64()?);
    Some(Rect::new(0.0, 0.0, w, (h - MENU_BAR - DOCK_ROOM).max(1.0)))
}

/// What the kernel has, and what there is: that, or a change that did not reach it.
async fn read(reach: &Reach, key: &'static str, user: &str) -> (Value, Value) {
    // A screen that cannot have its windows back begins without them.
    let Ok(told) = reach.kernel.read_preference(key).await else { return Default::default() };
    let kept = reach.kernel.store().preferences.of(key).get();
    let rev = kept.as_ref().as_ref().map_or(0, |(_, rev)| *rev);
    let unsent = Unsent::take(key).and_then(|unsent| unsent.over(user, &told, rev));
    (told.clone(), unsent.unwrap_or(told))
}

/// What keeps, for as long as somebody is signed in.
type Keeping = (Vec<Watch>, Vec<Listener>);

fn keep(reach: &Reach, user: &str, told: Told) -> Keeping {
    let desk = reach.desk.clone();
    let windows = Keeper::new(reach.kernel.clone(), windows_key(), user, told.windows, move || {
        json!(Session::of(&desk.windows.get()))
    });
    let desk = reach.desk.clone();
    let look = Keeper::new(reach.kernel.clone(), LOOK, user, told.look, move || json!(*desk.look.get()));
    let listeners = listen(&windows, &look);
    let mut watches = vec![reach.desk.windows.watch(move || windows.touch())];
    let (again, writes) = (reach.clone(), look.clone());
    watches.push(reach.desk.look.watch(move || {
        if kept_look(&again) != Some(*again.desk.look.get()) {
            writes.touch();
        }
    }));
    // Another screen of the same person has changed it. What was chosen here since is on its way there.
    let again = reach.clone();
    watches.push(reach.kernel.store().preferences.of(LOOK).watch(move || {
        if let Some(kept) = kept_look(&again).filter(|kept| !look.is_due() && *kept != *again.desk.look.get()) {
            look.agree(json!(kept));
            again.desk.set_look(kept);
        }
    }));
    (watches, listeners)
}

/// A page that goes or is put away may not come back, and a window that was let go lies where it is meant to.
fn listen(windows: &Rc<Keeper>, look: &Rc<Keeper>) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let Some(page) = window.document() else { return Vec::new() };
    let leave = {
        let keepers = [windows.clone(), look.clone()];
        move || keepers.iter().for_each(Keeper::leave)
    };
    let (going, hiding) = (leave.clone(), page.clone());
    let (windows, after) = (windows.clone(), RefCell::new(None::<Timeout>));
    vec![
        Listener::new(&window, "pagehide", move |_| going()),
        Listener::new(&page, "visibilitychange", move |_| {
            if hiding.hidden() {
                leave();
            }
        }),
        Listener::new(&page, "pointerup", move |_| {
            // The gesture ends by the same event, which others may hear later.
            let windows = windows.clone();
            after.replace(Timeout::new(0, move || windows.save()));
        }),
    ]
}

/// The look as the kernel has it.
fn kept_look(reach: &Reach) -> Option<Look> {
    let kept = reach.kernel.store().preferences.of(LOOK).get();
    read_look(&kept.as_ref().as_ref()?.0)
}

fn read_look(value: &Value) -> Option<Look> {
    serde_json::from_value(value.clone()).ok()
}
