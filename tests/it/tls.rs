//! TLS that is kept up: certificates that change under a kernel that runs, and the way there from HTTP.

use std::path::Path;

use aether_tests::{Kernel, Options, eventually, rest};

struct Own {
    cert: String,
    key: String,
}

impl Own {
    fn new() -> Own {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let made = made.expect("a certificate");
        Own { cert: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    fn put(&self, folder: &Path) {
        // As tools that renew do: a new file takes the name of the old one.
        for (name, text) in [("cert.pem", &self.cert), ("key.pem", &self.key)] {
            let new = folder.join(format!("{name}.new"));
            std::fs::write(&new, text).expect("written");
            std::fs::rename(&new, folder.join(name)).expect("renamed");
        }
    }

    /// A client that trusts this certificate alone, and makes one connection at most.
    fn client(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.cert.as_bytes()).expect("a certificate");
        rest::builder().tls_certs_only([root]).build().expect("a client")
    }
}

fn options(folder: &Path) -> Options {
    Options::default()
        .set("AETHER_TLS_CERT", &folder.join("cert.pem").display().to_string())
        .set("AETHER_TLS_KEY", &folder.join("key.pem").display().to_string())
}

async fn answers(client: &reqwest::Client, kernel: &Kernel) -> bool {
    client.get(format!("{}/health", kernel.url)).send().await.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_without_a_connection_being_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (Own::new(), Own::new());
    first.put(folder.path());
    let kernel = options(folder.path()).start().await;
    let kept = first.client();
    assert!(answers(&kept, &kernel).await);
    // The certificate alone does not belong to the key: nothing changes.
    std::fs::write(folder.path().join("cert.pem"), &second.cert).expect("written");
    assert!(answers(&first.client(), &kernel).await);
    second.put(folder.path());
    let mut renewed = answers(&second.client(), &kernel).await;
    while !renewed {
        // One that is silent for long is closed.
        assert!(answers(&kept, &kernel).await, "the connection that was open goes on");
        renewed = answers(&second.client(), &kernel).await;
    }
    assert!(!answers(&first.client(), &kernel).await, "new connections get the new one");
    assert!(answers(&kept, &kernel).await, "the connection that was open goes on");
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_has_it_read_again_and_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Own::new();
    first.put(folder.path());
    let mut kernel = options(folder.path()).start().await;
    assert!(answers(&first.client(), &kernel).await);
    let pid = rustix::process::Pid::from_raw(kernel.os_pid() as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("sent");
    assert!(answers(&first.client(), &kernel).await);
    assert!(kernel.terminate().await.success());
    eventually("its socket is gone", || !kernel.path().join("run/aether.sock").exists()).await;
}

#[tokio::test]
async fn http_is_sent_to_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    Own::new().put(folder.path());
    let options = options(folder.path()).set("AETHER_TLS_REDIRECT", "true").set("AETHER_TLS_REDIRECT_PORT", "0");
    let kernel = options.start().await;
    let from = kernel.banner.iter().find_map(|line| line.trim().strip_prefix("Redirect")).expect("a URL").trim();
    let http = rest::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let answer = http.get(format!("{from}/api/kernel?a=%20b")).send().await.expect("an answer");
    assert_eq!(answer.status(), 301);
    assert_eq!(answer.headers()["location"], format!("{}/api/kernel?a=%20b", kernel.url));
    let odd = http.get(from).header("host", "evil/..").send().await.expect("an answer");
    assert_eq!(odd.status(), 400);
}
