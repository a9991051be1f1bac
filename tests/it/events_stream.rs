//! Events over HTTP: numbered, replayed, each to who may see it.

use aether_tests::{Kernel, Options, rest, within};
use serde_json::{Value, json};

/// A listener, frame by frame.
pub struct Listener {
    response: reqwest::Response,
    read: Vec<u8>,
}

/// One frame: its number, where it has one, and what it tells.
#[derive(Debug)]
pub struct Frame {
    pub id: Option<u64>,
    pub data: Value,
}

impl Listener {
    pub async fn open(kernel: &Kernel, token: &str, query: &str, last: Option<u64>) -> Listener {
        let http = rest::builder().build().expect("a client");
        let mut request = http.get(format!("{}/api/v1/events{query}", kernel.url)).bearer_auth(token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut listener = Listener { response, read: Vec::new() };
        let first = listener.next().await.expect("a frame");
        assert_eq!((first.id, first.data), (None, json!({ "type": "connected" })));
        listener
    }

    /// The next frame; `None` once the stream has ended.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\n\n") {
                let rest = self.read.split_off(end + 2);
                let frame = String::from_utf8(std::mem::replace(&mut self.read, rest)).expect("text");
                let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
                let Some(data) = field("data: ") else { continue };
                let id = field("id: ").map(|id| id.parse().expect("a number"));
                return Some(Frame { id, data: serde_json::from_str(data).expect("JSON") });
            }
            let chunk = within("a frame", self.response.chunk()).await.ok().flatten()?;
            // A letter may be cut in two.
            self.read.extend_from_slice(&chunk);
        }
    }

    async fn wait(&mut self, wire: &str) -> Frame {
        loop {
            let frame = self.next().await.expect("an open stream");
            if frame.data["type"] == wire {
                return frame;
            }
        }
    }
}

async fn create_job(kernel: &Kernel, token: &str, name: &str) {
    let config = json!({ "role": "a", "goal": "b" });
    let job = json!({ "name": name, "cron_expression": "0 7 * * *", "agent_config": config });
    let (status, answer) = kernel.rest().post("/api/v1/cron", Some(token), &job).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
async fn who_comes_back_gets_what_it_missed_once() {
    let kernel = Kernel::start().await;
    let ada = kernel.register("ada").await;
    let mut first = Listener::open(&kernel, &ada, "?filter=cron.*", None).await;
    create_job(&kernel, &ada, "one").await;
    let seen = first.wait("cron.created").await;
    let last = seen.id.expect("a number");
    assert_eq!(seen.data["__eventId"], last.to_string(), "{:?}", seen.data);
    drop(first);
    create_job(&kernel, &ada, "two").await;
    create_job(&kernel, &ada, "three").await;
    for (query, header) in [("?filter=cron.*".to_owned(), Some(last)), (format!("?filter=cron.*&since={last}"), None)] {
        let mut again = Listener::open(&kernel, &ada, &query, header).await;
        let missed = [again.next().await.expect("a frame"), again.next().await.expect("a frame")];
        assert!(missed[0].id > Some(last) && missed[1].id > missed[0].id, "{missed:?}");
        assert!(missed.iter().all(|frame| frame.data["type"] == "cron.created"), "{missed:?}");
    }
    let mut lost = Listener::open(&kernel, &ada, "", Some(u64::MAX)).await;
    assert_eq!(lost.next().await.expect("a frame").data["type"], "events.lost");
}

#[tokio::test]
async fn a_listener_hears_of_its_own_alone() {
    let kernel = Kernel::start().await;
    let (ada, bob) = (kernel.register("ada").await, kernel.register("bob").await);
    let mut listener = Listener::open(&kernel, &bob, "?filter=cron.created", None).await;
    create_job(&kernel, &ada, "hers").await;
    create_job(&kernel, &bob, "his").await;
    let heard = listener.next().await.expect("a frame").data;
    assert!(heard.to_string().contains("his") && !heard.to_string().contains("hers"), "{heard}");
    assert_eq!(kernel.rest().get("/api/v1/events", None).await.0, 401);
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_kernel() {
    let mut kernel = Options::default().start().await;
    let ada = kernel.register("ada").await;
    let other = kernel.token("ada", "a fine password").await;
    let mut listener = Listener::open(&kernel, &ada, "?filter=cron.*", None).await;
    assert_eq!(kernel.rest().post("/api/auth/logout", Some(&ada), &json!({})).await.0, 200);
    create_job(&kernel, &other, "one").await;
    assert!(listener.next().await.is_none(), "its token is dead");
    let mut listener = Listener::open(&kernel, &other, "", None).await;
    assert!(kernel.terminate().await.success());
    while listener.next().await.is_some() {}
}
