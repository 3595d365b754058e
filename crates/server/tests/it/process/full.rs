//! A disk that is full, in the middle of the logins of a morning.

use super::race::{Client, Nodes};
use crate::database::Database;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_logins_and_loses_none() {
    let nodes = Nodes::on(Database::file()).await;
    nodes.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
    let client = Client::new(nodes.clone(), 1);
    client.unasked(0).await;
    nodes.stop();
    // Room for some logins in the log of the database, and for no more.
    nodes.start_on_a_full_disk(1500);
    let mut person = 0;
    let last = loop {
        person += 1;
        assert!(person < 200, "the disk is never full");
        let response = client.response(person, None);
        match client.status(&response).await {
            303 => {}
            status => {
                assert_eq!(status, 503);
                break response;
            }
        }
    };
    assert!(person > 1, "there was room for somebody");
    assert_eq!(client.status(&last).await, 503, "it stays so");
    assert_eq!(client.get("/sso", "").await.status, 200, "people can still be told so");

    nodes.stop();
    nodes.start_again().await;
    assert_eq!(nodes.succeeds(&["user", "list", "contoso"]).matches("person-").count(), person);
    assert!(client.again(&last).await.is_some(), "nothing was used up");
}
