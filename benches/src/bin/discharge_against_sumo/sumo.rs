//! A run of Eclipse SUMO: when front bumpers pass the stop line, as an instant induction loop sees it.

use crate::site::{Site, WATCHED};
use interchange::xml::{Reader, Step};
use model::vehicle::FollowingModel;
use std::path::Path;
use std::process::Command;

/// The first line of `sumo --version`, when it starts at all.
pub(crate) fn version(sumo: &Path) -> Option<String> {
    let output = Command::new(sumo).arg("--version").output().ok().filter(|o| o.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// Seconds from the start of the run, in order.
pub(crate) fn passages(sumo: &Path, site: &Site, model: FollowingModel, step: f64, seed: u64) -> Result<Vec<f64>, String> {
    let (output, loops) = (site.file("loop.xml"), site.file("loop.add.xml"));
    let element = format!(r#"<instantInductionLoop id="line" lane="{WATCHED}_0" pos="-0.01" file="{}"/>"#, output.display());
    site.write("loop.add.xml", &format!("<additional>{element}</additional>\n"))?;
    let mut command = Command::new(sumo);
    command.arg("-n").arg(site.net()).arg("-r").arg(site.routes()).arg("-a").arg(loops);
    command.args(["-b", "0", "-e", &site.end.to_string(), "--seed", &seed.to_string(), "--step-length", &step.to_string()]);
    command.args(["--time-to-teleport", "-1", "--no-step-log", "--no-warnings"]);
    command.args(["--default.carfollowmodel", if model == FollowingModel::Idm { "IDM" } else { "Krauss" }]);
    let ran = command.output().map_err(|e| format!("SUMO does not start: {e}"))?;
    if !ran.status.success() {
        return Err(format!("SUMO failed: {}", String::from_utf8_lossy(&ran.stderr).trim()));
    }
    let mut times = Vec::new();
    let mut xml = Reader::open(&output).map_err(|e| e.to_string())?;
    while let Some(step) = xml.advance().map_err(|e| e.to_string())? {
        let seen = xml.element();
        if step == Step::Open && seen.name() == "instantOut" && seen.get("state") == Some("enter") {
            times.push(seen.need_number("time").map_err(|e| e.to_string())?);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}
