use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};

/// Microseconds for one login, a figure a round; in order, and at least one.
#[derive(Debug)]
pub(super) struct Figures(Vec<f64>);

impl Figures {
    /// The one in the middle.
    pub(super) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }
}

impl FromStr for Figures {
    type Err = anyhow::Error;

    /// Reads a figure a line.
    fn from_str(text: &str) -> Result<Self> {
        let figure = |line: &str| line.parse().with_context(|| format!("{line:?} is no figure"));
        let mut figures: Vec<f64> = text.lines().map(figure).collect::<Result<_>>()?;
        ensure!(!figures.is_empty(), "nothing was measured");
        figures.sort_by(f64::total_cmp);
        Ok(Self(figures))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |place: Option<&f64>| place.copied().unwrap_or_default();
        let (least, most) = (of(self.0.first()), of(self.0.last()));
        f.pad(&format!("{:>5.0} us CPU ({least:.0} to {most:.0})", self.median()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_between_the_least_and_the_most() {
        let figures: Figures = "412.4\n1398.5\n401.0\n".parse().unwrap();
        assert_eq!(figures.to_string(), "  412 us CPU (401 to 1398)");
        assert!("".parse::<Figures>().unwrap_err().to_string().contains("nothing"));
        assert!("1\nx".parse::<Figures>().unwrap_err().to_string().contains("\"x\""));
    }
}
