//! Commands that end what the others need, each with a kernel of its own.

use aether_tests::Kernel;
use serde_json::json;

#[tokio::test]
async fn only_an_administrator_shuts_the_kernel_down_and_only_over_a_socket() {
    let mut kernel = Kernel::start().await;
    let (admin, user) = (kernel.admin().await, kernel.register("ada").await);
    let mut ada = kernel.client_of(&user).await;
    let refused = ada.try_call("kernel.shutdown", json!({})).await.expect_err("a user's");
    assert_eq!(refused["code"], "forbidden");
    let mut old = aether_tests::Client::open(&kernel.url, None, "").await;
    let refused = old.try_call("kernel.shutdown", json!({})).await.expect_err("nobody's");
    assert_eq!(refused["code"], "unauthenticated");
    let rest = kernel.rest();
    for (token, status) in [(None, 401), (Some(user.as_str()), 404), (Some(admin.as_str()), 404)] {
        assert_eq!(rest.post("/api/v1/commands/kernel.shutdown", token, &json!({})).await.0, status);
    }
    let mut root = kernel.client_of(&admin).await;
    assert_eq!(root.call("kernel.shutdown", json!({})).await, json!(null));
    assert!(kernel.ended().await.success());
}

#[tokio::test]
async fn rows_for_agents_inside_the_kernel_have_no_door() {
    let kernel = Kernel::start().await;
    let token = kernel.admin().await;
    let mut client = kernel.client_of(&token).await;
    let mut old = aether_tests::Client::compatible(&kernel.url, &token).await;
    let mut internal = 0;
    for method in aether_protocol::Command::methods().filter(|method| method.internal) {
        internal += 1;
        let fields = json!({
            "pid": 1, "after": 0, "callId": "c", "command": "id", "kind": "action", "action": "a", "details": "d",
            "state": "running", "phase": "thinking", "outcome": "success", "exitCode": 0, "summary": "s", "child": 2, "waitMs": 1,
        });
        for client in [&mut client, &mut old] {
            let refused = client.try_call(method.wire, fields.clone()).await.expect_err(method.wire);
            assert_eq!(refused["code"], "forbidden", "{}: {refused}", method.wire);
        }
        let path = format!("/api/v1/commands/{}", method.wire);
        assert_eq!(kernel.rest().post(&path, Some(&token), &fields).await.0, 404, "{}", method.wire);
    }
    assert!(internal >= 6, "{internal}");
}
