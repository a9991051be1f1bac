//! Which agents this browser has taken over: it holds over a reload and a closed window.

use aether_protocol::Pid;

use crate::kit::browser::storage;

const KEY: &str = "aether.control";

fn read(text: &str) -> Vec<u64> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The list after one agent was taken over, or handed back.
fn changed(text: &str, pid: Pid, held: bool) -> String {
    let mut pids = read(text);
    pids.retain(|other| *other != pid.0);
    if held {
        pids.push(pid.0);
    }
    serde_json::to_string(&pids).unwrap_or_default()
}

pub fn is_held(pid: Pid) -> bool {
    let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    kept.is_some_and(|text| read(&text).contains(&pid.0))
}

/// Remembers it. A browser that keeps nothing forgets with its page, which is no harm.
pub fn hold(pid: Pid, held: bool) {
    if let Some(storage) = storage() {
        let text = storage.get_item(KEY).ok().flatten().unwrap_or_default();
        let _ = storage.set_item(KEY, &changed(&text, pid, held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_held_once_and_let_go() {
        let one = changed("", Pid(7), true);
        let two = changed(&changed(&one, Pid(9), true), Pid(7), true);
        assert_eq!(read(&two), [9, 7]);
        assert_eq!(read(&changed(&two, Pid(9), false)), [7]);
        assert!(read("no list").is_empty());
    }
}
