//! The thread that starts namespaces. A namespace dies with the thread that started it, so that one lives as long as
//! the kernel does; threads of a pool come and go.

use std::sync::{PoisonError, mpsc};

use aether_base::sandbox::SandboxError;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Spawner {
    jobs: std::sync::Mutex<Option<mpsc::Sender<Job>>>,
}

impl Spawner {
    /// Starts a program from the lasting thread.
    pub async fn spawn(&self, mut command: Command) -> Result<Child, SandboxError> {
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
