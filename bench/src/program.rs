//! A program that runs beside this one: a line for each answer.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A program that runs.
pub(crate) struct Program {
    child: Child,
    /// Closing it tells the program to end.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(path: &Path, arguments: &[impl AsRef<OsStr>]) -> Self {
        let mut child =
            Command::new(path).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout }
    }

    /// The next line that it says.
    pub(crate) fn answer(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the program has ended");
        line.trim().to_owned()
    }

    /// What one of so many took, in nanoseconds.
    pub(crate) fn ask(&mut self, what: &str, times: usize) -> f64 {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{what} {times}").unwrap();
        stdin.flush().unwrap();
        self.answer().parse().unwrap()
    }

    /// Which process it is.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it, and waits until it has.
    pub(crate) fn stop(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
