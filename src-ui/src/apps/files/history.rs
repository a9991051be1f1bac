//! Places a window has been at.

/// Where a window is, and how it came there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History<T> {
    back: Vec<T>,
    now: T,
    ahead: Vec<T>,
}

/// Places that are remembered.
const KEPT: usize = 100;

impl<T: PartialEq> History<T> {
    pub fn new(now: T) -> Self {
        History { back: Vec::new(), now, ahead: Vec::new() }
    }

    pub fn now(&self) -> &T {
        &self.now
    }

    /// Goes somewhere else; false if it is there already.
    pub fn go(&mut self, to: T) -> bool {
        if to == self.now {
            return false;
        }
        self.back.push(std::mem::replace(&mut self.now, to));
        if self.back.len() > KEPT {
            self.back.remove(0);
        }
        self.ahead.clear();
        true
    }

    pub fn back(&mut self) -> bool {
        let Some(to) = self.back.pop() else { return false };
        self.ahead.push(std::mem::replace(&mut self.now, to));
        true
    }

    pub fn ahead(&mut self) -> bool {
        let Some(to) = self.ahead.pop() else { return false };
        self.back.push(std::mem::replace(&mut self.now, to));
        true
    }

    pub fn can_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub fn can_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_and_ahead_until_one_goes_elsewhere() {
        let mut history = History::new("a");
        assert!(history.go("b") && !history.go("b") && history.go("c"));
        assert!(history.back() && history.back() && !history.back());
        assert_eq!((*history.now(), history.can_ahead()), ("a", true));
        assert!(history.ahead());
        assert_eq!(*history.now(), "b");
        history.go("d");
        assert!(!history.can_ahead() && history.can_back());
    }
}
