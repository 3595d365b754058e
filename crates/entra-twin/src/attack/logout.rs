//! A session that somebody tries to end.

use url::Url;

use super::{Attack, Seen, Stop};
use crate::fault::{Logout, LogoutScene, Posted};

impl Attack {
    /// Signs the person in, carries the request to the service provider, and looks who is still signed in.
    pub(super) async fn logout(&self, fault: Logout) -> Result<Seen, Stop> {
        let destination = self.target.logout.as_deref();
        let destination = destination
            .ok_or(Stop::Skipped("its metadata have no SingleLogoutService with the redirect binding"))?;
        let mut browser = self.browser();
        let begun = self.begin(&mut browser).await?;
        let honest = self.honest(&begun)?;
        let posted = Posted::honest(&honest, begun.relay_state());
        if !self.has_signed_in(&self.post(&mut browser, &begun, &posted).await) {
            let why = "the login before the logout does not sign the person in";
            return Err(Stop::Broken(why.to_owned()));
        }
        let login = String::from_utf8_lossy(&honest.octets);
        let scene = LogoutScene { twin: &self.twin, person: &self.person, login: &login, destination };
        let url = with_query(destination, &scene.query(fault)?)
            .map_err(|error| Stop::Broken(format!("the SingleLogoutService is no address: {error}")))?;
        let page = self.within(browser.open(&url)).await;
        Ok(self.look(&mut browser, page).await)
    }
}

/// The address with more in its query, behind what stands there.
fn with_query(address: &str, more: &str) -> Result<Url, url::ParseError> {
    let mut url = Url::parse(address)?;
    let query = match url.query() {
        Some(own) if !own.is_empty() => format!("{own}&{more}"),
        _ => more.to_owned(),
    };
    url.set_query(Some(&query));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_query_of_the_address_stays() {
        for (address, expected) in [
            ("http://sp.example/slo", "http://sp.example/slo?a=%2B"),
            ("http://sp.example/slo?", "http://sp.example/slo?a=%2B"),
            ("http://sp.example/slo?of=me", "http://sp.example/slo?of=me&a=%2B"),
        ] {
            assert_eq!(with_query(address, "a=%2B").unwrap().as_str(), expected);
        }
    }
}
