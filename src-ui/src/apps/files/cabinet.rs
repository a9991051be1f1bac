//! One window of files: where it is, and how it keeps up with what is there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use aether_protocol::Empty;
use aether_protocol::WireError;
use aether_protocol::domains::fs::{self, Ls, Search};
use wasm_bindgen_futures::spawn_local;

use super::conflict::Conflicts;
use super::name::isolated;
use super::path;
use super::state::{Done, Known, Place, State, Undo, View};
use crate::desk::Desk;
use crate::kernel::Kernel;
use crate::kit::browser::now_ms;
use crate::store::Slice;
use crate::transport::sleep;
use crate::wm::WindowId;

/// Milliseconds between two looks at a folder that changes all the time.
const REST: i64 = 120;
/// How many times longer than a look takes it is waited for the next one.
const SHARE: i64 = 2;

struct Inner {
    kernel: Kernel,
    desk: Desk,
    window: WindowId,
    state: Slice<State>,
    conflicts: Conflicts,
    /// A look is under way, or waited for.
    looking: Cell<bool>,
    /// It has to be looked again after that.
    due: Cell<bool>,
    /// Grows with every place and search: what answers an older one is dropped.
    turn: Cell<u64>,
    /// Names to be chosen once they are there.
    expected: RefCell<Vec<String>>,
    next: Cell<u64>,
    /// Acts that are under way.
    acting: Cell<u32>,
    /// What is under way is to be taken back as soon as it is done.
    undo_due: Cell<bool>,
}

/// An act that is under way, until this is dropped.
pub(super) struct Acting(Cabinet);

impl Drop for Acting {
    fn drop(&mut self) {
        let acting = &self.0.0.acting;
        acting.set(acting.get() - 1);
        if acting.get() == 0 {
            self.0.0.undo_due.set(false);
        }
    }
}

/// A handle to what a window of files does; clones are the same.
#[derive(Clone)]
pub struct Cabinet(Rc<Inner>);

impl PartialEq for Cabinet {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Cabinet {
    pub fn new(kernel: Kernel, desk: Desk, window: WindowId, args: &str) -> Cabinet {
        let place = Place::read(args, &username(&kernel));
        Cabinet(Rc::new(Inner {
            kernel,
            desk,
            window,
            state: Slice::new(State::new(place, View::kept())),
            conflicts: Conflicts::default(),
            looking: Cell::new(false),
            due: Cell::new(false),
            turn: Cell::new(0),
            expected: RefCell::default(),
            next: Cell::new(0),
            acting: Cell::new(0),
            undo_due: Cell::new(false),
        }))
    }

    pub fn kernel(&self) -> &Kernel {
        &self.0.kernel
    }

    pub fn desk(&self) -> &Desk {
        &self.0.desk
    }

    pub fn window(&self) -> WindowId {
        self.0.window
    }

    pub fn state(&self) -> &Slice<State> {
        &self.0.state
    }

    pub fn conflicts(&self) -> &Conflicts {
        &self.0.conflicts
    }

    pub fn username(&self) -> String {
        username(&self.0.kernel)
    }

    pub(super) fn files(&self) -> fs::Client<'_, Kernel> {
        fs::Client(&self.0.kernel)
    }

    pub fn update(&self, change: impl FnOnce(&mut State)) {
        self.0.state.update(change);
    }

    /// Goes to a place, which the window comes back to after a reload.
    pub fn go(&self, place: Place) {
        let mut moved = false;
        self.update(|state| moved = state.history.go(place));
        if moved {
            self.arrive();
        }
    }

    pub fn go_to(&self, folder: &str) {
        self.go(Place::Folder(path::normal(folder, &self.username())));
    }

    /// Goes to the folder that this one is in, and chooses where it came from.
    pub fn up(&self) {
        let Some(folder) = self.0.state.get().folder().map(str::to_owned) else { return };
        if folder != "/" {
            self.go_to(path::parent(&folder));
            self.expect([path::name(&folder).to_owned()]);
        }
    }

    pub fn back(&self) {
        self.turn_page(|state| state.history.back());
    }

    pub fn ahead(&self) {
        self.turn_page(|state| state.history.ahead());
    }

    fn turn_page(&self, turn: impl FnOnce(&mut State) -> bool) {
        let mut turned = false;
        self.update(|state| turned = turn(state));
        if turned {
            self.arrive();
        }
    }

    /// What is at the place that the window has come to.
    pub fn arrive(&self) {
        self.0.turn.set(self.0.turn.get() + 1);
        self.0.expected.take();
        self.update(State::arrive);
        self.name_window();
        self.look();
    }

    /// Names the window after what it shows.
    pub fn name_window(&self) {
        let state = self.0.state.get();
        let title = match state.place() {
            Place::Trash => String::from("Trash"),
            Place::Folder(folder) if *folder == path::home(&self.username()) => String::from("Home"),
            Place::Folder(folder) if folder == "/" => String::from("All files"),
            Place::Folder(folder) => isolated(path::name(folder)),
        };
        self.0.desk.set_title(self.0.window, &title);
        self.0.desk.set_args(self.0.window, state.place().args());
    }

    /// Looks at what is there. However often it is called, one look is under way and one more is due at most.
    pub fn look(&self) {
        self.0.due.set(true);
        if self.0.looking.replace(true) {
            return;
        }
        let cabinet = self.clone();
        spawn_local(async move {
            while cabinet.0.due.replace(false) {
                let begun = now_ms();
                cabinet.look_once().await;
                let pause = ((now_ms() - begun) * SHARE).clamp(REST, 5_000);
                sleep(i32::try_from(pause).unwrap_or(i32::MAX)).await;
            }
            cabinet.0.looking.set(false);
        });
    }

    async fn look_once(&self) {
        let turn = self.0.turn.get();
        let state = self.0.state.get();
        if !state.query.is_empty() {
            return self.find(turn, &state).await;
        }
        match state.place() {
            Place::Trash => {
                let found = self.files().list_trash(Empty {}).await;
                self.settle(turn, found.map(|entries| |state: &mut State| state.take_in_trash(entries)));
            }
            Place::Folder(folder) => {
                let found = self.files().ls(Ls { path: folder.clone() }).await;
                let cabinet = self.clone();
                self.settle(
                    turn,
                    found.map(|entries| {
                        move |state: &mut State| {
                            state.take_in(entries);
                            cabinet.choose_expected(state);
                        }
                    }),
                );
            }
        }
    }

    async fn find(&self, turn: u64, state: &State) {
        let Some(folder) = state.folder() else { return };
        let request = Search { path: folder.to_owned(), query: state.query.clone(), limit: Some(500) };
        let found = self.files().search(request).await;
        self.settle(
            turn,
            found.map(|entries| {
                |state: &mut State| {
                    state.searching = false;
                    state.take_in(entries);
                }
            }),
        );
    }

    fn settle(&self, turn: u64, seen: Result<impl FnOnce(&mut State), WireError>) {
        if turn != self.0.turn.get() {
            // The window is elsewhere by now.
            return self.0.due.set(true);
        }
        self.update(|state| match seen {
            Ok(take_in) => take_in(state),
            Err(error) => {
                state.searching = false;
                state.known = Known::Failed(error);
            }
        });
    }

    /// Searches below the folder; an empty text shows the folder again.
    pub fn search(&self, text: String) {
        self.0.turn.set(self.0.turn.get() + 1);
        self.update(|state| {
            state.query = text;
            state.searching = !state.query.is_empty();
        });
        self.look();
    }

    /// Chooses these names as soon as they are there.
    pub(super) fn expect(&self, names: impl IntoIterator<Item = String>) {
        *self.0.expected.borrow_mut() = names.into_iter().collect();
        self.look();
    }

    fn choose_expected(&self, state: &mut State) {
        let expected = self.0.expected.borrow().clone();
        let found: Vec<String> =
            state.rows().iter().filter(|row| expected.contains(&row.name)).map(|row| row.path.clone()).collect();
        if !found.is_empty() {
            self.0.expected.take();
            state.selection = super::selection::Selection::of(found);
        }
    }

    /// Begins something that can be taken back: what was done before it no longer is.
    pub(super) fn begin(&self) -> Acting {
        self.0.acting.set(self.0.acting.get() + 1);
        self.update(|state| state.done = None);
        Acting(self.clone())
    }

    /// Says what was done, and offers to take it back.
    pub(super) fn done(&self, text: String, undo: Option<Undo>) {
        let id = self.0.next.get() + 1;
        self.0.next.set(id);
        let hurried = undo.is_some() && self.0.undo_due.replace(false);
        self.update(|state| state.done = Some(Done { id, text, undo }));
        self.look();
        if hurried {
            self.undo();
        }
    }

    /// Takes what is under way back once it is done.
    pub(super) fn undo_later(&self) {
        self.0.undo_due.set(self.0.acting.get() > 0);
    }

    /// Says what did not work, above the files.
    pub(super) fn trouble(&self, text: String) {
        self.update(|state| state.trouble = Some(text));
        self.look();
    }
}

fn username(kernel: &Kernel) -> String {
    let connection = kernel.store().connection.get();
    connection.user.as_ref().map(|user| user.username.clone()).unwrap_or_default()
}
