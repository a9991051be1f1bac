//! Files for a window in this process, whose visitor is the local owner. What that may read, the gate says.

use std::sync::Arc;

use aether_base::ByteStream;
use aether_protocol::WireError;
use aether_protocol::domains::fs::{Command as Fs, Download, Downloading};
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::response::IntoResponse;

use super::Visitor;
use super::raw::{Wanted, fetch, is_live, open};
use crate::Doors;
use crate::caller::{Credential, Peer};

/// What `GET /api/fs/raw` answers.
pub(crate) async fn answer(
    doors: &Arc<Doors>,
    path: &str,
    method: &Method,
    headers: &HeaderMap,
    most: u64,
) -> Response<Bytes> {
    let wanted = Wanted { path: path.to_owned(), attached: false, most };
    let fetched = fetch(doors, &owner(doors), wanted, method, headers).await;
    let (head, body) = fetched.unwrap_or_else(IntoResponse::into_response).into_parts();
    // What comes is no more than was allowed above, or a sentence.
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(head, bytes),
        Err(error) => {
            tracing::warn!(%error, path, "a file could not be read for the window");
            let mut failed = Response::new(Bytes::new());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            failed
        }
    }
}

/// A file on its way to somewhere else in this process, as fast as it is taken.
pub struct LocalFile {
    /// Bytes of the whole file. Fewer come if it cannot be read to its end.
    pub size: u64,
    bytes: ByteStream,
    doors: Arc<Doors>,
    credential: Credential,
}

impl LocalFile {
    pub(crate) async fn open(doors: &Arc<Doors>, path: &str) -> Result<LocalFile, WireError> {
        let visitor = owner(doors);
        let command = Fs::download(Download { path: path.to_owned(), offset: None, length: None });
        let (file, bytes) = open::<Downloading>(doors, &visitor, command, |file| file.stream).await?;
        Ok(LocalFile { size: file.size, bytes, doors: doors.clone(), credential: visitor.credential })
    }

    /// The next part of it; none once there is no more, or the owner may read it no more.
    pub async fn next(&mut self) -> Option<Bytes> {
        let chunk = self.bytes.output.recv().await;
        chunk.filter(|_| is_live(&self.doors, &self.credential))
    }
}

fn owner(doors: &Doors) -> Visitor {
    let peer = Peer { address: None, secure: false, meter: Arc::default() };
    let credential = Credential::of_owner(&doors.kernel.identity, None);
    let credential = credential.unwrap_or_else(|| Credential::anonymous(peer.rest(), None));
    Visitor { credential, peer, agent: None }
}
