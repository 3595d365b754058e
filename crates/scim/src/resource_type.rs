use std::{borrow::Cow, fmt};

use crate::dialect::Dialect;
use crate::schema::{
    Attribute, COMMON, ENTERPRISE_USER, Extension, ExtensionError, GROUP, Schema, USER, find,
};

/// A kind of resource: where it is served, its schema and the extensions of it [rfc7643 6].
///
/// This is what a tenant's requests are read by: make it once from what the tenant declared.
///
/// ```
/// use landfall_scim::ResourceType;
///
/// let users = ResourceType::user();
/// assert_eq!(users.endpoint(), "/Users");
/// assert_eq!(users.schema().attribute("USERNAME").map(|found| found.name()), Some("userName"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    kind: ResourceKind,
    schema: Schema,
    extensions: Vec<Schema>,
}

/// Which of the two kinds a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever serves resources must handle both")]
pub enum ResourceKind {
    /// A user.
    User,
    /// A group.
    Group,
}

impl ResourceType {
    /// Users with the enterprise extension.
    #[must_use]
    pub fn user() -> Self {
        Self { kind: ResourceKind::User, schema: USER.clone(), extensions: vec![ENTERPRISE_USER.clone()] }
    }

    /// Groups.
    #[must_use]
    pub fn group() -> Self {
        Self { kind: ResourceKind::Group, schema: GROUP.clone(), extensions: Vec::new() }
    }

    /// With an extension that the tenant declared.
    ///
    /// # Errors
    /// [`ExtensionError::Taken`] if a path could not tell its URN from that of another schema.
    pub fn with_extension(mut self, extension: Extension) -> Result<Self, ExtensionError> {
        let Extension(schema) = extension;
        if [&USER, &ENTERPRISE_USER, &GROUP]
            .into_iter()
            .chain(&self.extensions)
            .any(|known| clash(known, &schema))
        {
            return Err(ExtensionError::Taken { urn: schema.urn.into_owned() });
        }
        self.extensions.push(schema);
        Ok(self)
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The name, `User` or `Group`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            ResourceKind::User => "User",
            ResourceKind::Group => "Group",
        }
    }

    /// The path below the base address.
    #[must_use]
    pub fn endpoint(&self) -> &'static str {
        match self.kind {
            ResourceKind::User => "/Users",
            ResourceKind::Group => "/Groups",
        }
    }

    /// Its own schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The extensions, none of which is required.
    #[must_use]
    pub fn extensions(&self) -> &[Schema] {
        &self.extensions
    }

    /// The extension of this URN, in any case.
    pub(crate) fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    /// The attribute of the resource itself, a common one among them, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| find(&COMMON, name))
    }

    /// What a name of the form `[urn:]attribute[.sub-attribute]` names, if anything [rfc7644 3.10].
    pub(crate) fn resolve(&self, text: &str, dialect: Dialect) -> Option<AttributePath> {
        let (extension, attribute, rest) = match self.split_urn(text) {
            Some((schema, rest)) => {
                let (name, sub) = split_sub(rest);
                let own = std::ptr::eq(schema, &self.schema);
                let attribute = if own { self.attribute(name) } else { schema.attribute(name) }?;
                ((!own).then_some(schema), attribute, sub)
            }
            None => {
                let (name, sub) = split_sub(text);
                let own = self.attribute(name).map(|attribute| (None, attribute));
                let (extension, attribute) = own.or_else(|| self.unqualified(name, dialect))?;
                (extension, attribute, sub)
            }
        };
        let sub_attribute = match rest {
            Some(name) => Some(attribute.sub_attribute(name)?.clone()),
            None => None,
        };
        let extension = extension.map(|schema| schema.urn.clone());
        Some(AttributePath { extension, attribute: attribute.clone(), sub_attribute })
    }

    /// An attribute that one extension alone has, named without its URN.
    fn unqualified(&self, name: &str, dialect: Dialect) -> Option<(Option<&Schema>, &Attribute)> {
        if !dialect.takes_text() {
            return None;
        }
        let mut found =
            self.extensions.iter().filter_map(|schema| Some((Some(schema), schema.attribute(name)?)));
        found.next().filter(|_| found.next().is_none())
    }

    /// The schema whose URN begins the text, and what follows the colon.
    fn split_urn<'t>(&self, text: &'t str) -> Option<(&Schema, &'t str)> {
        std::iter::once(&self.schema).chain(&self.extensions).find_map(|schema| {
            let (start, rest) = text.split_at_checked(schema.urn.len())?;
            Some((schema, rest.strip_prefix(':')?)).filter(|_| start.eq_ignore_ascii_case(&schema.urn))
        })
    }
}

/// Whether the URN of one is that of the other, or begins it.
fn clash(one: &Schema, other: &Schema) -> bool {
    let (one, other) = (format!("{}:", one.urn).to_lowercase(), format!("{}:", other.urn).to_lowercase());
    one.starts_with(&other) || other.starts_with(&one)
}

/// `name.givenName` in two.
fn split_sub(text: &str) -> (&str, Option<&str>) {
    text.split_once('.').map_or((text, None), |(name, sub)| (name, Some(sub)))
}

/// An attribute of a resource type that was found by its name: the entry of the table, never a client's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePath {
    pub(crate) extension: Option<Cow<'static, str>>,
    pub(crate) attribute: Attribute,
    pub(crate) sub_attribute: Option<Attribute>,
}

impl AttributePath {
    /// An attribute, or a sub-attribute inside the filter of a value path.
    pub(crate) fn plain(attribute: &Attribute) -> Self {
        Self { extension: None, attribute: attribute.clone(), sub_attribute: None }
    }

    /// The URN of the extension that has it, if it is not the resource's own.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// The attribute.
    #[must_use]
    pub fn attribute(&self) -> &Attribute {
        &self.attribute
    }

    /// The sub-attribute, if the path goes so far.
    #[must_use]
    pub fn sub_attribute(&self) -> Option<&Attribute> {
        self.sub_attribute.as_ref()
    }

    /// What the path ends at.
    #[must_use]
    pub fn leaf(&self) -> &Attribute {
        self.sub_attribute.as_ref().unwrap_or(&self.attribute)
    }

    /// Whether it is the members of a group, or something of them.
    pub(crate) fn is_members(&self) -> bool {
        self.extension.is_none() && self.attribute.name == "members"
    }

    /// Whether it is this attribute and sub-attribute of the resource itself, in canonical spelling.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Filter, ResourceType};
    ///
    /// let filter = Filter::parse("Name.FamilyName pr", &ResourceType::user(), Dialect::Strict)?;
    /// let Filter::Present(path) = &filter else { panic!("one clause") };
    /// assert!(path.is("name", Some("familyName")));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    #[must_use]
    pub fn is(&self, attribute: &str, sub_attribute: Option<&str>) -> bool {
        self.extension.is_none()
            && self.attribute.name == attribute
            && self.sub_attribute.as_ref().map(Attribute::name) == sub_attribute
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.extension {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute.name)?;
        match &self.sub_attribute {
            Some(sub) => write!(f, ".{}", sub.name),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, dialect: Dialect) -> Option<String> {
        ResourceType::user().resolve(text, dialect).map(|path| path.to_string())
    }

    const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    #[test]
    fn h6_names_are_found_in_any_case_and_by_urn() {
        // [attack H6], [rfc7643 2.1], [rfc7644 3.10]
        for (text, found) in [
            ("username", "userName"),
            ("urn:ietf:params:scim:schemas:core:2.0:user:USERNAME", "userName"),
            ("name.GIVENNAME", "name.givenName"),
            ("emails.value", "emails.value"),
            ("externalid", "externalId"),
            ("meta.lastmodified", "meta.lastModified"),
        ] {
            assert_eq!(resolved(text, Dialect::Strict).as_deref(), Some(found), "{text}");
        }
        let manager = format!("{URN}:manager.value");
        assert_eq!(resolved(&manager.to_uppercase(), Dialect::Strict), Some(manager));
        for text in [
            "",
            ".",
            "userName.x",
            "name.",
            "name.givenName.x",
            "urn:other:userName",
            URN,
            "password",
            "constructor",
            &format!("{URN}:userName"),
            &format!("{URN}:id"),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department",
        ] {
            assert_eq!(resolved(text, Dialect::Entra), None, "{text}");
        }
    }

    #[test]
    fn an_attribute_of_an_extension_needs_its_urn_but_for_entra() {
        assert_eq!(resolved("manager", Dialect::Entra), Some(format!("{URN}:manager")));
        assert_eq!(resolved("manager", Dialect::Okta), None);
        assert_eq!(resolved("manager", Dialect::Strict), None);
    }
}
