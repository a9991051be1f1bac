//! Windows and the look, kept from one visit to the next by the kernel.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::actions::Reach;
use crate::apps;
use crate::habits::{Habits, PREFERENCE as HABITS};
use crate::look::{Look, PREFERENCE as LOOK};
use crate::store::{Watch, use_select};
use crate::transport::sleep;
use crate::wm::{Rect, Session};

/// How long windows must have lain still before their places are kept.
const STILL: i32 = 400;
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
            let keeping: Rc<RefCell<Vec<Watch>>> = Rc::default();
            if let Some(user) = user.clone() {
                apps::preview::drafts_belong_to(&user);
                let keeping = keeping.clone();
                spawn_local(async move {
                    bring_back(&reach).await;
                    keep(&reach, &keeping);
                    back.set(Some(user));
                });
            }
            move || keeping.borrow_mut().clear()
        });
    }
    user.is_some() && *back == user
}

/// The phone's windows are others than the desktop's; a desktop that was made narrow for a while is still one.
fn windows_key() -> &'static str {
    let width = web_sys::window().and_then(|window| window.screen().ok()).and_then(|screen| screen.width().ok());
    if width.is_some_and(|width| width < COMPACT) { "phone.session" } else { "desktop.session" }
}

async fn bring_back(reach: &Reach) {
    if let Some(look) = read(reach, LOOK).await.and_then(|look| serde_json::from_value::<Look>(look).ok()) {
        reach.desk.set_look(look);
    }
    let habits = Habits::read(&read(reach, HABITS).await.unwrap_or_default());
    let kept = if habits.restore { read(reach, windows_key()).await } else { None };
    let area = area().unwrap_or(reach.desk.windows.get().area());
    let session = kept.and_then(|kept| Session::read(&kept.to_string()));
    if let Some(session) = session {
        reach.desk.windows.set(session.desktop(area, |app| apps::find(app).map(apps::App::spec)));
    } else {
        reach.desk.windows.set(crate::wm::Desktop::new(area));
        reach.desk.open(apps::MISSION_CONTROL, "");
    }
}

/// What windows will have, before it is drawn: one that lay at the far edge comes back there.
fn area() -> Option<Rect> {
    let window = web_sys::window()?;
    let (w, h) = (window.inner_width().ok()?.as_f64()?, window.inner_height().ok()?.as_f64()?);
    Some(Rect::new(0.0, 0.0, w, (h - MENU_BAR - DOCK_ROOM).max(1.0)))
}

async fn read(reach: &Reach, key: &str) -> Option<Value> {
    // A screen that cannot have its windows back begins without them.
    reach.kernel.read_preference(key).await.ok().filter(|value| !value.is_null())
}

fn keep(reach: &Reach, keeping: &Rc<RefCell<Vec<Watch>>>) {
    let again = reach.clone();
    let windows = Debounced::new(move || {
        let session = Session::of(&again.desk.windows.get()).write();
        again.kernel.keep_quietly(windows_key(), serde_json::from_str(&session).unwrap_or(Value::Null));
    });
    let again = reach.clone();
    let look = Rc::new(Debounced::new(move || again.kernel.keep_quietly(LOOK, json!(*again.desk.look.get()))));
    let mut keeping = keeping.borrow_mut();
    keeping.push(reach.desk.windows.watch(move || windows.touch()));
    let (again, writes) = (reach.clone(), look.clone());
    keeping.push(reach.desk.look.watch(move || {
        if kept_look(&again) != Some(*again.desk.look.get()) {
            writes.touch();
        }
    }));
    // Another screen of the same person has changed it. What was chosen here since is on its way there.
    let again = reach.clone();
    keeping.push(reach.kernel.store().preferences.of(LOOK).watch(move || {
        if let Some(kept) = kept_look(&again).filter(|kept| !look.is_due() && *kept != *again.desk.look.get()) {
            again.desk.set_look(kept);
        }
    }));
}

/// The look as the kernel has it.
fn kept_look(reach: &Reach) -> Option<Look> {
    let kept = reach.kernel.store().preferences.of(LOOK).get();
    let (value, _) = kept.as_ref().as_ref()?;
    serde_json::from_value(value.clone()).ok()
}

/// Something done once it was not asked for again for a while.
struct Debounced {
    /// How often it was asked for, and how many of these are done.
    count: Rc<std::cell::Cell<u64>>,
    done: Rc<std::cell::Cell<u64>>,
    work: Rc<dyn Fn()>,
}

impl Debounced {
    fn new(work: impl Fn() + 'static) -> Self {
        Debounced { count: Rc::default(), done: Rc::default(), work: Rc::new(work) }
    }

    /// True while it waits to be done.
    fn is_due(&self) -> bool {
        self.count.get() != self.done.get()
    }

    fn touch(&self) {
        let (count, done, work) = (self.count.clone(), self.done.clone(), self.work.clone());
        let mine = count.get() + 1;
        count.set(mine);
        spawn_local(async move {
            sleep(STILL).await;
            if count.get() == mine {
                done.set(mine);
                work();
            }
        });
    }
}
