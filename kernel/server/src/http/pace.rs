//! How long the body of a request may take to come.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// How long a body may take, or an upload may bring nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
struct TooSlow;

/// True if a body failed because it came too slowly.
pub fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<TooSlow>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// A body that fails if it does not come in time.
pub fn hurried(body: Body, is_upload: bool) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let patience = (!is_upload).then(|| Box::pin(tokio::time::sleep(PATIENCE))); // grace
    Body::new(Hurried { body, patience, renews: is_upload })
}

struct Hurried {
    body: Body,
    /// Runs while the client is waited for.
    patience: Option<Pin<Box<Sleep>>>,
    /// True if each chunk has its own time.
    renews: bool,
}

impl HttpBody for Hurried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            if self.renews {
                self.patience = None;
            }
            return frame;
        }
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE))); // grace
        match patience.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new(TooSlow)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::{FromRequest, Request};
    use futures_util::stream;

    /// A body of so many chunks, each a while after the other.
    fn trickle(chunks: u32, pause: Duration, is_upload: bool) -> Body {
        let body = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await; // grace
            (sent < chunks).then(|| (Ok::<_, axum::Error>(Bytes::from_static(b"x")), sent + 1))
        });
        hurried(Body::from_stream(body), is_upload)
    }

    async fn read(body: Body) -> Result<usize, bool> {
        let read = Bytes::from_request(Request::new(body), &()).await;
        read.map(|bytes| bytes.len()).map_err(|rejection| is_too_slow(&rejection))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_one_time_and_an_upload_one_for_each_chunk() {
        let second = Duration::from_secs(1);
        assert_eq!(read(trickle(20, second, false)).await, Ok(20));
        assert_eq!(read(trickle(40, second, false)).await, Err(true));
        assert_eq!(read(trickle(40, second * 20, true)).await, Ok(40));
        assert_eq!(read(trickle(2, second * 31, true)).await, Err(true));
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(axum::Error::new(std::fmt::Error))]));
        assert_eq!(read(hurried(broken, false)).await, Err(false));
    }

    #[test]
    fn the_length_is_known_still() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let _inside = runtime.enter();
        assert_eq!(hurried(Body::from("four"), false).size_hint().exact(), Some(4));
        assert!(hurried(Body::empty(), true).is_end_stream());
    }
}
