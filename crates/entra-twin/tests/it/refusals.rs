//! What Landfall refuses each fault for: its own reason, and not one that any fault would do for.

use landfall_entra_twin::Fault;

use crate::double::{get, post, twin_with};
use crate::landfall::{begin_login, judge, register};

/// What judges whom an assertion is about comes after this, and says `login` here.
#[tokio::test]
async fn each_fault_is_refused_for_its_own_reason() {
    let twin = twin_with(|_, app| register(app));
    let (router, tenant) = (twin.clone().router(), twin.tenant().id);
    let fields = [("login", "B.Simon@contoso.example"), ("passwd", "Pass-1234")];
    let cookie = post(&router, &format!("/{tenant}/login"), &fields, "").await.cookie().to_owned();
    let (pending, url) = begin_login(&twin, &Default::default());
    let path = url.split_once(&format!("/{tenant}/")).map(|(_, rest)| format!("/{tenant}/{rest}")).unwrap();
    let mut lines = String::new();
    for fault in Fault::all().filter(|fault| fault.can_be_served()) {
        let set = post(&router, "/faults", &[("next", fault.name()), ("standing", "")], "").await;
        assert!(set.status.is_redirection(), "{}: {}", fault.name(), set.body);
        let page = get(&router, &path, &cookie).await;
        let code = judge(&twin, &pending, page.input("SAMLResponse"));
        lines.push_str(&format!("{:<44} {}\n", fault.name(), code));
    }
    insta::assert_snapshot!(lines);
}
