//! Output: standard output that may be closed early, and folders written whole or not at all.

use crate::failure::{Failure, input};
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
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(input(format!("standard output cannot be written: {e}"))),
        _ => Ok(()),
    }
}

/// Writes a folder: `fill` fills a temporary one beside it, which takes its name once it is complete.
pub(crate) fn write_folder(target: &Path, force: bool, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    refuse_existing(target, force)?;
    let cannot = |e: std::io::Error| input(format!("{} cannot be written: {e}", target.display()));
    let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(cannot)?;
    let made = tempfile::Builder::new().prefix(".ampel-").tempdir_in(parent).map_err(cannot)?;
    fill(made.path())?;
    open_permissions(made.path()).map_err(cannot)?;
    if target.exists() {
        fs::remove_dir_all(target).map_err(cannot)?;
    }
    fs::rename(made.keep(), target).map_err(cannot)
}

/// Refuses to overwrite before long work begins.
pub(crate) fn refuse_existing(target: &Path, force: bool) -> Result<(), Failure> {
    let blocked = target.exists() && !force && fs::read_dir(target).map_or(true, |mut d| d.next().is_some());
    if blocked { Err(input(format!("{} exists\n  mend: give --force to replace it", target.display()))) } else { Ok(()) }
}

/// A temporary folder is private; the finished one is like any other.
#[cfg(unix)]
fn open_permissions(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_permissions(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Writes a file, with a fault that names it.
pub(crate) fn write_file(file: &Path, content: &str) -> Result<(), Failure> {
    fs::write(file, content).map_err(|e| input(format!("{} cannot be written: {e}", file.display())))
}
