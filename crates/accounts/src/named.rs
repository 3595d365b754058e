/// A text that names no member of a fixed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is no {what}: write {}", valid.join(" or "))]
pub struct UnknownName {
    /// What the text should have named.
    pub what: &'static str,
    /// What was given.
    pub got: String,
    /// The names that exist.
    pub valid: Vec<&'static str>,
}

/// Finds the member of `all` whose name is exactly `got`.
pub(crate) fn find<T: Copy>(
    what: &'static str,
    got: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, UnknownName> {
    all.iter().copied().find(|member| name(*member) == got).ok_or_else(|| UnknownName {
        what,
        got: got.to_owned(),
        valid: all.iter().map(|member| name(*member)).collect(),
    })
}
