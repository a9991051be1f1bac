//! What users keep for their programs, each for itself.

use serde_json::{Value, json};

use super::*;
use crate::preferences::PreferenceError;

impl House {
    fn preferences(&self) -> Preferences {
        Preferences::new(self.store.clone(), self.bus.clone())
    }
}

#[tokio::test]
async fn a_preference_is_replaced_by_who_has_seen_it() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, kept) = (house.register("ada").await, house.preferences());
    let get = || kept.get(&ada, "desktop.layout".into());
    let set = |value: Value, rev| kept.set(&ada, "desktop.layout".into(), value, rev);
    let none = get().await.expect("read");
    assert_eq!((none.value, none.rev), (Value::Null, 0));

    assert!(matches!(set(json!(1), Some(1)).await, Err(PreferenceError::Conflict(_))), "there is none to replace");
    let first = set(json!({ "b": 1, "a": [null, 1.5] }), Some(0)).await.expect("kept");
    assert!(matches!(set(json!(2), Some(0)).await, Err(PreferenceError::Conflict(_))), "there is one");
    assert_eq!(set(json!({ "b": 1, "a": [null, 1.5] }), Some(first)).await.expect("kept"), first, "nothing changed");
    let second = set(json!(2), Some(first)).await.expect("kept");
    let third = set(json!(3), None).await.expect("kept whatever was there");
    assert!(first < second && second < third);
    assert!(matches!(set(json!(4), Some(second)).await, Err(PreferenceError::Conflict(_))));
    assert_eq!(get().await.expect("read").value, json!(3));

    kept.delete(&ada, "desktop.layout".into()).await.expect("gone");
    kept.delete(&ada, "desktop.layout".into()).await.expect("gone already");
    assert_eq!(get().await.expect("read").rev, 0);
    assert!(set(json!(3), Some(0)).await.expect("kept") > third + 1, "no revision is given twice");
    house.store.close().await;
    let house = open(root.path()).await;
    let read = house.preferences().get(&ada, "desktop.layout".into()).await.expect("read");
    assert_eq!(read.value, json!(3));
}

#[tokio::test]
async fn of_those_who_write_at_once_one_wins() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, kept) = (house.register("ada").await, Arc::new(house.preferences()));
    let write = |value: u32| {
        let (kept, ada) = (kept.clone(), ada.clone());
        tokio::spawn(async move { kept.set(&ada, "key".into(), json!(value), Some(0)).await.is_ok() })
    };
    let mut won = 0;
    for one in [write(1), write(2), write(3), write(4)] {
        won += usize::from(one.await.expect("answered"));
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn keys_values_and_their_number_are_bounded() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob, kept) = (house.register("ada").await, house.register("bob").await, house.preferences());
    for bad in ["", "A", "a b", "a/b", "ä", &"x".repeat(65)] {
        assert!(matches!(kept.get(&ada, bad.into()).await, Err(PreferenceError::BadKey)), "{bad}");
        assert!(matches!(kept.set(&ada, bad.into(), json!(1), None).await, Err(PreferenceError::BadKey)), "{bad}");
        assert!(matches!(kept.delete(&ada, bad.into()).await, Err(PreferenceError::BadKey)), "{bad}");
    }
    let most = "x".repeat(256 * 1024 - 2);
    kept.set(&ada, "0".into(), most.clone().into(), None).await.expect("as much as may be");
    let more = kept.set(&ada, "0".into(), format!("{most}x").into(), None).await;
    assert!(matches!(more, Err(PreferenceError::TooLarge)), "{more:?}");
    for number in 1..256 {
        kept.set(&ada, format!("a.b_c-{number}"), json!(number), None).await.expect("kept");
    }
    let refused = kept.set(&ada, "one-more".into(), json!(1), None).await.expect_err("there are 256");
    assert_eq!(aether_base::Error::from(refused).wire.code, ErrorCode::QuotaExceeded);
    kept.set(&ada, "0".into(), json!(0), None).await.expect("what is there may change");
    kept.set(&bob, "one-more".into(), json!(1), None).await.expect("another user has room");
    kept.delete(&ada, "0".into()).await.expect("gone");
    kept.set(&ada, "one-more".into(), json!(1), None).await.expect("there is room again");
    let list = kept.list(&ada).await.expect("listed");
    assert!(list.len() == 256 && list.is_sorted_by_key(|line| line.key.clone()));
    assert_eq!(kept.list(&bob).await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_change_is_told_to_its_user_and_nobody_else() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada, kept) = (house.login("admin").await, house.register("ada").await, house.preferences());
    house.store.write(|_| Ok(())).await.expect("the start is over");
    let mut own = house.bus.subscribe(Viewer::of(&ada));
    let mut others = house.bus.subscribe(Viewer::of(&admin));
    let rev = kept.set(&ada, "key".into(), json!([1]), None).await.expect("kept");
    kept.set(&ada, "key".into(), json!([1]), None).await.expect("as it was");
    kept.delete(&ada, "key".into()).await.expect("gone");
    let admins = kept.set(&admin, "key".into(), json!("admin's"), None).await.expect("kept");

    let event = |rev: u64, entity: Value| json!({ "type": "entity.changed", "kind": "preference", "id": "key", "rev": rev, "entity": entity });
    let heard: Value = serde_json::from_str(&own.next().await.expect("an event").json).expect("JSON");
    assert_eq!(heard, event(rev, json!({ "key": "key", "value": [1] })));
    let heard: Value = serde_json::from_str(&own.next().await.expect("an event").json).expect("JSON");
    assert_eq!(heard, event(rev + 1, Value::Null));
    let heard: Value = serde_json::from_str(&others.next().await.expect("an event").json).expect("JSON");
    assert_eq!(heard, event(admins, json!({ "key": "key", "value": "admin's" })), "its own is the first it hears of");
}

#[tokio::test]
async fn only_people_have_preferences_and_deleted_ones_leave_none() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada, kept) = (house.login("admin").await, house.register("ada").await, house.preferences());
    kept.set(&ada, "key".into(), json!(1), None).await.expect("kept");
    for nobody in [Caller::agent(Pid(2), user(&ada)), Caller::kernel(), Caller::anonymous(Door::Rest)] {
        assert!(matches!(kept.get(&nobody, "key".into()).await, Err(PreferenceError::NotAPerson)));
        assert!(matches!(kept.set(&nobody, "key".into(), json!(2), None).await, Err(PreferenceError::NotAPerson)));
    }
    house.identity.delete_user(&admin, user(&ada)).await.expect("deleted");
    let rows = house.store.read(|db| {
        let count = "SELECT (SELECT count(*) FROM preferences) + (SELECT count(*) FROM preference_revs)";
        Ok(db.query_row(count, [], |row| row.get::<_, u64>(0))?)
    });
    assert_eq!(rows.await, Ok(0));
    let late = kept.set(&ada, "key".into(), json!(1), None).await;
    assert!(matches!(late, Err(PreferenceError::NotAPerson)), "{late:?}");
}
