//! Commands as Windows takes them: a program and one line of text.
//!
//! The kernel asks for `/bin/bash`, which Windows has not, and whose ports do not start in an AppContainer. Its place
//! is taken by `cmd.exe`: `bash -c COMMAND` becomes `cmd.exe /D /S /C "COMMAND"`, and a shell on a terminal
//! `cmd.exe /D`. Every other program is started as it is, with its words quoted the way C programs take them apart.

use std::path::{Path, PathBuf};

const BASH: &str = "/bin/bash";
const SHELL: &str = "cmd.exe";

/// A program, and the line it finds its words in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub program: String,
    pub line: String,
}

/// Translates a command. What cannot be said is for the person.
pub(crate) fn translate(argv: &[String]) -> Result<Line, String> {
    if argv.iter().any(|word| word.contains('\0')) {
        return Err("a command cannot hold a NUL byte".to_owned());
    }
    match argv {
        [] => Err("there is no command".to_owned()),
        [program, rest @ ..] if program == BASH => shell(rest),
        [program, rest @ ..] => other(program, rest),
    }
}

fn shell(rest: &[String]) -> Result<Line, String> {
    let line = match rest {
        [flag, command] if flag == "-c" => {
            let command = command.trim();
            if command.contains(['\n', '\r']) {
                return Err("the shell here is cmd.exe, which takes one line at a time. Join the lines with && or &, \
                            or write them into a .cmd file and run that"
                    .to_owned());
            }
            // With /S the outer quotes go, and what is between them stays as it is.
            format!("{SHELL} /D /S /C \"{command}\"")
        }
        [] => format!("{SHELL} /D"),
        flags if flags.iter().all(|flag| flag.starts_with('-') && flag != "-c") => format!("{SHELL} /D"),
        _ => return Err("the shell here is cmd.exe, which takes a command after -c and no further words".to_owned()),
    };
    Ok(Line { program: SHELL.to_owned(), line })
}

fn other(program: &str, rest: &[String]) -> Result<Line, String> {
    if program.contains('"') {
        return Err(format!("{program} is no name of a program"));
    }
    // Their words are taken apart once more, by rules of the shell's own that no quoting holds against.
    if [".bat", ".cmd"].iter().any(|end| program.to_ascii_lowercase().ends_with(end)) {
        return Err(format!("{program} is a script of cmd.exe. Run it through the shell"));
    }
    let mut line = format!("\"{program}\"");
    for word in rest {
        line.push(' ');
        quote(word, &mut line);
    }
    Ok(Line { program: program.to_owned(), line })
}

/// Adds a word so that it is taken apart as the same word. Backslashes only count before a quote.
fn quote(word: &str, line: &mut String) {
    if !word.is_empty() && !word.contains([' ', '\t', '\n', '\x0b', '"']) {
        line.push_str(word);
        return;
    }
    line.push('"');
    let mut backslashes = 0;
    for character in word.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                line.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(character);
    }
    line.extend(std::iter::repeat_n('\\', backslashes));
    line.push('"');
}

/// Where a program is: as its path says, or in the first folder of a search path that has it.
pub(crate) fn find(program: &str, search: &str, is_file: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let names = [program.to_owned(), format!("{program}.exe"), format!("{program}.com")];
    // A name without an end would be started by Windows as a program only with one of its own choice.
    let has_end = [".exe", ".com"].iter().any(|end| program.to_ascii_lowercase().ends_with(end));
    let names = if has_end { &names[..1] } else { &names[1..] };
    let folders: Vec<&str> = if program.contains(['/', '\\', ':']) {
        vec![""]
    } else {
        // A relative folder would be one of the kernel's.
        search.split(';').map(|folder| folder.trim_matches('"')).filter(|folder| is_absolute(folder)).collect()
    };
    folders.iter().flat_map(|folder| names.iter().map(|name| join(folder, name))).find(|path| is_file(path))
}

fn is_absolute(folder: &str) -> bool {
    matches!(folder.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
        || folder.starts_with(r"\\")
}

fn join(folder: &str, name: &str) -> PathBuf {
    match folder {
        "" => PathBuf::from(name),
        folder => PathBuf::from(format!(r"{}\{name}", folder.trim_end_matches(['\\', '/']))),
    }
}

/// Variables as `NAME=value`, in the order Windows keeps them in. Names differ by more than case; the last one counts.
pub(crate) fn environment(variables: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let said =
        |(name, value): &(String, String)| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
    let named =
        variables.into_iter().filter(said).map(|(name, value)| (name.to_uppercase(), format!("{name}={value}")));
    named.collect::<std::collections::BTreeMap<_, _>>().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(argv: &[&str]) -> Result<Line, String> {
        translate(&argv.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn bash_becomes_the_shell_that_is_there() {
        let check = |argv: &[&str], expect: &str| {
            let line = translated(argv).expect("translated");
            assert_eq!((line.program.as_str(), line.line.as_str()), ("cmd.exe", expect));
        };
        check(&["/bin/bash", "-c", "dir"], r#"cmd.exe /D /S /C "dir""#);
        check(&["/bin/bash", "-c", r#"type "a b" & echo "x"\"#], r#"cmd.exe /D /S /C "type "a b" & echo "x"\""#);
        check(&["/bin/bash", "-c", "dir\n"], r#"cmd.exe /D /S /C "dir""#);
        check(&["/bin/bash", "--login", "-i"], "cmd.exe /D");
        check(&["/bin/bash"], "cmd.exe /D");
    }

    #[test]
    fn what_the_shell_cannot_do_is_said() {
        let check = |argv: &[&str], expect: &str| {
            let said = translated(argv).expect_err("refused");
            assert!(said.contains(expect), "{said}");
        };
        check(&["/bin/bash", "-c", "echo 1\necho 2"], "one line");
        check(&["/bin/bash", "-c", "echo $0", "name"], "no further words");
        check(&["/bin/bash", "script.sh"], "no further words");
        check(&["build.CMD", "a&calc"], "through the shell");
        check(&["a\"b"], "no name");
        check(&["echo", "a\0b"], "NUL");
        check(&[], "no command");
    }

    #[test]
    fn words_are_quoted_as_they_are_taken_apart() {
        let check = |word: &str, expect: &str| {
            let line = translated(&["p", word]).expect("translated").line;
            assert_eq!(line, format!("\"p\" {expect}"), "{word:?}");
        };
        check("plain", "plain");
        check(r"C:\dir\", r"C:\dir\");
        check("", r#""""#);
        check("a b", r#""a b""#);
        check(r"C:\my dir\", r#""C:\my dir\\""#);
        check(r#"say "hi""#, r#""say \"hi\"""#);
        check(r#"a\"b"#, r#""a\\\"b""#);
        check(r#"a\\ b"#, r#""a\\ b""#);
        check(r#"\\" "#, r#""\\\\\" ""#);
        check("tab\there", "\"tab\there\"");
    }

    #[test]
    fn programs_are_found_where_the_path_leads() {
        let check = |program: &str, there: &[&str], expect: Option<&str>| {
            let search = r#"tools;"C:\Program Files\Git\cmd";C:\Windows\;\\host\share"#;
            let found = find(program, search, |path| there.iter().any(|file| Path::new(file) == path));
            assert_eq!(found.as_deref(), expect.map(Path::new), "{program}");
        };
        check("git", &[r"C:\Program Files\Git\cmd\git.exe"], Some(r"C:\Program Files\Git\cmd\git.exe"));
        check("cmd.exe", &[r"C:\Windows\cmd.exe", r"C:\Windows\cmd.exe.exe"], Some(r"C:\Windows\cmd.exe"));
        check("more", &[r"C:\Windows\more.com"], Some(r"C:\Windows\more.com"));
        check("run", &[r"\\host\share\run.exe"], Some(r"\\host\share\run.exe"));
        check("tool", &[r"tools\tool.exe", r"C:\Windows\tool.cmd", r"C:\Windows\tool"], None);
        check(r"D:\x\tool", &[r"D:\x\tool.exe"], Some(r"D:\x\tool.exe"));
        check("x/tool.exe", &["x/tool.exe"], Some("x/tool.exe"));
        check("../tool", &[r"C:\Windows\..\tool.exe"], None);
    }

    #[test]
    fn variables_are_sorted_and_named_once() {
        let given = [("b", "1"), ("PATH", "x"), ("A", "2"), ("Path", "y"), ("=C:", "z"), ("", "z"), ("n", "a\0b")];
        let variables = environment(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(variables, ["A=2", "b=1", "Path=y"]);
    }
}
