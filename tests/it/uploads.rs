//! Files that come as a form, and files too large for any memory.

use std::io::{Read, Write};
use std::net::TcpStream;

use aether_tests::{Kernel, Options};
use serde_json::{Value, json};

const BOUNDARY: &str = "a-mark-that-is-in-no-file";
/// How much more memory a kernel may need with a large file on its way than without.
const GROWTH: u64 = 64 * 1024 * 1024;

fn part(name: Option<&str>, content: &[u8]) -> Vec<u8> {
    let named = name.map_or(String::new(), |name| format!("; filename=\"{name}\""));
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"f\"{named}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

async fn post(kernel: &Kernel, token: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
    let request = aether_tests::rest::builder().build().expect("a client").post(format!("{}{path}", kernel.url));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let answer = request.bearer_auth(token).header("content-type", kind).body(body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_form_brings_as_many_files_as_it_has() {
    let kernel = Options::default().set("AETHER_MAX_UPLOAD", "100000").start().await;
    let token = kernel.register("ada").await;
    let end = format!("--{BOUNDARY}--\r\n").into_bytes();
    let large = vec![7; 90_000];
    let form = [part(Some("ä b.txt"), b"one"), part(None, b"no file"), part(Some("large.bin"), &large), end.clone()];
    let (status, answer) = post(&kernel, &token, "/api/fs/upload?path=/home/ada/new", form.concat()).await;
    let files =
        json!([{ "path": "/home/ada/new/ä b.txt", "size": 3 }, { "path": "/home/ada/new/large.bin", "size": 90_000 }]);
    let expected = json!({ "ok": true, "path": "/home/ada/new", "size": 90_003, "files": files });
    assert_eq!((status, answer), (200, expected));
    assert_eq!(std::fs::read(kernel.path().join("home/ada/new/large.bin")).expect("a file"), large);

    // The answer comes before all of it has been taken.
    let too_large = [part(Some("a"), &vec![7; 4_000_000]), part(Some("b"), b"x"), end.clone()].concat();
    let cut = part(Some("large.bin"), b"cut");
    let cut = cut[..cut.len() - 2].to_vec();
    let refused = [
        (too_large, "/home/ada", 413),
        (cut, "/home/ada/new", 400),
        ([part(Some("../a"), b"x"), end.clone()].concat(), "/home/ada", 400),
        ([part(Some("a"), b"x"), end].concat(), "/home/admin", 403),
    ];
    for (form, directory, expected) in refused {
        let (status, answer) = post(&kernel, &token, &format!("/api/fs/upload?path={directory}"), form).await;
        assert_eq!(status, expected, "{answer}");
    }
    assert_eq!(
        std::fs::read(kernel.path().join("home/ada/new/large.bin")).expect("a file"),
        large,
        "nothing was changed"
    );
}

fn resident(kernel: &Kernel) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", kernel.os_pid())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
}

/// A request as it is, on a connection of its own.
fn begin(kernel: &Kernel, head: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(kernel.url.trim_start_matches("http://")).expect("a connection");
    write!(stream, "{head}Host: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
        .expect("sent");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn four_gigabytes_pass_through_little_memory() {
    const SIZE: u64 = 4 * 1024 * 1024 * 1024;
    let kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let file = kernel.path().join("home/ada/large.bin");
    std::fs::create_dir_all(kernel.path().join("home/ada")).expect("a home");
    std::fs::File::create(&file).expect("a file").set_len(SIZE).expect("a size");
    let before = resident(&kernel);
    let mut stream = begin(&kernel, "GET /api/fs/raw?path=/home/ada/large.bin HTTP/1.1\r\n", &token);
    let received = tokio::task::spawn_blocking(move || {
        let (mut buffer, mut received) = (vec![0; 1024 * 1024], 0);
        loop {
            match stream.read(&mut buffer).expect("bytes") {
                0 => return received,
                more => received += more as u64,
            }
        }
    });
    let received = received.await.expect("the end");
    assert!(received > SIZE && received < SIZE + 10_000, "{received}: the file and a head");
    let grown = resident(&kernel) - before;
    assert!(grown < GROWTH, "{grown} bytes more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_needs_no_more_memory_than_its_chunks() {
    const SIZE: usize = 512 * 1024 * 1024;
    let kernel = Kernel::start().await;
    let token = kernel.register("ada").await;
    let before = resident(&kernel);
    let head = format!("POST /api/fs/upload?path=/home/ada/large.bin HTTP/1.1\r\nContent-Length: {SIZE}\r\n");
    let mut stream = begin(&kernel, &head, &token);
    let answer = tokio::task::spawn_blocking(move || {
        let chunk = vec![7; 1024 * 1024];
        (0..SIZE / chunk.len()).for_each(|_| stream.write_all(&chunk).expect("taken"));
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = answer.await.expect("the end");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let grown = resident(&kernel) - before;
    assert!(grown < GROWTH, "{grown} bytes more");
    let length = std::fs::metadata(kernel.path().join("home/ada/large.bin")).expect("a file").len();
    assert_eq!(length, SIZE as u64);
}
