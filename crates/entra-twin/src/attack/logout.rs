//! A session that somebody tries to end.

use url::Url;

use super::{Attack, Seen, Stop, Who};
use crate::SigningOption::Assertion;
use crate::fault::{Logout, LogoutScene, Posted, between};

impl Attack {
    /// Signs the person in, carries the request to the service provider, and looks who is still signed in.
    pub(super) async fn logout(&self, fault: Logout) -> Result<Seen, Stop> {
        let destination = self.target.logout.as_deref();
        let destination = destination
            .ok_or(Stop::Skipped("its metadata have no SingleLogoutService with the redirect binding"))?;
        let mut browser = self.browser();
        let begun = self.begin(&mut browser).await?;
        let honest = self.honest_response(&begun, Assertion)?;
        let text = String::from_utf8_lossy(&honest.octets).into_owned();
        let posted = Posted::honest(&honest, begun.relay_state());
        if self.post(&mut browser, &begun, &posted).await.who == Who::Nobody {
            return Err(Stop::Broken("the login before the logout signs nobody in".to_owned()));
        }
        let scene = LogoutScene {
            twin: &self.twin,
            name_id: &self.person.user_principal_name,
            session_index: between(&text, " SessionIndex=\"", "\"")?,
            destination,
        };
        let mut url = Url::parse(destination)
            .map_err(|error| Stop::Broken(format!("the SingleLogoutService is no address: {error}")))?;
        url.set_query(Some(&scene.query(fault)?));
        let page = self.within(browser.open(&url)).await;
        Ok(self.look(&mut browser, page).await)
    }
}
