//! What kind of machine this is.

use std::path::Path;

use crate::sh;

/// The systems we know how to set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Debian, Ubuntu and their kin.
    Debian,
    OtherLinux,
    MacOs,
    Windows,
}

/// This machine.
pub fn this() -> Host {
    if cfg!(windows) {
        Host::Windows
    } else if cfg!(target_os = "macos") {
        Host::MacOs
    } else if Path::new("/usr/bin/apt-get").exists() {
        Host::Debian
    } else {
        Host::OtherLinux
    }
}

/// True if a program of this name is found on the path.
pub fn has(name: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ""] } else { &[""] };
    std::env::split_paths(&path)
        .any(|folder| endings.iter().any(|ending| folder.join(format!("{name}{ending}")).is_file()))
}

/// True if a window could be shown here.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || cfg!(target_os = "macos") || set("WAYLAND_DISPLAY") || set("DISPLAY")
}

/// The device by which a sandbox makes a network of its own.
pub const TUNNELS: &str = "/dev/net/tun";

/// True if everybody may use it, or there is none.
pub fn tunnels() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(TUNNELS).map_or(true, |device| device.permissions().mode() & 0o006 == 0o006)
    }
    #[cfg(not(unix))]
    true
}

/// True if something here decides who may use which device. In a container nothing does: there a device has whatever rights
/// the runtime made it with.
pub fn has_device_rules() -> bool {
    Path::new("/run/udev/control").exists()
}

/// How to become root here: not needed, by sudo without a password, or not at all.
pub fn root_prefix() -> Option<&'static [&'static str]> {
    if sh::output(sh::program("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0") {
        Some(&[])
    } else if has("sudo") && sh::works(sh::program("sudo").args(["-n", "true"])) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}
