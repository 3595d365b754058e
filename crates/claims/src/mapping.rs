//! Rules as data: a text that is read once and mapped by many times.

mod access;
mod case;
mod compile;
mod error;
mod field;
mod limits;
mod notes;
mod pattern;
mod preview;
mod rule;
mod text;
mod transform;

use std::{fmt, str::FromStr, sync::Arc};

use access::{GroupRule, Ids, RoleRule};
use case::Case;
pub use case::CaseFailure;
use compile::Compiler;
pub use error::{Fault, MappingError};
use field::Field;
use notes::Notes;
pub use preview::{FieldPreview, Preview};
use rule::Rule;
use text::{FieldText, MappingText};

use crate::{AttributeSet, Groups, MapError, Profile};

/// How the attributes of one connection become a profile: rules that an operator writes.
///
/// It is read from a text in TOML, `docs/mapping.md` has every rule with an example, and every [`Preset`](crate::Preset) is one.
/// Patterns are compiled when it is read, not when somebody signs in; a copy is cheap.
///
/// Limits: 64 KiB of text, 32 patterns of 512 bytes, 2,000 rows a table, 200 test cases;
/// 10,000 values and 1 MiB a rule, of which a pattern sees values of at most 1,024 bytes;
/// 1,024 bytes a field of a profile; 2,000 groups.
///
/// # Security
/// Patterns have no backtracking, so that no value makes one run for long.
/// A role comes out only if a table of the mapping names it, whatever the identity provider says [attack H5].
///
/// ```
/// use landfall_claims::{AttributeSet, Mapping};
///
/// let mapping: Mapping = r#"
///     version = 1
///     [fields.username]
///     sources = ["login", { claim = "mail", transforms = ["mail-prefix", "lower"] }]
///     [roles]
///     sources = ["role"]
///     table = { "App.Writer" = ["writer"] }
/// "#
/// .parse()?;
///
/// let attributes: AttributeSet =
///     [("mail", vec!["B.Simon@contoso.example"]), ("role", vec!["administrator", "App.Writer"])].into_iter().collect();
/// let profile = mapping.map(&attributes)?;
/// assert_eq!(profile.username(), "b.simon");
/// assert_eq!(profile.roles(), ["writer"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Mapping(Arc<Rules>);

struct Rules {
    text: String,
    /// Those that a rule makes.
    fields: Vec<(&'static str, Field)>,
    groups: Option<GroupRule>,
    roles: Option<RoleRule>,
    cases: Vec<Case>,
}

const USERNAME: &str = "username";

impl FromStr for Mapping {
    type Err = MappingError;

    /// Reads a text, and compiles every pattern in it; test cases are read and not run.
    ///
    /// # Errors
    /// [`MappingError`], with the line or the rule.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let MappingText { version, fields, groups, roles, tests } = MappingText::read(text)?;
        if version != 1 {
            return Err(MappingError::Version { got: version });
        }
        let mut compiler = Compiler::default();
        let mut field = |name: &'static str, text: Option<FieldText>| {
            let compile = |text| Field::compile(&mut compiler, &format!("fields.{name}"), text);
            Ok(text.map(compile).transpose()?.map(|field| (name, field)))
        };
        let mut read: Vec<(&'static str, Field)> = Vec::new();
        read.extend(field("first_name", fields.first_name)?);
        read.extend(field("last_name", fields.last_name)?);
        read.extend(field("email", fields.email)?);
        let Some((_, username)) = field(USERNAME, fields.username)? else {
            return Err(Fault::needs("a rule: nobody is known without a user name").at("fields.username"));
        };
        read.push((USERNAME, username.required()));
        read.extend(field("display_name", fields.display_name)?);
        let groups = groups.map(|text| GroupRule::compile(&mut compiler, text)).transpose()?;
        let roles = roles.map(|text| RoleRule::compile(&mut compiler, text, groups.as_ref())).transpose()?;
        let cases = case::compile(tests)?;
        Ok(Self(Arc::new(Rules { text: text.to_owned(), fields: read, groups, roles, cases })))
    }
}

impl Mapping {
    /// The text that it was read from, exactly.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Maps the attributes of one login to a profile.
    ///
    /// # Errors
    /// [`MapError`], with the rule: a field that is required has no value, one has several,
    /// two attributes contradict each other, a value is too long or holds a character that people do not see.
    pub fn map(&self, attributes: &AttributeSet) -> Result<Profile, MapError> {
        let notes = &mut Notes::none();
        let mut profile = Profile::empty();
        for (name, field) in &self.0.fields {
            let value = field.find(attributes, notes)?.0.map(std::borrow::Cow::into_owned);
            match *name {
                "first_name" => profile.first_name = value,
                "last_name" => profile.last_name = value,
                "email" => profile.email = value,
                "display_name" => profile.display_name = value,
                // It is required, so that there is one.
                _ => profile.username = value.unwrap_or_default(),
            }
        }
        let ids = self.ids(attributes, notes)?.0;
        if let Some(groups) = &self.0.groups {
            profile.groups = groups.named(&ids, notes);
        }
        if let Some(roles) = &self.0.roles {
            profile.roles = roles.find(attributes, &ids, notes)?.0;
        }
        Ok(profile)
    }

    /// Maps the same way, and says of each field where its value came from and why.
    ///
    /// A field that is refused does not hide the others.
    ///
    /// ```
    /// use landfall_claims::{AttributeSet, Preset};
    ///
    /// let attributes: AttributeSet = [("username", ["ada"])].into_iter().collect();
    /// let preview = Preset::EntraSmartconnect.mapping().preview(&attributes);
    /// let username = preview.fields().iter().find(|field| field.field == "username").unwrap();
    /// assert_eq!(username.attribute.as_deref(), Some("username"));
    /// assert_eq!(preview.profile().unwrap_err().rule, "fields.email");
    /// ```
    #[must_use]
    pub fn preview(&self, attributes: &AttributeSet) -> Preview {
        let mut fields = Vec::new();
        for (name, field) in &self.0.fields {
            let mut notes = Notes::kept();
            let found = field.find(attributes, &mut notes);
            let found = found.map(|(value, of)| (Some(value.iter().map(ToString::to_string).collect()), of));
            fields.push(line(name, Some(field.rule()), found, notes));
        }
        if let Some(groups) = &self.0.groups {
            let mut notes = Notes::kept();
            let found =
                groups.ids(attributes, &mut notes).map(|(ids, of)| match groups.named(&ids, &mut notes) {
                    Groups::Listed(names) => (Some(names), of),
                    Groups::Incomplete => (None, of),
                });
            fields.push(line("groups", Some(groups.rule()), found, notes));
        }
        if let Some(roles) = &self.0.roles {
            let mut notes = Notes::kept();
            let ids = self.ids(attributes, &mut Notes::none());
            let found = ids.and_then(|(ids, _)| roles.find(attributes, &ids, &mut notes));
            let found = found.map(|(roles, of)| (Some(roles), of));
            fields.push(line("roles", roles.rule(), found, notes));
        }
        Preview { fields, profile: self.map(attributes) }
    }

    /// Runs the test cases that stand in the text; none has failed if nothing comes back.
    #[must_use]
    pub fn test(&self) -> Vec<CaseFailure> {
        self.0.cases.iter().flat_map(|case| case.failures(&self.map(case.attributes()))).collect()
    }

    /// The test cases: their names and attributes.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = (&str, &AttributeSet)> {
        self.0.cases.iter().map(|case| (case.name(), case.attributes()))
    }

    /// No groups are known where there is no rule for them.
    fn ids<'a>(
        &'a self,
        attributes: &'a AttributeSet,
        notes: &mut Notes,
    ) -> Result<(Ids<'a>, Option<&'a str>), MapError> {
        self.0.groups.as_ref().map_or(Ok((Some(Vec::new()), None)), |groups| groups.ids(attributes, notes))
    }
}

/// One field of a preview, as its rule found it.
fn line(
    field: &'static str,
    rule: Option<&Rule>,
    found: Result<(Option<Vec<String>>, Option<&str>), MapError>,
    notes: Notes,
) -> FieldPreview {
    let asked = rule.map(Rule::asked).unwrap_or_default();
    let (values, attribute, error) = match found {
        Ok((values, attribute)) => (values, attribute.map(str::to_owned), None),
        Err(error) => (None, None, Some(error)),
    };
    FieldPreview { field, values, asked, attribute, why: notes.lines(), error }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Mapping {}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.0.fields.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Mapping").field("fields", &fields).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
