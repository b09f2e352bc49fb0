//! Progress of long work: a bar on a terminal, plain lines elsewhere, nothing when quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar over `total` pieces of work.
pub(crate) fn bar(what: &str, total: u64, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    if !std::io::stderr().is_terminal() {
        crate::output::note(&format!("{what}: {total} to do"));
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len} {per_sec} {eta} left");
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()).with_message(what.to_owned());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

/// Seconds of a clock that only goes forward.
#[expect(clippy::disallowed_methods, reason = "the wall clock belongs to the binary")]
pub(crate) fn clock() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
}
