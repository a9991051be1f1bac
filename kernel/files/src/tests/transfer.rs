//! Whole files as streams.

use aether_base::ByteStream;
use aether_protocol::domains::fs::{Download, Upload, UploadEnd};

use super::*;

/// Bytes that no text has, and that show where they were cut.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 7 + at / 251) as u8).collect()
}

impl Actor<'_> {
    fn stream(&self, id: u32) -> ByteStream {
        let session = self.cx.caller.session.as_ref().expect("a connection");
        self.world.streams.take(session, id).expect("a stream")
    }

    /// What a download says its size is, and its stream.
    async fn download(&self, path: &str, offset: Option<u64>, length: Option<u64>) -> Done<(u64, ByteStream)> {
        let download = Download { path: path.to_owned(), offset, length };
        let answer = Api::download(&*self.world.files, &self.cx, download).await?;
        assert!(answer.modified_at > 1.6e12);
        Ok((answer.size, self.stream(answer.stream)))
    }

    async fn upload(&self, path: &str, size: u64) -> Done<ByteStream> {
        let upload = Upload { path: path.to_owned(), size: Some(size) };
        let answer = Api::upload(&*self.world.files, &self.cx, upload).await?;
        Ok(self.stream(answer.stream))
    }

    /// Uploads in parts of this size.
    async fn uploaded(&self, path: &str, content: &[u8], part: usize) -> UploadEnd {
        let stream = self.upload(path, content.len() as u64).await.expect("a stream");
        for chunk in content.chunks(part) {
            stream.input.send(chunk.to_vec().into()).await.expect("taken");
        }
        ended(stream).await
    }
}

async fn rest(mut stream: ByteStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = stream.output.recv().await {
        assert!(!chunk.is_empty() && chunk.len() <= 64 * 1024);
        all.extend_from_slice(&chunk);
    }
    all
}

/// How an upload ended, once nothing more is sent.
async fn ended(stream: ByteStream) -> UploadEnd {
    let ByteStream { mut output, input } = stream;
    drop(input);
    let end = output.recv().await.expect("how it ended");
    assert!(output.recv().await.is_none(), "that is all it says");
    serde_json::from_slice(&end).expect("JSON")
}

/// Temporary files anywhere below a folder.
fn temporary(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a list").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.file_type().expect("a type").is_dir() {
            true => temporary(&entry.path()),
            false => usize::from(entry.file_name().to_string_lossy().starts_with(crate::path::TEMPORARY)),
        })
        .sum()
}

#[tokio::test]
async fn bytes_go_in_and_come_out_as_they_were() {
    let world = World::new().await;
    let (ada, content) = (world.as_user("ada"), bytes(300_001));
    let mut events = world.events("ada").await;
    let path = "/home/ada/new/deep/a.bin";
    let done = UploadEnd::Done { size: 300_001 };
    assert_eq!(ada.uploaded(path, &content, 100_000).await, done);
    assert_eq!(ada.uploaded("/home/root/new/deep/a.bin", &content, 1_000).await, done);
    assert_eq!(ada.uploaded("/tmp/empty", b"", 1).await, UploadEnd::Done { size: 0 });
    let change = |change: &str, path: &str| (change.to_owned(), path.to_owned());
    assert_eq!(
        events.changes().await,
        [change("create", path), change("modify", path), change("create", "/tmp/empty")]
    );
    assert_eq!(std::fs::read(world.disk(&path[1..])).expect("a file"), content);
    for (offset, length, part) in [
        (None, None, &content[..]),
        (Some(5), None, &content[5..]),
        (Some(70_000), Some(70_000), &content[70_000..140_000]),
        (None, Some(1), &content[..1]),
        (Some(300_000), Some(u64::MAX), &content[300_000..]),
        (Some(300_001), None, b""),
        (Some(u64::MAX), Some(u64::MAX), b""),
        (None, Some(0), b""),
    ] {
        let (size, stream) = ada.download(path, offset, length).await.expect("a stream");
        assert_eq!(size, 300_001);
        assert!(rest(stream).await == part, "{offset:?} {length:?}");
    }
}

#[tokio::test]
async fn what_does_not_come_whole_changes_nothing() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.write("/home/ada/a", "old").await.expect("written");
    let failed = |end: UploadEnd, told: &str| match end {
        UploadEnd::Failed(error) => {
            assert!(error.code == ErrorCode::InvalidInput && error.message.contains(told), "{error:?}");
        }
        UploadEnd::Done { size } => panic!("{size} bytes were enough"),
    };
    for path in ["/home/ada/a", "/home/ada/x/y/new"] {
        let stream = ada.upload(path, 10).await.expect("a stream");
        stream.input.send(bytes(9).into()).await.expect("taken");
        failed(ended(stream).await, "ended 1 bytes before");
        let stream = ada.upload(path, 10).await.expect("a stream");
        stream.input.send(bytes(6).into()).await.expect("taken");
        stream.input.send(bytes(5).into()).await.expect("taken");
        failed(ended(stream).await, "beyond the 10 bytes");
        // Nobody has to listen.
        drop(ada.upload(path, 10).await.expect("a stream"));
    }
    // Nobody has to take it at all, either.
    let upload = Upload { path: "/home/ada/a".to_owned(), size: Some(5) };
    Api::upload(&*world.files, &ada.cx, upload).await.expect("a stream");
    world.streams.session_closed(&SessionId::from("ada"));
    let gone = async {
        while temporary(&world.disk("home")) > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("nothing is left behind");
    assert_eq!(ada.names("/home/ada").await, ["a"]);
    assert_eq!(ada.read("/home/ada/a").await.expect("read"), "old");
}

#[tokio::test]
async fn transfers_are_refused_like_reads_and_writes() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    ada.mkdir("/home/ada/dir", false).await.expect("made");
    std::os::unix::fs::symlink("/etc", world.disk("home/ada/link")).expect("a link");
    for path in ["/", "/home", "/home/ada", "/home/ada/dir"] {
        let (code, text) = refused(ada.download(path, None, None).await);
        assert!(code == ErrorCode::InvalidInput && text.starts_with("EISDIR"), "{text}");
    }
    assert_eq!(refused(ada.download("/home/ada/none", None, None).await).0, ErrorCode::NotFound);
    assert_eq!(refused(ada.download("/home/ada/link/passwd", None, None).await).0, ErrorCode::Forbidden);
    assert_eq!(refused(ada.upload("/home/ada/link/x", 1).await).0, ErrorCode::Forbidden);
    assert_eq!(refused(ada.upload("/home/ada/../../x", 1).await).0, ErrorCode::Forbidden);
    assert!(refused(ada.upload("/home/ada/dir", 1).await).1.starts_with("EISDIR"));
    let (code, text) = refused(ada.upload("/home/ada/a", 1_000_001).await);
    assert!(code == ErrorCode::TooLarge && text.contains("at most 1000000"), "{text}");
    let (agent, path) = (world.as_agent(7), "/home/agent_7/a".to_owned());
    let download = Download { path, offset: None, length: None };
    let answer = Api::download(&*world.files, &agent.cx, download).await;
    assert_eq!(refused(answer.map(drop)).0, ErrorCode::InvalidState, "agents have no connection");
    // A directory that comes to be where the file goes is not replaced.
    let stream = ada.upload("/home/ada/late", 1).await.expect("a stream");
    ada.mkdir("/home/ada/late", false).await.expect("made");
    stream.input.send(bytes(1).into()).await.expect("taken");
    assert!(matches!(ended(stream).await, UploadEnd::Failed(error) if error.message.starts_with("EISDIR")));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_sent_as_far_as_its_size_said() {
    let world = World::new().await;
    let (ada, file) = (world.as_user("ada"), world.disk("home/ada/a"));
    std::fs::write(&file, bytes(1_000_000)).expect("a file");
    let (size, stream) = ada.download("/home/ada/a", None, None).await.expect("a stream");
    let mut longer = std::fs::File::options().append(true).open(&file).expect("a file");
    std::io::Write::write_all(&mut longer, b"more").expect("it grew");
    assert!(size == 1_000_000 && rest(stream).await == bytes(1_000_000));
    let (_, stream) = ada.download("/home/ada/a", None, None).await.expect("a stream");
    let shorter = std::fs::File::options().write(true).open(&file).expect("a file");
    shorter.set_len(800_000).expect("it shrank");
    assert!(rest(stream).await == bytes(800_000));
}

#[tokio::test]
async fn nothing_is_read_ahead_of_who_takes_it() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let file = world.disk("home/ada/a");
    std::fs::write(&file, bytes(2_000_000)).expect("a file");
    let (_, mut stream) = ada.download("/home/ada/a", None, None).await.expect("a stream");
    let waits = |stream: &ByteStream| stream.output.len() == stream.output.max_capacity();
    let full = async {
        while !waits(&stream) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), full).await.expect("the queue is full");
    // What is changed on the disk now has not been read yet.
    std::fs::write(&file, vec![b'x'; 2_000_000]).expect("changed");
    let queued = stream.output.len() * 64 * 1024;
    let mut all = Vec::new();
    while let Some(chunk) = stream.output.recv().await {
        all.extend_from_slice(&chunk);
    }
    assert!(all[..queued] == bytes(queued));
    assert!(all[queued..].iter().all(|byte| *byte == b'x') && all.len() == 2_000_000);
}

#[tokio::test]
async fn an_upload_of_unknown_size_has_come_once_its_end_is_said() {
    let world = World::new().await;
    let ada = world.as_user("ada");
    let begin = async || {
        let upload = Upload { path: "/home/ada/a".to_owned(), size: None };
        let answer = Api::upload(&*world.files, &ada.cx, upload).await.expect("a stream");
        ada.stream(answer.stream)
    };
    let stream = begin().await;
    for chunk in [&b"one "[..], b"two", b""] {
        stream.input.send(chunk.into()).await.expect("taken");
    }
    assert!(matches!(ended(stream).await, UploadEnd::Done { size: 7 }));
    assert_eq!(ada.read("/home/ada/a").await.expect("read"), "one two");
    let stream = begin().await;
    stream.input.send(b"half"[..].into()).await.expect("taken");
    assert!(matches!(ended(stream).await, UploadEnd::Failed(error) if error.code == ErrorCode::InvalidInput));
    let stream = begin().await;
    let (mut sent, piece) = (0, bytes(64 * 1024));
    while stream.input.send(piece.clone().into()).await.is_ok() {
        sent += piece.len();
        assert!(sent < 4_000_000, "it is stopped");
    }
    assert!(matches!(ended(stream).await, UploadEnd::Failed(error) if error.code == ErrorCode::TooLarge));
    assert_eq!(ada.read("/home/ada/a").await.expect("read"), "one two", "nothing was changed");
}
