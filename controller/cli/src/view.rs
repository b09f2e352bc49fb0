//! `ampel view`: hands over to `ampel-view`, the only binary that needs a graphics stack.

use crate::failure::{Failure, input};
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// What to see.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the scenario; without one the window asks.
    scenario: Option<PathBuf>,
    /// Options of the window, such as `--plan PLAN` or `--screenshot FILE --at 07:30:00`; see `ampel-view --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Becomes `ampel-view`.
pub(crate) fn view(args: &Args) -> Result<(), Failure> {
    let program = program();
    let mut command = Command::new(&program);
    command.args(&args.scenario).args(&args.options);
    Err(match hand_over(command) {
        Ok(never) => match never {},
        Err(error) if error.kind() == io::ErrorKind::NotFound => input(
            "the window, ampel-view, is neither beside this program nor on the path\n  \
            mend: build it with `cargo build --release -p visual`",
        ),
        Err(error) => input(format!("{} cannot be started: {error}", program.display())),
    })
}

/// The window's binary: the one beside this program, or else whatever the path has.
fn program() -> PathBuf {
    let name = format!("ampel-view{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(&name)).filter(|file| file.is_file());
    beside.unwrap_or_else(|| name.into())
}

/// Signals and the exit code are the window's own, as if it had been called itself.
#[cfg(unix)]
fn hand_over(mut command: Command) -> io::Result<std::convert::Infallible> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn hand_over(mut command: Command) -> io::Result<std::convert::Infallible> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(2))
}
