//! `entra-twin attack`: every fault against a running service provider, a line a case.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use landfall_entra_twin::{Attack, DataDir, Fault, MetadataSource, Twin, Verdict};
use serde_json::json;
use url::Url;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder of the double, whose key the service provider trusts.
    #[arg(long)]
    data: PathBuf,
    /// The metadata of the service provider: an address or a file.
    #[arg(long, value_name = "URL-OR-FILE")]
    sp_metadata: MetadataSource,
    /// Where a login begins: a page with the field login_name, or a redirect to the identity provider.
    #[arg(long)]
    login: Url,
    /// The page that says who is signed in, by user principal name.
    #[arg(long)]
    whoami: Url,
    /// One case, by its name; more than one if it stands there more often.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Seconds that one step may take before it counts as a hang.
    #[arg(long, default_value_t = Attack::PATIENCE.as_secs())]
    patience: u64,
}

impl Arguments {
    /// Prints each case as it comes and the sum at last; whether none failed, of some that were played.
    pub(crate) async fn run(self) -> Result<bool> {
        let cases = self.cases()?;
        let data = DataDir::at(&self.data);
        let twin = Twin::new(data.tenant()?, data.app()?, crate::now);
        let metadata = self.sp_metadata.read().await?;
        let attack = Attack::prepare(twin, &metadata, self.login, self.whoami)
            .await?
            .with_patience(Duration::from_secs(self.patience));
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for fault in cases {
            let case = attack.run(fault).await;
            if self.json {
                println!("{}", case.to_json())
            } else {
                println!("{case}")
            }
            match case.verdict() {
                Verdict::Passed => passed += 1,
                Verdict::Failed(_) => failed += 1,
                _ => skipped += 1,
            }
        }
        if self.json {
            println!("{}", json!({ "passed": passed, "failed": failed, "skipped": skipped }));
        } else {
            println!("{passed} passed, {failed} failed, {skipped} left out");
        }
        ensure!(
            passed + failed > 0,
            "nothing was played: the service provider offers nothing of what it needs"
        );
        Ok(failed == 0)
    }

    fn cases(&self) -> Result<Vec<&'static Fault>> {
        if self.only.is_empty() {
            return Ok(Fault::all().collect());
        }
        let find = |name: &String| Fault::find(name).with_context(|| no_such(name));
        self.only.iter().map(find).collect()
    }
}

fn no_such(name: &str) -> String {
    let names: Vec<&str> = Fault::all().map(Fault::name).collect();
    format!("there is no fault {name:?}: expected one of {}", names.join(", "))
}
