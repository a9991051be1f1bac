//! What a sandbox looks like from inside, as arguments of bubblewrap.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use aether_base::sandbox::SandboxSpec;
use rustix::fs::MemfdFlags;

/// Where the supervisor is, inside.
const INIT: &str = "/run/aether/init";
/// The user inside. On this machine it is the user the kernel runs as.
const USER_ID: &str = "1000";
/// Where helpers answer questions for names.
pub(crate) const NAME_SERVER: &str = "10.0.2.3";

/// Bytes that scratch files may take: they lie in this machine's memory, where nothing else counts them.
const SCRATCH: &str = "536870912";
/// Bytes of memory that programs may share by name.
const SHARED_MEMORY: &str = "268435456";
/// Bytes of what only holds mount points.
const EMPTY: &str = "1048576";

/// What may be written of `/dev`, which is otherwise read-only.
const DEVICES: &[&str] =
    &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/pts", "/dev/shm"];

/// Folders that hold programs, where the machine has them.
const PROGRAMS: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];

/// What programs look up in /etc. It is a list of what may be seen: nobody can list every secret a machine keeps.
const CONFIGURATION: &[&str] = &[
    "X11",
    "alternatives",
    "bash.bashrc",
    "bash_completion.d",
    "bashrc",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "fonts",
    "gai.conf",
    "host.conf",
    "inputrc",
    "java",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "lesskey",
    "locale.alias",
    "locale.conf",
    "localtime",
    "magic",
    "mime.types",
    "nanorc",
    "networks",
    "nsswitch.conf",
    "os-release",
    "perl",
    "pki/ca-trust",
    "pki/java",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "profile",
    "profile.d",
    "protocols",
    "python3",
    "rpc",
    "services",
    "shells",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
    "vim",
    "wgetrc",
    "xdg",
];

/// The arguments, and the files that must stay open until bubblewrap has started.
pub(crate) struct Arguments {
    pub words: Vec<OsString>,
    _files: Vec<File>,
}

/// What every sandbox needs, tried on nothing.
pub(crate) fn probe_arguments() -> Vec<OsString> {
    let mut list = List::default();
    list.namespaces();
    list.words(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]);
    list.scratch("/dev/shm", SHARED_MEMORY);
    list.words(["--remount-ro", "/dev", "--", "true"]);
    list.0
}

pub(crate) fn arguments(spec: &SandboxSpec, init: &Path) -> io::Result<Arguments> {
    let mut list = List::default();
    list.namespaces();
    // Every user of this machine may read a command line: what is started inside gets its environment by the socket.
    list.words(["--clearenv"]);
    let shown = list.programs();
    let covers = covered(spec, &shown);
    for folder in &covers {
        list.words(["--size", EMPTY, "--tmpfs"]);
        list.path(folder);
    }
    for name in CONFIGURATION {
        let path = format!("/etc/{name}");
        list.words(["--ro-bind-try", &path, &path]);
    }
    let files = list.written(spec)?;
    list.words(["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]);
    list.scratch("/dev/shm", SHARED_MEMORY);
    list.words(["--remount-ro", "/dev"]);
    list.scratch("/tmp", SCRATCH);
    list.words(["--dir", "/root", "--dir", "/opt", "--dir", "/var", "--symlink", "../tmp", "/var/tmp"]);
    list.bind(false, init, INIT);
    list.bind(true, &spec.home, &spec.home_inside);
    let mut writable = vec![spec.home_inside.as_str(), "/tmp"];
    writable.extend(DEVICES);
    for (outside, inside, may_write) in &spec.mounts {
        list.bind(*may_write, outside, inside);
        if *may_write {
            writable.push(inside);
        }
    }
    for folder in &covers {
        list.words(["--remount-ro"]);
        list.path(folder);
    }
    list.words(["--remount-ro", "/", "--chdir", "/", "--", INIT, "serve"]);
    list.words(writable);
    Ok(Arguments { words: list.0, _files: files })
}

#[derive(Default)]
struct List(Vec<OsString>);

impl List {
    fn words<'w>(&mut self, words: impl IntoIterator<Item = &'w str>) {
        self.0.extend(words.into_iter().map(OsString::from));
    }

    fn path(&mut self, path: &Path) {
        self.0.push(path.as_os_str().to_owned());
    }

    fn bind(&mut self, may_write: bool, outside: &Path, inside: &str) {
        self.words([if may_write { "--bind" } else { "--ro-bind" }]);
        self.path(outside);
        self.words([inside]);
    }

    /// A folder of files in memory, that many bytes of them.
    fn scratch(&mut self, folder: &str, bytes: &str) {
        self.words(["--size", bytes, "--tmpfs", folder]);
    }

    fn namespaces(&mut self) {
        self.words(["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]);
        self.words(["--unshare-cgroup-try", "--uid", USER_ID, "--gid", USER_ID, "--hostname", "aether"]);
        self.words(["--cap-drop", "ALL", "--new-session", "--die-with-parent", "--as-pid-1"]);
    }

    /// Shows the folders that hold programs, and answers which they are.
    fn programs(&mut self) -> Vec<PathBuf> {
        let mut shown = Vec::new();
        for folder in PROGRAMS.iter().map(Path::new) {
            if let Ok(target) = std::fs::read_link(folder) {
                self.words(["--symlink"]);
                self.path(&target);
                self.path(folder);
            } else if folder.is_dir() {
                self.words(["--ro-bind"]);
                self.path(folder);
                self.path(folder);
                shown.push(folder.to_owned());
            }
        }
        shown
    }

    /// Files that say who and where one is inside.
    fn written(&mut self, spec: &SandboxSpec) -> io::Result<Vec<File>> {
        let SandboxSpec { user, home_inside, .. } = spec;
        let contents = [
            (
                "/etc/passwd",
                format!(
                    "root:x:0:0:root:/root:/usr/sbin/nologin\n{user}:x:{USER_ID}:{USER_ID}::{home_inside}:/bin/bash\n\
                     nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
                ),
            ),
            ("/etc/group", format!("root:x:0:\n{user}:x:{USER_ID}:\nnogroup:x:65534:\n")),
            ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 aether\n".to_owned()),
            ("/etc/resolv.conf", format!("nameserver {NAME_SERVER}\n")),
        ];
        let mut files = Vec::new();
        for (path, content) in contents {
            // It is inherited by every program that happens to start now; there is no secret in it.
            let mut file = File::from(rustix::fs::memfd_create("aether", MemfdFlags::empty())?);
            file.write_all(content.as_bytes())?;
            rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0))?;
            self.words(["--ro-bind-data", &file.as_raw_fd().to_string(), path]);
            files.push(file);
        }
        Ok(files)
    }
}

/// Folders to cover, as they would show the kernel's own data among the programs.
fn covered(spec: &SandboxSpec, shown: &[PathBuf]) -> Vec<PathBuf> {
    let outside = spec.mounts.iter().map(|(outside, ..)| outside.as_path()).chain([spec.home.as_path()]);
    let real = outside.filter_map(|path| path.canonicalize().ok());
    let mut folders: Vec<PathBuf> = real
        .filter_map(|path| {
            let within = shown.iter().find(|folder| path.starts_with(folder))?;
            // Homes lie two folders below the root of the data.
            let covering = path.ancestors().skip(1).take(2).filter(|folder| *folder != within).last()?;
            covering.starts_with(within).then(|| covering.to_owned())
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// For a message: the last words bubblewrap said.
pub(crate) fn last_words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let text: &str = text.trim();
    if text.is_empty() { "bubblewrap ended without a word".to_owned() } else { text.replace('\n', "; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aether_protocol::Pid;

    #[test]
    fn data_among_the_programs_is_covered() {
        let scratch = tempfile::tempdir().expect("a folder");
        let programs = scratch.path().canonicalize().expect("a path");
        let check = |home: &str, expect: &[&str]| {
            let home = programs.join(home);
            std::fs::create_dir_all(&home).expect("a folder");
            let spec = SandboxSpec {
                pid: Pid(2),
                user: "agent_2".to_owned(),
                home,
                home_inside: "/home/agent_2".to_owned(),
                mounts: Vec::new(),
                env: Vec::new(),
                nice: 0,
            };
            let expect: Vec<PathBuf> = expect.iter().map(|folder| programs.join(folder)).collect();
            assert_eq!(covered(&spec, std::slice::from_ref(&programs)), expect);
            assert_eq!(covered(&spec, &[PathBuf::from("/nowhere")]), Vec::<PathBuf>::new());
        };
        check("aether/home/agent_2", &["aether"]);
        check("home/agent_2", &["home"]);
    }
}
