//! The kernel's end of the socket to the supervisor inside.

use std::collections::HashMap;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_base::sandbox::SandboxError;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType,
};
use rustix::process::Pid;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot, watch};

use super::watched;
use super::wire::{LONGEST, Report, Request};

/// The end of a command: its exit code, or why it could not be started.
type End = Result<i32, String>;
type Outgoing = (Vec<u8>, Vec<OwnedFd>);

pub(crate) struct Channel {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    jobs: Mutex<HashMap<u64, Waiting>>,
    next: AtomicU64,
}

struct Waiting {
    end: watch::Sender<Option<End>>,
    opened: Option<oneshot::Sender<OwnedFd>>,
}

/// Something that runs inside. Killed when it is dropped before its end.
pub(crate) struct Job {
    id: u64,
    channel: Arc<Channel>,
    end: watch::Receiver<Option<End>>,
}

struct Packet {
    report: Report,
    descriptor: Option<OwnedFd>,
    /// The process that sent it, by its number on this side.
    sender: Option<Pid>,
}

/// A pair of connected sockets: ours, and the one for inside.
pub(crate) fn pair() -> io::Result<(AsyncFd<OwnedFd>, OwnedFd)> {
    let (ours, theirs) =
        rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    rustix::net::sockopt::set_socket_passcred(&ours, true)?;
    rustix::net::sockopt::set_socket_send_buffer_size(&ours, LONGEST)?;
    rustix::io::ioctl_fionbio(&ours, true)?;
    Ok((watched(ours)?, theirs))
}

impl Channel {
    /// Waits until the supervisor inside is ready: the channel to it, and its number on this side.
    pub async fn open(socket: AsyncFd<OwnedFd>) -> io::Result<(Arc<Channel>, Pid)> {
        let first = receive(&socket).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (Report::Ready, Some(pid)) = (first.report, first.sender) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let (outgoing, queue) = mpsc::unbounded_channel();
        let channel = Arc::new(Channel { outgoing, jobs: Mutex::default(), next: AtomicU64::new(1) });
        tokio::spawn(carry(socket, Arc::downgrade(&channel), queue));
        Ok((channel, pid))
    }

    /// Starts a command that writes to these two.
    pub fn run(self: &Arc<Self>, cwd: String, argv: Vec<String>, output: [OwnedFd; 2]) -> Result<Job, SandboxError> {
        self.start(|id| Request::Run { id, cwd, argv }, output.into(), None)
    }

    /// Starts a shell: the master of its terminal follows.
    pub fn shell(
        self: &Arc<Self>,
        request: impl FnOnce(u64) -> Request,
    ) -> Result<(Job, oneshot::Receiver<OwnedFd>), SandboxError> {
        let (tell, opened) = oneshot::channel();
        Ok((self.start(request, Vec::new(), Some(tell))?, opened))
    }

    fn start(
        self: &Arc<Self>,
        request: impl FnOnce(u64) -> Request,
        descriptors: Vec<OwnedFd>,
        opened: Option<oneshot::Sender<OwnedFd>>,
    ) -> Result<Job, SandboxError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let packet = request(id).encode();
        if packet.len() > LONGEST {
            return Err(SandboxError::Failed(format!("the command is longer than {LONGEST} bytes; use a file")));
        }
        let (end, ended) = watch::channel(None);
        self.lock().insert(id, Waiting { end, opened });
        let job = Job { id, channel: self.clone(), end: ended };
        self.outgoing.send((packet, descriptors)).map_err(|_| SandboxError::Closed)?;
        Ok(job)
    }

    /// Asks without waiting. If the supervisor is gone, so is what it would have done this to.
    pub fn ask(&self, request: &Request) {
        let _ = self.outgoing.send((request.encode(), Vec::new()));
    }

    /// True once the supervisor has been found gone.
    pub fn is_cut(&self) -> bool {
        self.outgoing.is_closed()
    }

    fn handle(&self, packet: Packet) {
        match packet.report {
            Report::Ready => {}
            Report::Opened { id } => {
                let opened = self.lock().get_mut(&id).and_then(|waiting| waiting.opened.take());
                if let (Some(opened), Some(master)) = (opened, packet.descriptor) {
                    // If nobody waits any more, the terminal hangs up as its master is dropped.
                    let _ = opened.send(master);
                }
            }
            Report::Ended { id, code } => self.end(id, Ok(code)),
            Report::Failed { id, message } => self.end(id, Err(message)),
        }
    }

    fn end(&self, id: u64, end: End) {
        if let Some(waiting) = self.lock().remove(&id) {
            waiting.end.send_replace(Some(end));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// Waits for the end.
    pub async fn end(&self) -> Result<i32, SandboxError> {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await.map(|end| end.clone()) {
            Ok(Some(Ok(code))) => Ok(code),
            Ok(Some(Err(message))) => Err(SandboxError::Failed(message)),
            Ok(None) | Err(_) => Err(SandboxError::Closed),
        }
    }

    pub fn kill(&self) {
        self.channel.ask(&Request::Kill { id: self.id });
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.channel.lock().contains_key(&self.id) {
            self.kill();
        }
    }
}

/// Carries messages both ways until one side has gone. What was waited for then never comes.
async fn carry(
    socket: AsyncFd<OwnedFd>,
    channel: std::sync::Weak<Channel>,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
) {
    loop {
        tokio::select! {
            next = queue.recv() => match next {
                Some((packet, descriptors)) => {
                    if send(&socket, &packet, &descriptors).await.is_err() {
                        break;
                    }
                }
                None => break,
            },
            received = receive(&socket) => match (received, channel.upgrade()) {
                (Ok(Some(packet)), Some(channel)) => channel.handle(packet),
                (Ok(None) | Err(_), _) | (_, None) => break,
            },
        }
    }
    queue.close();
    if let Some(channel) = channel.upgrade() {
        channel.lock().clear();
    }
}

async fn send(socket: &AsyncFd<OwnedFd>, packet: &[u8], descriptors: &[OwnedFd]) -> io::Result<()> {
    let rights: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    let write = |socket: &OwnedFd| {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !rights.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&rights));
        }
        Ok(rustix::net::sendmsg(socket, &[IoSlice::new(packet)], &mut control, SendFlags::NOSIGNAL)?)
    };
    socket.async_io(tokio::io::Interest::WRITABLE, write).await.map(drop)
}

/// The next message, nothing at the end.
async fn receive(socket: &AsyncFd<OwnedFd>) -> io::Result<Option<Packet>> {
    let read = |socket: &OwnedFd| {
        let mut bytes = [0; 8 * 1024];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1), ScmCredentials(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let parts = &mut [IoSliceMut::new(&mut bytes)];
        let received = rustix::net::recvmsg(socket, parts, &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let (mut descriptor, mut sender) = (None, None);
        for message in control.drain() {
            match message {
                RecvAncillaryMessage::ScmRights(mut rights) => descriptor = rights.next(),
                RecvAncillaryMessage::ScmCredentials(credentials) => sender = Some(credentials.pid),
                _ => {}
            }
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        let report = bytes.get(..received.bytes).and_then(Report::decode).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Some(Packet { report, descriptor, sender }))
    };
    socket.async_io(tokio::io::Interest::READABLE, read).await
}
