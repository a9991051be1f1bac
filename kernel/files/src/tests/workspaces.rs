//! Homes that agents have left behind: who sees them, how large they are, who may remove them.

use aether_protocol::Empty;
use aether_protocol::domains::workspace::{Api as WorkspaceApi, Workspace, WorkspaceQuery, WorkspaceRef};

use super::*;

/// Agents 5 of `ada` and 6 of `bob` have ended; nobody remembers 4.
const ENDED: [(u64, &str); 2] = [(5, "ada"), (6, "bob")];

async fn world() -> World {
    let world = World::new().await;
    for pid in [4, 5, 6] {
        world.files.create_home(Pid(pid)).await.expect("a home");
    }
    world
}

async fn listed(world: &World, cx: &Cx) -> Vec<String> {
    WorkspaceApi::list(&Workspaces::new(world.files.clone()), cx, Empty {}).await.expect("a list")
}

async fn details(world: &World, cx: &Cx, query: WorkspaceQuery) -> Done<Vec<Workspace>> {
    WorkspaceApi::details(&Workspaces::new(world.files.clone()), cx, query).await
}

async fn cleanup(world: &World, cx: &Cx, name: &str) -> Done {
    let named = WorkspaceRef { agent_name: name.to_owned() };
    WorkspaceApi::cleanup(&Workspaces::new(world.files.clone()), cx, named).await
}

#[tokio::test]
async fn homes_of_agents_that_are_gone_are_listed_to_their_owners() {
    let world = world().await;
    let (ada, bob, admin) = (world.as_user("ada").cx, world.as_user("bob").cx, world.as_user("admin").cx);
    std::fs::create_dir(world.disk("home/agent_07")).expect("made");
    std::fs::write(world.disk("home/agent_11"), "a file").expect("written");
    std::os::unix::fs::symlink(world.disk("home/ada"), world.disk("home/agent_12")).expect("a link");
    assert_eq!(listed(&world, &ada).await, ["agent_5"]);
    assert_eq!(listed(&world, &bob).await, ["agent_6"]);
    assert_eq!(listed(&world, &admin).await, ["agent_6", "agent_5", "agent_4"]);
    assert_eq!(listed(&world, &world.as_agent(7).cx).await, ["agent_5"]);

    let query = |name: Option<&str>, limit, before: Option<u64>| WorkspaceQuery {
        agent_name: name.map(str::to_owned),
        limit,
        before: before.map(Pid),
    };
    let names = async |query| -> Vec<String> {
        let page = details(&world, &admin, query).await.expect("a page");
        page.into_iter().map(|workspace| workspace.agent_name).collect()
    };
    assert_eq!(names(query(None, Some(2), None)).await, ["agent_6", "agent_5"]);
    assert_eq!(names(query(None, Some(2), Some(5))).await, ["agent_4"]);
    let other = details(&world, &ada, query(Some("agent_6"), None, None)).await;
    assert_eq!(refused(other), (ErrorCode::NotFound, "Workspace agent_6 not found".to_owned()));
}

#[tokio::test]
async fn a_workspace_is_as_large_as_what_is_in_it_and_nothing_beyond() {
    let world = world().await;
    let home = world.disk("home/agent_5");
    std::fs::create_dir_all(home.join("a/b")).expect("made");
    std::fs::write(home.join("a/b/c"), vec![0; 3_000]).expect("written");
    std::fs::write(home.join("d"), vec![0; 200]).expect("written");
    std::fs::write(world.disk("home/ada/large"), vec![0; 100_000]).expect("written");
    std::os::unix::fs::symlink(world.disk("home/ada"), home.join("a/link")).expect("a link");
    std::os::unix::fs::symlink(world.disk("home/ada/large"), home.join("file-link")).expect("a link");
    std::os::unix::fs::symlink("..", home.join("a/up")).expect("a link");
    let ada = world.as_user("ada").cx;
    let all = details(&world, &ada, WorkspaceQuery::default()).await.expect("a page");
    let [workspace] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((workspace.size, workspace.entries, workspace.partial), (3_200, 7, None));
    assert_eq!((workspace.pid, workspace.path.as_str()), (Pid(5), "/home/agent_5"));
    assert_eq!((&workspace.owner_uid, workspace.role.as_deref()), (&Some("ada".into()), Some("Coder")));
    assert_eq!(workspace.ended_at, Some(5_000));
    let now = aether_base::now_ms();
    assert!(workspace.modified_at > now - 600_000 && workspace.modified_at <= now + 1_000, "{}", workspace.modified_at);

    let mut deep = home.join("deep");
    for _ in 0..140 {
        deep.push("d");
    }
    std::fs::create_dir_all(&deep).expect("made");
    let all = details(&world, &ada, WorkspaceQuery::default()).await.expect("a page");
    assert_eq!((all[0].size, all[0].partial), (3_200, Some(true)), "it says that it has not counted all");
}

#[tokio::test]
async fn a_cleanup_removes_that_home_and_no_other() {
    let world = world().await;
    let (ada, admin) = (world.as_user("ada"), world.as_user("admin"));
    std::fs::create_dir_all(world.disk("home/agent_5/a/b")).expect("made");
    std::fs::write(world.disk("home/ada/kept"), "kept").expect("written");
    std::os::unix::fs::symlink(world.disk("home/ada"), world.disk("home/agent_5/a/link")).expect("a link");
    let running = refused(cleanup(&world, &ada.cx, "agent_7").await);
    assert_eq!(running.0, ErrorCode::InvalidState);
    assert!(running.1.starts_with("Failed to cleanup workspace: agent_7"), "{}", running.1);
    for odd in ["", ".", "..", "../home", "agent_5/a", "/home/agent_5", "a\\b", "\0"] {
        assert_eq!(refused(cleanup(&world, &admin.cx, odd).await).0, ErrorCode::InvalidInput, "{odd:?}");
    }
    // Nothing of the name is there afterwards, which is what was asked for.
    for none in ["probe", "ada", "agent_05", "agent_99"] {
        cleanup(&world, &admin.cx, none).await.expect(none);
    }
    let mut seen = world.events("ada").await;
    cleanup(&world, &ada.cx, "agent_5").await.expect("removed");
    assert!(!world.disk("home/agent_5").exists() && world.disk("home/ada/kept").exists());
    assert!(world.disk("home/agent_7").exists() && world.disk("home/agent_6").exists());
    let event = loop {
        let event: Value = serde_json::from_str(&seen.seen.next().await.expect("an event").json).expect("JSON");
        if event["type"] == "process.cleanup" {
            break event;
        }
    };
    assert_eq!((&event["pid"], &event["uid"]), (&5.into(), &"agent_5".into()));
    assert_eq!(event["cwd"], "/home/agent_5");
    assert!(listed(&world, &ada.cx).await.is_empty());
    cleanup(&world, &ada.cx, "agent_5").await.expect("it is gone already");
}

#[tokio::test]
async fn what_an_agent_has_closed_to_itself_goes_as_well() {
    use std::os::unix::fs::PermissionsExt;
    let world = world().await;
    let home = world.disk("home/agent_5");
    let close = |path: &str, mode| {
        let closed = std::fs::set_permissions(home.join(path), std::fs::Permissions::from_mode(mode));
        closed.expect("set");
    };
    std::fs::create_dir_all(home.join("cache/module/kept")).expect("made");
    std::fs::create_dir(home.join("closed")).expect("made");
    std::fs::write(home.join("cache/module/file"), "read only").expect("written");
    std::os::unix::fs::symlink(world.disk("home/ada"), home.join("link")).expect("a link");
    let mode = |path: &str| std::fs::metadata(world.disk(path)).expect("there").permissions().mode();
    let before = mode("home/ada");
    close("cache/module", 0o555);
    close("closed", 0o000);
    cleanup(&world, &world.as_user("ada").cx, "agent_5").await.expect("removed");
    let left: Vec<_> = std::fs::read_dir(world.disk("home")).expect("a list").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with('.')), "{left:?}");
    assert_eq!(mode("home/ada"), before, "a link is removed, not followed");
}

impl People {
    pub(super) fn of_the_past(pid: Pid) -> Option<UserId> {
        ENDED.iter().find(|(ended, _)| *ended == pid.0).map(|(_, user)| (*user).into())
    }
}
