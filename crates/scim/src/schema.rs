mod extension;
mod group;
mod user;

use std::borrow::Cow;

pub use extension::{Extension, ExtensionAttribute, ExtensionError};
pub use group::GROUP;
pub use user::{ENTERPRISE_USER, USER};

/// A schema: a URN and the attributes that it declares [rfc7643 7].
///
/// Everything follows from it: `/Schemas`, what is read and refused, filters, paths, PATCH and projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub(crate) urn: Cow<'static, str>,
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Cow<'static, str>,
    pub(crate) attributes: Cow<'static, [Attribute]>,
}

impl Schema {
    /// The URN.
    #[must_use]
    pub fn urn(&self) -> &str {
        &self.urn
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Its attributes, in the order in which they are declared.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The attribute of this name, in any case [rfc7643 2.1].
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

/// The attribute of this name, in any case [rfc7643 2.1].
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// An attribute, or a sub-attribute, with its characteristics [rfc7643 2.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub(crate) name: Cow<'static, str>,
    pub(crate) description: Cow<'static, str>,
    pub(crate) kind: Type,
    pub(crate) multi_valued: bool,
    pub(crate) required: bool,
    pub(crate) case_exact: bool,
    pub(crate) mutability: Mutability,
    pub(crate) returned: Returned,
    pub(crate) uniqueness: Uniqueness,
    pub(crate) sub_attributes: &'static [Attribute],
    pub(crate) canonical_values: &'static [&'static str],
    pub(crate) reference_types: &'static [&'static str],
}

impl Attribute {
    /// The name in its canonical spelling.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in a sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The type of a value.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.kind
    }

    /// Whether it has several values.
    #[must_use]
    pub fn is_multi_valued(&self) -> bool {
        self.multi_valued
    }

    /// Whether a resource cannot be without it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Whether the case of a text matters when values are compared.
    #[must_use]
    pub fn is_case_exact(&self) -> bool {
        self.case_exact
    }

    /// Who may change it.
    #[must_use]
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// When it is served.
    #[must_use]
    pub fn returned(&self) -> Returned {
        self.returned
    }

    /// Among what its value is unique.
    #[must_use]
    pub fn uniqueness(&self) -> Uniqueness {
        self.uniqueness
    }

    /// Its sub-attributes, if it is complex.
    #[must_use]
    pub fn sub_attributes(&self) -> &[Attribute] {
        self.sub_attributes
    }

    /// Values that are usual; others are taken too.
    #[must_use]
    pub fn canonical_values(&self) -> &[&'static str] {
        self.canonical_values
    }

    /// What a reference may point at.
    #[must_use]
    pub fn reference_types(&self) -> &[&'static str] {
        self.reference_types
    }

    /// The sub-attribute of this name, in any case.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        find(self.sub_attributes, name)
    }

    pub(crate) const fn of(kind: Type, name: &'static str, description: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            description: Cow::Borrowed(description),
            kind,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            sub_attributes: &[],
            canonical_values: &[],
            reference_types: &[],
        }
    }

    pub(crate) const fn string(name: &'static str, description: &'static str) -> Self {
        Self::of(Type::String, name, description)
    }

    pub(crate) const fn reference(
        name: &'static str,
        description: &'static str,
        to: &'static [&'static str],
    ) -> Self {
        let mut attribute = Self::of(Type::Reference, name, description);
        attribute.case_exact = true;
        attribute.reference_types = to;
        attribute
    }

    pub(crate) const fn complex(name: &'static str, description: &'static str, sub: &'static [Self]) -> Self {
        let mut attribute = Self::of(Type::Complex, name, description);
        attribute.sub_attributes = sub;
        attribute
    }

    pub(crate) const fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    pub(crate) const fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::Server;
        self
    }

    pub(crate) const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }

    pub(crate) const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    pub(crate) const fn always(mut self) -> Self {
        self.returned = Returned::Always;
        self
    }

    pub(crate) const fn usually(mut self, values: &'static [&'static str]) -> Self {
        self.canonical_values = values;
        self
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(clippy::exhaustive_enums, reason = "the standard lists them all")]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            /// Its name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

named! {
    /// The type of a value [rfc7643 2.3].
    Type {
        /// Text.
        String "string",
        /// True or false.
        Boolean "boolean",
        /// A number with a fraction.
        Decimal "decimal",
        /// A whole number of 64 bits.
        Integer "integer",
        /// A moment, as RFC 3339 writes it.
        DateTime "dateTime",
        /// Octets in base64.
        Binary "binary",
        /// A URI.
        Reference "reference",
        /// An object of sub-attributes.
        Complex "complex",
    }
}

named! {
    /// Who may change an attribute [rfc7643 7].
    Mutability {
        /// We alone.
        ReadOnly "readOnly",
        /// The client.
        ReadWrite "readWrite",
        /// The client, when the value is made.
        Immutable "immutable",
        /// The client, and it cannot be read.
        WriteOnly "writeOnly",
    }
}

named! {
    /// When an attribute is served [rfc7643 7].
    Returned {
        /// In every answer.
        Always "always",
        /// In none.
        Never "never",
        /// Unless the client leaves it out.
        Default "default",
        /// Where the client asks for it.
        Request "request",
    }
}

named! {
    /// Among what a value is unique [rfc7643 7].
    Uniqueness {
        /// It need not be.
        None "none",
        /// In the tenant.
        Server "server",
        /// Everywhere.
        Global "global",
    }
}

/// The attributes that every resource has, and no schema lists [rfc7643 3.1].
pub(crate) static COMMON: [Attribute; 4] = [
    Attribute::reference("schemas", "The URNs of the schemas that the resource is of.", &["uri"])
        .multi_valued()
        .read_only()
        .always(),
    Attribute::string("id", "The identifier that Landfall gave.").case_exact().read_only().always().unique(),
    Attribute::string("externalId", "The identifier that the client gave.").case_exact(),
    Attribute::complex("meta", "What is known of the resource itself.", &META).read_only(),
];

static META: [Attribute; 5] = [
    Attribute::string("resourceType", "The name of the resource type.").case_exact().read_only(),
    Attribute::of(Type::DateTime, "created", "When the resource was made.").read_only(),
    Attribute::of(Type::DateTime, "lastModified", "When the resource was last changed.").read_only(),
    Attribute::reference("location", "The address of the resource.", &["uri"]).read_only(),
    Attribute::string("version", "The version, as in the header ETag.").case_exact().read_only(),
];
