//! Honest responses, posted by the wrong browser, or twice.

use super::{Attack, Seen, Stop};
use crate::fault::{Flow, Posted};

impl Attack {
    /// Plays it, and says what came of the last step.
    pub(super) async fn flow(&self, flow: Flow) -> Result<Seen, Stop> {
        let mut browser = self.browser();
        if flow == Flow::UnsolicitedReplay {
            return self.unsolicited_replay().await;
        }
        let begun = self.begin(&mut browser).await?;
        let answer = || Ok::<_, Stop>(Posted::honest(&self.honest(&begun)?, begun.relay_state()));
        let posted = answer()?;
        let (mut later, second) = match flow {
            Flow::OtherBrowser => return Ok(self.post(&mut self.browser(), &begun, &posted).await),
            Flow::OtherBrowserThatWaits => {
                let mut other = self.browser();
                self.begin(&mut other).await?;
                return Ok(self.post(&mut other, &begun, &posted).await);
            }
            Flow::ReplayOtherBrowser => (self.browser(), posted.clone()),
            Flow::AnsweredTwice => (browser.clone(), answer()?),
            // The cookies of before, as in a browser from which the session's was removed.
            Flow::ReplaySameBrowser | Flow::UnsolicitedReplay => (browser.clone(), posted.clone()),
        };
        let first = self.post(&mut browser, &begun, &posted).await;
        if !self.has_signed_in(&first) {
            let why = "the first response, which is honest, does not sign the person in";
            return Err(Stop::Broken(why.to_owned()));
        }
        Ok(self.post(&mut later, &begun, &second).await)
    }

    /// Where the first signs nobody in, a second one shows nothing.
    async fn unsolicited_replay(&self) -> Result<Seen, Stop> {
        let begun = self.unsolicited()?;
        let posted = Posted::honest(&self.honest(&begun)?, None);
        let first = self.post(&mut self.browser(), &begun, &posted).await;
        if let Some(why) = first.trouble() {
            return Err(Stop::Broken(format!("the first response that nobody asked for: {why}")));
        }
        if !self.has_signed_in(&first) {
            return Err(Stop::Skipped("it signs nobody in by a response that nobody asked for"));
        }
        Ok(self.post(&mut self.browser(), &begun, &posted).await)
    }
}
