//! Files sent as a form (multipart/form-data, RFC 7578): as many as somebody has chosen, into one directory.

use std::sync::Arc;

use aether_protocol::WireError;
use aether_protocol::domains::fs::UploadEnd;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::TryStreamExt;
use multer::{Field, Multipart};
use serde::Serialize;

use super::Visitor;
use super::raw::put;
use crate::Doors;

/// Files of one form, at most.
const FILES: usize = 1_000;

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
    let mut form = Multipart::new(body.into_data_stream(), boundary);
    let mut received = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        let Some(path) = path_of(directory, &field)? else { continue };
        if received.len() == FILES {
            return Err(WireError::invalid(format!("A form may hold {FILES} files. Send the others in another.")));
        }
        let mut content = (&mut field).map_err(|_| broken());
        match put(doors, visitor, &path, None, &mut content).await? {
            UploadEnd::Done { size } => received.push(Received { path, size }),
            UploadEnd::Failed(error) => return Err(error),
        }
    }
    Ok(received)
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
