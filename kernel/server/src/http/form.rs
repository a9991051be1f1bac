//! Files sent as a form (multipart/form-data, RFC 7578): as many as somebody has chosen, into one directory.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aether_protocol::WireError;
use aether_protocol::domains::fs::UploadEnd;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures_util::{Stream, StreamExt, TryStreamExt};
use multer::{Field, Multipart};
use serde::Serialize;

use super::Visitor;
use super::raw::{LINGER, put};
use crate::Doors;

/// Files of one form, at most.
const FILES: usize = 1_000;
/// Bytes of a form that may have come and be part of nothing yet. The heads of its parts have no limit of their own, and
/// of a file as much waits as has come at once.
const HELD: usize = 16 * 1024 * 1024;

/// A file that has come.
#[derive(Debug, Serialize)]
pub struct Received {
    pub path: String,
    pub size: u64,
}

/// The mark between the parts, if the body is a form.
pub fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

/// Writes each file of a form into a directory, under the name it was sent with. Fields that are no files are left out.
///
/// # Errors
/// That of the first file that cannot be written; those before it are there.
pub async fn receive(
    doors: &Arc<Doors>,
    visitor: &Visitor,
    directory: &str,
    boundary: String,
    body: Body,
) -> Result<Vec<Received>, WireError> {
    let held = Held::default();
    let mut form = Multipart::new(bounded(body.into_data_stream(), held.clone(), HELD), boundary);
    let mut received = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let (path, taken) = (path_of(directory, &field), held.clone());
        let mut content = field.map_err(|_| broken()).inspect_ok(move |chunk| taken.release(chunk.len()));
        let written = match path {
            Ok(None) => {
                while content.try_next().await?.is_some() {}
                continue;
            }
            Ok(Some(_)) if received.len() == FILES => {
                Err(WireError::invalid(format!("A form may hold {FILES} files. Send the others in another.")))
            }
            Ok(Some(path)) => match put(doors, visitor, &path, None, &mut content).await {
                Ok(UploadEnd::Done { size }) => Ok(Received { path, size }),
                Ok(UploadEnd::Failed(error)) | Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match written {
            Ok(file) => received.push(file),
            Err(error) => {
                let rest = async move {
                    while let Some(Ok(_)) = content.next().await {}
                    drop(content);
                    while let Ok(Some(mut field)) = form.next_field().await {
                        while let Ok(Some(chunk)) = field.chunk().await {
                            held.release(chunk.len());
                        }
                    }
                };
                let _ = tokio::time::timeout(LINGER, rest).await;
                return Err(error);
            }
        }
    }
    Ok(received)
}

/// Bytes that have come and are part of nothing yet.
#[derive(Debug, Clone, Default)]
struct Held(Arc<AtomicUsize>);

impl Held {
    fn release(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The chunks of a body, which fails once more than `most` of them is held.
fn bounded<E: Error + Send + Sync + 'static>(
    chunks: impl Stream<Item = Result<Bytes, E>>,
    held: Held,
    most: usize,
) -> impl Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> {
    chunks.map(move |chunk| {
        let chunk = chunk?;
        match held.0.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len() > most {
            true => Err("too much of the form is part of nothing".into()),
            false => Ok(chunk),
        }
    })
}

/// Where a field goes, if it is a file.
fn path_of(directory: &str, field: &Field<'_>) -> Result<Option<String>, WireError> {
    let Some(name) = field.file_name().filter(|name| !name.is_empty()) else { return Ok(None) };
    if name.contains(['/', '\\']) || matches!(name, "." | "..") {
        return Err(WireError::invalid(format!("{name:?} is no name of a file. Send it under one without slashes.")));
    }
    Ok(Some(format!("{}/{name}", directory.trim_end_matches('/'))))
}

fn broken() -> WireError {
    WireError::invalid("The form did not come whole, or is none. Send it again as multipart/form-data.")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    /// Reads a form to its end as `receive` does, with little room; answers the bytes of its files.
    async fn read(parts: Vec<Vec<u8>>) -> Result<usize, multer::Error> {
        let held = Held::default();
        let parts = stream::iter(parts.into_iter().map(|part| Ok::<_, Infallible>(Bytes::from(part))));
        // A turn between the chunks, as between those of a connection.
        let parts = parts.then(|part| async move {
            tokio::task::yield_now().await;
            part
        });
        let mut form = Multipart::new(bounded(parts, held.clone(), 4_096), "x");
        let mut bytes = 0;
        while let Some(mut field) = form.next_field().await? {
            while let Some(chunk) = field.chunk().await? {
                held.release(chunk.len());
                bytes += chunk.len();
            }
        }
        Ok(bytes)
    }

    #[tokio::test]
    async fn a_head_without_end_is_not_kept() {
        let head = b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n".to_vec();
        let (long, end) = (vec![b'y'; 512], b"\r\n--x--\r\n".to_vec());
        let file = [vec![head.clone(), b"\r\n".to_vec()], vec![long.clone(); 100], vec![end]].concat();
        assert_eq!(read(file).await.expect("a form"), 100 * 512, "a file may be of any size");
        let endless = [vec![head], vec![long; 100]].concat();
        let error = read(endless).await.expect_err("too much");
        assert!(matches!(error, multer::Error::StreamReadFailed(_)), "{error}");
    }
}
