//! A decision that was written as JSON, in the lines in which it is printed.

use serde_json::Value;

/// The same lines as `Decision` prints of itself, two a check at most.
pub(super) fn lines(decision: &Value) -> Vec<String> {
    let checks = decision["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    checks.iter().flat_map(check).collect()
}

fn check(check: &Value) -> impl Iterator<Item = String> {
    let text = |name: &str| check[name].as_str().unwrap_or_default();
    let (verdict, rule, citation) = (text("verdict"), text("rule"), text("citation"));
    let (expected, actual) = (text("expected"), text("actual"));
    let line = format!("{verdict} {rule} [{citation}]: expected {expected}, came {actual}");
    let code = check["code"].as_str().zip(check["remedy"].as_str());
    std::iter::once(line).chain(code.map(|(code, remedy)| format!("     {code}: {remedy}")))
}

/// What one decision says and the other does not: `-` before the first's lines, `+` before the second's.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<String> {
    let signer = |decision: &Value| format!("signer {}", decision["signer"].as_str().unwrap_or("none"));
    let all = |decision: &Value| [vec![signer(decision)], lines(decision)].concat();
    let (before, after) = (all(before), all(after));
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decision(verdict: &str, code: Option<&str>) -> Value {
        let remedy = code.map(|_| "set it at the identity provider");
        json!({ "signer": "ab", "checks": [
            { "rule": "issuer", "citation": "c 1", "expected": "a", "actual": "a", "verdict": "pass" },
            { "rule": "audience", "citation": "c 2", "expected": "x", "actual": "y", "verdict": verdict,
              "code": code, "remedy": remedy },
        ]})
    }

    #[test]
    fn two_lines_a_check_at_most() {
        assert_eq!(
            lines(&decision("fail", Some("audience"))),
            [
                "pass issuer [c 1]: expected a, came a",
                "fail audience [c 2]: expected x, came y",
                "     audience: set it at the identity provider",
            ]
        );
        assert!(lines(&Value::Null).is_empty());
    }

    #[test]
    fn what_differs_stands_alone() {
        let (good, bad) = (decision("pass", None), decision("fail", Some("audience")));
        assert!(differences(&good, &good).is_empty());
        assert_eq!(
            differences(&good, &bad),
            [
                "- pass audience [c 2]: expected x, came y",
                "+ fail audience [c 2]: expected x, came y",
                "+      audience: set it at the identity provider",
            ]
        );
        assert_eq!(differences(&json!({ "signer": "ab" }), &Value::Null), ["- signer ab", "+ signer none"]);
    }
}
