//! Workspaces: the homes of agents that have ended. They are kept until somebody who may says that they are to go.

use std::io;
use std::sync::Arc;

use aether_base::{Cx, Result};
use aether_protocol::domains::workspace::{Api, Workspace, WorkspaceQuery, WorkspaceRef, event};
use aether_protocol::{Empty, Pid};
use cap_std::fs::Dir;

use crate::Files;
use crate::error::{FsError, Result as FsResult};
use crate::measure::{ENTRIES, Measured, measure};
use crate::places::Places;

/// Workspaces in a page unless asked otherwise, and at most.
const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 200;

/// The agent whose home has this name, if any could.
pub fn workspace_of(name: &str) -> Option<Pid> {
    // `agent_07` names nobody: a home has one name.
    Pid::parse(name).filter(|pid| pid.uid() == name)
}

/// The homes that agents have left behind.
pub struct Workspaces {
    files: Arc<Files>,
}

impl Workspaces {
    pub fn new(files: Arc<Files>) -> Workspaces {
        Workspaces { files }
    }

    /// Whose home is kept and the caller's to know of, the newest agent first.
    async fn kept(&self, cx: &Cx) -> FsResult<Vec<Pid>> {
        let (caller, places) = (cx.caller.clone(), self.files.places.clone());
        let mut kept = self.files.blocking(|places| Ok(homes(places))).await?;
        kept.retain(|pid| {
            let owner = places.directory.owner_of(*pid);
            let mine = caller.is_admin() || owner.is_some() && owner.as_ref() == caller.user();
            mine && !is_living(&places, *pid)
        });
        kept.sort_unstable_by(|a, b| b.cmp(a));
        Ok(kept)
    }

    async fn remove(&self, name: &str) -> FsResult<()> {
        let Some(pid) = workspace_of(name) else {
            let odd = name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']);
            // What cannot be there is gone, as far as whoever asks is concerned.
            return if odd { Err(FsError::BadWorkspace(name.to_owned())) } else { Ok(()) };
        };
        if is_living(&self.files.places, pid) {
            return Err(FsError::WorkspaceInUse(name.to_owned()));
        }
        let files = self.files.clone();
        // A client that hangs up must not leave it half done.
        let removed = tokio::spawn(async move { files.delete_home(pid).await }).await;
        removed.unwrap_or_else(|error| Err(FsError::Interrupted(error.to_string())))
    }
}

impl Api<Cx> for Workspaces {
    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<String>> {
        let names: Vec<String> = self.kept(cx).await?.into_iter().map(Pid::uid).collect();
        cx.tell(|| event::List { workspaces: names.clone() });
        Ok(names)
    }

    async fn details(&self, cx: &Cx, request: WorkspaceQuery) -> Result<Vec<Workspace>> {
        let mut pids = self.kept(cx).await?;
        if let Some(name) = request.agent_name {
            pids.retain(|pid| pid.uid() == name);
            if pids.is_empty() {
                return Err(FsError::NoWorkspace(name).into());
            }
        }
        let limit = request.limit.unwrap_or(PAGE).min(LONGEST_PAGE);
        pids.retain(|pid| request.before.is_none_or(|before| *pid < before));
        pids.truncate(limit as usize);
        let directory = self.files.places.directory.clone();
        let ended = directory.ended(pids.clone()).await?;
        let measured = self.files.blocking(move |places| Ok(measure_all(&places.homes, pids, ENTRIES))).await?;
        let there = measured.into_iter().filter_map(|(pid, measured)| match measured {
            Ok(measured) => Some((pid, measured)),
            // One that went meanwhile is not there any more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => Some((pid, Measured { partial: true, ..Measured::default() })),
        });
        Ok(there
            .map(|(pid, measured)| {
                let ended = ended.iter().find(|agent| agent.pid == pid);
                Workspace {
                    agent_name: pid.uid(),
                    pid,
                    path: pid.home(),
                    owner_uid: directory.owner_of(pid),
                    role: ended.map(|agent| agent.role.clone()),
                    ended_at: ended.and_then(|agent| agent.at),
                    modified_at: measured.modified_at,
                    size: measured.size,
                    entries: measured.entries,
                    partial: measured.partial.then_some(true),
                }
            })
            .collect())
    }

    async fn cleanup(&self, cx: &Cx, request: WorkspaceRef) -> Result<()> {
        let name = request.agent_name;
        let removed = self.remove(&name).await;
        cx.tell(|| event::Cleaned { agentName: name, success: removed.is_ok() });
        Ok(removed?)
    }
}

/// True while the agent has a place in the process table. One that has lost it never gets it back.
fn is_living(places: &Places, pid: Pid) -> bool {
    let owner = places.directory.owner_of(pid);
    owner.is_some_and(|owner| places.directory.agents_of(&owner).contains(&pid))
}

/// Agents whose homes are on the disk.
fn homes(places: &Places) -> Vec<Pid> {
    let entries = places.homes.entries().into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    directories.filter_map(|entry| workspace_of(entry.file_name().to_str()?)).collect()
}

/// Counts what is in each, up to so many entries in all: one question is not to keep the disk busy for long.
fn measure_all(homes: &Dir, pids: Vec<Pid>, most: u64) -> Vec<(Pid, io::Result<Measured>)> {
    let mut left = most;
    let one = |pid: Pid| {
        let measured = measure(homes, &pid.uid(), left);
        left -= measured.as_ref().map_or(0, |measured| measured.entries);
        (pid, measured)
    };
    pids.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    #[test]
    fn a_page_counts_so_many_entries_and_says_where_it_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        for (pid, files) in [(2, 3), (3, 3), (4, 0)] {
            let home = folder.path().join(Pid(pid).uid());
            std::fs::create_dir(&home).expect("made");
            (0..files).for_each(|n| std::fs::write(home.join(format!("{n}.txt")), "12345").expect("written"));
        }
        let homes = Dir::open_ambient_dir(folder.path(), ambient_authority()).expect("opened");
        let page = |most| -> Vec<(u64, u64, bool)> {
            let measured = measure_all(&homes, vec![Pid(2), Pid(3), Pid(4)], most);
            let measured = measured.into_iter().map(|(_, measured)| measured.expect("measured"));
            measured.map(|one| (one.entries, one.size, one.partial)).collect()
        };
        assert_eq!(page(6), [(3, 15, false), (3, 15, false), (0, 0, false)]);
        assert_eq!(page(4), [(3, 15, false), (1, 5, true), (0, 0, false)]);
    }
}
