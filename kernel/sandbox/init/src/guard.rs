//! The guard of a network helper. It stands outside the sandbox, and its standard input is the kernel's hold on it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags};

/// Runs a helper on the network namespace of a process until one of the two ends, or the kernel lets go. The helper
/// finds the user namespace at its standard input and the network namespace at its standard output: paths below
/// `/proc` would not do, as it gives up the right to follow them first.
pub fn guard(pid: &str, program: &str, arguments: &[&str]) -> io::Result<()> {
    let network = File::open(format!("/proc/{pid}/ns/net"))?;
    let owner = owner_of(&network)?;
    let mut helper =
        Command::new(program).args(arguments).stdin(owner).stdout(Stdio::from(network)).process_group(0).spawn()?;
    let inside = pid.parse().ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
    let inside = rustix::process::pidfd_open(inside, PidfdFlags::empty())?;
    let running = rustix::process::pidfd_open(Pid::from_child(&helper), PidfdFlags::empty())?;
    let kernel = rustix::stdio::stdin();
    let mut watched = [
        PollFd::new(&kernel, PollFlags::IN),
        PollFd::new(&inside, PollFlags::IN),
        PollFd::new(&running, PollFlags::IN),
    ];
    while let Err(rustix::io::Errno::INTR) = rustix::event::poll(&mut watched, None) {}
    helper.kill()?;
    helper.wait()?;
    Ok(())
}

/// The user namespace that has the say over a network namespace. It is not the one its processes are in.
fn owner_of(network: &File) -> io::Result<OwnedFd> {
    const NS_GET_USERNS: libc::Ioctl = 0xb701;
    // SAFETY: the call takes no argument, and what it answers is a descriptor that nobody else holds.
    #[allow(unsafe_code)]
    unsafe {
        let answer = libc::ioctl(network.as_raw_fd(), NS_GET_USERNS);
        if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(answer)) }
    }
}
