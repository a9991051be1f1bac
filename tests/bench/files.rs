//! Small files, written and read by one client with many requests on their way.

use aether_tests::Kernel;
use serde_json::json;

use crate::wire::Wire;
use crate::{Figure, bare, per_second};

const FILES: u32 = 8_000;
const READS: u32 = 60_000;
const IN_FLIGHT: usize = 16;
const BYTES: usize = 4_096;

pub async fn write() -> Figure {
    let content = "x".repeat(BYTES);
    let kernel = Kernel::start().await;
    let mut wire = Wire::kernel(&kernel).await;
    let frames: Vec<String> = (0..FILES).map(|n| write_frame(n, &content)).collect();
    let ours = wire.flood(IN_FLIGHT, frames).await;
    // Beside the kernel's own files, on the same disk.
    let folder = tempfile::tempdir().expect("a folder");
    let bare = f64::from(FILES) / bare::rename_loop(folder.path(), &content, FILES).as_secs_f64();
    Figure {
        name: "fs.write of 4 KiB, 16 in flight",
        ours: per_second(ours),
        bare: per_second(bare),
        ratio: ours / bare,
        goal: Some(("≥ 0.7 of bare", ours / bare >= 0.7)),
    }
}

pub async fn read() -> Figure {
    let content = "x".repeat(BYTES);
    let kernel = Kernel::start().await;
    let mut wire = Wire::kernel(&kernel).await;
    wire.flood(IN_FLIGHT, (0..100).map(|n| write_frame(n, &content))).await;
    let frames: Vec<String> = (0..READS).map(|n| read_frame(n % 100)).collect();
    let ours = wire.flood(IN_FLIGHT, frames).await;
    let folder = kernel.path().join("home/admin");
    let begun = std::time::Instant::now();
    for n in 0..READS {
        std::fs::read_to_string(folder.join(format!("{}.txt", n % 100))).expect("a file");
    }
    let bare = f64::from(READS) / begun.elapsed().as_secs_f64();
    Figure {
        name: "fs.read of 4 KiB, 16 in flight",
        ours: per_second(ours),
        bare: per_second(bare),
        ratio: ours / bare,
        goal: Some(("≥ 30,000/s", ours >= 30_000.0)),
    }
}

fn write_frame(n: u32, content: &str) -> String {
    let path = format!("/home/admin/{n}.txt");
    json!({ "type": "fs.write", "id": "bench", "path": path, "content": content }).to_string()
}

fn read_frame(n: u32) -> String {
    json!({ "type": "fs.read", "id": "bench", "path": format!("/home/admin/{n}.txt") }).to_string()
}
