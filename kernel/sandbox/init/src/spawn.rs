//! Starting what the kernel asks for, and killing it with all it has started.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal};
use rustix::pty::OpenptFlags;
use rustix::termios::{InputModes, OptionalActions, Winsize};

/// What everything is started with.
#[derive(Debug, Default)]
pub struct Setting {
    /// `NAME=value` each, all there is.
    pub variables: Vec<String>,
    pub nice: i32,
}

/// A command in a session of its own, with nothing to read.
pub fn run(cwd: &str, argv: &[String], setting: &Setting, output: [OwnedFd; 2]) -> io::Result<Pid> {
    let [stdout, stderr] = output;
    let mut command = prepare(cwd, argv, setting)?;
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    start(&mut command, setting.nice, false)
}

/// A shell on a new terminal, and the terminal's master.
pub fn shell(cwd: &str, argv: &[String], setting: &Setting, (cols, rows): (u16, u16)) -> io::Result<(Pid, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = rustix::pty::openpt(flags)?;
    rustix::pty::unlockpt(&master)?;
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
    let mut modes = rustix::termios::tcgetattr(&slave)?;
    modes.input_modes |= InputModes::IUTF8;
    rustix::termios::tcsetattr(&slave, OptionalActions::Now, &modes)?;
    let size = Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&master, size)?;
    let mut command = prepare(cwd, argv, setting)?;
    command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
    Ok((start(&mut command, setting.nice, true)?, master))
}

fn prepare(cwd: &str, argv: &[String], setting: &Setting) -> io::Result<Command> {
    let [program, arguments @ ..] = argv else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no command"));
    };
    if !Path::new(cwd).is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {cwd}")));
    }
    let mut command = Command::new(program);
    let variables = setting.variables.iter().filter_map(|variable| variable.split_once('='));
    command.args(arguments).current_dir(cwd).env_clear().envs(variables);
    Ok(command)
}

fn start(command: &mut Command, nice: i32, on_terminal: bool) -> io::Result<Pid> {
    let begin = move || {
        rustix::process::setsid()?;
        // Who stands back already, because the whole kernel does, may not come forward.
        let _ = rustix::process::setpriority_process(None, nice);
        if on_terminal {
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec it makes three system calls, and touches neither memory nor locks of this process.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(begin);
    }
    let child = command.spawn().map_err(|error| {
        let program = command.get_program().display();
        match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(error.kind(), format!("there is no program {program}")),
            _ => io::Error::new(error.kind(), format!("{program}: {error}")),
        }
    })?;
    Ok(Pid::from_child(&child))
}

/// Kills the session a process leads, and every descendant. Looks again until none is left: some may just be forking.
pub fn kill_all_of(leader: Pid) {
    const LOOKS: usize = 64;
    for _ in 0..LOOKS {
        let found = all_of(leader.as_raw_pid());
        if found.is_empty() {
            return;
        }
        for pid in found.into_iter().filter_map(Pid::from_raw) {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

struct Process {
    pid: i32,
    parent: i32,
    session: i32,
}

fn all_of(leader: i32) -> BTreeSet<i32> {
    let processes: Vec<Process> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(look_at)
        .collect();
    let mut found: BTreeSet<i32> =
        processes.iter().filter(|process| process.session == leader).map(|process| process.pid).collect();
    loop {
        let children = processes.iter().filter(|process| found.contains(&process.parent)).map(|process| process.pid);
        let more: Vec<i32> = children.filter(|pid| !found.contains(pid)).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// What a living process is; nothing of one that only waits for its parent to notice its end.
fn look_at(pid: i32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    Some(Process { pid, parent, session })
}
