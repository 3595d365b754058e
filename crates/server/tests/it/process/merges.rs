//! Proposals to link an identity to an account, as an operator sees and decides them.

use landfall_accounts::ports::{ConnectionDirectory, DirectoryStore, PushOutcome};
use landfall_accounts::{Activity, Directory, DirectoryRequest, Push, TraceId};
use landfall_store::{Place, Store, TombstoneKey};

use super::Folder;
use super::message::now;

const SIMON: &str = "B.Simon@contoso.example";
const OBJECT: &str = "99999999-8888-4777-8666-abcdefabcdef";

impl Folder {
    /// Contoso's directory pushes its person, whose name an operator has given to an account before.
    async fn collides(&self, object: &str) {
        let store = Store::open(&Place::Sqlite(self.path("data/landfall.db"))).await.unwrap();
        let store = store.with_tombstone_key(TombstoneKey::new(&[7; 32])).await.unwrap();
        let connection = store.connection_named(&"contoso-entra".parse().unwrap()).await.unwrap().unwrap();
        let directory = Directory { tenant: connection.tenant, connection: connection.id };
        let push = Push {
            subject: Some(object.parse().unwrap()),
            user_name: SIMON.parse().unwrap(),
            external_id: None,
            activity: Activity::Active,
            first_name: None,
            last_name: None,
            email: None,
            display_name: None,
            rest: "".parse().unwrap(),
        };
        let by = DirectoryRequest { directory, trace: TraceId::new([1; 8]) };
        let outcome = store.push_user(&by, push, now()).await.unwrap();
        assert!(matches!(outcome, PushOutcome::Refused(_)), "{outcome:?}");
        store.close().await;
    }

    /// The first column of the only line, beside the heading.
    fn only_merge(&self) -> String {
        let listed = self.succeeds(&["merge", "list"]);
        let [_, line] = listed.lines().collect::<Vec<_>>()[..] else { panic!("one proposal: {listed}") };
        line.split_whitespace().next().unwrap().to_owned()
    }
}

fn with_simon() -> Folder {
    let folder = Folder::with_contoso();
    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    folder.succeeds(&["user", "create", "contoso", SIMON]);
    folder.served();
    folder
}

#[tokio::test]
async fn an_operator_sees_what_is_proposed_and_accepts_it() {
    let folder = with_simon();
    folder.collides(OBJECT).await;
    let listed = folder.succeeds(&["merge", "list", "--tenant", "contoso"]);
    for part in ["contoso-entra", SIMON, "collision.not_by_directory", "open"] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    let merge = folder.only_merge();
    let shown = folder.succeeds(&["merge", "show", &merge]);
    for part in [
        OBJECT,
        SIMON,
        "active by operator",
        "opens this account from now on",
        "The danger:",
        "Ask the customer",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let said = folder.succeeds(&["merge", "accept", &merge]);
    assert!(said.contains(SIMON) && said.contains("which is active"), "{said}");
    folder.run(&["merge", "accept", &merge]).failed(&[&merge, "accepted before"]);
    assert_eq!(folder.succeeds(&["merge", "list"]).lines().count(), 1, "none waits");
    assert!(folder.succeeds(&["merge", "list", "--all"]).contains("accepted"));
    assert!(folder.succeeds(&["user", "find", "contoso-entra", OBJECT]).contains(SIMON));
}

#[tokio::test]
async fn an_operator_rejects_it_or_learns_what_changed() {
    let folder = with_simon();
    folder.collides(OBJECT).await;
    let merge = folder.only_merge();
    let said = folder.succeeds(&["merge", "reject", &merge]);
    assert!(said.contains("goes on being refused"), "{said}");
    folder.collides(OBJECT).await;
    assert_eq!(folder.succeeds(&["merge", "list"]).lines().count(), 1, "not proposed again");
    folder.run(&["merge", "accept", &merge]).failed(&["rejected before"]);

    folder.collides("11111111-8888-4777-8666-abcdefabcdef").await;
    let merge = folder.only_merge();
    folder.succeeds(&["user", "delete", "contoso", SIMON]);
    folder
        .run(&["merge", "accept", &merge])
        .failed(&["cannot be accepted any more", "was deleted meanwhile"]);
}

#[test]
fn what_does_not_exist_is_said() {
    let folder = Folder::with_contoso();
    let merge = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
    for command in ["show", "accept", "reject"] {
        folder.run(&["merge", command, merge]).failed(&[merge, "landfall merge list --all"]);
    }
    folder.run(&["merge", "list", "--tenant", "nobody"]).failed(&["`nobody`"]);
}
