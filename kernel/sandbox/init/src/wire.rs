//! The words between the kernel and the supervisor inside. A message is one packet: fields divided by NUL, which
//! no argument, path or number can hold. File descriptors travel beside it.

/// Bytes a packet may have: what a socket takes in one piece with the limits Linux has by default.
pub const LONGEST: usize = 200_000;

/// What the kernel asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Start a command. Its standard output and error come along.
    Run { id: u64, cwd: String, argv: Vec<String> },
    /// Start a shell on a new terminal.
    Shell { id: u64, cols: u16, rows: u16, cwd: String, argv: Vec<String> },
    /// Kill a command or shell, with its session and its descendants.
    Kill { id: u64 },
    /// Send a signal to everything inside.
    Signal { number: i32 },
    /// Start what follows with this environment, `NAME=value` each.
    Environment { variables: Vec<String> },
    /// Start what follows at this niceness.
    Nice { value: i32 },
}

/// What the supervisor tells.
#[derive(Debug, PartialEq, Eq)]
pub enum Report {
    /// It has confined itself and takes requests.
    Ready,
    /// The terminal is open. Its master comes along.
    Opened { id: u64 },
    /// A command or shell has ended: its exit code, 128 + n for signal n.
    Ended { id: u64, code: i32 },
    /// A command or shell could not be started.
    Failed { id: u64, message: String },
}

impl Request {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Request::Run { id, cwd, argv } => join(["run", &id.to_string(), cwd], argv),
            Request::Shell { id, cols, rows, cwd, argv } => {
                join(["shell", &id.to_string(), &cols.to_string(), &rows.to_string(), cwd], argv)
            }
            Request::Kill { id } => join(["kill", &id.to_string()], &[]),
            Request::Signal { number } => join(["signal", &number.to_string()], &[]),
            Request::Environment { variables } => join(["environment"], variables),
            Request::Nice { value } => join(["nice", &value.to_string()], &[]),
        }
    }

    pub fn decode(packet: &[u8]) -> Option<Request> {
        let fields = split(packet)?;
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Some(match fields.as_slice() {
            ["run", id, cwd, argv @ ..] => {
                Request::Run { id: id.parse().ok()?, cwd: (*cwd).to_owned(), argv: owned(argv) }
            }
            ["shell", id, cols, rows, cwd, argv @ ..] => Request::Shell {
                id: id.parse().ok()?,
                cols: cols.parse().ok()?,
                rows: rows.parse().ok()?,
                cwd: (*cwd).to_owned(),
                argv: owned(argv),
            },
            ["kill", id] => Request::Kill { id: id.parse().ok()? },
            ["signal", number] => Request::Signal { number: number.parse().ok()? },
            ["environment", variables @ ..] => Request::Environment { variables: owned(variables) },
            ["nice", value] => Request::Nice { value: value.parse().ok()? },
            _ => return None,
        })
    }
}

impl Report {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Report::Ready => join(["ready"], &[]),
            Report::Opened { id } => join(["opened", &id.to_string()], &[]),
            Report::Ended { id, code } => join(["ended", &id.to_string(), &code.to_string()], &[]),
            Report::Failed { id, message } => join(["failed", &id.to_string(), message], &[]),
        }
    }

    pub fn decode(packet: &[u8]) -> Option<Report> {
        let fields = split(packet)?;
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Some(match fields.as_slice() {
            ["ready"] => Report::Ready,
            ["opened", id] => Report::Opened { id: id.parse().ok()? },
            ["ended", id, code] => Report::Ended { id: id.parse().ok()?, code: code.parse().ok()? },
            ["failed", id, message] => Report::Failed { id: id.parse().ok()?, message: (*message).to_owned() },
            _ => return None,
        })
    }
}

fn join<const N: usize>(head: [&str; N], rest: &[String]) -> Vec<u8> {
    let fields: Vec<&str> = head.into_iter().chain(rest.iter().map(String::as_str)).collect();
    fields.join("\0").into_bytes()
}

fn split(packet: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(packet).ok()?;
    Some(text.split('\0').map(str::to_owned).collect())
}

fn owned(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_is_heard() {
        let check = |request: Request| assert_eq!(Request::decode(&request.encode()), Some(request));
        let argv = vec!["/bin/echo".to_owned(), String::new(), "a\nb".to_owned()];
        check(Request::Run { id: 7, cwd: "/tmp".to_owned(), argv: argv.clone() });
        check(Request::Shell { id: 8, cols: 80, rows: 24, cwd: "/".to_owned(), argv });
        check(Request::Kill { id: 9 });
        check(Request::Signal { number: 15 });
        check(Request::Environment { variables: vec!["A=b=c".to_owned(), "GOAL=two\nlines".to_owned()] });
        check(Request::Environment { variables: Vec::new() });
        check(Request::Nice { value: 8 });
        let check = |report: Report| assert_eq!(Report::decode(&report.encode()), Some(report));
        check(Report::Ready);
        check(Report::Opened { id: 1 });
        check(Report::Ended { id: 2, code: 137 });
        check(Report::Failed { id: 3, message: "no such program".to_owned() });
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        for packet in [&b""[..], b"run", b"kill\0x", b"ready\0", &[0xff]] {
            assert_eq!(Request::decode(packet), None);
        }
    }
}
