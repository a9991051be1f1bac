//! The program inside a sandbox: it confines itself for good, then starts commands and shells for the kernel.
//!
//! `aether-init serve PATH...` is the first process of a namespace; everything but the paths is read-only.
//! `aether-init guard PID PROGRAM ARGUMENT...` stays outside, and ends a network helper when the kernel goes.

#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
mod families;
#[cfg(target_os = "linux")]
mod guard;
#[cfg(target_os = "linux")]
mod serve;
#[cfg(target_os = "linux")]
mod spawn;
#[cfg(target_os = "linux")]
#[allow(dead_code)] // The kernel speaks the other half.
mod wire;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Without a standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "aether-init: {message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
fn run(words: &[&str]) -> Result<(), String> {
    match words {
        ["serve", writable @ ..] => {
            confine::confine(writable)?;
            serve::serve().map_err(|error| error.to_string())
        }
        ["guard", pid, program, arguments @ ..] => {
            guard::guard(pid, program, arguments).map_err(|error| format!("{program}: {error}"))
        }
        _ => Err("this program is started by the kernel, inside its sandboxes".to_owned()),
    }
}

#[cfg(not(target_os = "linux"))]
fn run(_words: &[&str]) -> Result<(), String> {
    Err("this program has work on Linux only".to_owned())
}
