//! The supervisor: it starts, watches and ends what runs inside, until the kernel lets go of its socket.

use std::collections::HashMap;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus};

use crate::spawn::{self, Setting};
use crate::wire::{LONGEST, Report, Request};

struct Supervisor {
    control: OwnedFd,
    /// What was started and has not ended, by process.
    running: Mutex<HashMap<Pid, u64>>,
    /// What is started next gets this. Only the thread that serves looks at it.
    setting: Mutex<Setting>,
    started: Condvar,
}

/// Serves until the kernel closes its end. The namespace ends with this process, and all that is in it.
pub fn serve() -> io::Result<()> {
    let control = rustix::stdio::stdin().try_clone_to_owned()?;
    let supervisor =
        Arc::new(Supervisor { control, running: Mutex::default(), setting: Mutex::default(), started: Condvar::new() });
    let reaper = supervisor.clone();
    std::thread::Builder::new().name("reaper".to_owned()).spawn(move || reaper.reap())?;
    supervisor.report(&Report::Ready, None);
    let mut packet = vec![0; LONGEST];
    while let Some((length, descriptors)) = supervisor.receive(&mut packet)? {
        if let Some(request) = packet.get(..length).and_then(Request::decode) {
            supervisor.handle(request, descriptors);
        }
    }
    Ok(())
}

impl Supervisor {
    fn receive(&self, packet: &mut [u8]) -> io::Result<Option<(usize, Vec<OwnedFd>)>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let parts = &mut [IoSliceMut::new(packet)];
            match rustix::net::recvmsg(&self.control, parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                other => break other?,
            }
        };
        let mut descriptors = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        Ok((received.bytes > 0).then_some((received.bytes, descriptors)))
    }

    fn handle(&self, request: Request, descriptors: Vec<OwnedFd>) {
        let mut setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        match request {
            Request::Environment { variables } => setting.variables = variables,
            Request::Nice { value } => setting.nice = value,
            Request::Run { id, cwd, argv } => {
                // The lock is held until the process is known, so that its end is not noticed before.
                let mut running = self.lock();
                let started = <[OwnedFd; 2]>::try_from(descriptors)
                    .map_err(|_| io::Error::other("the output of the command did not come along"))
                    .and_then(|output| spawn::run(&cwd, &argv, &setting, output));
                match started {
                    Ok(pid) => drop(running.insert(pid, id)),
                    Err(error) => self.report(&Report::Failed { id, message: error.to_string() }, None),
                }
            }
            Request::Shell { id, cols, rows, cwd, argv } => {
                let mut running = self.lock();
                match spawn::shell(&cwd, &argv, &setting, (cols, rows)) {
                    Ok((pid, master)) => {
                        self.report(&Report::Opened { id }, Some(&master));
                        running.insert(pid, id);
                    }
                    Err(error) => self.report(&Report::Failed { id, message: error.to_string() }, None),
                }
            }
            Request::Kill { id } => {
                let running = self.lock();
                if let Some((pid, _)) = running.iter().find(|(_, running)| **running == id) {
                    spawn::kill_all_of(*pid);
                }
            }
            Request::Signal { number } => {
                if let Some(signal) = Signal::from_named_raw(number) {
                    // Linux reads 1 as everything but this process, which is the first of its namespace.
                    let _ = rustix::process::kill_process_group(Pid::INIT, signal);
                }
            }
        }
        self.started.notify_one();
    }

    /// Collects every process that ends: our own, and those whose parent has ended before them.
    fn reap(&self) {
        loop {
            match rustix::process::waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Ok(_) => {}
                Err(Errno::CHILD) => {
                    let running = self.lock();
                    let idle = self.started.wait_while(running, |running| running.is_empty());
                    drop(idle.unwrap_or_else(PoisonError::into_inner));
                    continue;
                }
                Err(_) => continue,
            }
            let mut running = self.lock();
            while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
                if let Some(id) = running.remove(&pid) {
                    self.report(&Report::Ended { id, code: code(status) }, None);
                }
            }
        }
    }

    fn report(&self, report: &Report, descriptor: Option<&OwnedFd>) {
        let packet = report.encode();
        let rights: Vec<_> = descriptor.into_iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !rights.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&rights));
        }
        let parts = [IoSlice::new(&packet)];
        // If the kernel is gone, the next look at the socket ends this process.
        while rustix::net::sendmsg(&self.control, &parts, &mut control, SendFlags::NOSIGNAL) == Err(Errno::INTR) {}
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Pid, u64>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn code(status: WaitStatus) -> i32 {
    status.exit_status().unwrap_or_else(|| 128 + status.terminating_signal().unwrap_or_default())
}
