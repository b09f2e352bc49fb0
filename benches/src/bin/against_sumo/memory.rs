//! How much memory a process holds at most.

use std::io;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// How often the system is asked.
const INTERVAL: Duration = Duration::from_millis(50);

/// Runs a command to its end, and asks the system meanwhile for the most memory it has held, in MiB; 0 where the system
/// does not say. What it prints has to fit into a pipe.
pub(crate) fn watched(command: &mut Command) -> io::Result<(Output, f64)> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut peak = 0.0_f64;
    while child.try_wait()?.is_none() {
        // What is called SUMO may be a script that starts it.
        let all = std::iter::once(child.id()).chain(children(child.id()));
        peak = all.filter_map(peak_mib).fold(peak, f64::max);
        std::thread::sleep(INTERVAL);
    }
    Ok((child.wait_with_output()?, peak))
}

fn children(process: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// The high-water mark of resident memory, as Linux gives it.
fn peak_mib(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
