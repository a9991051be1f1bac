//! The commands of the `tty` domain.

use std::sync::Arc;

use aether_base::{Cx, Result};
use aether_protocol::Pid;
use aether_protocol::domains::tty::{
    Api, Attach, Attached, Input, Open, Opened, Resize, TerminalInfo, TtyQuery, TtyRef, event,
};
use bytes::Bytes;

use crate::Processes;
use crate::error::ProcessError;
use crate::exec::SandboxKey;
use crate::terminals::Tty;

/// Terminals that run for one user, or are about to.
const TERMINALS: usize = 32;

impl Api<Cx> for Processes {
    async fn open(&self, cx: &Cx, request: Open) -> Result<Opened> {
        let owner = match request.pid {
            Pid::SESSION => cx.user()?.clone(),
            pid if !self.is_living(pid) => return Err(ProcessError::NotFound(pid).into()),
            pid => {
                let table = self.table();
                table.entries.get(&pid).ok_or(ProcessError::NotFound(pid))?.record.owner.clone()
            }
        };
        let tty = self.terminals.open(self.terminals.new_id(request.pid), request.pid, owner, TERMINALS)?;
        tty.resize(request.cols.unwrap_or(120), request.rows.unwrap_or(36));
        if let Err(error) = self.start_shell(&tty).await {
            self.terminals.close(&tty);
            return Err(error);
        }
        self.terminals.announce(&tty);
        cx.tell(|| event::Opened { ttyId: tty.id.clone(), pid: tty.pid });
        Ok(Opened { tty_id: tty.id.clone() })
    }

    async fn input(&self, _cx: &Cx, request: Input) -> Result<()> {
        if let Some(tty) = self.terminals.get(&request.tty_id) {
            self.start_shell(&tty).await?;
            tty.type_in(Bytes::from(request.data)).await;
        }
        Ok(())
    }

    async fn resize(&self, _cx: &Cx, request: Resize) -> Result<()> {
        if let Some(tty) = self.terminals.get(&request.tty_id) {
            tty.resize(request.cols, request.rows);
        }
        Ok(())
    }

    async fn close(&self, _cx: &Cx, request: TtyRef) -> Result<()> {
        if let Some(tty) = self.terminals.get(&request.tty_id) {
            self.terminals.close(&tty);
        }
        Ok(())
    }

    async fn list(&self, cx: &Cx, request: TtyQuery) -> Result<Vec<TerminalInfo>> {
        Ok(self.terminals.list(|tty| {
            request.pid.is_none_or(|pid| pid == tty.pid)
                && (cx.caller.is_admin() || cx.caller.user() == Some(&tty.owner))
        }))
    }

    async fn attach(&self, cx: &Cx, request: Attach) -> Result<Attached> {
        let session = cx.caller.session.as_ref().ok_or(ProcessError::NoStreams)?;
        let tty =
            self.terminals.get(&request.tty_id).ok_or_else(|| ProcessError::NoTerminal(request.tty_id.0.clone()))?;
        if let (Some(cols), Some(rows)) = (request.cols, request.rows) {
            tty.resize(cols, rows);
        }
        self.start_shell(&tty).await?;
        let (stream, offset) = self.terminals.attach(&tty, session, request.since).await?;
        Ok(Attached { stream, offset })
    }
}

impl Processes {
    async fn start_shell(&self, tty: &Arc<Tty>) -> Result<()> {
        let key = match tty.pid {
            Pid::SESSION => SandboxKey::User(tty.owner.clone()),
            pid => SandboxKey::Agent(pid),
        };
        let sandbox = match tty.pid {
            Pid::SESSION => self.sandboxes.get(&key, || None).await?,
            pid => self.sandbox_of(pid, key.clone()).await?,
        };
        let cwd = match key {
            SandboxKey::Agent(pid) | SandboxKey::Host(pid) => pid.home(),
            SandboxKey::User(user) => format!("/home/{}", self.homes.user_home(&user).await?.1),
        };
        self.terminals.start(tty, sandbox.clone(), cwd).await?;
        if tty.pid != Pid::SESSION && !self.is_living(tty.pid) {
            // It ended while the shell started.
            sandbox.close().await;
            return Err(ProcessError::Ended(tty.pid).into());
        }
        Ok(())
    }
}
