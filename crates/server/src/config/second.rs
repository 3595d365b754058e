//! `second_opinion`: whether libxmlsec1 is asked about each login too.

use anyhow::Result;
use landfall_http::{Demand, SecondEngine};
use serde::Deserialize;

/// Whether another engine is asked, and what its silence means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SecondOpinion {
    /// Nobody else is asked.
    #[default]
    Off,
    /// Where it cannot judge, the login goes on.
    Advise,
    /// Where it cannot judge, the login is refused.
    Require,
}

impl SecondOpinion {
    /// # Errors
    /// When another engine is wanted and this program was built without it.
    pub(super) fn engine(self) -> Result<Option<SecondEngine>> {
        match self {
            Self::Off => Ok(None),
            Self::Advise => libxmlsec1(Demand::Advise).map(Some),
            Self::Require => libxmlsec1(Demand::Require).map(Some),
        }
    }
}

#[cfg(feature = "xmlsec")]
fn libxmlsec1(demand: Demand) -> Result<SecondEngine> {
    Ok(SecondEngine::new(landfall_xmldsig_xmlsec::Xmlsec, demand))
}

#[cfg(not(feature = "xmlsec"))]
fn libxmlsec1(_: Demand) -> Result<SecondEngine> {
    anyhow::bail!(
        "second_opinion: this program was built without libxmlsec1: build it with `--features xmlsec`, or set second_opinion = \"off\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_needs_nobody() {
        assert!(SecondOpinion::Off.engine().unwrap().is_none());
    }

    #[cfg(feature = "xmlsec")]
    #[test]
    fn another_engine_is_there() {
        for wanted in [SecondOpinion::Advise, SecondOpinion::Require] {
            assert!(wanted.engine().unwrap().is_some());
        }
    }

    #[cfg(not(feature = "xmlsec"))]
    #[test]
    fn another_engine_that_was_not_built_in_is_an_error() {
        for wanted in [SecondOpinion::Advise, SecondOpinion::Require] {
            let error = wanted.engine().unwrap_err().to_string();
            assert!(error.contains("second_opinion") && error.contains("--features xmlsec"), "{error}");
        }
    }
}
