//! The provisioning log: whose it is, how long it lasts, and what an erasure leaves of it.

use landfall_accounts::{
    Connection, CredentialId, ProvisioningAction, ProvisioningEntry, ProvisioningTarget, UserId,
    ports::ProvisioningLog,
};
use landfall_store::{Following, ProvisioningFilter};
use time::Duration;
use uuid::Uuid;

use crate::{
    credentials::new,
    support::{MILLISECOND, NOW, SECOND, World, directory, known, person, tenant, trace},
};

const CHANGES: &str = r#"[{"attribute":"displayName","before":null,"after":"Ada"}]"#;

fn entry(connection: &Connection, n: u32, target: ProvisioningTarget) -> ProvisioningEntry {
    ProvisioningEntry {
        at: NOW + SECOND * n,
        directory: directory(connection),
        credential: CredentialId::from_uuid(Uuid::from_u128(7)),
        trace: trace(n),
        action: ProvisioningAction::Change,
        target,
        name: None,
        changes: CHANGES.parse().unwrap(),
        status: 200,
        code: None,
        took: Duration::microseconds(1234),
    }
}

impl World {
    async fn log(&self, connection: &Connection, entries: &[ProvisioningEntry]) {
        self.store.log_provisioning(connection.tenant, entries).await.unwrap();
    }

    async fn told(&self, filter: &ProvisioningFilter) -> Vec<ProvisioningEntry> {
        let recorded = self.store.provisioning(filter, 100).await.unwrap();
        recorded.into_iter().map(|recorded| recorded.entry).collect()
    }

    async fn somebody(&self, name: &str) -> UserId {
        known(self.push(person(name, &format!("{name}@contoso.example"))).await).user.id
    }
}

#[tokio::test]
async fn an_entry_is_read_as_it_was_written_the_newest_first() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = world.somebody("ada").await;
    let token = world.store.create_scim_token(&world.contoso.name, new(1), NOW).await.unwrap();
    let mut refused = entry(&world.contoso, 2, ProvisioningTarget::User(None));
    (refused.status, refused.code) = (409, Some("push.user_name_taken".to_owned()));
    refused.name = Some("Bea@contoso.example".parse().unwrap());
    let written = [
        ProvisioningEntry {
            credential: token.id,
            ..entry(&world.contoso, 1, ProvisioningTarget::User(Some(ada)))
        },
        refused.clone(),
        entry(&fabrikam, 3, ProvisioningTarget::Group(None)),
        entry(&fabrikam, 4, ProvisioningTarget::Other),
    ];
    world.log(&world.contoso, &written[..2]).await;
    world.log(&fabrikam, &written[2..]).await;
    world.log(&fabrikam, &[]).await;

    let recorded = world.store.provisioning(&ProvisioningFilter::default(), 100).await.unwrap();
    let read: Vec<_> = recorded.iter().map(|recorded| &recorded.entry).collect();
    assert_eq!(read, written.iter().rev().collect::<Vec<_>>());
    let by = |id: CredentialId| recorded.iter().find(|recorded| recorded.entry.credential == id).unwrap();
    assert_eq!(by(token.id).prefix, Some(token.prefix.clone()));
    assert_eq!(by(refused.credential).prefix, None, "nobody knows it any more");

    let filter = ProvisioningFilter { failed: true, ..Default::default() };
    assert_eq!(world.told(&filter).await, [refused]);
    let filter = ProvisioningFilter { user: Some(ada), ..Default::default() };
    assert_eq!(world.told(&filter).await.len(), 1);
    let filter = ProvisioningFilter { connection: Some(fabrikam.id), ..Default::default() };
    assert_eq!(world.told(&filter).await.len(), 2);
    let filter = ProvisioningFilter { since: Some(NOW + SECOND * 4), ..Default::default() };
    assert_eq!(world.told(&filter).await.len(), 1);
    assert_eq!(world.store.provisioning(&ProvisioningFilter::default(), 3).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_log_is_followed() {
    let world = World::new().await;
    let (mut following, all) = (Following::after(0), ProvisioningFilter::default());
    for n in 1..4 {
        let written = entry(&world.contoso, n, ProvisioningTarget::Other);
        world.log(&world.contoso, std::slice::from_ref(&written)).await;
        let came = world.store.follow_provisioning(&all, &mut following, NOW).await.unwrap();
        assert_eq!(came.into_iter().map(|recorded| recorded.entry).collect::<Vec<_>>(), [written]);
    }
    assert!(world.store.follow_provisioning(&all, &mut following, NOW).await.unwrap().is_empty());
}

#[tokio::test]
async fn after_thirty_days_an_entry_is_forgotten() {
    let world = World::new().await;
    let written = [1, 2].map(|n| entry(&world.contoso, n, ProvisioningTarget::Other));
    world.log(&world.contoso, &written).await;
    let over = written[0].at + ProvisioningEntry::KEPT;
    assert_eq!(world.store.purge(over - MILLISECOND).await.unwrap().provisioning, 0);
    assert_eq!(world.store.purge(over).await.unwrap().provisioning, 1);
    assert_eq!(world.told(&ProvisioningFilter::default()).await, [written[1].clone()]);
}

/// Of whoever is erased the log tells nothing, whether it was written before or comes after.
#[tokio::test]
async fn an_erasure_reaches_what_is_in_the_log_and_what_comes_late() {
    let world = World::new().await;
    let (ada, bea) = (world.somebody("ada").await, world.somebody("bea").await);
    let mut refused = entry(&world.contoso, 3, ProvisioningTarget::User(None));
    refused.name = Some("ADA@contoso.example".parse().unwrap());
    let of = |user, n| entry(&world.contoso, n, ProvisioningTarget::User(Some(user)));
    world.log(&world.contoso, &[of(ada, 1), of(bea, 2), refused]).await;
    world.store.erase_user(&tenant("contoso"), &ada, NOW).await.unwrap();
    world.log(&world.contoso, &[of(ada, 4)]).await;

    let read = world.told(&ProvisioningFilter::default()).await;
    let told: Vec<_> = read.iter().map(|entry| (entry.changes.as_str(), entry.name.is_some())).collect();
    assert_eq!(told, [("", false), ("", false), (CHANGES, false), ("", false)]);
    assert_eq!(read[3].target, ProvisioningTarget::User(Some(ada)), "its id stays");
}
