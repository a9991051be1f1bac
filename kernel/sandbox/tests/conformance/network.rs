//! The network: off, granted, and taken away again, with the loopback of this machine shut throughout.

use std::io::Write;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use crate::confined::alone;
use crate::place::{Place, confined, until};

const INTERFACES: &str = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' \\n'";

/// Tries the loopback, the gateway, and an abstract socket of this machine.
async fn what_is_reached(place: &Place) -> String {
    let tcp = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = tcp.local_addr().expect("an address").port();
    let name = format!("aether-probe-{port}");
    let address = SocketAddr::from_abstract_name(name.as_bytes()).expect("an address");
    let _abstract_socket = UnixListener::bind_addr(&address).expect("a socket");
    let six = TcpListener::bind(("::1", port));
    let command = format!(
        "try() {{ (timeout 2 bash -c \"exec 3<> /dev/tcp/$1/{port}\") 2> /dev/null && echo reached $1; }}; \
         try 127.0.0.1; try ::1; try 10.0.2.2; try 10.0.2.3; \
         gateway=$(awk '$2 == \"00000000\" {{ print $3 }}' /proc/net/route); \
         [ -n \"$gateway\" ] && try $(printf '%d.%d.%d.%d' 0x${{gateway:6:2}} 0x${{gateway:4:2}} 0x${{gateway:2:2}} 0x${{gateway:0:2}}); \
         perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); print \"reached abstract\\n\" \
           if connect(S, pack(\"Sa*\", AF_UNIX, \"\\0{name}\"))'; echo probed"
    );
    let said = place.said(&command).await;
    drop(six);
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_off_until_granted_and_after() {
    let place = Place::new(confined()).await;
    place.sandbox.set_network(false).await.expect("off");
    assert_eq!(place.said(INTERFACES).await, "lo");
    assert_eq!(what_is_reached(&place).await, "probed\n");
    place.sandbox.set_network(true).await.expect("granted");
    place.sandbox.set_network(true).await.expect("twice is once");
    assert_ne!(place.said(INTERFACES).await, "lo");
    assert!(place.said("cut -f2 /proc/net/route").await.contains("00000000"), "there is a way out");
    assert_eq!(what_is_reached(&place).await, "probed\n");
    place.sandbox.set_network(false).await.expect("taken away");
    assert_eq!(place.said(INTERFACES).await, "lo");
    place.sandbox.set_network(true).await.expect("granted again");
    assert_ne!(place.said(INTERFACES).await, "lo");
}

fn helpers() -> usize {
    let list = std::process::Command::new("ps").args(["-eo", "args"]).output().expect("ps runs");
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    text.lines().filter(|line| line.contains("/proc/self/fd/0")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn granted_before_it_starts_it_is_there_and_ends_with_the_sandbox() {
    let place = Place::new(confined()).await;
    place.sandbox.set_network(true).await.expect("granted");
    assert_ne!(place.said(INTERFACES).await, "lo");
    assert!(helpers() > 0);
    place.sandbox.close().await;
    drop(place);
    let place = Place::new(confined()).await;
    place.sandbox.set_network(true).await.expect("granted");
    place.run("true").await;
    drop(place);
}

/// The resolver of many machines listens on the loopback, which stays shut: questions for names get there all the same.
#[tokio::test]
async fn names_are_asked_of_a_resolver_on_the_loopback() {
    let Ok(resolver) = std::net::UdpSocket::bind((RESOLVER, 53)) else {
        println!("skipped: no resolver can be set up here");
        return;
    };
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = resolver.recv_from(&mut question) {
            let answer = [
                &question[..2],
                b"\x81\x80\0\x01\0\x01\0\0\0\0",
                &question[12..length],
                b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc6\x33\x64\x07",
            ];
            resolver.send_to(&answer.concat(), from).expect("sent");
        }
    });
    let settings = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(settings.path(), format!("nameserver {RESOLVER}\n")).expect("written");
    let before = format!("mount --bind {} /etc/resolv.conf &&", settings.path().display());
    let shell = alone(&before, "network::a_name_is_looked_up");
    let output =
        std::process::Command::new("unshare").arg("-m").arg(shell.get_program()).args(shell.get_args()).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

const RESOLVER: &str = "127.0.0.99";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by another test, which has a resolver"]
async fn a_name_is_looked_up() {
    let place = Place::new(confined()).await;
    place.sandbox.set_network(true).await.expect("granted");
    let said = place.said("perl -MSocket -e 'print inet_ntoa(inet_aton(\"somewhere.example\"))'").await;
    assert_eq!(said, "198.51.100.7");
}

/// Something to reach beyond this machine is not to be had everywhere: a network of our own, where one can be made.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beyond_the_machine_is_reached() {
    let Some(peer) = Peer::new() else {
        println!("skipped: no peer can be made here");
        return;
    };
    let place = Place::new(confined()).await;
    place.sandbox.set_network(true).await.expect("granted");
    until("the peer listens", || std::net::TcpStream::connect((Peer::ADDRESS, Peer::PORT)).is_ok()).await;
    let said = place.said(&format!("exec 3<> /dev/tcp/{}/{}; cat <&3", Peer::ADDRESS, Peer::PORT)).await;
    assert_eq!(said, "hello from beyond\n");
    place.sandbox.set_network(false).await.expect("taken away");
    let said = place.said(&format!("exec 3<> /dev/tcp/{}/{}; cat <&3", Peer::ADDRESS, Peer::PORT)).await;
    assert!(!said.contains("hello"), "{said}");
    drop(peer);
}

/// Another machine, as far as this one can tell: a network namespace at the far end of a cable.
struct Peer(std::process::Child);

impl Peer {
    const ADDRESS: &str = "198.51.100.2";
    const PORT: u16 = 8_421;

    fn new() -> Option<Peer> {
        let made = Self::ip("netns add aether-peer")
            && Self::ip("link add aether-here type veth peer name aether-there netns aether-peer")
            && Self::ip("addr add 198.51.100.1/30 dev aether-here")
            && Self::ip("link set aether-here up")
            && Self::ip("-n aether-peer addr add 198.51.100.2/30 dev aether-there")
            && Self::ip("-n aether-peer link set aether-there up");
        let serve = "use Socket; socket(S, 2, 1, 0); setsockopt(S, 1, 2, 1); \
                     bind(S, sockaddr_in(8421, INADDR_ANY)) or die; listen(S, 5); \
                     while (accept(C, S)) { syswrite(C, \"hello from beyond\\n\"); close(C) }";
        let mut child = None;
        if made {
            let words = ["netns", "exec", "aether-peer", "perl", "-e", serve];
            child = std::process::Command::new("ip").args(words).spawn().ok();
        }
        if child.is_none() {
            Self::remove();
        }
        child.map(Peer)
    }

    fn ip(words: &str) -> bool {
        let run = std::process::Command::new("ip").args(words.split(' ')).output();
        run.is_ok_and(|output| output.status.success())
    }

    fn remove() {
        Self::ip("link del aether-here");
        Self::ip("netns del aether-peer");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("waited");
        std::io::stdout().flush().expect("flushed");
        Self::remove();
    }
}
