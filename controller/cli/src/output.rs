//! Output: standard output that may be closed early, and what is written for results.

use crate::failure::{Failure, input};
use crate::folder::Target;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Prints to standard output; a reader that has gone is no fault.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(input(format!("standard output cannot be written: {e}"))),
        _ => Ok(()),
    }
}

/// Writes a folder of results: `fill` fills a temporary one beside it, which takes its name once it is complete.
pub(crate) fn write_folder(target: &Path, force: bool, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    Target { folder: target, force, scenario: false, inputs: &[] }.write(fill)
}

/// Refuses to overwrite, and to write where nothing can be written, before long work begins.
pub(crate) fn refuse_existing(target: &Path, force: bool) -> Result<(), Failure> {
    Target { folder: target, force, scenario: false, inputs: &[] }.refuse()
}

/// Writes a file, with a fault that names it.
pub(crate) fn write_file(file: &Path, content: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), Failure> {
    fs::write(file, content).map_err(|e| input(format!("{} cannot be written: {e}", file.display())))
}

/// Writes a line to standard error; nobody may be there to read it.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
