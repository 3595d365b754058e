//! Our verifier and those of others on the same messages, as a table.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::{SIZES, least};
use crate::setup;
use crate::workspace::{Workspace, run as to_its_end};

/// In the order of the table; the first is what the others are compared with.
const ROWS: [&str; 5] = ["limit", "landfall", "libxmlsec1", "samael", "bergshamra"];
/// Its package is a workspace of its own, with its own lock file.
const MANIFEST: &str = "--locked --manifest-path benches/peers/Cargo.toml --bench peers";
/// All of them run on one core, so that what disturbs one disturbs the next.
const CORE: &str = "1";

/// Measures all in one run, and prints microseconds and ratios to the limit.
///
/// # Errors
/// When something cannot be built, or a verifier refuses a message.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::system(workspace)?;
    to_its_end(&mut workspace.cargo(&format!("bench --quiet {MANIFEST} --no-run")))?;
    let mut bench = workspace.command("taskset");
    bench.args(["-c", CORE, "cargo", "bench", "--quiet"]).args(MANIFEST.split(' '));
    to_its_end(bench.args(["--", "--noplot"]))?;
    println!("\n{}", table(&workspace.target().join("criterion/peers"))?);
    Ok(())
}

fn table(measured: &Path) -> Result<String> {
    let head: String = SIZES.iter().map(|size| format!("{size:>20}")).collect();
    let mut table = format!("{:<12}{head}", "us, x limit");
    for row in ROWS {
        let _ = write!(table, "\n{row:<12}");
        for size in SIZES {
            let of = |who: &str| least(&measured.join(who).join(size));
            let (time, limit) = (of(row)?, of("limit")?);
            let _ = write!(table, "{:>11.1} {:>6.2} x", time / 1000.0, time / limit);
        }
    }
    let encrypted = least(&measured.join("landfall/encrypted"))?;
    let _ = write!(table, "\nlandfall, 6KB encrypted: {:.1} us with the decryption", encrypted / 1000.0);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_and_a_column_for_each_size() {
        let folder = tempfile::tempdir().unwrap();
        for (who, time) in ROWS.into_iter().zip([15_000.0, 21_000.0, 90_000.0, 210_000.0, 75_000.0]) {
            for size in SIZES {
                sample(&folder.path().join(who).join(size), time);
            }
        }
        sample(&folder.path().join("landfall/encrypted"), 500_000.0);
        let table = table(folder.path()).unwrap();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 7, "{table}");
        let column = "       21.0   1.40 x";
        assert_eq!(lines[2], format!("landfall    {}", column.repeat(3)));
        assert_eq!(lines[6], "landfall, 6KB encrypted: 500.0 us with the decryption");
    }
}
