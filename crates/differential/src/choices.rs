//! Bytes that decide.

/// A row of choices, one byte each; behind the last byte every choice is the first.
///
/// ```
/// use landfall_differential::Choices;
///
/// let mut choices = Choices::new(&[1, 250]);
/// assert_eq!(choices.one_of(&["a", "b"]), "b");
/// assert_eq!(choices.below(100), 50);
/// assert_eq!(choices.one_of(&["a", "b"]), "a");
/// ```
#[derive(Debug)]
pub struct Choices<'b> {
    bytes: &'b [u8],
}

impl<'b> Choices<'b> {
    /// The choices that these bytes make.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// A number below `bound`; 0 where the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let number = if bound > 256 { (self.byte() << 8) | self.byte() } else { self.byte() };
        number.checked_rem(bound).unwrap_or_default()
    }

    /// One of several; the default of its type where there are none.
    pub fn one_of<T: Copy + Default>(&mut self, several: &[T]) -> T {
        several.get(self.below(several.len())).copied().unwrap_or_default()
    }

    /// Whether a thing happens that is rare: once in `times`, and never behind the last byte.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    /// Whether all bytes are used.
    #[must_use]
    pub fn are_made(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes that have decided nothing yet; they are taken.
    pub fn rest(&mut self) -> &'b [u8] {
        std::mem::take(&mut self.bytes)
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first)
    }
}
