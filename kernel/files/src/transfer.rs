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
use crate::places::{Found, Intent, Key};
use crate::watch::Watches;
use crate::{Files, blocking};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// How whole files come and go.
pub struct Transfers {
    /// Where streams are left for the connections that asked for them.
    pub streams: Arc<Streams>,
    /// Bytes of an uploaded file, at most.
    pub max_upload: u64,
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
        if size > limit {
            return Err(FsError::UploadTooLarge { path, size, limit }.into());
        }
        let (path, caller) = (VirtualPath::parse(&path)?, cx.caller.clone());
        let key = self.places.key(&cx.caller, &path)?;
        let shown = path.as_str().to_owned();
        let arrival = self.blocking(move |places| Arrival::begin(places.spot(&caller, &path, Intent::Write)?)).await?;
        let (input, coming) = mpsc::channel(CHUNKS);
        let (output, receiver) = mpsc::channel(1);
        let upload = Coming {
            shown,
            size,
            key,
            input: coming,
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
    size: u64,
    key: Key,
    input: mpsc::Receiver<Bytes>,
    watches: Arc<Watches>,
    announcer: Arc<Announcer>,
}

impl Coming {
    async fn run(mut self, mut arrival: Arrival) -> UploadEnd {
        let written = self.write(&mut arrival).await;
        let settled = match written {
            Ok(()) => {
                let _touched = self.watches.touch(std::slice::from_ref(&self.key));
                blocking(move || arrival.settle()).await
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
            Ok(new) => {
                self.announcer.changed(&self.key, if new { ChangeType::Create } else { ChangeType::Modify });
                UploadEnd::Done { size: self.size }
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

    /// Takes exactly the bytes that were announced.
    async fn write(&mut self, arrival: &mut Arrival) -> FsResult<()> {
        let failed = |error| Doing::write("write", &self.shown).failed(error);
        let mut file = tokio::fs::File::from_std(arrival.file().map_err(failed)?);
        let mut left = self.size;
        while left > 0 {
            let Some(chunk) = self.input.recv().await else {
                return Err(FsError::UploadCut { path: self.shown.clone(), size: self.size, left });
            };
            left = match left.checked_sub(chunk.len() as u64) {
                Some(left) => left,
                None => return Err(FsError::UploadOver { path: self.shown.clone(), size: self.size }),
            };
            file.write_all(&chunk).await.map_err(failed)?;
        }
        // A write is known to have worked only then.
        file.flush().await.map_err(failed)
    }
}
