//! The secret that signs tokens: made once, kept in a file that only its owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::error::{IdentityError, Result};
use crate::random;

/// Bytes of a secret we make: HS256 wants at least as many as its hash has (RFC 7518, section 3.2).
const BYTES: usize = 32;

/// A secret from the settings. A short one is taken, because the person chose it, but not silently.
pub fn checked(given: &str) -> String {
    if given.len() < BYTES {
        tracing::warn!("AETHER_SECRET is shorter than {BYTES} bytes and could be guessed. Set a longer one.");
    }
    given.to_owned()
}

/// The secret in `<root>/etc/secret`, made if there is none.
///
/// # Errors
/// When the file can be read by others, does not hold a secret, or cannot be read or written.
pub fn load(root: &Path) -> Result<String> {
    let path = root.join("etc/secret");
    let failed = |cause| IdentityError::SecretFile { path: path.clone(), cause };
    match File::open(&path) {
        Ok(file) => read(file, &path),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => create(&path).map_err(failed),
        Err(cause) => Err(failed(cause)),
    }
}

/// The secret in `<root>/etc/secret`, if there is one.
///
/// # Errors
/// As [`load`].
pub fn find(root: &Path) -> Result<Option<String>> {
    let path = root.join("etc/secret");
    match File::open(&path) {
        Ok(file) => read(file, &path).map(Some),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(IdentityError::SecretFile { path, cause }),
    }
}

fn read(mut file: File, path: &Path) -> Result<String> {
    let failed = |cause| IdentityError::SecretFile { path: path.to_owned(), cause };
    let mode = mode(&file).map_err(failed)?;
    if mode & 0o077 != 0 {
        return Err(IdentityError::SecretExposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let secret = text.trim();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap_or_default();
    if bytes.len() < BYTES {
        return Err(IdentityError::SecretInvalid(path.to_owned()));
    }
    Ok(secret.to_owned())
}

fn create(path: &Path) -> io::Result<String> {
    let secret = random::text::<BYTES>();
    replace(path, secret.as_bytes())?;
    Ok(secret)
}

/// Writes a file that only its owner may read. It is written beside and renamed, so that a power cut leaves either what
/// was there or all that is new.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let fresh: PathBuf = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    let mut file = private().open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// The permission bits of an open file.
#[cfg(unix)]
pub fn mode(file: &File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// Where there are no permission bits the folder's access list protects the file.
#[cfg(not(unix))]
pub fn mode(_file: &File) -> io::Result<u32> {
    Ok(0)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; its entry is journalled by the file system.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_may_read_it() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("etc/secret");
        let secret = load(root.path()).expect("made");
        assert_eq!(secret.len(), 43);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(load(root.path()).expect("read"), secret);

        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let error = load(root.path()).expect_err("exposed");
            assert!(matches!(error, IdentityError::SecretExposed { mode: seen, .. } if seen == mode), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_damaged_secret_is_not_used_and_a_half_made_one_is_replaced() {
        let root = tempfile::tempdir().expect("a folder");
        let etc = root.path().join("etc");
        fs::create_dir_all(&etc).expect("made");
        fs::write(etc.join("secret.new"), "half").expect("written");
        load(root.path()).expect("made");

        for damaged in ["", "short", &"!".repeat(60)] {
            fs::write(etc.join("secret"), damaged).expect("written");
            assert!(matches!(load(root.path()), Err(IdentityError::SecretInvalid(_))), "{damaged}");
        }
    }
}
