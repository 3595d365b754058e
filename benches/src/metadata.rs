//! Metadata of identity providers.

use landfall_xmldsig::encode_base64;

use crate::parties::{Failure, IDP, SSO, certificate};

/// The identity provider's own metadata.
///
/// # Errors
/// As [`certificate`].
pub fn metadata() -> Result<String, Failure> {
    entity(IDP, " xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"")
}

/// Those of a federation: so many identity providers in one document, of which ours is the last.
///
/// # Errors
/// As [`certificate`].
pub fn federation_metadata(entities: usize) -> Result<String, Failure> {
    let mut xml = String::from("<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">");
    for other in 1..entities {
        xml.push_str(&entity(&format!("https://idp{other}.example.com/"), "")?);
    }
    xml.push_str(&entity(IDP, "")?);
    xml.push_str("</EntitiesDescriptor>");
    Ok(xml)
}

/// An aggregate of so many entities in pieces, of about 10 KB each, of which ours is the last but nine.
///
/// # Errors
/// As [`certificate`].
pub fn aggregate(entities: usize) -> Result<impl Iterator<Item = String>, Failure> {
    let (ours, other) = (entity(IDP, "")?, entity("https://idp.example.com/", "")?);
    let start = "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" validUntil=\"2031-01-01T00:00:00Z\">";
    // What makes entities of federations long: names and addresses in many languages.
    let names: String = (0..80)
        .map(|at| format!("<mdui:DisplayName xml:lang=\"l{at}\">University of Examples, Faculty {at} &amp; Library</mdui:DisplayName>\n"))
        .collect();
    let about = format!(
        "<Extensions><mdui:UIInfo xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\">{names}</mdui:UIInfo></Extensions>\
         <IDPSSODescriptor"
    );
    let each = (1..=entities).map(move |at| {
        let one = match entities - at {
            9 => ours.clone(),
            _ => other.replacen("idp.example.com", &format!("idp{at}.example.com"), 1),
        };
        one.replacen("<IDPSSODescriptor", &about, 1) + "\n"
    });
    Ok(std::iter::once(start.to_owned()).chain(each).chain(["</EntitiesDescriptor>".to_owned()]))
}

fn entity(id: &str, namespace: &str) -> Result<String, Failure> {
    let certificate = encode_base64(certificate()?.der());
    let key = format!(
        "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
         <X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    );
    let services: String = ["HTTP-Redirect", "HTTP-POST"]
        .map(|binding| {
            format!(
                "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" \
                 Location=\"{SSO}\"/>"
            )
        })
        .concat();
    Ok(format!(
        "<EntityDescriptor{namespace} entityID=\"{id}\">\
         <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{key}{services}\
         </IDPSSODescriptor></EntityDescriptor>"
    ))
}
