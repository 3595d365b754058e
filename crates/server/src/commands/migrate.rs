use anyhow::Result;

use crate::config::Config;
use crate::glue;

/// Prints a line for each change of the schema.
pub(crate) async fn run(config: &Config) -> Result<()> {
    let made = glue::migrate(config).await?;
    for change in &made {
        println!("made {change}");
    }
    println!("{} is up to date", config.database);
    Ok(())
}
