//! Logins whose assertions, NameIDs or attributes were encrypted for our certificate; each refusal beside its positive twin.

use landfall_accounts::EventKind::{AccountCreated, LoginAccepted};
use landfall_entra_twin::{Message, SigningOption};
use landfall_http::{Demand, SecondEngine};
use landfall_xmldsig::{
    Certificate, ContentAlgorithm, KeyTransport, SignaturePlace, Signer, decode_base64, encode_base64,
    encrypt,
};
use landfall_xmldsig_xmlsec::Xmlsec;
use time::Duration;

use super::traces::replayed;
use crate::world::{Answer, Customer, REYES, SIMON, World, encryption_certificate, signing_certificate};

const GCM: ContentAlgorithm = ContentAlgorithm::Aes256Gcm;
const CBC: ContentAlgorithm = ContentAlgorithm::Aes256Cbc;
const OPTIONS: [SigningOption; 3] = [SigningOption::Assertion, SigningOption::Response, SigningOption::Both];
const NAMESPACE: &str = "xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

/// How an assertion is encrypted.
struct Way {
    content: ContentAlgorithm,
    recipients: Vec<Certificate>,
    /// Of what is to be encrypted, once it is signed.
    plaintext: fn(&str) -> String,
}

impl Way {
    fn ours(content: ContentAlgorithm) -> Self {
        Self { content, recipients: vec![encryption_certificate()], plaintext: str::to_owned }
    }

    fn encrypt(&self, xml: &str) -> String {
        let plaintext = (self.plaintext)(xml);
        encrypt(&plaintext, &self.recipients, self.content, KeyTransport::RsaOaepSha1).unwrap()
    }

    /// The message with its assertion encrypted; the Response, if it is signed, is signed around the ciphertext.
    fn seal(&self, customer: &Customer, message: &Message) -> String {
        let is = |option| message.sign == Some(option) || message.sign == Some(SigningOption::Both);
        let inner = is(SigningOption::Assertion).then_some(SigningOption::Assertion);
        let xml = customer.twin.sign(&Message { sign: inner, ..message.clone() }).unwrap();
        let (before, assertion, after) = cut(&xml, "<Assertion", "</Assertion>");
        let data = self.encrypt(&assertion);
        let xml = format!("{before}<EncryptedAssertion {NAMESPACE}>{data}</EncryptedAssertion>{after}");
        if is(SigningOption::Response) { sign(customer, &xml, &message.response.id) } else { xml }
    }
}

fn sign(customer: &Customer, xml: &str, id: &str) -> String {
    customer.signing_key().sign_element(xml, id, SignaturePlace::Second).unwrap()
}

/// A person of a customer arrives, with what is made of the message.
async fn arrive(
    world: &World,
    customer: &Customer,
    person: &str,
    made: impl FnOnce(Message) -> String,
) -> Answer {
    let mut browser = world.browser();
    let begun = browser.begin(world, customer).await;
    let message = customer.says(&customer.person(person), Some(&begun));
    browser.submit(&customer.form_of(&made(message), Some(&begun))).await
}

async fn simon_arrives(world: &World, made: impl FnOnce(Message) -> String) -> Answer {
    arrive(world, &world.contoso, SIMON, made).await
}

#[track_caller]
fn signed_in(answer: &Answer) {
    assert!(answer.location().starts_with("/saml/hop"), "{}", answer.location());
}

/// What stands before the first text that begins and ends so, that text, and what stands behind it.
fn cut<'t>(text: &'t str, begin: &str, end: &str) -> (&'t str, String, &'t str) {
    let (before, rest) = text.split_once(begin).unwrap();
    let (inside, after) = rest.split_once(end).unwrap();
    (before, format!("{begin}{inside}{end}"), after)
}

/// The octets of the last CipherValue, which is the content's, changed.
fn changed(xml: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (before, rest) = xml.rsplit_once("<xenc:CipherValue>").unwrap();
    let (value, after) = rest.split_once('<').unwrap();
    let mut octets = decode_base64(value).unwrap();
    change(&mut octets);
    format!("{before}<xenc:CipherValue>{}<{after}", encode_base64(&octets))
}

#[tokio::test]
async fn an_encrypted_assertion_signs_in_whatever_is_signed() {
    for option in OPTIONS {
        for content in [GCM, CBC, ContentAlgorithm::Aes128Gcm, ContentAlgorithm::Aes128Cbc] {
            let world = World::with(|application| application.sign = option).await;
            let mut browser = world.browser();
            let begun = browser.begin(&world, &world.contoso).await;
            let message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
            let xml = Way::ours(content).seal(&world.contoso, &message);
            assert!(!xml.contains("Simon"));
            let answer = browser.submit(&world.contoso.form_of(&xml, Some(&begun))).await;
            assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
            let hop = browser.follow(&answer).await;
            assert_eq!(hop.location(), "/account");
            assert!(browser.is_signed_in().await);
            let detail = world.events_of(&answer).await.pop().unwrap().detail;
            assert!(detail.as_str().contains("\"decryption\""), "{detail:?}");
            assert!(!detail.as_str().contains("Simon") && !world.log().contains("Simon"));
        }
    }
}

/// An IdP-initiated login is restarted as one in plain is.
#[tokio::test]
async fn an_encrypted_assertion_that_nobody_asked_for_is_restarted() {
    let world = World::new().await;
    let message = world.contoso.says(&world.contoso.person(SIMON), None);
    let xml = Way::ours(GCM).seal(&world.contoso, &message);
    let answer = world.browser().submit(&world.contoso.form_of(&xml, None)).await;
    assert_eq!(answer.status, 303);
    assert_eq!(world.sessions().await, 0);
}

/// It is kept as it came, closed, and opens in a replay with the key that opened it.
#[tokio::test]
async fn an_encrypted_message_is_kept_closed_and_judged_again() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let answer = simon_arrives(&world, |message| Way::ours(GCM).seal(&world.contoso, &message)).await;
    signed_in(&answer);
    let kept = world.kept(&answer).await.unwrap();
    let message = String::from_utf8(kept.message().to_vec()).unwrap();
    assert!(message.contains("EncryptedData") && !message.contains("Simon"));
    let (code, decision) = replayed(&world, &kept, kept.at).await;
    assert_eq!((code.as_str(), Some(decision)), ("accepted", kept.decision));
}

/// libxmlsec1 judges the documents that the signatures stand in.
#[tokio::test]
async fn libxmlsec1_agrees_on_what_was_decrypted() {
    for option in OPTIONS {
        let mut world = World::with(|application| application.sign = option).await;
        world.ask_too(SecondEngine::new(Xmlsec, Demand::Require));
        let answer = simon_arrives(&world, |message| Way::ours(GCM).seal(&world.contoso, &message)).await;
        signed_in(&answer);
        let detail = world.events_of(&answer).await.pop().unwrap().detail;
        assert!(detail.as_str().contains(r#""actual":"agrees""#), "{option:?}: {detail:?}");
    }
}

#[tokio::test]
async fn c6_encrypted_but_unsigned_is_refused() {
    let world = World::new().await;
    for content in [GCM, CBC] {
        let with = async |sign| {
            simon_arrives(&world, |message| {
                Way::ours(content).seal(&world.contoso, &Message { sign, ..message })
            })
            .await
        };
        world.refused(&with(None).await, 403, "signature.none");
        signed_in(&with(Some(SigningOption::Assertion)).await);
        signed_in(&with(Some(SigningOption::Response)).await);
    }
}

#[tokio::test]
async fn c20_encrypted_for_another_or_for_the_key_that_signs() {
    let world = World::new().await;
    let for_whom = async |recipients| {
        let way = Way { recipients, ..Way::ours(GCM) };
        simon_arrives(&world, |message| way.seal(&world.contoso, &message)).await
    };
    world.refused(&for_whom(vec![signing_certificate()]).await, 403, "encryption.failed");
    signed_in(&for_whom(vec![encryption_certificate()]).await);
    signed_in(&for_whom(vec![signing_certificate(), encryption_certificate()]).await);
}

#[tokio::test]
async fn c11_c20_a_key_wrapped_in_a_way_that_tells_too_much() {
    let world = World::new().await;
    let wrapped = async |name: &str| {
        simon_arrives(&world, |message| {
            let xml = Way::ours(GCM).seal(&world.contoso, &message);
            xml.replace("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", name)
        })
        .await
    };
    let answer = wrapped("http://www.w3.org/2001/04/xmlenc#rsa-1_5").await;
    world.refused(&answer, 403, "encryption.algorithm");
    signed_in(&wrapped("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p").await);
}

/// One refusal for whatever is wrong with a ciphertext, to the sender letter by letter.
#[tokio::test]
async fn c19_c21_altered_and_cut_ciphertexts_are_refused_alike() {
    let world = World::new().await;
    let mut pages = Vec::new();
    for content in [GCM, CBC] {
        let with = async |change: fn(&mut Vec<u8>)| {
            simon_arrives(&world, |message| {
                changed(&Way::ours(content).seal(&world.contoso, &message), change)
            })
            .await
        };
        signed_in(&with(|_| ()).await);
        // The first octet of the element, its tag or padding, its end.
        for change in [
            (|octets: &mut Vec<u8>| octets[12] ^= 1) as fn(&mut Vec<u8>),
            |octets| octets[0] ^= 1,
            |octets| *octets.last_mut().unwrap() ^= 0x80,
            |octets| octets.truncate(octets.len() - 1),
            |octets| octets.truncate(octets.len() - 16),
            |octets| octets.truncate(16),
            Vec::clear,
        ] {
            let answer = with(change).await;
            let Some(code) = world.code(&answer) else { panic!("{} {}", answer.status, answer.body) };
            // In CBC an altered vector may leave an element, which its own signature then refuses.
            let unsigned = content == CBC && code.starts_with("signature.");
            assert!(code == "encryption.failed" || unsigned, "{code}");
            pages.push((answer.status, answer.body.replace(answer.trace(), "TRACE")));
        }
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
}

/// A Response that is signed around the ciphertext is verified before anything is decrypted.
#[tokio::test]
async fn c19_in_a_signed_response_nobody_else_chooses_what_is_decrypted() {
    let world = World::with(|application| application.sign = SigningOption::Response).await;
    let with = async |change: fn(&mut Vec<u8>)| {
        simon_arrives(&world, |message| changed(&Way::ours(CBC).seal(&world.contoso, &message), change)).await
    };
    let answer = with(|octets| octets[20] ^= 1).await;
    world.refused(&answer, 403, "signature.digest");
    let detail = world.events_of(&answer).await.pop().unwrap().detail;
    assert!(!detail.as_str().contains("\"decryption\""), "{detail:?}");
    signed_in(&with(|_| ()).await);
}

#[tokio::test]
async fn c22_many_keys_and_a_ciphertext_elsewhere() {
    let world = World::new().await;
    let for_so_many = async |count| {
        let way = Way { recipients: vec![encryption_certificate(); count], ..Way::ours(GCM) };
        simon_arrives(&world, |message| way.seal(&world.contoso, &message)).await
    };
    world.refused(&for_so_many(9).await, 403, "encryption.too_many_keys");
    signed_in(&for_so_many(8).await);
    let elsewhere = simon_arrives(&world, |message| {
        let xml = Way::ours(GCM).seal(&world.contoso, &message);
        let (before, value) = xml.rsplit_once("<xenc:CipherValue>").unwrap();
        let (_, after) = value.split_once("</xenc:CipherValue>").unwrap();
        format!("{before}<xenc:CipherReference URI=\"https://idp.example/c\"/>{after}")
    })
    .await;
    world.refused(&elsewhere, 403, "encryption.shape");
}

#[tokio::test]
async fn c23_what_was_decrypted_is_read_as_strictly_as_what_came() {
    let world = World::new().await;
    let with = async |plaintext| {
        let way = Way { plaintext, ..Way::ours(GCM) };
        simon_arrives(&world, |message| way.seal(&world.contoso, &message)).await
    };
    signed_in(&with(str::to_owned).await);
    for (code, plaintext) in [
        ("encryption.failed", (|xml| xml.replacen("<Subject>", "<?p?><Subject>", 1)) as fn(&str) -> String),
        ("encryption.failed", |xml| xml.replacen("@contoso.example<", "<!---->@contoso.example<", 1)),
        ("read.root", |xml| format!("<a>{xml}</a>")),
        ("read.assertions", |xml| {
            xml.replacen("<Subject>", &format!("<Assertion ID=\"_x\" {NAMESPACE}/><Subject>"), 1)
        }),
    ] {
        world.refused(&with(plaintext).await, 403, code);
    }
}

/// Encrypting anew makes another message, and no other assertion.
#[tokio::test]
async fn e1_an_assertion_is_used_once_however_often_it_is_encrypted() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let message = world.contoso.says(&world.contoso.person(SIMON), None);
    let arrives = async || {
        let xml = Way::ours(GCM).seal(&world.contoso, &message);
        world.browser().submit(&world.contoso.form_of(&xml, None)).await
    };
    signed_in(&arrives().await);
    world.refused(&arrives().await, 403, "replayed");
}

#[tokio::test]
async fn g4_a_hostile_customer_encrypts_in_vain() {
    let world = World::new().await;
    let says = async |name: &str| {
        arrive(&world, &world.fabrikam, REYES, |mut message| {
            let attributes = &mut message.assertion.attributes;
            let found = attributes.iter_mut().find(|attribute| attribute.name.ends_with("claims/name"));
            found.unwrap().values = vec![name.to_owned()];
            Way::ours(GCM).seal(&world.fabrikam, &message)
        })
        .await
    };
    world.refused(&says(SIMON).await, 403, "domain.other_tenant");
    signed_in(&says(REYES).await);
    // Nor in contoso's name, with the key that it has.
    let answer =
        arrive(&world, &world.contoso, SIMON, |message| Way::ours(GCM).seal(&world.fabrikam, &message)).await;
    world.refused(&answer, 403, "signature.unknown_key");
    signed_in(&simon_arrives(&world, |message| Way::ours(GCM).seal(&world.contoso, &message)).await);
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

/// NameID and attributes alone, in an assertion in plain that is signed.
#[tokio::test]
async fn encrypted_names_and_attributes_sign_in() {
    let world = World::new().await;
    let says = async |customer: &Customer, person: &str, name: &str| {
        arrive(&world, customer, person, |message| {
            let plain = customer.twin.sign(&Message { sign: None, ..message.clone() }).unwrap();
            let claim = "<Attribute Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\"";
            let xml = replaced(&plain, "<NameID", "NameID", "EncryptedID", str::to_owned);
            let xml = replaced(&xml, claim, "Attribute", "EncryptedAttribute", |attribute| {
                attribute.replace(person, name)
            });
            sign(customer, &xml, &message.assertion.id)
        })
        .await
    };
    world.refused(&says(&world.fabrikam, REYES, SIMON).await, 403, "domain.other_tenant");
    signed_in(&says(&world.fabrikam, REYES, REYES).await);
    let answer = says(&world.contoso, SIMON, SIMON).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
}

/// The element that begins so, edited and encrypted in its place.
fn replaced(
    xml: &str,
    begin: &str,
    element: &str,
    around: &str,
    edit: impl FnOnce(&str) -> String,
) -> String {
    let (before, found, after) = cut(xml, begin, &format!("</{element}>"));
    let own = edit(&found).replacen(&format!("<{element}"), &format!("<{element} {NAMESPACE}"), 1);
    let data = Way::ours(GCM).encrypt(&own);
    format!("{before}<{around}>{data}</{around}>{after}")
}
