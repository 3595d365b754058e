//! Makes a database with a customer and a person, and shows what the log says of it.
//!
//! `cargo run -p landfall-store --example a_customer`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_accounts::{Access, NewUser, Origin, Standing, TenantName, UserState};
use landfall_store::{EventFilter, Place, Store};
use time::macros::datetime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let place = Place::Sqlite(folder.path().join("landfall.db"));
    Store::migrate(&place).await?;
    let store = Store::open(&place).await?;

    let now = datetime!(2030-01-02 03:04:05 UTC);
    let contoso: TenantName = "contoso".parse()?;
    store.create_tenant(contoso.clone(), now).await?;
    store.add_domain(&contoso, "contoso.example".parse()?, now).await?;
    let ada = NewUser {
        user_name: "ada@contoso.example".parse()?,
        state: UserState::Active,
        standing: Standing::Person,
        origin: Origin::Operator,
        first_name: Some("Ada".to_owned()),
        last_name: None,
        email: None,
        display_name: None,
        access: Access::none(),
    };
    let ada = store.create_user(&contoso, ada, now).await?;
    println!("{} is {}", ada.id, ada.state);

    let events = store.events(&EventFilter::default(), 10).await?;
    for recorded in &events {
        println!("{} {}", recorded.event.at, recorded.event.kind);
    }
    let verified = store.verify_events(&[]).await?;
    println!("{verified:?}");
    store.close().await;
    if events.is_empty() { Err("expected that each change leaves an event".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
