//! The files of a scenario folder, read and written.

use super::file::{
    CorridorsFile, DemandFile, NetworkFile, PeriodFile, PlanFile, RoadworksFile, SCHEMA, ScenarioFile, SignalsFile,
};
use super::upgrade::{Version, upgrade};
use super::{Fault, Faults};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// A parsed file, with its text so that a fault can name its line.
#[derive(Debug, Clone)]
pub(super) struct Sourced<T> {
    pub(super) file: PathBuf,
    text: String,
    pub(super) content: T,
}

impl<T> Sourced<T> {
    fn made(file: &str, content: T) -> Self {
        Self { file: file.into(), text: String::new(), content }
    }

    /// A fault at a place of this file.
    pub(super) fn fault(&self, at: Range<usize>, what: impl Into<String>, mend: impl Into<String>) -> Fault {
        let line = (at.end > 0).then(|| line_of(&self.text, at.start));
        Fault { file: self.file.clone(), line, what: what.into(), mend: mend.into(), is_unsafe: false }
    }

    /// Where a key stands that is not in a table; nowhere when the file does not have it.
    pub(super) fn key(&self, key: &str) -> Range<usize> {
        key_in(&self.text, key)
    }
}

fn key_in(text: &str, key: &str) -> Range<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n').take_while(|l| !l.trim_start().starts_with('[')) {
        if line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return offset..offset + line.len();
        }
        offset += line.len();
    }
    0..0
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&b| b == b'\n').count() + 1
}

/// Everything in a scenario folder, parsed but not yet checked.
#[derive(Debug, Clone)]
pub struct Files {
    pub(super) scenario: Sourced<ScenarioFile>,
    pub(super) network: Sourced<NetworkFile>,
    pub(super) signals: Sourced<SignalsFile>,
    pub(super) plans: Vec<Sourced<PlanFile>>,
    pub(super) demand: Sourced<DemandFile>,
    pub(super) roadworks: Sourced<RoadworksFile>,
    pub(super) corridors: Sourced<CorridorsFile>,
    /// The demand of each period, in the order of the periods.
    pub(super) periods: Vec<Sourced<DemandFile>>,
}

impl Files {
    /// Files made by a program, such as an importer.
    pub fn new(
        scenario: ScenarioFile,
        network: NetworkFile,
        signals: SignalsFile,
        plans: Vec<PlanFile>,
        demand: DemandFile,
        roadworks: RoadworksFile,
    ) -> Self {
        let plans = plans.into_iter().map(|p| Sourced::made(&format!("plans/{}.toml", p.name), p)).collect();
        Self {
            scenario: Sourced::made("scenario.toml", scenario),
            network: Sourced::made("network.toml", network),
            signals: Sourced::made("signals.toml", signals),
            plans,
            demand: Sourced::made("demand.toml", demand),
            roadworks: Sourced::made("roadworks.toml", roadworks),
            corridors: Sourced::made("corridors.toml", no_corridors()),
            periods: Vec::new(),
        }
    }

    /// The files with one more period and its demand.
    #[must_use]
    pub fn with_period(mut self, period: PeriodFile, demand: DemandFile) -> Self {
        self.periods.push(Sourced::made(period.demand.get_ref(), demand));
        self.scenario.content.periods.push(period);
        self
    }

    /// The files with another frame and demand, such as more trips.
    #[must_use]
    pub fn changed(mut self, change: impl FnOnce(&mut ScenarioFile, &mut DemandFile)) -> Self {
        change(&mut self.scenario.content, &mut self.demand.content);
        self
    }

    /// The files with other demands: that of `demand.toml` and those of all periods.
    #[must_use]
    pub fn with_demands(mut self, mut change: impl FnMut(&mut DemandFile)) -> Self {
        change(&mut self.demand.content);
        self.periods.iter_mut().for_each(|demand| change(&mut demand.content));
        self
    }

    /// The files with another network, such as more stops.
    #[must_use]
    pub fn with_network(mut self, change: impl FnOnce(&mut NetworkFile)) -> Self {
        change(&mut self.network.content);
        self
    }

    /// Reads the files of a folder.
    ///
    /// # Errors
    /// Every file that is missing, unreadable or not of its format.
    pub fn read(folder: &Path) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let scenario = take(read_required(&folder.join("scenario.toml")), &mut faults);
        let network = take(read_required(&folder.join("network.toml")), &mut faults);
        let demand = take(read_required(&folder.join("demand.toml")), &mut faults);
        let signals = take(read_or(&folder.join("signals.toml"), || SignalsFile { schema: 1, signals: Vec::new() }), &mut faults);
        let roadworks =
            take(read_or(&folder.join("roadworks.toml"), || RoadworksFile { schema: 1, roadworks: Vec::new() }), &mut faults);
        let corridors = take(read_or(&folder.join("corridors.toml"), no_corridors), &mut faults);
        let plans =
            plan_files(&folder.join("plans"), &mut faults).iter().filter_map(|p| take(read_required(p), &mut faults)).collect();
        let periods = scenario.as_ref().map_or_else(Vec::new, |s| read_periods(s, folder, &mut faults));
        match (scenario, network, signals, demand, roadworks, corridors) {
            (Some(scenario), Some(network), Some(signals), Some(demand), Some(roadworks), Some(corridors))
                if faults.is_empty() =>
            {
                Ok(Self { scenario, network, signals, plans, demand, roadworks, corridors, periods })
            }
            _ => Err(Faults(faults)),
        }
    }

    /// Writes the files into an existing folder.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_toml(&folder.join("scenario.toml"), &self.scenario.content)?;
        write_toml(&folder.join("network.toml"), &self.network.content)?;
        write_toml(&folder.join("demand.toml"), &self.demand.content)?;
        if !self.signals.content.signals.is_empty() {
            write_toml(&folder.join("signals.toml"), &self.signals.content)?;
        }
        if !self.roadworks.content.roadworks.is_empty() {
            write_toml(&folder.join("roadworks.toml"), &self.roadworks.content)?;
        }
        if !self.corridors.content.corridors.is_empty() {
            write_toml(&folder.join("corridors.toml"), &self.corridors.content)?;
        }
        for plan in &self.plans {
            fs::create_dir_all(folder.join("plans"))?;
            write_toml(&folder.join("plans").join(format!("{}.toml", plan.content.name)), &plan.content)?;
        }
        for (period, demand) in self.scenario.content.periods.iter().zip(&self.periods) {
            let file = folder.join(period.demand.get_ref());
            fs::create_dir_all(file.parent().unwrap_or(folder))?;
            write_toml(&file, &demand.content)?;
        }
        Ok(())
    }
}

/// The demand of every period; a fault where it is missing names the line of the period.
fn read_periods(scenario: &Sourced<ScenarioFile>, folder: &Path, faults: &mut Vec<Fault>) -> Vec<Sourced<DemandFile>> {
    let mut read = |period: &PeriodFile| {
        let (name, at) = (period.demand.get_ref(), period.demand.span());
        let mut say = |what: String, mend: &str| faults.push(scenario.fault(at.clone(), what, mend));
        if !is_within(Path::new(name)) {
            say(format!("\"{name}\" is no file of the folder"), "name a file below scenario.toml, such as demand/midday.toml");
            return None;
        }
        let file = folder.join(name);
        if !file.exists() {
            let what = format!("the demand of period \"{}\" is missing: {name}", period.name.get_ref());
            say(what, "write that file in the format of demand.toml, or name another one");
            return None;
        }
        take(read_required(&file), faults)
    };
    scenario.content.periods.iter().filter_map(&mut read).collect()
}

/// Whether a path leads down from the folder only.
fn is_within(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// The files of demand that the periods of a scenario folder name, as far as `scenario.toml` can be read.
pub fn period_files(folder: &Path) -> Vec<PathBuf> {
    let scenario = read_required::<ScenarioFile>(&folder.join("scenario.toml"));
    let names = scenario.into_iter().flat_map(|s| s.content.periods).map(|p| p.demand.into_inner());
    names.filter(|name| is_within(Path::new(name))).map(|name| folder.join(name)).collect()
}

fn no_corridors() -> CorridorsFile {
    CorridorsFile { schema: SCHEMA, corridors: Vec::new() }
}

fn write_toml<T: Serialize>(file: &Path, content: &T) -> io::Result<()> {
    let text = toml::to_string(content).map_err(io::Error::other)?;
    fs::write(file, text)
}

fn take<T>(read: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

fn plan_files(folder: &Path, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(e) => {
            faults.push(Fault {
                file: folder.into(),
                line: None,
                what: e.to_string(),
                mend: "make it a folder of plan files".into(),
                is_unsafe: false,
            });
            return Vec::new();
        }
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == "toml")).collect();
    files.sort();
    files
}

fn read_or<T: DeserializeOwned>(file: &Path, absent: impl FnOnce() -> T) -> Result<Sourced<T>, Fault> {
    if file.exists() { read_required(file) } else { Ok(Sourced { file: file.into(), text: String::new(), content: absent() }) }
}

/// Reads one file, upgrading it when it is old.
pub(super) fn read_required<T: DeserializeOwned>(file: &Path) -> Result<Sourced<T>, Fault> {
    let fault = |line: Option<usize>, what: String, mend: &str| Fault {
        file: file.into(),
        line,
        what,
        mend: mend.into(),
        is_unsafe: false,
    };
    let bytes = fs::read(file).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => fault(None, "the file is missing".into(), "a scenario folder needs it; see the README"),
        _ => fault(None, format!("cannot be read: {e}"), "make it a readable text file"),
    })?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let sound = e.utf8_error().valid_up_to();
        let line = line_of(&String::from_utf8_lossy(e.as_bytes()), sound);
        fault(Some(line), "the text is not UTF-8".into(), "save the file in the encoding UTF-8")
    })?;
    let syntax = |e: &toml::de::Error| {
        let line = e.span().map(|span| line_of(&text, span.start));
        let mend = "compare with a scenario that loads, or let an editor check it against the schema in assets/schema";
        fault(line, e.message().trim().replace('\n', ", "), mend)
    };
    let table: toml::Table = toml::from_str(&text).map_err(|e| syntax(&e))?;
    let content = match upgrade(table) {
        Version::Current => toml::from_str(&text).map_err(|e| syntax(&e))?,
        Version::Upgraded(table) => table.try_into().map_err(|e| syntax(&e))?,
        Version::Unknown(what) => {
            let at = key_in(&text, "schema");
            let line = (at.end > 0).then(|| line_of(&text, at.start));
            return Err(fault(line, what, "begin the file with `schema = 1`"));
        }
    };
    Ok(Sourced { file: file.into(), text, content })
}
