//! The tabs of a terminal window: which there are, which is shown, and how a window remembers them.

use std::rc::Rc;

use aether_protocol::{Pid, TtyId};
use yew::prelude::*;

use super::TerminalHandle;

/// One tab.
#[derive(Clone, PartialEq)]
pub(super) struct Tab {
    /// Names it for as long as the window is open.
    pub key: u32,
    pub pid: Pid,
    /// Its terminal, once there is one.
    pub tty: Option<TtyId>,
    /// What its program calls it.
    pub title: AttrValue,
    /// It rang while another tab was shown.
    pub rang: bool,
    pub handle: TerminalHandle,
}

impl Tab {
    /// The name to show.
    pub fn name(&self) -> AttrValue {
        if !self.title.is_empty() {
            self.title.clone()
        } else if self.pid == Pid::SESSION {
            "Shell".into()
        } else {
            format!("Agent {}", self.pid).into()
        }
    }
}

/// All tabs of a window. There is always at least one, until the window is to be closed.
#[derive(Clone, PartialEq, Default)]
pub(super) struct Tabs {
    pub tabs: Vec<Tab>,
    /// The key of the tab that is shown.
    pub selected: u32,
    next: u32,
}

/// What happens to tabs.
pub(super) enum Change {
    /// A new shell.
    New,
    /// A terminal that runs already.
    Take(Pid, TtyId),
    Close(u32),
    Select(u32),
    /// The tab that many places further, round the ends.
    Step(isize),
    /// The shown tab changes its place.
    Move(isize),
    /// The tab's terminal is known.
    Found(u32, TtyId),
    Title(u32, String),
    Rang(u32),
}

impl Tabs {
    /// The tabs that a window remembers: `*1/tty_1_9_1 1/tty_1_9_2`, the star at the one that is shown; a bare number is
    /// a process whose terminal is to be found. Without any: one new shell.
    pub fn read(args: &str) -> Tabs {
        let mut tabs = Tabs::default();
        let mut shown = None;
        for word in args.split_whitespace() {
            let (star, word) = word.strip_prefix('*').map_or((false, word), |word| (true, word));
            let (pid, tty) = match word.split_once('/') {
                Some((pid, tty)) => (pid, Some(TtyId::from(tty))),
                None => (word, None),
            };
            let Some(pid) = Pid::parse(pid) else { continue };
            tabs.add(pid, tty);
            if star {
                shown = Some(tabs.selected);
            }
        }
        if tabs.tabs.is_empty() {
            tabs.add(Pid::SESSION, None);
        }
        if let Some(shown) = shown {
            tabs.selected = shown;
        }
        tabs
    }

    /// See [`Tabs::read`]. A tab whose terminal is not known yet is not remembered.
    pub fn write(&self) -> String {
        let words = self.tabs.iter().filter_map(|tab| {
            let tty = tab.tty.as_ref()?;
            let star = if tab.key == self.selected { "*" } else { "" };
            Some(format!("{star}{}/{tty}", tab.pid))
        });
        words.collect::<Vec<_>>().join(" ")
    }

    pub fn get(&self, key: u32) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.key == key)
    }

    pub fn shown(&self) -> Option<&Tab> {
        self.get(self.selected)
    }

    fn add(&mut self, pid: Pid, tty: Option<TtyId>) {
        let key = self.next;
        self.next += 1;
        let tab = Tab { key, pid, tty, title: AttrValue::default(), rang: false, handle: TerminalHandle::default() };
        self.tabs.push(tab);
        self.selected = key;
    }

    fn place(&self, key: u32) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.key == key)
    }

    fn select(&mut self, key: u32) {
        if let Some(tab) = self.tabs.iter_mut().find(|tab| tab.key == key) {
            tab.rang = false;
            self.selected = key;
        }
    }

    fn step(&mut self, by: isize) {
        let count = self.tabs.len();
        if let (Some(now), true) = (self.place(self.selected), count > 0) {
            let to = (now as isize + by).rem_euclid(count as isize) as usize;
            if let Some(key) = self.tabs.get(to).map(|tab| tab.key) {
                self.select(key);
            }
        }
    }

    fn close(&mut self, key: u32) {
        let Some(place) = self.place(key) else { return };
        self.tabs.remove(place);
        let near = self.tabs.get(place).or(self.tabs.last()).map(|tab| tab.key);
        if let (Some(near), true) = (near, self.selected == key) {
            self.select(near);
        }
    }

    fn shift(&mut self, by: isize) {
        if let Some(now) = self.place(self.selected)
            && let Some(to) = now.checked_add_signed(by).filter(|to| *to < self.tabs.len())
        {
            self.tabs.swap(now, to);
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::New => self.add(Pid::SESSION, None),
            Change::Take(pid, tty) => match self.tabs.iter().find(|tab| tab.tty.as_ref() == Some(&tty)) {
                Some(tab) => self.select(tab.key),
                None => self.add(pid, Some(tty)),
            },
            Change::Close(key) => self.close(key),
            Change::Select(key) => self.select(key),
            Change::Step(by) => self.step(by),
            Change::Move(by) => self.shift(by),
            Change::Found(key, tty) => self.with(key, |tab| tab.tty = Some(tty)),
            Change::Title(key, title) => self.with(key, |tab| tab.title = title.trim().to_owned().into()),
            Change::Rang(key) if key != self.selected => self.with(key, |tab| tab.rang = true),
            Change::Rang(_) => {}
        }
    }

    fn with(&mut self, key: u32, change: impl FnOnce(&mut Tab)) {
        if let Some(tab) = self.tabs.iter_mut().find(|tab| tab.key == key) {
            change(tab);
        }
    }
}

impl Reducible for Tabs {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut tabs = (*self).clone();
        tabs.apply(change);
        Rc::new(tabs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(tabs: &Tabs) -> Vec<u32> {
        tabs.tabs.iter().map(|tab| tab.key).collect()
    }

    #[test]
    fn a_window_remembers_its_terminals_and_which_is_shown() {
        let kept = "1/tty_1_9_1 *1/tty_1_9_2 7/tty_7_9_3";
        let tabs = Tabs::read(kept);
        assert_eq!((tabs.write().as_str(), tabs.selected), (kept, 1));
        assert_eq!(tabs.get(2).map(|tab| tab.pid), Some(Pid(7)));
    }

    #[test]
    fn without_any_there_is_one_new_shell_which_is_not_remembered_yet() {
        let mut tabs = Tabs::read("nonsense");
        assert_eq!((tabs.tabs.len(), tabs.write().as_str()), (1, ""));
        tabs.apply(Change::Found(0, "tty_1".into()));
        assert_eq!(tabs.write(), "*1/tty_1");
        let agent = Tabs::read("17");
        assert_eq!(agent.shown().map(|tab| (tab.pid, tab.tty.clone())), Some((Pid(17), None)));
    }

    #[test]
    fn closing_shows_the_neighbour_and_steps_go_round() {
        let mut tabs = Tabs::read("1/a 1/b *1/c");
        tabs.apply(Change::Step(1));
        assert_eq!(tabs.selected, 0);
        tabs.apply(Change::Step(-1));
        assert_eq!(tabs.selected, 2);
        tabs.apply(Change::Close(2));
        assert_eq!((keys(&tabs), tabs.selected), (vec![0, 1], 1));
        tabs.apply(Change::Close(0));
        assert_eq!((keys(&tabs), tabs.selected), (vec![1], 1));
        tabs.apply(Change::Close(1));
        assert!(tabs.tabs.is_empty() && tabs.shown().is_none());
        tabs.apply(Change::Step(1));
    }

    #[test]
    fn the_shown_tab_moves_between_the_ends() {
        let mut tabs = Tabs::read("*1/a 1/b 1/c");
        tabs.apply(Change::Move(-1));
        assert_eq!(keys(&tabs), [0, 1, 2]);
        tabs.apply(Change::Move(1));
        assert_eq!((keys(&tabs), tabs.selected), (vec![1, 0, 2], 0));
    }

    #[test]
    fn a_running_terminal_is_taken_once() {
        let mut tabs = Tabs::read("1/a *1/b");
        tabs.apply(Change::Take(Pid(1), "a".into()));
        assert_eq!((tabs.tabs.len(), tabs.selected), (2, 0));
        tabs.apply(Change::Take(Pid(1), "z".into()));
        assert_eq!(tabs.shown().and_then(|tab| tab.tty.clone()), Some("z".into()));
    }

    #[test]
    fn a_bell_is_marked_only_where_nobody_looks() {
        let mut tabs = Tabs::read("1/a *1/b");
        tabs.apply(Change::Rang(1));
        tabs.apply(Change::Rang(0));
        assert_eq!(tabs.tabs.iter().map(|tab| tab.rang).collect::<Vec<_>>(), [true, false]);
        tabs.apply(Change::Select(0));
        assert!(!tabs.tabs.iter().any(|tab| tab.rang));
    }
}
