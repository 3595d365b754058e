//! `entra-twin drive walk`: a browser that somebody else drives, line by line.

use clap::Args;
use landfall_entra_twin::{Driver, Step, Stop, Walk};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::drive::pair;

#[derive(Args)]
pub(crate) struct WalkArgs {
    /// What is typed at a landing page.
    #[arg(long)]
    login_name: String,
    /// What is typed at the identity provider.
    #[arg(long = "type", value_name = "FIELD=VALUE", value_parser = pair)]
    typed: Vec<(String, String)>,
}

impl WalkArgs {
    /// Until there are no more lines: of a step that comes to nothing that is said, and the next one may be taken.
    pub(crate) async fn run(&self, driver: Driver) -> String {
        let mut walk = Walk::new(driver, self.login_name.clone(), self.typed.clone());
        let mut steps = 0_usize;
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let ended = match step(&line) {
                Ok(step) => walk.take(&step).await.map_err(|error| chain(&error)),
                Err(problem) => Err(problem),
            };
            println!("{}", ended.as_ref().map_or_else(|error| json!({ "error": error }), said));
            steps += 1;
        }
        format!("walked: {steps} steps")
    }
}

/// A step as it is written, for example `{"open": {"url": "http://127.0.0.1:8080/account"}}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Open {
        url: String,
        short_of: Option<String>,
    },
    Press {
        path: String,
        #[serde(default)]
        fields: Vec<(String, String)>,
    },
}

fn step(line: &str) -> Result<Step, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| format!("no step: {error}"))?;
    Ok(match line {
        Line::Open { url, short_of } => {
            let url: Url = url.parse().map_err(|error| format!("{url:?} is no address: {error}"))?;
            Step::Open { url, short_of }
        }
        Line::Press { path, fields } => Step::Press { path, fields },
    })
}

fn said(stop: &Stop) -> Value {
    let passed: Vec<&str> = stop.passed.iter().map(Url::as_str).collect();
    json!({ "url": stop.url.as_str(), "status": stop.status, "text": stop.text, "passed": passed })
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_line_of_json() {
        let url: Url = "http://127.0.0.1:1/account".parse().unwrap();
        let fields = vec![("answer".to_owned(), "approve".to_owned())];
        for (line, expected) in [
            (r#"{"open":{"url":"http://127.0.0.1:1/account"}}"#, Step::open(url.clone())),
            (
                r#"{"open":{"url":"http://127.0.0.1:1/account","short_of":"http://x/"}}"#,
                Step::Open { url, short_of: Some("http://x/".to_owned()) },
            ),
            (r#"{"press":{"path":"/x"}}"#, Step::Press { path: "/x".to_owned(), fields: Vec::new() }),
            (
                r#"{"press":{"path":"/x","fields":[["answer","approve"]]}}"#,
                Step::Press { path: "/x".to_owned(), fields },
            ),
        ] {
            assert_eq!(step(line), Ok(expected), "{line}");
        }
        for line in [r#"{"open":{"url":"here"}}"#, r#"{"open":{}}"#, r#"{"close":{}}"#, ""] {
            assert!(step(line).is_err(), "{line}");
        }
    }
}
