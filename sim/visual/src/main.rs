//! `ampel-view`: the window, or one picture without any window.

use clap::Parser;
use clap::builder::PossibleValuesParser;
use evaluation::report::Language;
use model::geometry::Point;
use model::id::SignalId;
use model::scenario::{PlanSet, Scenario};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use visual::palette::Theme;
use visual::{Diagram, Layer, Look, Opening};

/// Runs a scenario in a window, or draws one moment of it.
#[derive(Parser)]
#[command(
    name = "ampel-view",
    version,
    after_help = "In the window, ? shows all keys. Exit codes: 0 well, 2 bad input or no display."
)]
struct Arguments {
    /// Folder with scenario.toml; without one the window asks
    scenario: Option<PathBuf>,
    /// Period of the scenario, such as midday; its own times and demand.toml when absent
    #[arg(long, value_name = "NAME")]
    period: Option<String>,
    /// Name of a plan of the scenario, or path of a plan file; the default plan when absent
    #[arg(long)]
    plan: Option<String>,
    /// Another plan, by name or file, that is held against it: two worlds, one clock
    #[arg(long, value_name = "PLAN")]
    compare: Option<String>,
    /// Seed of the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw one moment into this PNG file, without a window, and leave
    #[arg(long, value_name = "FILE", value_parser = png)]
    screenshot: Option<PathBuf>,
    /// Moment of the day to begin at, in seconds or as HH:MM:SS; the scenario's first second when absent
    #[arg(long, value_name = "S", value_parser = moment)]
    at: Option<f64>,
    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: (u32, u32),
    /// What to see in the middle, metres east and north of the scenario's origin
    #[arg(long, value_name = "X,Y", requires = "zoom", value_parser = point, allow_hyphen_values = true)]
    centre: Option<Point>,
    /// Metres per pixel
    #[arg(long, value_name = "M_PER_PX", requires = "centre", value_parser = zoom)]
    zoom: Option<f64>,
    /// What colours the roads
    #[arg(long, value_parser = PossibleValuesParser::new(Layer::ALL.map(Layer::key)))]
    layer: Option<String>,
    /// Which diagram is open
    #[arg(long, value_parser = PossibleValuesParser::new(Diagram::ALL.map(Diagram::key)))]
    diagram: Option<String>,
    /// Name of the signal that is looked at
    #[arg(long, value_name = "NAME")]
    signal: Option<String>,
    /// Both worlds beside each other
    #[arg(long, requires = "compare")]
    split: bool,
    /// Dark paper
    #[arg(long)]
    dark: bool,
    /// Language of the window
    #[arg(long, value_name = "LANG", value_parser = PossibleValuesParser::new(["en", "de"]))]
    lang: Option<String>,
    /// The map alone, without panels
    #[arg(long)]
    map_only: bool,
}

fn png(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_png = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"));
    if is_png { Ok(path) } else { Err("pictures are written as PNG: name a file that ends in .png".into()) }
}

fn moment(text: &str) -> Result<f64, String> {
    let parts: Result<Vec<f64>, _> = text.split(':').map(str::parse::<f64>).collect();
    match parts.as_deref() {
        Ok([s]) if (0.0..1e6).contains(s) => Ok(*s),
        Ok([h, m]) if (0.0..48.0).contains(h) && (0.0..60.0).contains(m) => Ok(h * 3600.0 + m * 60.0),
        Ok([h, m, s]) if (0.0..48.0).contains(h) && (0.0..60.0).contains(m) && (0.0..60.0).contains(s) => {
            Ok(h * 3600.0 + m * 60.0 + s)
        }
        _ => Err("give seconds of the day, such as 27000, or a time, such as 07:30:00".into()),
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let side = |s: &str| s.parse::<u32>().ok().filter(|n| (64..=8192).contains(n));
    text.split_once(['x', 'X'])
        .and_then(|(w, h)| Some((side(w)?, side(h)?)))
        .ok_or_else(|| "give width and height from 64 to 8192 pixels, such as 1280x800".into())
}

fn point(text: &str) -> Result<Point, String> {
    let part = |s: &str| s.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    text.split_once(',')
        .and_then(|(x, y)| Some(Point::new(part(x)?, part(y)?)))
        .ok_or_else(|| "give metres east and north, such as 120,-35".into())
}

fn zoom(text: &str) -> Result<f64, String> {
    let metres = text.parse::<f64>().ok().filter(|v| (0.01..=60.0).contains(v));
    metres.ok_or_else(|| "give metres per pixel from 0.01 to 60, such as 0.1".into())
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let mut opening = Opening { seed: arguments.seed, size: arguments.size, ..Opening::default() };
    if arguments.screenshot.is_none()
        && let Some(file) = memory()
    {
        opening = opening.remembering(file);
    }
    lay_desk(&arguments, &mut opening);
    if let Some(folder) = &arguments.scenario {
        match scenario(folder, arguments.period.as_deref()) {
            Ok(scenario) => lay_scenario(&arguments, scenario, &mut opening)?,
            // In the window the faults can be read, and another scenario opened.
            Err(Unopened::Faults(faults)) if arguments.screenshot.is_none() => opening.faults = Some(faults),
            Err(other) => return Err(other.to_string()),
        }
        opening.folder = Some(folder.clone());
    }
    let opened = match arguments.screenshot {
        Some(file) => visual::picture(opening, &file),
        None => visual::window(opening),
    };
    opened.map_err(|e| e.to_string())
}

/// Where the layout of the window is remembered: in the folder for settings of whoever is logged in.
fn memory() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let settings = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
    Some(settings.join("ampel").join("window.toml"))
}

fn lay_desk(arguments: &Arguments, opening: &mut Opening) {
    let desk = &mut opening.desk;
    if let Some(key) = &arguments.layer {
        desk.layer = Layer::ALL.into_iter().find(|l| l.key() == key);
    }
    if let Some(key) = &arguments.diagram {
        desk.diagram = Diagram::ALL.into_iter().find(|d| d.key() == key);
    }
    if let Some(language) = &arguments.lang {
        desk.language = if language == "de" { Language::German } else { Language::English };
    }
    desk.split = arguments.split;
    desk.panels = !arguments.map_only;
    if arguments.dark {
        opening.theme = Theme::Dark;
    }
}

fn lay_scenario(arguments: &Arguments, scenario: Scenario, opening: &mut Opening) -> Result<(), String> {
    opening.plan = plan(&scenario, arguments.plan.as_deref())?;
    if let Some(other) = &arguments.compare {
        opening.compared = plan(&scenario, Some(other))?;
    }
    within(&scenario, arguments.at)?;
    opening.at = arguments.at;
    opening.look = arguments.centre.zip(arguments.zoom).map(|(centre, metres_per_pixel)| Look { centre, metres_per_pixel });
    if let Some(name) = &arguments.signal {
        opening.desk.signal = Some(signal(&scenario, name)?);
    }
    opening.scenario = Some(scenario);
    Ok(())
}

fn signal(scenario: &Scenario, name: &str) -> Result<SignalId, String> {
    let found = scenario.signals.enumerate().find(|(_, s)| s.name == name).map(|(id, _)| id);
    let names = || scenario.signals.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("there is no signal `{name}`\n  mend: name one of: {}", names()))
}

/// Why a scenario cannot be opened.
enum Unopened {
    Faults(model::scenario::Faults),
    Period(model::scenario::UnknownPeriod),
}

impl std::fmt::Display for Unopened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Faults(faults) => faults.fmt(f),
            Self::Period(unknown) => unknown.fmt(f),
        }
    }
}

/// The scenario of a folder, in the period of a name.
fn scenario(folder: &Path, period: Option<&str>) -> Result<Scenario, Unopened> {
    let scenario = model::scenario::load(folder).map_err(Unopened::Faults)?;
    match period {
        Some(name) => scenario.in_period(name).map_err(Unopened::Period),
        None => Ok(scenario),
    }
}

fn within(scenario: &Scenario, at: Option<f64>) -> Result<(), String> {
    let (start, end) = (scenario.start(), scenario.end);
    match at {
        Some(second) if !(f64::from(start.0)..=f64::from(end.0)).contains(&second) => {
            Err(format!("the scenario runs from {start} to {end} (seconds {} to {}); --at lies outside", start.0, end.0))
        }
        _ => Ok(()),
    }
}

/// A plan of the scenario by name, or a plan file.
fn plan(scenario: &Scenario, wanted: Option<&str>) -> Result<Option<PlanSet>, String> {
    if let Some(found) = scenario.plan(wanted) {
        return Ok(Some(found.clone()));
    }
    let Some(wanted) = wanted else { return Ok(None) };
    let file = Path::new(wanted);
    if file.exists() {
        return model::scenario::load_plan(scenario, file).map(Some).map_err(|faults| faults.to_string());
    }
    let names: Vec<&str> = scenario.plans.keys().map(String::as_str).collect();
    Err(format!("there is no plan `{wanted}`\n  mend: name one of: {}; or a plan file", names.join(", ")))
}
