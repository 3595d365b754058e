use landfall_accounts::{
    CertificateFingerprint, CertificateState, ConnectionName, DomainName, IdpBinding, IdpTrust, IdpUrl,
    SsoEndpoint, TenantName, TrustedCertificate,
};
use landfall_entra_twin::{App as Application, IssueRequest, Message, Seed, Twin, User as Person};
use landfall_xmldsig::{Certificate, SigningKey, encode_base64};
use url::Url;

use super::{ACS, Begun, Clock, ENTITY_ID, Form, NOW};

/// A customer with an Entra of its own, whose administrator signs what he likes.
pub(crate) struct Customer {
    name: &'static str,
    pub(crate) twin: Twin,
}

impl Customer {
    pub(super) fn new(seed: Seed, clock: &Clock, edit: impl FnOnce(&mut Application)) -> Self {
        let name = match seed {
            Seed::Contoso => "contoso",
            _ => "fabrikam",
        };
        let mut application = seed.app().unwrap();
        application.register(ENTITY_ID, vec![ACS.to_owned()]);
        edit(&mut application);
        let clock = clock.clone();
        let twin = Twin::new(seed.tenant().unwrap(), application, move || clock.now());
        Self { name, twin: twin.with_base_url(format!("https://login.{name}.example")) }
    }

    pub(crate) fn tenant(&self) -> TenantName {
        self.name.parse().unwrap()
    }

    pub(crate) fn connection(&self) -> ConnectionName {
        format!("{}-entra", self.name).parse().unwrap()
    }

    pub(crate) fn domain(&self) -> DomainName {
        format!("{}.example", self.name).parse().unwrap()
    }

    pub(super) fn host(&self) -> String {
        format!("login.{}.example", self.name)
    }

    pub(crate) fn my_apps(&self) -> String {
        format!("https://{}/myapps", self.host())
    }

    /// Where a login at this customer's connection is begun.
    pub(crate) fn start(&self) -> String {
        format!("/sso/{}", self.connection())
    }

    /// What an operator who imports its metadata trusts.
    pub(crate) fn trust(&self, binding: IdpBinding) -> IdpTrust {
        let certificate = Certificate::from_der(self.twin.app().signing.certificate()).unwrap();
        IdpTrust {
            entity_id: self.twin.tenant().issuer().parse().unwrap(),
            sso: vec![SsoEndpoint { binding, location: IdpUrl::new(self.twin.saml_url()) }],
            slo: vec![],
            certificates: vec![TrustedCertificate {
                der: certificate.der().to_vec(),
                fingerprint: CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                state: CertificateState::Trusted,
                first_seen: NOW,
                last_used: None,
            }],
            valid_until: None,
        }
    }

    pub(crate) fn person(&self, name: &str) -> Person {
        self.twin.tenant().find(name).unwrap().clone()
    }

    /// What an honest double says of a person, in answer to a request or unasked.
    pub(crate) fn says(&self, person: &Person, request: Option<&Begun>) -> Message {
        let now = self.twin.now();
        Message::honest(
            &self.twin,
            &IssueRequest {
                user: person,
                in_response_to: request.map(|request| request.request_id.as_str()),
                acs: ACS,
                audience: ENTITY_ID,
                authn_instant: now,
                now,
                sign: self.twin.app().sign,
            },
        )
    }

    /// The form that carries a message, signed by this customer's key, with the RelayState of the request.
    pub(crate) fn form(&self, message: &Message, request: Option<&Begun>) -> Form {
        self.form_of(&self.twin.sign(message).unwrap(), request)
    }

    /// The form that carries this XML as it is.
    pub(crate) fn form_of(&self, xml: &str, request: Option<&Begun>) -> Form {
        let form = Form {
            page: Url::parse(&self.twin.saml_url()).unwrap(),
            action: ACS.to_owned(),
            fields: Vec::new(),
        };
        let form = form.with("SAMLResponse", &encode_base64(xml.as_bytes()));
        request.map_or(form.clone(), |request| form.with("RelayState", &request.relay_state))
    }

    /// What signs for this customer, to sign by hand.
    pub(crate) fn signing_key(&self) -> SigningKey {
        let signing = &self.twin.app().signing;
        SigningKey::from_pkcs8(signing.private_key(), Certificate::from_der(signing.certificate()).unwrap())
            .unwrap()
    }

    /// The form of an honest answer.
    pub(crate) fn answers(&self, person: &str, request: &Begun) -> Form {
        self.form(&self.says(&self.person(person), Some(request)), Some(request))
    }

    /// The form of an honest response that nobody asked for.
    pub(crate) fn unasked(&self, person: &str) -> Form {
        self.form(&self.says(&self.person(person), None), None)
    }
}
