//! The gallery application, with the settings of Entra's portal.

mod certificates;
mod choice;
mod claim;
mod groups;
mod lifetime;
mod name_id;
mod setting;
mod source;
mod transformation;

pub use certificates::{CertificateState, Published};
pub(crate) use choice::from_words;
pub use choice::{
    Assignment, Encryption, Escapes, LogoutFormat, LogoutIssuer, LogoutName, MetadataKeys, NameFormat,
    SignIn, SigningAlgorithm, SigningOption, Verification,
};
pub use claim::{Claim, Condition, UserType};
pub use groups::{GroupClaim, GroupFilter, GroupMatch, GroupName, GroupValue, Groups};
pub use lifetime::Lifetime;
pub use name_id::{NameIdFormat, NameIdSetting};
pub use setting::SettingError;
pub use source::{AttributeName, Source};
pub(crate) use transformation::join;
pub use transformation::{Chain, Inputs, Match, Outputs, Pattern, Side, Transformation};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tenant::same;
use crate::{Certificate, Credential, User};

/// An application of the gallery, registered in the tenant.
///
/// The fields are those of the portal's pages; [`App::import`] fills in what a service provider's metadata says.
/// In `app.toml` a setting that is left out is as Entra has it by default.
///
/// ```
/// use landfall_entra_twin::Seed;
/// let mut app = Seed::Contoso.app()?;
/// app.register("https://sp.example.com", vec!["https://sp.example.com/acs".into()]);
/// app.set("sign", "both")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Application ID, the `appid` of the metadata address.
    pub id: Uuid,
    /// The name on the My Apps tile.
    pub name: String,
    /// Identifier (Entity ID); the first is the default.
    pub identifiers: Vec<String>,
    /// Reply URL (Assertion Consumer Service URL); the first is the default.
    pub reply_urls: Vec<String>,
    /// Sign on URL: where the My Apps tile leads; empty makes the tile start IdP-initiated sign-on.
    pub sign_on_url: String,
    /// Relay State of IdP-initiated sign-on; empty sends none.
    pub relay_state: String,
    /// Logout URL, where both messages of single logout go by redirect; empty sends none.
    #[serde(default)]
    pub logout_url: String,
    /// How the queries of logout messages are escaped.
    #[serde(default)]
    pub logout_escapes: Escapes,
    /// Whom a logout request names.
    #[serde(default)]
    pub logout_name: LogoutName,
    /// Whether a logout request says which format its NameID has.
    #[serde(default)]
    pub logout_format: LogoutFormat,
    /// Who an answer to a logout request says that it comes from.
    #[serde(default)]
    pub logout_issuer: LogoutIssuer,
    /// "Require verification certificates".
    #[serde(default)]
    pub verification: Verification,
    /// Verification certificates: the keys of the service provider.
    #[serde(default)]
    pub verification_certificates: Vec<Certificate>,
    /// "Enabled for users to sign in?"
    #[serde(default)]
    pub sign_in: SignIn,
    /// "Assignment required?"
    pub assignment: Assignment,
    /// User principal names of the people who are assigned.
    pub assigned: Vec<String>,
    /// Signing Option.
    pub sign: SigningOption,
    /// Signing Algorithm.
    #[serde(default)]
    pub algorithm: SigningAlgorithm,
    /// Which of the signing certificates metadata lists.
    #[serde(default)]
    pub metadata_keys: MetadataKeys,
    /// What metadata lists instead, as long as a change has not arrived there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
    /// Whether Token encryption is on.
    #[serde(default)]
    pub encryption: Encryption,
    /// The certificate that assertions are encrypted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_certificate: Option<Certificate>,
    /// How long a response may be used: the token lifetime policy, in whole minutes.
    #[serde(default)]
    pub lifetime: Lifetime,
    /// "Include attribute name format".
    #[serde(default)]
    pub name_format: NameFormat,
    /// Unique User Identifier (Name ID).
    #[serde(default)]
    pub name_id: NameIdSetting,
    /// The group claim.
    #[serde(default)]
    pub groups: GroupClaim,
    /// What "Attributes & Claims" adds to the default set, in this order.
    #[serde(rename = "claim")]
    pub claims: Vec<Claim>,
    /// The SAML signing certificate that is active.
    pub signing: Credential,
    /// The ones that are inactive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inactive: Vec<Credential>,
}

impl App {
    /// Takes over Identifier and Reply URL of a service provider, in place of what was there.
    pub fn register(&mut self, identifier: &str, reply_urls: Vec<String>) {
        self.identifiers = vec![identifier.to_owned()];
        self.reply_urls = reply_urls;
    }

    /// Whether the person may have a token: assigned by name, or assignment is not required.
    ///
    /// Who is in a group that is assigned may have one too; that takes the tenant, and so the [`Twin`](crate::Twin).
    #[must_use]
    pub fn admits(&self, user: &User) -> bool {
        self.assignment == Assignment::NotRequired || self.is_assigned(user)
    }

    /// Whether the person is assigned by name.
    pub(crate) fn is_assigned(&self, user: &User) -> bool {
        self.assigned.iter().any(|name| same(name, &user.user_principal_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn assignment_decides_who_is_admitted() {
        let (contoso, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        let simon = contoso.find("B.Simon@contoso.example").unwrap();
        let okafor = contoso.find("D.Okafor@contoso.example").unwrap();
        assert_eq!((app.admits(simon), app.admits(okafor)), (true, false));
        app.assignment = Assignment::NotRequired;
        assert_eq!((app.admits(okafor), app.is_assigned(okafor)), (true, false));
    }
}
