//! Who a person is, as headers for the application.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use landfall_accounts::{Access, SignedIn};

/// How many headers there are.
const COUNT: usize = 8;
/// The headers, all of which are in each answer that admits: a proxy that copies them overwrites whatever a client sent.
const NAMES: [HeaderName; COUNT] = [
    HeaderName::from_static("x-landfall-user"),
    HeaderName::from_static("x-landfall-name"),
    HeaderName::from_static("x-landfall-email"),
    HeaderName::from_static("x-landfall-groups"),
    HeaderName::from_static("x-landfall-roles"),
    HeaderName::from_static("x-landfall-tenant"),
    HeaderName::from_static("x-landfall-connection"),
    HeaderName::from_static("x-landfall-jwt"),
];

/// Stands in place of groups or roles that cannot be told; none is written so [attack G7].
const UNKNOWN: &str = "?";

/// Most bytes of a list as it is written: proxies and applications take no longer headers.
const LONGEST: usize = 4096;

/// The groups that an application is told; none if nobody can list them, or they do not fit into a header.
fn told_groups(access: &Access) -> Option<&[String]> {
    access.listed_groups().filter(|groups| fits(groups))
}

/// The roles that an application is told; none if they do not fit into a header.
pub(super) fn told_roles(access: &Access) -> Option<&[String]> {
    Some(access.roles.as_slice()).filter(|roles| fits(roles))
}

/// Whether a list fits into a header; one that does not is left out as a whole, since a part of it would be a lie.
fn fits(members: &[String]) -> bool {
    let written = |byte: u8| if is_plain(byte) { 1 } else { 3 };
    members.iter().map(|name| name.bytes().map(written).sum::<usize>() + 1).sum::<usize>() <= LONGEST
}

/// The values of the headers, as they go out.
///
/// # Security
/// What a value holds that is no printable ASCII is written as its octets in hexadecimal, so that none can end a header or begin
/// another one, nor turn the direction of writing in a log [attack H11].
pub(super) struct Identity {
    /// One value behind the other: a person is remembered in one piece of memory.
    text: Bytes,
    ends: [usize; COUNT],
}

impl Identity {
    /// `token` is the same, signed: base64url and dots.
    pub(super) fn of(signed_in: &SignedIn, token: &str) -> Self {
        let SignedIn { user, connection, tenant, .. } = signed_in;
        let values: [&dyn Fn(&mut String); COUNT] = [
            &|text| encode(text, &user.id.to_string()),
            &|text| encode(text, user.user_name.as_str()),
            &|text| encode(text, user.email.as_deref().unwrap_or_default()),
            &|text| list(text, told_groups(&user.access)),
            &|text| list(text, told_roles(&user.access)),
            &|text| encode(text, tenant.as_str()),
            &|text| encode(text, connection.as_str()),
            &|text| encode(text, token),
        ];
        let mut text = String::new();
        let ends = values.map(|write| {
            write(&mut text);
            text.len()
        });
        text.shrink_to_fit();
        Self { text: Bytes::from(text), ends }
    }

    /// Puts the headers into an answer.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.reserve(COUNT);
        let mut begin = 0;
        for (name, end) in NAMES.into_iter().zip(self.ends) {
            // Everything in it is printable ASCII.
            let value = HeaderValue::from_maybe_shared(self.text.slice(begin..end));
            headers.insert(name, value.unwrap_or(HeaderValue::from_static("")));
            begin = end;
        }
    }
}

fn list(text: &mut String, members: Option<&[String]>) {
    let Some(members) = members else { return text.push_str(UNKNOWN) };
    for (place, member) in members.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        encode(text, member);
    }
}

/// Percent-encodes all but printable ASCII, and what has a meaning here: `%`, the comma of lists, and `?`.
fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if is_plain(byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a String does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'%' | b',' | b'?')
}

#[cfg(test)]
mod tests {
    use landfall_accounts::Access;

    use super::*;
    use crate::testing::signed_in;

    fn headers(edit: impl FnOnce(&mut SignedIn)) -> Vec<(String, String)> {
        let mut person = signed_in();
        edit(&mut person);
        let mut headers = HeaderMap::new();
        Identity::of(&person, "a.b-c_d.e").write(&mut headers);
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let mut headers: Vec<_> = headers.iter().map(text).collect();
        headers.sort();
        headers
    }

    fn value(name: &str, edit: impl FnOnce(&mut SignedIn)) -> String {
        headers(edit).into_iter().find(|(of, _)| of == name).unwrap().1
    }

    #[test]
    fn each_header_is_there_whatever_is_known() {
        let names: Vec<String> = headers(|_| ()).into_iter().map(|(name, _)| name).collect();
        let bare = headers(|person| {
            person.user.email = None;
            person.user.access = Access::none();
        });
        assert_eq!(bare.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names);
        assert_eq!(names.len(), COUNT);
        let empty: Vec<&str> =
            bare.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| name.as_str()).collect();
        assert_eq!(empty, ["x-landfall-email", "x-landfall-groups", "x-landfall-roles"]);
    }

    #[test]
    fn who_it_is_can_be_read() {
        let groups = Some(vec!["ops".to_owned(), "Sales, EMEA".to_owned(), "?".to_owned()]);
        let found = headers(|person| {
            person.user.access = Access::kept(vec!["reader".to_owned(), "writer".to_owned()], groups);
        });
        insta::assert_snapshot!(found.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"), @r"
        x-landfall-connection: contoso-entra
        x-landfall-email: ada@contoso.example
        x-landfall-groups: ops,Sales%2C%20EMEA,%3F
        x-landfall-jwt: a.b-c_d.e
        x-landfall-name: ada@contoso.example
        x-landfall-roles: reader,writer
        x-landfall-tenant: contoso
        x-landfall-user: 00000000-0000-0000-0000-000000000064
        ");
    }

    #[test]
    fn h11_nothing_injects_a_header() {
        for (email, written) in [
            ("a@b.example", "a@b.example"),
            ("a\r\nX-Landfall-User: root", "a%0D%0AX-Landfall-User:%20root"),
            ("a\nb", "a%0Ab"),
            ("a\u{0}b", "a%00b"),
            ("a\u{7f}\u{1b}[2Jb", "a%7F%1B[2Jb"),
            ("J\u{f6}rg", "J%C3%B6rg"),
            ("a\u{202e}b\u{2066}", "a%E2%80%AEb%E2%81%A6"),
            ("\u{85}\u{2028}", "%C2%85%E2%80%A8"),
            ("100%", "100%25"),
            ("%0d%0a", "%250d%250a"),
            (" a ", "%20a%20"),
            ("a,b", "a%2Cb"),
            ("\"a\\b;c\"", "\"a\\b;c\""),
        ] {
            let found = value("x-landfall-email", |person| person.user.email = Some(email.to_owned()));
            assert_eq!(found, written, "{email:?}");
        }
        let roles = vec!["a,b".to_owned(), "c\r\nd".to_owned(), String::new()];
        let found = value("x-landfall-roles", |person| person.user.access = Access::kept(roles, None));
        assert_eq!(found, "a%2Cb,c%0D%0Ad,");
    }

    #[test]
    fn g7_groups_that_nobody_can_list_are_not_none() {
        let groups =
            |groups| value("x-landfall-groups", |person| person.user.access = Access::kept(vec![], groups));
        assert_eq!((groups(Some(vec![])), groups(None)), (String::new(), "?".to_owned()));
        assert_eq!(groups(Some(vec!["?".to_owned()])), "%3F");
    }

    #[test]
    fn a_list_that_does_not_fit_as_it_is_written_is_left_out_as_a_whole() {
        let groups =
            |all| value("x-landfall-groups", |person| person.user.access = Access::kept(vec![], Some(all)));
        let roles = |all| value("x-landfall-roles", |person| person.user.access = Access::kept(all, None));
        let many = |count, padding: &str| -> Vec<String> {
            (0..count).map(|n| format!("{n:04}{padding}")).collect()
        };
        let (plain, written) = ("x".repeat(27), "\u{e4} ".repeat(3));
        for padding in [&plain, &written] {
            for (count, fits) in [(128, true), (129, false)] {
                for found in [groups(many(count, padding)), roles(many(count, padding))] {
                    assert_eq!(
                        (found.len() == LONGEST - 1, found == "?"),
                        (fits, !fits),
                        "{count} {padding}"
                    );
                }
            }
        }
        assert_eq!(roles(vec!["?".to_owned()]), "%3F");
    }
}
