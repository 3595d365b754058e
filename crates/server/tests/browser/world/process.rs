use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A program that runs as long as this value lives.
pub(super) struct Process {
    child: Child,
    /// Kept open: a program that cannot write ends, or complains.
    _out: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it, and waits for the line on its standard output from which `ready` takes something.
    pub(super) fn start<T>(command: &mut Command, ready: impl Fn(&str) -> Option<T>) -> (Self, T) {
        Self::try_start(command, ready).unwrap_or_else(|status| panic!("{command:?} ended: {status}"))
    }

    /// As [`Process::start`]; of a program that ends before that line, how it ended.
    pub(super) fn try_start<T>(
        command: &mut Command,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Self, T), ExitStatus> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            if let Some(found) = ready(line.trim_end()) {
                return Ok((Self { child, _out: out }, found));
            }
            line.clear();
        }
        Err(child.wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
