//! What may stand behind `cargo xtask`.

use anyhow::{Result, bail};

pub(crate) const USAGE: &str = "\
cargo xtask TASK

  setup   install what is missing on this machine: system packages, developer tools, crates
  test    build and run every test of the workspace, and print a table
  tidy    check what the compiler cannot: dependency direction, file sizes, the tree
  ci      everything that must pass before a change lands";

/// One task, with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Setup,
    Test,
    Tidy,
    Ci,
}

/// Reads the words behind `cargo xtask`.
///
/// # Errors
/// Names the word that is no task, or no option of its task.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Task> {
    let mut words = words.into_iter();
    let task = match words.next().as_deref() {
        None => bail!("which task?"),
        Some("help" | "-h" | "--help") => Task::Help,
        Some("setup") => Task::Setup,
        Some("test") => Task::Test,
        Some("tidy") => Task::Tidy,
        Some("ci") => Task::Ci,
        Some(other) => bail!("there is no task {other:?}"),
    };
    match words.next() {
        None => Ok(task),
        Some(extra) => bail!("{extra:?} is no option of this task"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_task_is_known_by_its_name() {
        assert_eq!(parsed("setup"), Ok(Task::Setup));
        assert_eq!(parsed("test"), Ok(Task::Test));
        assert_eq!(parsed("tidy"), Ok(Task::Tidy));
        assert_eq!(parsed("ci"), Ok(Task::Ci));
        assert_eq!(parsed("--help"), Ok(Task::Help));
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert_eq!(parsed("tests"), Err("there is no task \"tests\"".to_owned()));
        assert_eq!(parsed("tidy --fast"), Err("\"--fast\" is no option of this task".to_owned()));
        assert_eq!(parsed(""), Err("which task?".to_owned()));
    }
}
