//! Pipes between the kernel, which must not wait for them, and a child, which knows no other kind than one to wait for.

use std::fs::OpenOptions;
use std::io;
use std::os::windows::io::OwnedHandle;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

/// Bytes that wait for whoever reads.
const BUFFER: u32 = 64 * 1024;

/// A pipe to read what a child writes: the kernel's end, and the child's.
pub(crate) async fn from_child() -> io::Result<(NamedPipeServer, OwnedHandle)> {
    let mut server = options();
    server.access_outbound(false).in_buffer_size(BUFFER);
    let mut client = OpenOptions::new();
    pair(&server, client.write(true)).await
}

/// A pipe to write what a child reads: the kernel's end, and the child's.
pub(crate) async fn to_child() -> io::Result<(NamedPipeServer, OwnedHandle)> {
    let mut server = options();
    server.access_inbound(false).out_buffer_size(BUFFER);
    let mut client = OpenOptions::new();
    pair(&server, client.read(true)).await
}

/// The child's end of nothing to read.
pub(crate) fn nothing() -> io::Result<OwnedHandle> {
    Ok(OpenOptions::new().read(true).open("NUL")?.into())
}

/// For one client, which is there at once; a name that is taken already is an error.
fn options() -> ServerOptions {
    let mut options = ServerOptions::new();
    options.first_pipe_instance(true).max_instances(1);
    options
}

async fn pair(server: &ServerOptions, client: &OpenOptions) -> io::Result<(NamedPipeServer, OwnedHandle)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!(r"\\.\pipe\aether-sandbox-{}-{number}", std::process::id());
    let server = server.create(&name)?;
    let client = client.open(&name)?;
    server.connect().await?;
    Ok((server, client.into()))
}
