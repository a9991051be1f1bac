//! Looking for files by their names, nearest first, within bounds.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_base::{Caller, Cx, Result};
use aether_protocol::domains::fs::{FileStat, Search};
use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, DirEntry};

use crate::Files;
use crate::api::stat;
use crate::error::{Doing, FsError, Result as FsResult};
use crate::path::{TEMPORARY, VirtualPath, below, join, split};
use crate::places::{Found, Intent, Places, Spot};

/// What is found if nobody says how much.
const USUAL: u32 = 50;
/// What is found at most.
const MOST: u32 = 500;
/// Names that are looked at, at most.
const LOOKED_AT: usize = 200_000;
/// How long is looked.
const PATIENCE: Duration = Duration::from_secs(2);
/// Levels of directories, at most.
const LEVELS: usize = 64;
/// Bytes of the paths of directories that wait to be looked into; those beyond are passed over.
const WAITING: usize = 16 * 1_024 * 1_024;

impl Files {
    pub(crate) async fn search(&self, cx: &Cx, request: Search) -> Result<Vec<FileStat>> {
        let Search { path, query, limit } = request;
        let (path, caller) = (VirtualPath::parse(&path)?, cx.caller.clone());
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return Err(FsError::EmptyQuery.into());
        }
        let limit = limit.unwrap_or(USUAL).clamp(1, MOST) as usize;
        Ok(self.blocking(move |places| search(places, &caller, &path, &query, limit)).await?)
    }
}

fn search(places: &Places, caller: &Caller, path: &VirtualPath, query: &str, limit: usize) -> FsResult<Vec<FileStat>> {
    let starts = match places.find(caller, path, Intent::Read)? {
        Found::Spot(spot) => {
            // A start that cannot be read is an error, what is below it is passed over.
            open(&spot, &spot.rel).map_err(|error| Doing::read("scandir", &spot.shown).failed(error))?;
            vec![spot]
        }
        Found::Homes => homes(places, caller)?,
        Found::Root => {
            let mut starts = homes(places, caller)?;
            // An agent has to name what is not its own, and may have to ask for it.
            let others = if caller.pid().is_some() { &["/tmp"][..] } else { &["/tmp", "/shared"][..] };
            starts.extend(others.iter().filter_map(|path| spot(places, caller, path)));
            starts
        }
    };
    let mut walk = Walk { query, limit, left: LOOKED_AT, until: Instant::now() + PATIENCE, found: Vec::new() };
    let mut queue: VecDeque<(Arc<Spot>, String, usize)> =
        starts.into_iter().map(|spot| (Arc::new(spot.clone()), spot.rel, 0)).collect();
    let mut waiting = 0_usize;
    while let Some((spot, rel, level)) = queue.pop_front() {
        waiting = waiting.saturating_sub(rel.len());
        let Ok(entries) = open(&spot, &rel).and_then(|dir| dir.entries()) else { continue };
        for entry in entries.flatten() {
            if walk.is_over() {
                queue.clear();
                break;
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let hidden = spot.is_all_shared() && rel.is_empty() && places.hides_share(caller, &name);
            if name.starts_with(TEMPORARY) || hidden {
                continue;
            }
            let rel = below(&rel, &name);
            walk.look_at(&spot, &rel, &name, &entry);
            if level < LEVELS && waiting + rel.len() <= WAITING && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting += rel.len();
                queue.push_back((spot.clone(), rel, level + 1));
            }
        }
    }
    let mut found = walk.found;
    found.sort_by_key(|stat| !stat.name.to_lowercase().starts_with(query));
    Ok(found)
}

/// How far a search has come.
struct Walk<'q> {
    query: &'q str,
    limit: usize,
    left: usize,
    until: Instant,
    found: Vec<FileStat>,
}

impl Walk<'_> {
    fn is_over(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0 || self.found.len() >= self.limit || Instant::now() >= self.until
    }

    fn look_at(&mut self, spot: &Spot, rel: &str, name: &str, entry: &DirEntry) {
        if !name.to_lowercase().contains(self.query) {
            return;
        }
        let Ok(metadata) = entry.metadata() else { return };
        let from_start = rel.strip_prefix(&spot.rel).unwrap_or(rel).trim_start_matches('/');
        self.found.push(stat(&join(&spot.shown, from_start), &metadata, &spot.uid));
    }
}

fn homes(places: &Places, caller: &Caller) -> FsResult<Vec<Spot>> {
    let names = places.visible_homes(caller)?;
    Ok(names.iter().filter_map(|name| spot(places, caller, &join("/home", name))).collect())
}

fn spot(places: &Places, caller: &Caller, path: &str) -> Option<Spot> {
    places.spot(caller, &VirtualPath::parse(path).ok()?, Intent::Read).ok()
}

/// Opens a directory of a walk. Somebody may put a link in its way meanwhile: that leads out of no place, and from no
/// directory that is shared into another.
fn open(spot: &Spot, rel: &str) -> io::Result<Dir> {
    match split(rel) {
        ("", _) => spot.jail.try_clone(),
        (share, below) if spot.is_below_all_shared() && !below.is_empty() => {
            spot.jail.open_dir_nofollow(share)?.open_dir_nofollow(below)
        }
        _ => spot.jail.open_dir_nofollow(rel),
    }
}
