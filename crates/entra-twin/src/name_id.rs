//! The NameID of a person.

use crate::app::{NameIdFormat, join};
use crate::{Twin, User, pairwise};

/// Value and format, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) value: String,
    pub(crate) format: NameIdFormat,
}

/// The directory has no value for the source of the NameID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoSource {
    pub(crate) source: String,
}

/// What Entra writes: a format that is asked for counts before the setting.
///
/// # Errors
/// [`NoSource`] if the person has no value where it is to come from.
pub(crate) fn of(twin: &Twin, user: &User, asked: Option<NameIdFormat>) -> Result<Name, NoSource> {
    let format = asked.unwrap_or(twin.app().name_id.format);
    let value = match format {
        NameIdFormat::Persistent => pairwise::id(twin, user),
        NameIdFormat::Transient => pairwise::transient(twin.guid()),
        _ => configured(twin, user)?,
    };
    Ok(Name { value, format })
}

/// The pairwise id, in the format of the setting: what stands in where the source has nothing.
pub(crate) fn stand_in(twin: &Twin, user: &User) -> Name {
    Name { value: pairwise::id(twin, user), format: twin.app().name_id.format }
}

/// The source through its transformations; what comes to nothing, or to another domain, is replaced by the pairwise id.
fn configured(twin: &Twin, user: &User) -> Result<String, NoSource> {
    let setting = &twin.app().name_id;
    let missing = || NoSource { source: setting.source.to_string() };
    let value = setting.source.values(twin, user).into_iter().next().ok_or_else(missing)?;
    let transformed = match setting.transformations.split_join() {
        None if setting.transformations.is_empty() => return Ok(value),
        None => setting.transformations.apply(&value, twin, user),
        Some((before, separator, with)) => {
            let value = if before.is_empty() { Some(value) } else { before.apply(&value, twin, user) };
            let suffix = with.values(twin, user).into_iter().next();
            let joined = value.and_then(|value| join(local(&value), separator, suffix));
            joined.filter(|joined| is_verified(twin, joined))
        }
    };
    Ok(transformed.unwrap_or_else(|| pairwise::id(twin, user)))
}

/// A name without its domain.
fn local(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Whether a joined name is one of the domain that the tenant has verified.
fn is_verified(twin: &Twin, name: &str) -> bool {
    name.split_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(&twin.tenant().domain))
}
