//! What a run tells of itself, if somebody asks: rules and counts, never a value.

/// Lines, or nobody who reads them.
pub(super) struct Notes(Option<Vec<String>>);

impl Notes {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn kept() -> Self {
        Self(Some(Vec::new()))
    }

    /// The line is written only where it is read.
    pub(super) fn add(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            lines.push(line());
        }
    }

    pub(super) fn lines(self) -> Vec<String> {
        self.0.unwrap_or_default()
    }
}
