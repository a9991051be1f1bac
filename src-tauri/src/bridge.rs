//! The bridge: one command and one channel, over which the page speaks `aether.2` with the kernel (docs/wire.md).
//!
//! The page's end is `src-ui/js/tauri-link.js`. Opening a link hands over a channel and answers the link's number; text
//! frames go out on the channel as JSON strings, binary frames as bytes. What the page sends are batches.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_server::{Frame, LinkReceiver, LinkSender};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::ipc::{Channel, InvokeBody, InvokeResponseBody, JavaScriptChannelId, Request};
use tauri::{State, Url, Webview};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::batch::{Batch, Said};
use crate::desktop::{Desktop, is_page};

/// Bytes the page may have on their way to it. The channel itself holds nothing back, so the link has to.
const WINDOW: usize = 1024 * 1024;
/// What one frame counts for at most. The page says what it has taken in steps of up to 384 KiB (as many characters of
/// three bytes as its step is long), so what it has not said and the largest frame fit together.
const FRAME: usize = WINDOW / 2;

/// The links of the pages, at most one a window.
#[derive(Default)]
pub struct Links(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    open: HashMap<String, Arc<OpenLink>>,
    opened: u32,
    /// Addresses that came when no page was there to be told.
    addresses: Vec<String>,
}

struct OpenLink {
    number: u32,
    sender: LinkSender,
    channel: Channel,
    way: Way,
    closed: CancellationToken,
}

/// What the page is told beside the kernel's frames.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Word<'a> {
    /// The system asks to show something.
    Link(&'a str),
    /// The kernel has ended the link.
    Close { code: u16, reason: &'a str },
}

/// What opens a link.
#[derive(Deserialize)]
struct Opening {
    channel: JavaScriptChannelId,
}

impl Opening {
    /// What was said by whoever shows this address.
    fn of(asking: tauri::Result<Url>, said: &Value) -> Result<Opening, String> {
        // Tauri lets in whatever a scheme of the program's shows, and that of files shows what agents write.
        if !asking.is_ok_and(|url| is_page(&url)) {
            return Err("Only the page of Aether OS has a link to its kernel.".to_owned());
        }
        Opening::deserialize(said).map_err(|error| error.to_string())
    }
}

/// Opens a link if it brings a channel, else sends a batch on one.
#[tauri::command]
pub async fn link(webview: Webview, desktop: State<'_, Arc<Desktop>>, request: Request<'_>) -> Result<u32, String> {
    let body = match request.body() {
        InvokeBody::Raw(bytes) => Bytes::copy_from_slice(bytes),
        InvokeBody::Json(value) if value.is_array() => {
            // The way of webviews that take no bytes.
            Bytes::from(Vec::<u8>::deserialize(value).map_err(|error| error.to_string())?)
        }
        InvokeBody::Json(value) => {
            let opening = Opening::of(webview.url(), value)?;
            let label = webview.label().to_owned();
            let program = desktop.program().await.ok_or("Aether OS is shutting down.")?;
            let (link, channel) = (program.server().link(), opening.channel.channel_on(webview));
            return Ok(desktop.links.open(label, link.sender, link.receiver, channel));
        }
    };
    let batch = Batch::read(body).ok_or("This is no batch of frames.")?;
    let open = desktop.links.find(webview.label(), batch.link).ok_or("The link is closed. Open another one.")?;
    open.say(batch.said).await;
    Ok(batch.link)
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the window's older link, and answers the number of the new one.
    fn open(&self, label: String, sender: LinkSender, receiver: LinkReceiver, channel: Channel) -> u32 {
        let mut inner = self.lock();
        inner.opened = inner.opened.wrapping_add(1);
        let number = inner.opened;
        let closed = CancellationToken::new();
        let link = Arc::new(OpenLink { number, sender, channel, way: Way::default(), closed });
        if let Some(older) = inner.open.insert(label, link.clone()) {
            older.closed.cancel();
        }
        for address in std::mem::take(&mut inner.addresses) {
            link.tell(&Word::Link(&address));
        }
        drop(inner);
        tauri::async_runtime::spawn(async move {
            let open = link.clone();
            tokio::select! {
                () = open.closed.cancelled() => {}
                () = link.pump(receiver) => {}
            }
        });
        number
    }

    fn find(&self, label: &str, number: u32) -> Option<Arc<OpenLink>> {
        self.lock().open.get(label).filter(|link| link.number == number && !link.closed.is_cancelled()).cloned()
    }

    /// Closes the link of a page that is gone.
    pub fn close(&self, label: &str) {
        if let Some(link) = self.lock().open.remove(label) {
            link.closed.cancel();
        }
    }

    /// Hands an address to the page, now or as soon as there is one.
    pub fn show(&self, address: String) {
        let mut inner = self.lock();
        let open: Vec<_> = inner.open.values().filter(|link| !link.closed.is_cancelled()).cloned().collect();
        match open.is_empty() {
            true => inner.addresses.push(address),
            false => open.iter().for_each(|link| link.tell(&Word::Link(&address))),
        }
    }
}

impl OpenLink {
    /// Hands the page's frames to the kernel, as fast as that takes them.
    async fn say(&self, said: Vec<Said>) {
        for said in said {
            let frame = match said {
                Said::Text(text) => Frame::Text(text),
                Said::Binary(bytes) => Frame::Binary(bytes),
                Said::Taken(count) => {
                    self.way.taken(count);
                    continue;
                }
                Said::Close => return self.closed.cancel(),
            };
            let sent = tokio::select! {
                () = self.closed.cancelled() => return,
                sent = self.sender.send(frame) => sent,
            };
            if sent.is_err() {
                // The page is told by the other direction.
                return;
            }
        }
    }

    /// Brings the kernel's frames to the page until the link ends.
    async fn pump(&self, mut receiver: LinkReceiver) {
        while let Some(frame) = receiver.next().await {
            let sent = match frame {
                Frame::Text(text) => {
                    self.way.enter(text.len()).await;
                    serde_json::to_string(&text).map(|text| self.channel.send(InvokeResponseBody::Json(text)))
                }
                Frame::Binary(bytes) => {
                    self.way.enter(bytes.len()).await;
                    Ok(self.channel.send(InvokeResponseBody::Raw(bytes.into())))
                }
                Frame::Close { code, reason } => {
                    self.tell(&Word::Close { code, reason: &reason });
                    return self.closed.cancel();
                }
            };
            if !matches!(sent, Ok(Ok(()))) {
                return self.closed.cancel();
            }
        }
        self.tell(&Word::Close { code: 1006, reason: "The kernel has closed the link." });
        self.closed.cancel();
    }

    fn tell(&self, word: &Word<'_>) {
        let told = serde_json::to_string(word).map(|word| self.channel.send(InvokeResponseBody::Json(word)));
        if !matches!(told, Ok(Ok(()))) {
            tracing::debug!("the page could not be told something");
        }
    }
}

/// The way to the page, which holds only so many bytes.
struct Way {
    room: Semaphore,
    /// The sizes of the frames that are on it.
    frames: Mutex<VecDeque<u32>>,
}

impl Default for Way {
    fn default() -> Way {
        Way { room: Semaphore::new(WINDOW), frames: Mutex::default() }
    }
}

impl Way {
    fn frames(&self) -> MutexGuard<'_, VecDeque<u32>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for a frame.
    async fn enter(&self, bytes: usize) {
        let bytes = u32::try_from(bytes.clamp(1, FRAME)).unwrap_or(u32::MAX);
        if let Ok(room) = self.room.acquire_many(bytes).await {
            room.forget();
            self.frames().push_back(bytes);
        }
    }

    /// The page has taken so many frames, the oldest first.
    fn taken(&self, count: u32) {
        for _ in 0..count {
            let Some(bytes) = self.frames().pop_front() else { return };
            self.room.add_permits(bytes as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PAGE, STRANGERS, url};

    #[test]
    fn only_the_page_has_a_link() {
        let opens = |asking| Opening::of(asking, &serde_json::json!({ "channel": "__CHANNEL__:7" })).is_ok();
        assert!(opens(Ok(url(PAGE))));
        for stranger in STRANGERS {
            assert!(!opens(Ok(url(stranger))), "{stranger}");
        }
        assert!(!opens(Err(tauri::Error::WindowNotFound)));
    }

    #[tokio::test]
    async fn the_way_holds_so_many_bytes_until_they_are_taken() {
        let way = Way::default();
        way.enter(FRAME).await;
        way.enter(FRAME - 1).await;
        way.enter(0).await;
        let mut fourth = by_hand(way.enter(2));
        assert!(!fourth.is_ready());
        way.taken(1);
        assert!(fourth.is_ready());
        drop(fourth);
        way.taken(7);
        assert_eq!(way.room.available_permits(), WINDOW, "nobody takes more than there was");
    }

    #[tokio::test]
    async fn a_frame_larger_than_the_way_waits_for_no_word_of_the_page() {
        let way = Way::default();
        way.enter(3 * 128 * 1024).await;
        assert!(by_hand(way.enter(5 * WINDOW)).is_ready());
    }

    /// A future that is polled by hand.
    fn by_hand<F: Future>(future: F) -> ByHand<F> {
        ByHand(Box::pin(future))
    }

    struct ByHand<F>(std::pin::Pin<Box<F>>);

    impl<F: Future> ByHand<F> {
        fn is_ready(&mut self) -> bool {
            let waker = std::task::Waker::noop();
            self.0.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready()
        }
    }
}
