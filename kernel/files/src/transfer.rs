//! Whole files as byte streams: read and written in chunks, only as fast as the other end goes.

use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use aether_base::streams::{ByteStream, CHUNKS, Streams};
use aether_base::{Cx, Error, Result};
use aether_protocol::SessionId;
use aether_protocol::domains::fs::{ChangeType, Download, Downloading, Upload, UploadEnd, Uploading};
use bytes::{Bytes, BytesMut};
use cap_std::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::announce::Announcer;
use crate::api::modified_at;
use crate::error::{Doing, FsError, Result as FsResult};
use crate::jail::{self, Arrival};
use crate::path::VirtualPath;
use crate::places::{Found, Intent, Key, Places, Spot};
use crate::watch::Watches;
use crate::{Files, blocking};

/// Bytes counted against a quota at a time, where nobody knows how many will come.
const STEP: u64 = 8 * 1024 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// How whole files come and go.
pub struct Transfers {
    /// Where streams are left for the connections that asked for them.
    pub streams: Arc<Streams>,
    /// Bytes of an uploaded file, at most.
    pub max_upload: u64,
    /// Bytes a home may hold; none is no limit.
    pub home_quota: Option<u64>,
}

impl Files {
    pub(crate) async fn download(&self, cx: &Cx, request: Download) -> Result<Downloading> {
        let session = connection(cx)?;
        let (path, caller) = (VirtualPath::parse(&request.path)?, cx.caller.clone());
        let (file, metadata) = self
            .blocking(move |places| match places.find(&caller, &path, Intent::Read)? {
                Found::Spot(spot) => {
                    let (mut file, metadata) = jail::open_file(&spot.jail, &spot.rel, &spot.shown)?;
                    let offset = request.offset.unwrap_or(0).min(metadata.len());
                    file.seek(SeekFrom::Start(offset))
                        .map_err(|error| Doing::read("read", &spot.shown).failed(error))?;
                    Ok((file, metadata))
                }
                Found::Root | Found::Homes => Err(FsError::IsDirectory(Doing::read("read", path.as_str()).words())),
            })
            .await?;
        let size = metadata.len();
        // What is appended meanwhile is not sent: the client was told the size.
        let rest = size - request.offset.unwrap_or(0).min(size);
        let length = request.length.unwrap_or(rest).min(rest);
        let (output, receiver) = mpsc::channel(CHUNKS);
        // What the client says has nobody to hear it.
        let (input, _) = mpsc::channel(1);
        tokio::spawn(send(file, length, output));
        let stream = self.transfers.streams.offer(session, ByteStream { output: receiver, input });
        Ok(Downloading { stream, size, modified_at: modified_at(&metadata) })
    }

    pub(crate) async fn upload(&self, cx: &Cx, request: Upload) -> Result<Uploading> {
        let session = connection(cx)?;
        let Upload { path, size } = request;
        let limit = self.transfers.max_upload;
        if let Some(size) = size.filter(|size| *size > limit) {
            return Err(FsError::UploadTooLarge { path, size, limit }.into());
        }
        let (path, caller) = (VirtualPath::parse(&path)?, cx.caller.clone());
        let key = self.places.key(&cx.caller, &path)?;
        let shown = path.as_str().to_owned();
        let (spot, arrival) = self
            .blocking(move |places| {
                let spot = places.spot(&caller, &path, Intent::Write)?;
                places.admit(&spot, size.unwrap_or(0))?;
                Ok((spot.clone(), Arrival::begin(spot)?))
            })
            .await?;
        let (input, coming) = mpsc::channel(CHUNKS);
        let (output, receiver) = mpsc::channel(1);
        let upload = Coming {
            shown,
            size,
            limit,
            spot,
            key,
            input: coming,
            places: self.places.clone(),
            watches: self.watches.clone(),
            announcer: self.announcer.clone(),
        };
        tokio::spawn(async move {
            let end = upload.run(arrival).await;
            if let Ok(json) = serde_json::to_vec(&end) {
                // Without anybody to tell, the file is in its place or it is not, all the same.
                let _ = output.send(json.into()).await;
            }
        });
        Ok(Uploading { stream: self.transfers.streams.offer(session, ByteStream { output: receiver, input }) })
    }
}

/// The connection a stream can be left for.
fn connection(cx: &Cx) -> FsResult<&SessionId> {
    cx.caller.session.as_ref().ok_or(FsError::NoStreams)
}

/// Sends what is read, and reads nothing that nobody has room for.
async fn send(file: File, length: u64, output: mpsc::Sender<Bytes>) {
    let mut file = tokio::fs::File::from_std(file.into_std()).take(length);
    // Fails once the client is gone.
    while let Ok(room) = output.reserve().await {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        match file.read_buf(&mut chunk).await {
            Ok(0) => return,
            Ok(_) => room.send(chunk.freeze()),
            Err(error) => {
                tracing::warn!(%error, "a file could not be read to its end");
                return;
            }
        }
    }
}

/// A file that a client is sending.
struct Coming {
    shown: String,
    /// Bytes that were announced.
    size: Option<u64>,
    /// Bytes it may have.
    limit: u64,
    spot: Spot,
    key: Key,
    input: mpsc::Receiver<Bytes>,
    places: Arc<Places>,
    watches: Arc<Watches>,
    announcer: Arc<Announcer>,
}

impl Coming {
    async fn run(mut self, mut arrival: Arrival) -> UploadEnd {
        let written = self.write(&mut arrival).await;
        let settled = match written {
            Ok(size) => {
                let _touched = self.watches.touch(std::slice::from_ref(&self.key));
                blocking(move || Ok((arrival.settle()?, size))).await
            }
            Err(error) => {
                blocking(move || {
                    drop(arrival);
                    Err(error)
                })
                .await
            }
        };
        match settled {
            Ok((new, size)) => {
                self.announcer.changed(&self.key, if new { ChangeType::Create } else { ChangeType::Modify });
                UploadEnd::Done { size }
            }
            Err(error) => {
                let error = Error::from(error);
                if let Some(cause) = &error.context {
                    tracing::error!(error = %error.wire.message, %cause, "an upload failed");
                }
                UploadEnd::Failed(error.wire)
            }
        }
    }

    /// Takes exactly the bytes that were announced, or those that come before the end is said. Answers how many.
    async fn write(&mut self, arrival: &mut Arrival) -> FsResult<u64> {
        let shown = self.shown.clone();
        let failed = |error| Doing::write("write", &shown).failed(error);
        let mut file = tokio::fs::File::from_std(arrival.file().map_err(failed)?);
        let mut taken = 0;
        let mut room = self.size.unwrap_or(0);
        while self.size != Some(taken) {
            let Some(chunk) = self.input.recv().await else { return Err(self.cut(taken)) };
            if chunk.is_empty() && self.size.is_none() {
                break;
            }
            taken += chunk.len() as u64;
            if taken > room {
                room = self.more_room(room, taken).await?;
            }
            file.write_all(&chunk).await.map_err(failed)?;
        }
        // A write is known to have worked only then.
        file.flush().await.map_err(failed)?;
        Ok(taken)
    }

    fn cut(&self, taken: u64) -> FsError {
        let path = self.shown.clone();
        match self.size {
            Some(size) => FsError::UploadCut { path, size, left: size.saturating_sub(taken) },
            None => FsError::UploadEndless(path),
        }
    }

    /// Counts more against the quota, where the size is not known.
    async fn more_room(&self, room: u64, taken: u64) -> FsResult<u64> {
        let path = self.shown.clone();
        if let Some(size) = self.size {
            return Err(FsError::UploadOver { path, size });
        }
        if taken > self.limit {
            return Err(FsError::UploadTooLarge { path, size: taken, limit: self.limit });
        }
        let (places, spot, left) = (self.places.clone(), self.spot.clone(), self.limit - room);
        // Less at a time where little is free: the home is counted anew each time then.
        let [large, small, least] = [STEP, STEP / 16, 0].map(|step| (taken - room).max(step.min(left)));
        let admit = move |more| places.admit(&spot, more).map(|()| room + more);
        blocking(move || admit(large).or_else(|_| admit(small)).or_else(|_| admit(least))).await
    }
}
