use std::fs;
use std::path::Path;

use super::*;

fn store(root: &Path, secret: Option<&str>) -> Arc<SecretStore> {
    let settings = SecretSettings { root: root.to_owned(), secret: secret.map(str::to_owned), keyring: false };
    SecretStore::open(settings).expect("a store")
}

async fn found(store: &SecretStore, name: &str) -> Option<String> {
    let found = store.find(name).await.expect("readable");
    found.map(|(secret, place)| {
        assert_eq!(place, SecretPlace::File);
        secret.expose().to_owned()
    })
}

#[tokio::test]
async fn secrets_outlive_the_kernel_and_are_not_in_clear() {
    let root = tempfile::tempdir().expect("a folder");
    let secrets = store(root.path(), None);
    let path = root.path().join("etc/secrets");
    assert_eq!(found(&secrets, "llm/openai").await, None);
    assert!(!secrets.remove("llm/openai").await.expect("nothing to remove"));
    assert!(!path.exists(), "nothing is made before there is something to keep");

    secrets.put("llm/openai", SecretText::new("sk-first")).await.expect("kept");
    secrets.put("llm/openai", SecretText::new("sk-second")).await.expect("kept");
    secrets.put("mcp/notes", SecretText::new("näh\n\"x\"")).await.expect("kept");
    let bytes = fs::read(&path).expect("there");
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("sk-") && !text.contains("openai"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    let again = store(root.path(), None);
    assert_eq!(found(&again, "llm/openai").await.as_deref(), Some("sk-second"));
    assert_eq!(found(&again, "mcp/notes").await.as_deref(), Some("näh\n\"x\""));
    assert!(again.remove("llm/openai").await.expect("removed"));
    assert_eq!(found(&store(root.path(), None), "llm/openai").await, None);
    assert_eq!(found(&store(root.path(), None), "mcp/notes").await.as_deref(), Some("näh\n\"x\""));
}

#[tokio::test]
async fn another_secret_or_a_damaged_file_opens_nothing_and_destroys_nothing() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("etc/secrets");
    let (own, other) = ("o".repeat(40), "x".repeat(40));
    store(root.path(), Some(&own)).put("llm/openai", SecretText::new("sk-kept")).await.expect("kept");
    let sealed = fs::read(&path).expect("there");

    let stranger = store(root.path(), Some(&other));
    for refusal in [
        stranger.find("llm/openai").await.map(drop),
        stranger.put("llm/openai", SecretText::new("sk-new")).await.map(drop),
        stranger.remove("llm/openai").await.map(drop),
    ] {
        let error = refusal.expect_err("sealed");
        assert!(error.wire.message.contains("AETHER_SECRET"), "{error}");
    }
    assert_eq!(fs::read(&path).expect("there"), sealed);
    assert_eq!(found(&store(root.path(), Some(&own)), "llm/openai").await.as_deref(), Some("sk-kept"));

    let text = String::from_utf8(sealed.clone()).expect("JSON");
    let at = text.find("sealed").expect("the box") + 12;
    let mut turned = sealed.clone();
    turned[at] = if turned[at] == b'A' { b'B' } else { b'A' };
    for damaged in [b"".to_vec(), b"{}".to_vec(), turned, sealed[..sealed.len() - 8].to_vec()] {
        secret::replace(&path, &damaged).expect("written");
        store(root.path(), Some(&own)).find("llm/openai").await.expect_err("damaged");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a folder");
    store(root.path(), None).put("a/b", SecretText::new("x")).await.expect("kept");
    let path = root.path().join("etc/secrets");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    store(root.path(), None).find("a/b").await.expect_err("exposed");
}

#[tokio::test]
async fn a_name_is_checked() {
    let root = tempfile::tempdir().expect("a folder");
    for name in ["", "LLM/x", "a b", "a\n", &"n".repeat(129)] {
        store(root.path(), None).find(name).await.expect_err(name);
    }
}
