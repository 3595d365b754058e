//! Honest responses, posted by the wrong browser, or twice.

use super::{Attack, Seen, Stop};
use crate::SigningOption::Assertion;
use crate::fault::{Flow, Forged, Posted};

impl Attack {
    /// Plays it, and says what came of the last step.
    pub(super) async fn flow(&self, flow: Flow) -> Result<Seen, Stop> {
        let mut browser = self.browser();
        if flow == Flow::UnsolicitedReplay {
            let begun = self.unsolicited()?;
            let posted = self.honest(&begun, Assertion)?;
            // What becomes of the first is the service provider's choice.
            self.post(&mut browser, &begun, &posted).await;
            return Ok(self.post(&mut self.browser(), &begun, &posted).await);
        }
        let begun = self.begin(&mut browser).await?;
        let posted = self.honest(&begun, Assertion)?;
        let (mut later, second) = match flow {
            Flow::OtherBrowser => return Ok(self.post(&mut self.browser(), &begun, &posted).await),
            Flow::OtherBrowserThatWaits => {
                let mut other = self.browser();
                self.begin(&mut other).await?;
                return Ok(self.post(&mut other, &begun, &posted).await);
            }
            Flow::ForAnotherProvider => {
                let mut message = self.scene(&begun).message(&self.person);
                let other = "https://other-sp.example.com";
                message.assertion.audiences = vec![other.to_owned()];
                message.assertion.recipient = Some(format!("{other}/acs"));
                message.response.destination = Some(format!("{other}/acs"));
                let text = self.twin.sign(&message).map_err(crate::ForgeError::from)?;
                let posted = Posted::honest(&Forged { octets: text.into_bytes() }, begun.relay_state());
                return Ok(self.post(&mut browser, &begun, &posted).await);
            }
            Flow::ReplayOtherBrowser => (self.browser(), posted.clone()),
            Flow::AnsweredTwice => (browser.clone(), self.honest(&begun, Assertion)?),
            // The cookies of before, as in a browser from which the session's was removed.
            Flow::ReplaySameBrowser | Flow::UnsolicitedReplay => (browser.clone(), posted.clone()),
        };
        let first = self.post(&mut browser, &begun, &posted).await;
        if first.who == super::Who::Nobody {
            return Err(Stop::Broken("the first response, which is honest, signs nobody in".to_owned()));
        }
        Ok(self.post(&mut later, &begun, &second).await)
    }
}
