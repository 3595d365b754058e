//! Joining `xml:base` values of which none need be absolute [xml-c14n11 2.4].

/// A reference cut at its delimiters [rfc3986 B]; its fragment counts for nothing here.
struct Parts<'u> {
    scheme: Option<&'u str>,
    authority: Option<&'u str>,
    path: &'u str,
    query: Option<&'u str>,
}

impl<'u> Parts<'u> {
    fn of(reference: &'u str) -> Self {
        let rest = reference.split_once('#').map_or(reference, |(before, _)| before);
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after)) if !scheme.is_empty() && !scheme.contains(['/', '?']) => {
                (Some(scheme), after)
            }
            _ => (None, rest),
        };
        let (rest, query) =
            rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
        let (authority, path) = match rest.strip_prefix("//") {
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query }
    }
}

/// What `reference` means relative to `base`, as a reference again: resolved as an address would be [rfc3986 5.2],
/// but for a base that needs no scheme and leading `..` segments that are kept.
pub(super) fn join(base: &str, reference: &str) -> String {
    let (base, reference) = (Parts::of(base), Parts::of(reference));
    // A base that ends with `..` is a folder.
    let closed = if base.path == ".." || base.path.ends_with("/..") { "/" } else { "" };
    let base_path = format!("{}{closed}", base.path);
    let (scheme, authority, path, query) = if reference.scheme.is_some() {
        (reference.scheme, reference.authority, without_dots(reference.path), reference.query)
    } else if reference.authority.is_some() {
        (base.scheme, reference.authority, without_dots(reference.path), reference.query)
    } else if reference.path.is_empty() {
        (base.scheme, base.authority, base_path, reference.query.or(base.query))
    } else {
        let path = match base_path.rsplit_once('/') {
            _ if reference.path.starts_with('/') => reference.path.to_owned(),
            None if base.authority.is_some() => format!("/{}", reference.path),
            None => reference.path.to_owned(),
            Some((folder, _)) => format!("{folder}/{}", reference.path),
        };
        (base.scheme, base.authority, without_dots(&path), reference.query)
    };
    let mut joined = String::new();
    if let Some(scheme) = scheme {
        joined.extend([scheme, ":"]);
    }
    if let Some(authority) = authority {
        joined.extend(["//", authority]);
    }
    joined.push_str(&path);
    if let Some(query) = query {
        joined.extend(["?", query]);
    }
    joined
}

/// A path without `.` segments and without `..` ones that have something to take away;
/// of several slashes in a row one stays, and a `..` at its end gets one [xml-c14n11 2.4].
fn without_dots(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut kept: Vec<&str> = Vec::new();
    let mut folder = true;
    for segment in path.split('/') {
        folder = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
            ".." if !root.is_empty() => {}
            other => kept.push(other),
        }
    }
    let end = if folder && !kept.is_empty() { "/" } else { "" };
    format!("{root}{}{end}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the specification [xml-c14n11 A].
    #[test]
    fn dot_segments() {
        for (path, expected) in [
            ("no/.././/pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("no/..//.///pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("yes/no//..//.///pseudo-netpath/seg/file.ext", "yes/pseudo-netpath/seg/file.ext"),
            ("no/../yes", "yes"),
            ("no/../yes/", "yes/"),
            ("no/../yes/no/..", "yes/"),
            ("../../no/../..", "../../../"),
            ("no/../..", "../"),
            ("no/..", ""),
            ("no/../", ""),
            ("/a/b/c/./../../g", "/a/g"),
            ("mid/content=5/../6", "mid/6"),
            ("../../..", "../../../"),
            ("no/../../", "../"),
            ("..yes/..no/..no/..no/../../../..yes", "..yes/..yes"),
            ("..yes/..no/..no/..no/../../../..yes/", "..yes/..yes/"),
            ("../..", "../../"),
            ("../../../", "../../../"),
            (".", ""),
            ("./", ""),
            ("./.", ""),
            ("//no/..", "/"),
            ("../../no/..", "../../"),
            ("../../no/../", "../../"),
            ("yes/no/../", "yes/"),
            ("yes/no/no/../..", "yes/"),
            ("yes/no/no/no/../../..", "yes/"),
            ("yes/no/../yes/no/no/../..", "yes/yes/"),
            ("yes/no/no/no/../../../yes", "yes/yes"),
            ("yes/no/no/no/../../../yes/", "yes/yes/"),
            ("/no/../", "/"),
            ("/yes/no/../", "/yes/"),
            ("/yes/no/no/../..", "/yes/"),
            ("/yes/no/no/no/../../..", "/yes/"),
            ("../../..no/..", "../../"),
            ("../../..no/../", "../../"),
            ("..yes/..no/../", "..yes/"),
            ("..yes/..no/..no/../..", "..yes/"),
            ("..yes/..no/..no/..no/../../..", "..yes/"),
            ("..yes/..no/../..yes/..no/..no/../..", "..yes/..yes/"),
            ("/..no/../", "/"),
            ("/..yes/..no/../", "/..yes/"),
            ("/..yes/..no/..no/../..", "/..yes/"),
            ("/..yes/..no/..no/..no/../../..", "/..yes/"),
            ("/", "/"),
            ("/.", "/"),
            ("/./", "/"),
            ("/./.", "/"),
            ("/././", "/"),
            ("/..", "/"),
            ("/../..", "/"),
            ("/../../..", "/"),
            ("//..", "/"),
            ("//..//..", "/"),
            ("//..//..//..", "/"),
            ("/./..", "/"),
            ("/./.././..", "/"),
            ("/./.././.././..", "/"),
            ("..", "../"),
            ("../", "../"),
        ] {
            assert_eq!(without_dots(path), expected, "{path}");
        }
    }

    /// The examples of the specification [xml-c14n11 2.4], and of addresses [rfc3986 5.4].
    #[test]
    fn joined_bases() {
        for (base, reference, expected) in [
            ("abc/", "../", ""),
            ("../", "../", "../../"),
            ("..", "..", "../../"),
            ("foo/bar", "x", "foo/x"),
            ("foo/bar", "", "foo/bar"),
            ("foo/bar?q", "#f", "foo/bar?q"),
            ("foo/bar?q", "?r", "foo/bar?r"),
            ("foo/..", "", "foo/../"),
            ("http://a", "g", "http://a/g"),
            ("http://a/b/c/d;p?q", "../g?y#s", "http://a/b/g?y"),
            ("http://a/b/c/d;p?q", "/./g", "http://a/g"),
            ("http://a/b/c/d;p?q", "//g", "http://g"),
            ("http://a/b/c/d;p?q", "urn:x:y", "urn:x:y"),
            ("http://a/b", "http://c/../d", "http://c/d"),
            ("a", "./b:c", "b:c"),
        ] {
            assert_eq!(join(base, reference), expected, "{base} {reference}");
        }
    }
}
