//! Whether `public_url` leads to us, as browsers see it: what the proxy before the server makes of a request.

use landfall_http::error_chain;
use url::Url;

use super::report::{Health, Report};
use crate::config::Config;
use crate::glue;
use crate::metadata::Seen;

/// Asks for our own `/healthz` from outside.
pub(super) async fn look_at(config: &Config, report: &mut Report) {
    let public = &config.http.public_url;
    let address = public.join("/healthz");
    let (health, how) = match glue::fetcher_of_ourselves(public).look(&address).await {
        Ok(seen) => judge(public.origin(), &seen, &config.listen.address().to_string()),
        Err(error) => (
            Health::Fail,
            format!("{address} does not answer: {}: does the name lead to the proxy?", error_chain(&error)),
        ),
    };
    report.add(health, "proxy", how);
}

fn judge(origin: &str, seen: &Seen, listen: &str) -> (Health, String) {
    let address = format!("{origin}/healthz");
    if let Some(to) = seen.onward() {
        let to = Url::parse(&address).ok().and_then(|at| at.join(&to).ok()).map_or(to, String::from);
        let how = format!(
            "expected an answer at {address}, found that it sends on to {to}: public_url must be where browsers \
             stay, scheme, host and port; a login that begins there ends without its cookie"
        );
        return (Health::Fail, how);
    }
    let status = seen.status();
    if !seen.is_ours() {
        let how = format!(
            "expected Landfall at {address}, found another server, which answers {status} without x-trace-id: \
             the proxy must pass every path unchanged to {listen}, where `landfall serve` listens, and hide no header"
        );
        return (Health::Fail, how);
    }
    if !status.is_success() {
        let how =
            format!("expected 200 at {address}, found {status} by Landfall: the proxy changes the path");
        return (Health::Fail, how);
    }
    if origin.starts_with("https:") && !seen.is_strict() {
        let how = format!(
            "expected Strict-Transport-Security at {address}, found none: the proxy hides it, or the server runs with \
             another public_url"
        );
        return (Health::Warn, how);
    }
    (Health::Ok, format!("{address} is answered by Landfall"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: (&str, &str) = ("x-trace-id", "0123456789abcdef");
    const STRICT: (&str, &str) = ("strict-transport-security", "max-age=31536000");

    fn found(origin: &str, status: u16, headers: &[(&'static str, &'static str)]) -> (Health, String) {
        judge(origin, &Seen::of(status, headers), "127.0.0.1:8080")
    }

    #[test]
    fn our_own_answer_is_one() {
        let (health, how) = found("https://sso.example", 200, &[TRACE, STRICT]);
        assert_eq!(
            (health, how.as_str()),
            (Health::Ok, "https://sso.example/healthz is answered by Landfall")
        );
        assert_eq!(found("http://127.0.0.1:8080", 200, &[TRACE]).0, Health::Ok);
    }

    #[test]
    fn a_proxy_that_is_wrong_is_told_how() {
        let to_http = ("location", "http://sso.example/healthz");
        for (status, headers, health, part) in [
            (301, &[to_http][..], Health::Fail, "sends on to http://sso.example/healthz"),
            (302, &[("location", "//www.example/"), TRACE], Health::Fail, "sends on to https://www.example/"),
            (200, &[STRICT], Health::Fail, "another server, which answers 200 OK without x-trace-id"),
            (200, &[("x-trace-id", "of somebody else"), STRICT], Health::Fail, "another server"),
            (502, &[], Health::Fail, "502 Bad Gateway"),
            (404, &[TRACE, STRICT], Health::Fail, "the proxy changes the path"),
            (200, &[TRACE], Health::Warn, "found none: the proxy hides it"),
        ] {
            let (found, how) = found("https://sso.example", status, headers);
            assert_eq!(found, health, "{how}");
            assert!(how.contains(part), "no {part} in {how}");
        }
    }
}
