use std::{fmt, str::FromStr};

use crate::{AttributeSet, Groups, MapError, Profile, entra};

/// A ready-made mapping for one kind of identity provider.
///
/// | Field | `entra-smartconnect` | `entra-default` |
/// | --- | --- | --- |
/// | first name | `firstName` | [`entra::GIVEN_NAME`] |
/// | last name | `lastName` | [`entra::SURNAME`] |
/// | email | `email`, required | [`entra::EMAIL_ADDRESS`] |
/// | username | `username`, required | [`entra::NAME`], required |
/// | display name | [`entra::DISPLAY_NAME`] | [`entra::DISPLAY_NAME`] |
/// | groups | none | [`entra::GROUPS`] |
/// | roles | none | [`entra::ROLE`] |
///
/// Entra leaves a claim out when its source is empty, so that a person without a surname still signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// The four claims that the gallery application of the tutorial sends: `firstName`, `lastName`, `email`, `username`.
    EntraSmartconnect,
    /// The claims that every Entra application sends unless somebody changed them.
    EntraDefault,
}

impl Preset {
    /// Every preset, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::EntraSmartconnect, Self::EntraDefault];

    /// Maps the attributes of one login to a profile.
    ///
    /// # Errors
    /// [`MapError`] if a required claim is missing, a single-valued one has several values,
    /// or two attributes contradict each other.
    pub fn map(self, attributes: &AttributeSet) -> Result<Profile, MapError> {
        match self {
            Self::EntraSmartconnect => entra_smartconnect(attributes),
            Self::EntraDefault => entra_default(attributes),
        }
    }

    /// Where the fields of a profile come from, for somebody who tries a connection: names alone, no value.
    #[must_use]
    pub fn sources(self, attributes: &AttributeSet) -> Vec<Source<'_>> {
        let source = |&(field, claim)| Source { field, claim, attribute: attributes.met_by(claim) };
        self.fields().iter().map(source).collect()
    }

    /// Each field and the claim that it is asked of.
    fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::EntraSmartconnect => &[
                ("first name", "firstName"),
                ("last name", "lastName"),
                ("email", "email"),
                ("username", "username"),
                ("display name", entra::DISPLAY_NAME),
            ],
            Self::EntraDefault => &[
                ("first name", entra::GIVEN_NAME),
                ("last name", entra::SURNAME),
                ("email", entra::EMAIL_ADDRESS),
                ("username", entra::NAME),
                ("display name", entra::DISPLAY_NAME),
                ("groups", entra::GROUPS),
                ("roles", entra::ROLE),
            ],
        }
    }

    /// The stable name, as it is written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EntraSmartconnect => "entra-smartconnect",
            Self::EntraDefault => "entra-default",
        }
    }
}

/// Where one field of a profile comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source<'a> {
    /// The field.
    pub field: &'static str,
    /// The claim that it is asked of.
    pub claim: &'static str,
    /// The attribute that arrived for it, as it is named; `None` if none did.
    pub attribute: Option<&'a str>,
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, UnknownPreset> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| UnknownPreset { got: name.to_owned() })
    }
}

/// A name that is no preset's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset `{got}`: write {}", Preset::ALL.map(Preset::name).join(" or "))]
pub struct UnknownPreset {
    /// What was given.
    pub got: String,
}

fn entra_smartconnect(attributes: &AttributeSet) -> Result<Profile, MapError> {
    Ok(Profile {
        first_name: owned(attributes.optional("firstName")?),
        last_name: owned(attributes.optional("lastName")?),
        email: Some(attributes.required("email")?.to_owned()),
        username: attributes.required("username")?.to_owned(),
        display_name: owned(attributes.optional(entra::DISPLAY_NAME)?),
        groups: Groups::Listed(Vec::new()),
        roles: Vec::new(),
    })
}

fn entra_default(attributes: &AttributeSet) -> Result<Profile, MapError> {
    Ok(Profile {
        first_name: owned(attributes.optional(entra::GIVEN_NAME)?),
        last_name: owned(attributes.optional(entra::SURNAME)?),
        email: owned(attributes.optional(entra::EMAIL_ADDRESS)?),
        username: attributes.required(entra::NAME)?.to_owned(),
        display_name: owned(attributes.optional(entra::DISPLAY_NAME)?),
        groups: groups(attributes)?,
        roles: attributes.values(entra::ROLE)?.to_vec(),
    })
}

/// Entra drops the groups claim above 150 groups and sends a link instead: that is not "no groups" [attack G7].
fn groups(attributes: &AttributeSet) -> Result<Groups, MapError> {
    if !attributes.values(entra::GROUPS_LINK)?.is_empty() {
        return Ok(Groups::Overage);
    }
    Ok(Groups::Listed(attributes.values(entra::GROUPS)?.to_vec()))
}

fn owned(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMARTCONNECT: &[(&str, &str)] = &[
        ("firstName", "B"),
        ("lastName", "Simon"),
        ("email", "B.Simon@contoso.example"),
        ("username", "B.Simon@Contoso.example"),
    ];
    const DEFAULT: &[(&str, &str)] = &[
        (entra::GIVEN_NAME, "B"),
        (entra::SURNAME, "Simon"),
        (entra::EMAIL_ADDRESS, "bsimon@mail.example"),
        (entra::NAME, "B.Simon@contoso.example"),
        (entra::DISPLAY_NAME, "B. Simon"),
    ];

    fn set(pairs: &[(&str, &str)]) -> AttributeSet {
        pairs.iter().map(|(name, value)| (*name, [*value])).collect()
    }

    fn without(pairs: &[(&str, &str)], name: &str) -> AttributeSet {
        pairs.iter().filter(|pair| pair.0 != name).map(|(name, value)| (*name, [*value])).collect()
    }

    fn with(pairs: &[(&str, &str)], name: &str, values: &[&str]) -> AttributeSet {
        let pairs = pairs.iter().map(|(name, value)| (*name, vec![*value]));
        pairs.chain([(name, values.to_vec())]).collect()
    }

    #[test]
    fn smartconnect_gives_the_four_claims_verbatim() {
        let profile = Preset::EntraSmartconnect.map(&set(SMARTCONNECT)).unwrap();
        assert_eq!(profile.first_name(), Some("B"));
        assert_eq!(profile.last_name(), Some("Simon"));
        assert_eq!(profile.email(), Some("B.Simon@contoso.example"));
        assert_eq!(profile.username(), "B.Simon@Contoso.example");
        assert_eq!(profile.display_name(), None);
    }

    #[test]
    fn smartconnect_takes_the_display_name_that_entra_always_sends() {
        let named = with(SMARTCONNECT, entra::DISPLAY_NAME, &["B. Simon"]);
        assert_eq!(Preset::EntraSmartconnect.map(&named).unwrap().display_name(), Some("B. Simon"));
    }

    #[test]
    fn smartconnect_reads_namespaced_names_too() {
        let namespaced: AttributeSet = SMARTCONNECT
            .iter()
            .map(|(name, value)| (format!("https://contoso.example/claims/{name}"), [*value]))
            .collect();
        assert_eq!(
            Preset::EntraSmartconnect.map(&namespaced).unwrap(),
            Preset::EntraSmartconnect.map(&set(SMARTCONNECT)).unwrap()
        );
    }

    #[test]
    fn default_gives_entras_own_claims() {
        let profile = Preset::EntraDefault.map(&set(DEFAULT)).unwrap();
        assert_eq!(profile.first_name(), Some("B"));
        assert_eq!(profile.last_name(), Some("Simon"));
        assert_eq!(profile.email(), Some("bsimon@mail.example"));
        assert_eq!(profile.username(), "B.Simon@contoso.example");
        assert_eq!(profile.display_name(), Some("B. Simon"));
        assert_eq!(profile.groups(), &Groups::Listed(vec![]));
        assert!(profile.roles().is_empty());
    }

    #[test]
    fn default_keeps_all_groups_and_roles_in_their_order() {
        let groups = with(DEFAULT, entra::GROUPS, &["g2", "g1", "g2"]);
        assert_eq!(
            Preset::EntraDefault.map(&groups).unwrap().groups(),
            &Groups::Listed(vec!["g2".into(), "g1".into(), "g2".into()])
        );
        let roles = with(DEFAULT, entra::ROLE, &["writer", "reader"]);
        assert_eq!(Preset::EntraDefault.map(&roles).unwrap().roles(), ["writer", "reader"]);
    }

    #[test]
    fn g7_overage_is_not_no_groups() {
        let overage = with(DEFAULT, entra::GROUPS_LINK, &["https://graph.example/getMemberObjects"]);
        assert_eq!(Preset::EntraDefault.map(&overage).unwrap().groups(), &Groups::Overage);
    }

    #[test]
    fn optional_claims_may_be_absent() {
        for name in ["firstName", "lastName"] {
            assert!(Preset::EntraSmartconnect.map(&without(SMARTCONNECT, name)).is_ok(), "{name}");
        }
        for name in [entra::GIVEN_NAME, entra::SURNAME, entra::EMAIL_ADDRESS, entra::DISPLAY_NAME] {
            assert!(Preset::EntraDefault.map(&without(DEFAULT, name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn required_claims_may_not() {
        for (preset, all, name) in [
            (Preset::EntraSmartconnect, SMARTCONNECT, "email"),
            (Preset::EntraSmartconnect, SMARTCONNECT, "username"),
            (Preset::EntraDefault, DEFAULT, entra::NAME),
        ] {
            let arrived = all.iter().map(|pair| pair.0.to_owned()).filter(|other| other != name).collect();
            assert_eq!(
                preset.map(&without(all, name)).unwrap_err(),
                MapError::Missing { claim: name.to_owned(), arrived },
                "{name}"
            );
        }
    }

    #[test]
    fn an_empty_required_claim_is_missing() {
        let emptied: Vec<_> = SMARTCONNECT
            .iter()
            .map(|(name, value)| (*name, if *name == "email" { "" } else { value }))
            .collect();
        assert_eq!(Preset::EntraSmartconnect.map(&set(&emptied)).unwrap_err().code(), "claim.missing");
    }

    #[test]
    fn two_values_for_one_field_are_refused() {
        let two = with(&SMARTCONNECT[2..], "lastName", &["a", "b"]);
        assert_eq!(
            Preset::EntraSmartconnect.map(&two).unwrap_err(),
            MapError::Several { claim: "lastName".into(), count: 2 }
        );
        let one = with(&SMARTCONNECT[2..], "lastName", &["a"]);
        assert_eq!(Preset::EntraSmartconnect.map(&one).unwrap().last_name(), Some("a"));
    }

    #[test]
    fn each_source_is_what_the_field_is_made_of() {
        let values = |profile: &Profile, field: &str| match field {
            "first name" => profile.first_name().map(str::to_owned),
            "last name" => profile.last_name().map(str::to_owned),
            "email" => profile.email().map(str::to_owned),
            "username" => Some(profile.username().to_owned()),
            "display name" => profile.display_name().map(str::to_owned),
            "groups" => match profile.groups() {
                Groups::Listed(groups) => groups.first().cloned(),
                Groups::Overage => None,
            },
            "roles" => profile.roles().first().cloned(),
            other => panic!("no field {other}"),
        };
        for preset in Preset::ALL {
            // Each claim has its own name as its value.
            let all: AttributeSet = preset.fields().iter().map(|(_, claim)| (*claim, [*claim])).collect();
            let profile = preset.map(&all).unwrap();
            for Source { field, claim, attribute } in preset.sources(&all) {
                assert_eq!(attribute, Some(claim), "{preset} {field}");
                assert_eq!(values(&profile, field).as_deref(), Some(claim), "{preset} {field}");
            }
        }
        let uri = "https://contoso.example/claims/firstName";
        let sources = |set: &AttributeSet| {
            let found = Preset::EntraSmartconnect.sources(set);
            (found[0].attribute.map(str::to_owned), found[1].attribute.map(str::to_owned))
        };
        assert_eq!(sources(&set(&[(uri, "B")])), (Some(uri.to_owned()), None));
    }

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for preset in Preset::ALL {
            assert_eq!(preset.to_string().parse(), Ok(preset));
        }
        let error = "Entra-Default".parse::<Preset>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no preset `Entra-Default`: write entra-smartconnect or entra-default"
        );
    }

    #[test]
    fn a_profile_does_not_print() {
        let profile = Preset::EntraDefault.map(&set(DEFAULT)).unwrap();
        assert_eq!(format!("{profile:?}"), "Profile([redacted])");
    }
}
