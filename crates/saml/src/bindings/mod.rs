//! Messages to and from what a browser carries; pure.

mod logout;
mod post;
mod redirect;

pub(crate) use logout::{Carried, signed_message};
pub use logout::{LogoutKind, RawLogout};
pub use post::{DecodeError, RawMessage};
pub(crate) use redirect::{redirect_url, with_parameter};

use landfall_xmldsig::encode_base64;

use crate::{Location, RelayState};

/// How a message of ours leaves: the browser is sent to an address, or posts a form there.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outgoing {
    /// Answer with a redirect to this address.
    Redirect {
        /// The address, query and signature included.
        url: String,
    },
    /// Answer with a page whose form posts these fields.
    Post {
        /// Where the form goes.
        location: Location,
        /// Value of the field `SAMLRequest`.
        saml_request: String,
        /// Value of the field `RelayState`.
        relay_state: RelayState,
    },
    /// Answer with a page whose form posts these fields: our answer to a request of theirs.
    PostResponse {
        /// Where the form goes.
        location: Location,
        /// Value of the field `SAMLResponse`.
        saml_response: String,
        /// Value of the field `RelayState`, as they sent it; without one, there is no such field.
        relay_state: Option<String>,
    },
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect { .. } => "Redirect",
            Self::Post { .. } => "Post",
            Self::PostResponse { .. } => "PostResponse",
        })
    }
}

/// A message for the POST binding: base64, not deflated [saml-bindings 3.5.4].
pub(crate) fn post(xml: &str) -> String {
    encode_base64(xml.as_bytes())
}
