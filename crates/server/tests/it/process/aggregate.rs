//! Metadata of a federation: thousands of identity providers in one document, of which one is meant.

use std::fmt::Write as _;

use landfall_entra_twin::Seed;

use super::Folder;
use super::import::metadata;
use super::living::Site;
use super::message::twin;

/// Contoso's name.
const CONTOSO: &str = "https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/";
/// Much less than it takes to read all of it at once.
const KIBIBYTES: u32 = 40 * 1024;

/// So many identity providers, of which contoso is the last: more than is read as a whole.
fn federation(entities: usize) -> String {
    let contoso = entity();
    let (before, after) = contoso.split_once(CONTOSO).unwrap();
    let mut text = "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">".to_owned();
    for n in 1..entities {
        write!(text, "{before}https://idp{n}.example/{after}").unwrap();
    }
    text += &contoso;
    text += "</EntitiesDescriptor>";
    assert!(text.len() > 17_000_000, "{}", text.len());
    text
}

/// Contoso, as it stands in a list: without the ID that a signature would name.
fn entity() -> String {
    let text = metadata();
    let at = text.find("<EntityDescriptor").unwrap();
    let text = text.get(at..).unwrap();
    let (before, after) = text.split_once(" ID=\"").unwrap();
    format!("{before}{}", after.split_once('"').unwrap().1)
}

#[test]
fn f8_one_of_ten_thousand_is_imported_in_bounded_memory() {
    let folder = Folder::new();
    folder.succeeds(&["tenant", "create", "contoso"]);
    folder.write("federation.xml", federation(10_000));
    let import = ["connection", "import", "contoso", "federation.xml", "--name", "contoso-entra"];
    let wanted = [&import[..], &["--entity", CONTOSO]].concat();
    let ended = folder.run_within(KIBIBYTES, &wanted);
    assert!(ended.status.success(), "{}", ended.err);
    assert!(ended.out.contains(&format!("connected contoso to {CONTOSO} as contoso-entra")), "{}", ended.out);
    // The connection knows whom it means.
    let renewed = folder.run_within(KIBIBYTES, &["connection", "renew", "contoso-entra", "federation.xml"]);
    assert!(renewed.status.success(), "{}", renewed.err);
}

#[test]
fn f8_of_ten_thousand_the_first_are_named_and_all_are_counted() {
    let folder = Folder::new();
    folder.succeeds(&["tenant", "create", "contoso"]);
    folder.write("federation.xml", federation(10_000));
    let import = ["connection", "import", "contoso", "federation.xml", "--name", "contoso-entra"];
    let ended = folder.run_within(KIBIBYTES, &import);
    ended.failed(&[
        "federation.xml",
        "it describes 10000 identity providers, choose one: https://idp1.example/, https://idp2.example/,",
        "https://idp20.example/ and more",
    ]);
}

#[test]
fn f1_a_signature_on_so_much_is_not_verified_and_so_it_is_refused() {
    let folder = Folder::new();
    folder.succeeds(&["tenant", "create", "contoso"]);
    folder.write("federation.xml", federation(3000));
    folder.write("pinned.cer", twin(Seed::Contoso).app().signing.certificate());
    let import = ["connection", "import", "contoso", "federation.xml", "--name", "contoso-entra"];
    let signed = [&import[..], &["--entity", CONTOSO, "--signed-by", "pinned.cer"]].concat();
    let ended = folder.run_within(KIBIBYTES, &signed);
    ended.failed(&["federation.xml", "a signature covers the whole document", "16777216 bytes at most"]);
}

#[test]
fn f8_an_address_gives_as_much_as_the_operator_wants() {
    let site = Site::new();
    site.publish_text(federation(3000));
    let folder = site.folder("");
    let import = |folder: &Folder| folder.import_from(&site.url(), &["--entity", CONTOSO]);
    import(&folder).failed(&["more than 16777216 bytes", "metadata.max_bytes"]);
    let settings = std::fs::read_to_string(folder.path("landfall.toml")).unwrap();
    folder.write("landfall.toml", settings + "max_bytes = 150000000\n");
    let imported = import(&folder);
    assert!(imported.status.success(), "{}", imported.err);
    let said = folder.succeeds(&["connection", "refresh", "contoso-entra"]);
    assert_eq!(said, "contoso-entra: the metadata say nothing new\n");
}
