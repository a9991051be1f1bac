//! Terminal output: what arrives at a client against a bare read of the same kind of terminal.

use std::process::{Command, Stdio};
use std::time::Instant;

use aether_tests::Kernel;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::Figure;

const MEGABYTES: f64 = 64.0;
const COMMAND: &str = "yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 67108864";

pub async fn output() -> Figure {
    let ours = through_the_kernel().await;
    let bare = tokio::task::spawn_blocking(bare).await.expect("it ended");
    Figure {
        name: "terminal output to a client",
        ours: format!("{ours:.0} MB/s"),
        bare: format!("{bare:.0} MB/s"),
        ratio: ours / bare,
        goal: Some(("≥ 0.7 of bare", ours / bare >= 0.7)),
    }
}

async fn through_the_kernel() -> f64 {
    let kernel = Kernel::start().await;
    let mut client = kernel.client().await;
    let tty = client.call("tty.open", json!({ "pid": 1 })).await["ttyId"].clone();
    let attached = client.call("tty.attach", json!({ "ttyId": tty })).await;
    let stream = u32::try_from(attached["stream"].as_u64().expect("a number")).expect("a stream");
    let command = format!("{COMMAND}; exit\n");
    client.send_binary([&[1][..], &stream.to_be_bytes(), command.as_bytes()].concat()).await;
    let (mut begun, mut bytes, mut unpaid) = (None, 0_usize, 0_u32);
    loop {
        let frame = client.next_binary().await;
        if frame[0] == 3 {
            break;
        }
        begun.get_or_insert_with(Instant::now);
        let took = u32::try_from(frame.len() - 5).expect("a small number");
        bytes += took as usize;
        unpaid += took;
        if unpaid >= 64 * 1024 {
            client.send_binary([&[2][..], &stream.to_be_bytes(), &unpaid.to_be_bytes()].concat()).await;
            unpaid = 0;
        }
    }
    rate(bytes, begun.expect("output"))
}

fn rate(bytes: usize, begun: Instant) -> f64 {
    assert!(bytes as f64 >= MEGABYTES * 1024.0 * 1024.0, "only {bytes} bytes came");
    bytes as f64 / 1e6 / begun.elapsed().as_secs_f64()
}

fn bare() -> f64 {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other end");
    let path = ptsname(&master, Vec::new()).expect("its name");
    let path = path.to_str().expect("a path");
    let slave = std::fs::File::options().read(true).write(true).open(path).expect("its other end");
    let mut child =
        Command::new("bash").args(["-c", COMMAND]).stdin(Stdio::null()).stdout(slave).spawn().expect("it starts");
    let (mut buffer, mut bytes, mut begun) = (vec![0; 64 * 1024], 0, None);
    // The end of a terminal is an error of its own (EIO).
    while let Ok(read @ 1..) = rustix::io::read(&master, &mut buffer) {
        begun.get_or_insert_with(Instant::now);
        bytes += read;
    }
    child.wait().expect("its end");
    rate(bytes, begun.expect("output"))
}
