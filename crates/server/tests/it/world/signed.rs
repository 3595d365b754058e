//! What Landfall signs for applications, verified as they would.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::World;

impl World {
    /// What a token of this kind says, verified by the keys that are published.
    pub(crate) async fn verified(&self, token: &str, typ: &str) -> Value {
        let published = self.browser().get("/oidc/jwks").await;
        let keys: JwkSet = serde_json::from_str(&published.body).unwrap();
        let header = decode_header(token).unwrap();
        assert_eq!(header.typ.as_deref(), Some(typ));
        assert!(matches!(header.alg, Algorithm::RS256 | Algorithm::ES256));
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut rules = Validation::new(header.alg);
        // The clock of the tests is not that of the library.
        (rules.validate_exp, rules.validate_aud) = (false, false);
        decode::<Value>(token, &key, &rules).unwrap().claims
    }
}
