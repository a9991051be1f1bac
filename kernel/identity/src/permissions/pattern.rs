//! Actions and resources with wildcards: pure.
//!
//! `*` alone is everything. Inside a name it stands for any characters but dots, so that `tool.*.execute` is about every
//! tool and about nothing else. A path has dots of its own: inside one, `*` stands for any characters at all.

/// What `*` does not stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    AtDots,
    Nowhere,
}

/// True if an action is one the pattern speaks of.
pub fn action(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    match (file_action(pattern), file_action(action)) {
        (Some((path, mode)), Some((named, asked))) => {
            matches(mode, asked, Stop::AtDots) && matches(path, named, Stop::Nowhere)
        }
        _ => matches(pattern, action, Stop::AtDots),
    }
}

/// True if a resource is one the pattern speaks of.
pub fn resource(pattern: &str, resource: &str) -> bool {
    let stop = if resource.starts_with('/') { Stop::Nowhere } else { Stop::AtDots };
    pattern == "*" || matches(pattern, resource, stop)
}

/// The path and the mode of `fs.<path>.<mode>`.
fn file_action(action: &str) -> Option<(&str, &str)> {
    action.strip_prefix("fs.")?.rsplit_once('.')
}

/// Matches by the place of the last `*` alone: where it fails after one, that takes one character more. No pattern costs
/// more than its length times that of the text.
fn matches(pattern: &str, text: &str, stop: Stop) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how far it has read.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at), text.get(read)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                star = Some((at, read));
                at += 1;
                continue;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                (at, read) = (at + 1, read + 1);
                continue;
            }
            _ => {}
        }
        let Some((back, taken)) = star else { return false };
        match text.get(taken) {
            None => return false,
            Some(b'.') if stop == Stop::AtDots => return false,
            Some(_) => {
                star = Some((back, taken + 1));
                (at, read) = (back + 1, taken + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions() {
        for (pattern, text, expect) in [
            ("*", "tool.run_command.execute", true),
            ("*", "", true),
            ("tool.run_command.execute", "tool.run_command.execute", true),
            ("tool.run_command.execute", "tool.run_command.executed", false),
            ("tool.*.execute", "tool.run_command.execute", true),
            ("tool.*.execute", "tool.a.b.execute", false),
            ("tool.*", "tool.run_command.execute", false),
            ("tool.*.*", "tool.run_command.execute", true),
            ("*.*.*", "llm.openai.use", true),
            ("tool.read_*.execute", "tool.read_file.execute", true),
            ("tool.*_*.execute", "tool.read_file.execute", true),
            ("tool.*_*_*.execute", "tool.read_file.execute", false),
            ("llm.*.use", "tool.x.execute", false),
            ("fs.*.read", "fs./home/ada/a.txt.read", true),
            ("fs.*.read", "fs./home/ada/a.txt.write", false),
            ("fs./home/ada/*.*", "fs./home/ada/notes/a.txt.write", true),
            ("fs./home/ada/*.read", "fs./home/bob/a.txt.read", false),
            ("fs./home/ada/a.txt.read", "fs./home/ada/a.txt.read", true),
            ("", "tool.x.execute", false),
            ("**", "ab", true),
        ] {
            assert_eq!(action(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn resources() {
        for (pattern, text, expect) in [
            ("*", "/home/ada/a.txt", true),
            ("run_command", "run_command", true),
            ("run_*", "run_command", true),
            ("run_*", "read_file", false),
            ("gpt*", "gpt.4", false),
            ("gpt*", "gpt-4", true),
            ("/home/ada/*", "/home/ada/a.b/c.txt", true),
            ("/home/ada/*", "/home/adam/a", false),
            ("/home/*/a.txt", "/home/ada/deep/a.txt", true),
            ("*.txt", "/home/ada/a.txt", true),
            ("*.txt", "/home/ada/a.txt.gz", false),
            ("*a*b*c", "/a/b/c", true),
            ("/ä*", "/äö", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(resource(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_its_length_times_the_text() {
        let (pattern, text) = (format!("{}b", "*a".repeat(2_000)), format!("/{}", "a".repeat(4_000)));
        assert!(!resource(&pattern, &text));
    }
}
