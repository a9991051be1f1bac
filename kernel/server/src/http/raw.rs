//! Files as bytes, whatever is in them: fetched whole or in part, and sent.
//!
//! The bytes go through the same streams as those of a socket (docs/wire.md, "Streams"), on a connection that each
//! request has for itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aether_base::{ByteStream, Caller};
use aether_protocol::domains::fs::{
    Command as Fs, Download, Downloading, FileStat, FileType, Stat, Upload, UploadEnd, Uploading,
};
use aether_protocol::{Command, ErrorCode, Reply, WireError};
use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::envelope::{Older, bare, older_error};
use super::pace::is_too_slow;
use super::range::{Part, Range};
use super::version::Version;
use super::{Visitor, form, media, query};
use crate::Doors;
use crate::caller::Credential;

/// How long a client that was refused may go on sending: many read no answer before they have sent their request.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// Which pages may show what they cannot read (WHATWG Fetch, section 3.7).
const OWN_PAGES: header::HeaderName = header::HeaderName::from_static("cross-origin-resource-policy");

/// Why a body without a length is refused.
pub const NO_LENGTH: &str = "The length of the file is not known. Send it with a Content-Length.";

/// `GET /api/fs/raw?path=...`: the bytes of a file, or the first range of them that is asked for. With `download=1` a
/// browser saves them instead of showing them.
pub async fn download(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Older> {
    let attached = query.as_deref().and_then(|query| query::field(query, "download")).is_some_and(|flag| flag == "1");
    let wanted = Wanted { path: named(query)?, attached, most: u64::MAX };
    let mut response = fetch(&doors, &visitor, wanted, &method, &headers).await?;
    // Whatever else is served on this machine is of the same site, so its pages could show the file by the cookie.
    set(response.headers_mut(), OWN_PAGES, "same-origin");
    Ok(response)
}

/// Which file is wanted, and how.
pub(super) struct Wanted {
    pub path: String,
    /// To be saved instead of shown.
    pub attached: bool,
    /// The most bytes of one answer.
    pub most: u64,
}

pub(super) async fn fetch(
    doors: &Arc<Doors>,
    visitor: &Visitor,
    wanted: Wanted,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Older> {
    let Wanted { path, attached, most } = wanted;
    let mut part = match Asked::of(method, headers) {
        Asked { range: None, conditional: false } => None,
        // What a part or a condition means depends on what is there now.
        Asked { range, .. } => {
            let stat: FileStat = visitor.call(doors, Fs::stat(Stat { path: path.clone() })).await?.read()?;
            let version = Version::of(stat.size, stat.modified_at);
            // What is no file is refused below.
            if stat.kind == FileType::File && version.is_known_to(headers) {
                return Ok(not_modified(&version, &path));
            }
            range.filter(|_| version.continues(headers)).map(|range| first_of(range.part(stat.size), stat.size, most))
        }
    };
    let command = Fs::download(Download {
        path: path.clone(),
        offset: part.map(|part| part.offset),
        length: part.and_then(|part| part.length),
    });
    let (mut file, mut bytes) = open::<Downloading>(doors, visitor, command, |file| file.stream).await?;
    let mut version = Version::of(file.size, file.modified_at);
    if part.is_some() && !version.continues(headers) {
        // It was changed in between: a part of it would not go with what the client has.
        part = None;
        let command = Fs::download(Download { path: path.clone(), offset: None, length: None });
        (file, bytes) = open::<Downloading>(doors, visitor, command, |file| file.stream).await?;
        version = Version::of(file.size, file.modified_at);
    }
    let (size, ByteStream { output, .. }) = (file.size, bytes);
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
    let described = response.headers_mut();
    set(described, header::CONTENT_LENGTH, &length.to_string());
    if let Some(range) = range {
        set(described, header::CONTENT_RANGE, &range);
    }
    version.describe(described);
    media::describe(described, &path, attached);
    Ok(response)
}

/// As much of a part as one answer may hold.
fn first_of(part: Part, size: u64, most: u64) -> Part {
    let wanted = part.length.unwrap_or(size.saturating_sub(part.offset));
    Part { length: if wanted > most { Some(most) } else { part.length }, ..part }
}

/// What a request asks for beyond a whole file.
struct Asked {
    range: Option<Range>,
    /// True if the client may have the file already.
    conditional: bool,
}

impl Asked {
    fn of(method: &Method, headers: &HeaderMap) -> Asked {
        let conditions = [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE];
        let conditional = conditions.iter().any(|name| headers.contains_key(name));
        Asked { range: Range::of(method, headers), conditional }
    }
}

/// The client has the file: it is told which version that is, and nothing more.
fn not_modified(version: &Version, path: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let headers = response.headers_mut();
    media::describe(headers, path, false);
    version.describe(headers);
    response
}

/// `POST /api/fs/upload?path=...`: the body is the file.
pub async fn upload(
    State(doors): State<Arc<Doors>>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Older> {
    let path = named(query)?;
    if let Some(boundary) = form::boundary(request.headers()) {
        let files = form::receive(&doors, &visitor, &path, boundary, request.into_body()).await?;
        let size: u64 = files.iter().map(|file| file.size).sum();
        return Ok(bare(&json!({ "ok": true, "path": path, "size": size, "files": files }).to_string()));
    }
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
    let mut body = body.into_data_stream().map_err(|error| {
        WireError::invalid(match is_too_slow(&error) {
            true => "Nothing more of the file has come. Send it again.",
            false => "The body ended too early. Send the file again.",
        })
    });
    match put(doors, visitor, path, Some(size), &mut body).await? {
        UploadEnd::Done { size } => Ok(size),
        UploadEnd::Failed(error) => {
            if !waits {
                let _ = tokio::time::timeout(LINGER, async { while let Some(Ok(_)) = body.next().await {} }).await;
            }
            Err(error)
        }
    }
}

/// Writes a file from what comes, as fast as it is written, and answers how that ended. Without a size, all has come when
/// nothing more does.
pub(super) async fn put(
    doors: &Arc<Doors>,
    visitor: &Visitor,
    path: &str,
    size: Option<u64>,
    content: &mut (impl Stream<Item = Result<Bytes, WireError>> + Unpin),
) -> Result<UploadEnd, WireError> {
    let command = Fs::upload(Upload { path: path.to_owned(), size });
    let ByteStream { mut output, input } =
        match open::<Uploading>(doors, visitor, command, |upload| upload.stream).await {
            Ok((_, stream)) => stream,
            Err(error) => return Ok(UploadEnd::Failed(error)),
        };
    while let Some(chunk) = content.next().await {
        let chunk = chunk?;
        if !is_live(doors, &visitor.credential) {
            return Err(WireError::new(ErrorCode::Unauthenticated, "Your sign-in has ended. Sign in and try again."));
        }
        // An upload that takes no more has failed, and says why below.
        if !chunk.is_empty() && input.send(chunk).await.is_err() {
            break;
        }
    }
    if size.is_none() {
        let _ = input.send(Bytes::new()).await;
    }
    drop(input);
    let lost =
        || WireError::new(ErrorCode::Internal, "The upload ended without a word. Look whether the file is there.");
    let end = output.recv().await.ok_or_else(lost)?;
    serde_json::from_slice(&end).map_err(|_| lost())
}

/// Has a command done that opens a stream, on a connection of its own.
pub(super) async fn open<A>(
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

pub(super) fn is_live(doors: &Doors, credential: &Credential) -> bool {
    credential.is_live(&doors.kernel.identity)
}

/// The path that the query names.
fn named(query: Option<String>) -> Result<String, WireError> {
    let path = query::field(&query.unwrap_or_default(), "path").filter(|path| !path.is_empty());
    path.ok_or_else(|| WireError::invalid("No path is named. Add ?path= with the path of a file."))
}

pub(super) fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
