//! Whether somebody looks at the answer, or a program.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName};

const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Whether a browser goes to the address, so that it may be sent elsewhere: a program is told instead.
///
/// Browsers say so in `Sec-Fetch-Mode`, which no script can set; where that is absent, whoever takes HTML counts.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get(MODE) {
        return mode == "navigate";
    }
    let html = |accepted: &str| accepted.to_ascii_lowercase().contains("text/html");
    let takes = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).any(html);
    takes && !headers.contains_key(REQUESTED_WITH)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_program_is_not_sent_elsewhere() {
        const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        for (headers, navigation) in [
            (&[HTML, ("sec-fetch-mode", "navigate")][..], true),
            (&[("sec-fetch-mode", "navigate")], true),
            (&[HTML], true),
            (&[("accept", "Text/HTML")], true),
            (&[HTML, ("sec-fetch-mode", "cors")], false),
            (&[HTML, ("sec-fetch-mode", "no-cors")], false),
            (&[HTML, ("x-requested-with", "XMLHttpRequest")], false),
            (&[("accept", "application/json")], false),
            (&[("accept", "*/*")], false),
            (&[], false),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(is_navigation(&map), navigation, "{headers:?}");
        }
    }
}
