//! The thread that starts namespaces. A namespace dies with the thread that started it, so that one lives as long as
//! the kernel does; threads of a pool come and go.

use std::io;
use std::sync::{PoisonError, mpsc};

use aether_base::sandbox::SandboxError;
use rustix::fs::{Mode, OFlags};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Spawner {
    jobs: std::sync::Mutex<Option<mpsc::Sender<Job>>>,
}

impl Spawner {
    /// Starts a program from the lasting thread. Where memory runs out, it ends with all it has started before anything
    /// else of this machine does.
    pub async fn spawn(&self, mut command: Command) -> Result<Child, SandboxError> {
        // SAFETY: between fork and exec it makes three system calls, and touches neither memory nor locks of the kernel.
        #[allow(unsafe_code)]
        unsafe {
            command.pre_exec(goes_first);
        }
        let (tell, told) = oneshot::channel();
        let runtime = Handle::current();
        let job = Box::new(move || {
            let _inside = runtime.enter();
            // Nobody waits any more if the caller has given up; the child is killed as it is dropped.
            let _ = tell.send(command.spawn());
        });
        self.hand_over(job)?;
        let spawned =
            told.await.map_err(|_| SandboxError::Failed("the thread that starts sandboxes ended".to_owned()))?;
        spawned.map_err(|error| SandboxError::Failed(format!("bubblewrap does not start: {error}")))
    }

    fn hand_over(&self, job: Job) -> Result<(), SandboxError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &*jobs {
            Some(sender) => sender,
            None => {
                let (sender, receiver) = mpsc::channel::<Job>();
                std::thread::Builder::new()
                    .name("sandbox-spawner".to_owned())
                    .spawn(move || receiver.into_iter().for_each(|job| job()))
                    .map_err(|error| SandboxError::Failed(format!("no thread can be started: {error}")))?;
                jobs.insert(sender)
            }
        };
        sender.send(job).map_err(|_| SandboxError::Failed("the thread that starts sandboxes ended".to_owned()))
    }
}

/// Done before there is anything inside: of what hides its memory, only root could say it later.
fn goes_first() -> io::Result<()> {
    // Where there is no such file, memory is somebody else's business.
    if let Ok(file) = rustix::fs::open(c"/proc/self/oom_score_adj", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) {
        let _ = rustix::io::write(&file, b"1000");
    }
    Ok(())
}
