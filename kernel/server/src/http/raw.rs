//! Files as bytes, whatever is in them: fetched whole or in part, and sent.
//!
//! The bytes go through the same streams as those of a socket (docs/wire.md, "Streams"), on a connection that each
//! request has for itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aether_base::{ByteStream, Caller};
use aether_protocol::domains::fs::{
    Command as Fs, Download, Downloading, FileStat, Stat, Upload, UploadEnd, Uploading,
};
use aether_protocol::{Command, ErrorCode, Reply, WireError};
use axum::Extension;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::envelope::{Older, bare, older_error};
use super::pace::is_too_slow;
use super::range::{Part, Range};
use super::{Visitor, query};
use crate::Doors;
use crate::caller::{Credential, Peer};

/// How long a client that was refused may go on sending: many read no answer before they have sent their request.
const LINGER: Duration = Duration::from_secs(2);

/// Why a body without a length is refused.
pub const NO_LENGTH: &str = "The length of the file is not known. Send it with a Content-Length.";

/// `GET /api/fs/raw?path=...`: the bytes of a file, or the first range of them that is asked for (RFC 9110, section 14).
pub async fn download(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Older> {
    fetch(&doors, &visitor, named(query)?, &method, &headers, u64::MAX).await
}

/// The same for a window in this process, whose visitor is the local owner.
pub(crate) async fn local_file(
    doors: &Arc<Doors>,
    path: &str,
    method: &Method,
    headers: &HeaderMap,
    most: u64,
) -> Response<Bytes> {
    let peer = Peer { address: None, secure: false, meter: Arc::default() };
    let credential = Credential::of_owner(&doors.kernel.identity, None);
    let visitor = Visitor { credential: credential.unwrap_or_else(|| Credential::anonymous(peer.rest(), None)), peer };
    let fetched = fetch(doors, &visitor, path.to_owned(), method, headers, most).await;
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

/// Answers a request for a file with at most so many bytes.
async fn fetch(
    doors: &Arc<Doors>,
    visitor: &Visitor,
    path: String,
    method: &Method,
    headers: &HeaderMap,
    most: u64,
) -> Result<Response, Older> {
    // No answer carries a validator, so none that comes back can be one of ours: the client has something else.
    let range = Range::of(method, headers).filter(|_| !headers.contains_key(header::IF_RANGE));
    let part = match range {
        None => None,
        Some(range) => {
            let stat: FileStat = visitor.call(doors, Fs::stat(Stat { path: path.clone() })).await?.read()?;
            Some(first_of(range.part(stat.size), stat.size, most))
        }
    };
    let command = Fs::download(Download {
        path: path.clone(),
        offset: part.map(|part| part.offset),
        length: part.and_then(|part| part.length),
    });
    let (file, ByteStream { output, .. }) = open::<Downloading>(doors, visitor, command, |file| file.stream).await?;
    let size = file.size;
    if part.is_none() && size > most {
        let message = format!("The file has {size} bytes, more than is fetched at once. Fetch it in ranges.");
        return Ok(older_error(StatusCode::PAYLOAD_TOO_LARGE, &message));
    }
    let (status, range, length) = match part.map(|part| part.within(size)) {
        None => (StatusCode::OK, None, size),
        Some(Some((first, last))) => {
            (StatusCode::PARTIAL_CONTENT, Some(format!("bytes {first}-{last}/{size}")), last - first + 1)
        }
        Some(None) => {
            let mut refusal = older_error(
                StatusCode::RANGE_NOT_SATISFIABLE,
                &format!("The range goes beyond the {size} bytes of the file. Ask for a part that is there."),
            );
            set(refusal.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(refusal);
        }
    };
    let bytes = stream::unfold(
        (output, doors.clone(), visitor.credential.clone()),
        |(mut output, doors, credential)| async move {
            // The client notices an early end by the length it was told.
            let chunk = output.recv().await.filter(|_| is_live(&doors, &credential))?;
            Some((Ok::<_, Infallible>(chunk), (output, doors, credential)))
        },
    );
    let mut response = (status, Body::from_stream(bytes)).into_response();
    let headers = response.headers_mut();
    set(headers, header::CONTENT_LENGTH, &length.to_string());
    if let Some(range) = range {
        set(headers, header::CONTENT_RANGE, &range);
    }
    describe(headers, &path);
    Ok(response)
}

/// As much of a part as one answer may hold.
fn first_of(part: Part, size: u64, most: u64) -> Part {
    let wanted = part.length.unwrap_or(size.saturating_sub(part.offset));
    Part { length: if wanted > most { Some(most) } else { part.length }, ..part }
}

/// `POST /api/fs/upload?path=...`: the body is the file.
pub async fn upload(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Older> {
    let path = named(query)?;
    let Some(content) = Content::of(request) else {
        return Ok(older_error(StatusCode::LENGTH_REQUIRED, NO_LENGTH));
    };
    let size = receive(&doors, &visitor, &path, content).await?;
    Ok(bare(&json!({ "ok": true, "path": path, "size": size }).to_string()))
}

/// The content of a file on its way here.
pub struct Content {
    size: u64,
    body: Body,
    /// True if the client sends nothing before it is told to (RFC 9110, section 10.1.1).
    waits: bool,
}

impl Content {
    /// The body of a request, if it says how long it is.
    pub fn of(request: Request) -> Option<Content> {
        let waits = request.headers().contains_key(header::EXPECT);
        let body = request.into_body();
        Some(Content { size: body.size_hint().exact()?, body, waits })
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Content {
        Content { size: bytes.len() as u64, body: bytes.into(), waits: false }
    }
}

/// Writes a file from a request's body, and answers its size. One that does not come whole changes nothing.
pub async fn receive(doors: &Arc<Doors>, visitor: &Visitor, path: &str, content: Content) -> Result<u64, WireError> {
    let Content { size, body, waits } = content;
    let mut body = body.into_data_stream();
    let command = Fs::upload(Upload { path: path.to_owned(), size });
    let end = match open::<Uploading>(doors, visitor, command, |upload| upload.stream).await {
        Ok((_, stream)) => pipe(doors, visitor, &mut body, stream).await?,
        Err(error) => UploadEnd::Failed(error),
    };
    match end {
        UploadEnd::Done { size } => Ok(size),
        UploadEnd::Failed(error) => {
            if !waits {
                let _ = tokio::time::timeout(LINGER, async { while let Some(Ok(_)) = body.next().await {} }).await;
            }
            Err(error)
        }
    }
}

/// Hands a body to an upload, as fast as it is written, and answers how that ended.
async fn pipe(
    doors: &Doors,
    visitor: &Visitor,
    body: &mut BodyDataStream,
    stream: ByteStream,
) -> Result<UploadEnd, WireError> {
    let ByteStream { mut output, input } = stream;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| {
            WireError::invalid(match is_too_slow(&error) {
                true => "Nothing more of the file has come. Send it again.",
                false => "The body ended too early. Send the file again.",
            })
        })?;
        if !is_live(doors, &visitor.credential) {
            return Err(WireError::new(ErrorCode::Unauthenticated, "Your sign-in has ended. Sign in and try again."));
        }
        // An upload that takes no more has failed, and says why below.
        if !chunk.is_empty() && input.send(chunk).await.is_err() {
            break;
        }
    }
    drop(input);
    let lost =
        || WireError::new(ErrorCode::Internal, "The upload ended without a word. Look whether the file is there.");
    let end = output.recv().await.ok_or_else(lost)?;
    serde_json::from_slice(&end).map_err(|_| lost())
}

/// Has a command done that opens a stream, on a connection of its own.
async fn open<A>(
    doors: &Arc<Doors>,
    visitor: &Visitor,
    command: impl Into<Command>,
    stream: fn(&A) -> u32,
) -> Result<(A, ByteStream), WireError>
where
    A: DeserializeOwned + Send + 'static,
{
    let session = doors.new_session();
    let caller = Caller { session: Some(session.clone()), ..(*visitor.credential.caller).clone() };
    let (doors, command) = (doors.clone(), command.into());
    // On a task of its own: also what is opened for a client that has hung up is taken, and dropped.
    let opened = tokio::spawn(async move {
        let answer = doors.kernel.gate.call(&Arc::new(caller), command).await;
        let taken = answer.and_then(|reply: Reply| {
            let answer: A = reply.read()?;
            let stream = doors.kernel.streams.take(&session, stream(&answer));
            Ok((answer, stream.ok_or_else(|| WireError::new(ErrorCode::Internal, "The stream is not there."))?))
        });
        doors.kernel.streams.session_closed(&session);
        taken
    });
    opened.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a command's task failed");
        let message = "Something went wrong inside the kernel. Its log has the details.";
        Err(WireError::new(ErrorCode::Internal, message))
    })
}

fn is_live(doors: &Doors, credential: &Credential) -> bool {
    credential.is_live(&doors.kernel.identity)
}

/// The path that the query names.
fn named(query: Option<String>) -> Result<String, WireError> {
    let path = query::field(&query.unwrap_or_default(), "path").filter(|path| !path.is_empty());
    path.ok_or_else(|| WireError::invalid("No path is named. Add ?path= with the path of a file."))
}

/// What the bytes are, and what a browser may do with them.
fn describe(headers: &mut HeaderMap, path: &str) {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
    let (media, passive) = match ending.unwrap_or_default().to_ascii_lowercase().as_str() {
        "mp3" => ("audio/mpeg", true),
        "wav" => ("audio/wav", true),
        "ogg" => ("audio/ogg", true),
        "flac" => ("audio/flac", true),
        "png" => ("image/png", true),
        "jpg" | "jpeg" => ("image/jpeg", true),
        "gif" => ("image/gif", true),
        "webp" => ("image/webp", true),
        "mp4" => ("video/mp4", true),
        "webm" => ("video/webm", true),
        "pdf" => ("application/pdf", true),
        "json" => ("application/json", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "svg" => ("image/svg+xml", false),
        _ => ("application/octet-stream", false),
    };
    set(headers, header::CONTENT_TYPE, media);
    set(headers, header::ACCEPT_RANGES, "bytes");
    set(headers, header::CACHE_CONTROL, "no-store");
    set(headers, header::CONTENT_DISPOSITION, "inline");
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !passive {
        // People open what agents wrote. What may hold script gets an origin of its own where none runs; an attachment
        // would do as well, but existing clients open these inline.
        set(headers, header::CONTENT_SECURITY_POLICY, "sandbox");
    }
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_run_script_is_shown_in_our_origin() {
        let described = |path: &str| {
            let mut headers = HeaderMap::new();
            describe(&mut headers, path);
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            let media = headers[header::CONTENT_TYPE].to_str().expect("text").to_owned();
            (media, headers.contains_key(header::CONTENT_SECURITY_POLICY))
        };
        assert_eq!(described("/tmp/a.PNG"), ("image/png".to_owned(), false));
        assert_eq!(described("/tmp/a.svg"), ("image/svg+xml".to_owned(), true));
        for unknown in ["/tmp/a.html", "/tmp/png", "/tmp.png/a", "/tmp/a.", "/tmp/a.js"] {
            assert_eq!(described(unknown), ("application/octet-stream".to_owned(), true), "{unknown}");
        }
    }
}
