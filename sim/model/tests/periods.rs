//! Periods of a scenario: the same streets at other times with another demand, all of them checked at once.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::scenario::{Fault, Faults, Files, load, period_files};
use model::time::{DaySecond, Seconds};
use model::toy::Grid;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The time of a period within a day, with its demand and its plan.
const MIDDAY: &str = "\n[[period]]\nname = \"midday\"\ntitle = \"A toy at noon\"\nbegin_s = 43200\nend_s = 46800\n\
    warm_up_s = 300\ndemand = \"demand/midday.toml\"\ndefault_plan = \"slow\"\n";
/// Another, with as little as it takes.
const EVENING: &str = "\n[[period]]\nname = \"evening\"\ntitle = \"A toy at dusk\"\nbegin_s = 64800\nend_s = 66600\ndemand = \"demand/evening.toml\"\n";

/// A toy with two plans and three periods: its own, one with twice the demand, and one in which nobody travels.
fn toy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    Grid { columns: 2, ..Grid::default() }.files().write(folder.path()).unwrap();
    edit(folder.path(), "scenario.toml", |text| {
        text.replace("begin_s =", "period_name = \"morning\"\nbegin_s =") + MIDDAY + EVENING
    });
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let plan = read("plans/plain.toml").replace("name = \"plain\"", "name = \"slow\"");
    fs::write(folder.path().join("plans/slow.toml"), plan).unwrap();
    fs::create_dir(folder.path().join("demand")).unwrap();
    let midday = read("demand.toml").replace("flow_veh_per_h = 560.0", "flow_veh_per_h = 1120.0");
    fs::write(folder.path().join("demand/midday.toml"), midday).unwrap();
    let nobody = "schema = 1\nsource = \"assumed: nobody travels\"\n";
    fs::write(folder.path().join("demand/evening.toml"), nobody).unwrap();
    folder
}

fn edit(folder: &Path, file: &str, change: impl FnOnce(String) -> String) {
    let file = folder.join(file);
    let text = change(fs::read_to_string(&file).unwrap());
    fs::write(file, text).unwrap();
}

fn faults(folder: &Path) -> Vec<Fault> {
    let Faults(found) = load(folder).expect_err("the scenario is broken");
    assert!(found.iter().all(|f| !f.mend.is_empty()), "{found:?}");
    found
}

/// The text of the line that a fault names.
fn line_of(fault: &Fault) -> String {
    let text = fs::read_to_string(&fault.file).unwrap();
    text.lines().nth(fault.line.unwrap_or_else(|| panic!("no line: {fault}")) - 1).unwrap().to_owned()
}

#[test]
fn a_period_has_its_own_times_demand_and_plan_and_the_streets_of_the_scenario() {
    let morning = load(toy().path()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((morning.period.as_deref(), morning.begin), (Some("morning"), DaySecond(3600)));
    let names: Vec<&str> = morning.periods.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["morning", "midday", "evening"]);
    let midday = morning.in_period("midday").unwrap();
    assert_eq!((midday.begin, midday.end, midday.warm_up), (DaySecond(43_200), DaySecond(46_800), Seconds(300)));
    assert_eq!((midday.period.as_deref(), midday.title.as_str()), (Some("midday"), "A toy at noon"));
    assert_eq!((morning.default_plan.as_deref(), midday.default_plan.as_deref()), (Some("plain"), Some("slow")));
    let most = |s: &model::scenario::Scenario| s.demand.flows.iter().map(|f| f.flow.in_veh_per_h()).fold(0.0, f64::max);
    assert!(most(&midday) > 1.9 * most(&morning), "{} and {}", most(&midday), most(&morning));
    assert_eq!(midday.network.links.len(), morning.network.links.len());
    assert_eq!((midday.plans.len(), midday.signals.len()), (2, 2));
}

#[test]
fn a_period_that_names_no_plan_and_no_warm_up_has_the_plan_of_the_scenario_and_none() {
    let evening = load(toy().path()).unwrap().in_period("evening").unwrap();
    assert_eq!((evening.default_plan.as_deref(), evening.warm_up), (Some("plain"), Seconds(0)));
    assert!(evening.demand.flows.is_empty());
}

#[test]
fn assumptions_are_those_of_the_demand_that_travels() {
    let morning = load(toy().path()).unwrap();
    let evening = morning.in_period("evening").unwrap();
    let says = |s: &model::scenario::Scenario| s.assumptions.contains(&"demand: assumed: nobody travels".to_owned());
    assert!(says(&evening) && !says(&morning), "{:?} and {:?}", evening.assumptions, morning.assumptions);
    assert!(evening.assumptions.iter().any(|a| a.contains("this is a toy")), "{:?}", evening.assumptions);
}

#[test]
fn from_every_period_there_is_a_way_back() {
    let morning = load(toy().path()).unwrap();
    let again = morning.in_period("evening").unwrap().in_period("morning").unwrap();
    assert_eq!((again.begin, again.demand.flows.len()), (morning.begin, morning.demand.flows.len()));
    assert_eq!((again.title, again.assumptions), (morning.title, morning.assumptions));
}

#[test]
fn an_unknown_period_is_an_error_that_lists_those_there_are() {
    let said = load(toy().path()).unwrap().in_period("night").unwrap_err().to_string();
    assert_eq!(said, "period \"night\" does not exist; there are morning, midday, evening");
    let said = Grid::default().scenario().in_period("night").unwrap_err().to_string();
    assert_eq!(said, "period \"night\" does not exist; the scenario names none");
}

#[test]
fn what_is_written_is_read_again() {
    let (folder, copy) = (toy(), tempfile::tempdir().unwrap());
    Files::read(folder.path()).unwrap().write(copy.path()).unwrap();
    let (a, b) = (load(folder.path()).unwrap(), load(copy.path()).unwrap());
    assert_eq!(format!("{:?}", a.periods), format!("{:?}", b.periods));
    let files = period_files(copy.path());
    assert_eq!(files, ["demand/midday.toml", "demand/evening.toml"].map(|f| copy.path().join(f)));
}

#[test]
fn what_is_wrong_with_a_period_is_told_with_its_line() {
    let cases = [
        ("name = \"midday\"", "name = \"evening\"", "period \"evening\" stands twice", "name = \"evening\""),
        ("name = \"midday\"", "name = \"morning\"", "period \"morning\" stands twice", "name = \"morning\""),
        ("name = \"midday\"", "name = \"\"", "a period has an empty name", "name = \"\""),
        ("end_s = 46800", "end_s = 43200", "period \"midday\" from 43200 s to 43200 s is empty", "end_s = 43200"),
        ("warm_up_s = 300", "warm_up_s = 43201", "begins before the day", "warm_up_s = 43201"),
        ("\"slow\"", "\"fast\"", "plan \"fast\" of period \"midday\" does not exist", "default_plan = \"fast\""),
        ("/midday.toml", "/noon.toml", "the demand of period \"midday\" is missing: demand/noon.toml", "noon.toml"),
        ("demand/midday.toml", "../midday.toml", "is no file of the folder", "../midday.toml"),
        ("warm_up_s = 300", "warm_s = 300", "unknown field `warm_s`", "warm_s"),
        ("warm_up_s = 300", "end_s = 300", "duplicate key", "end_s = 300"),
    ];
    for (find, replace, says, line) in cases {
        let folder = toy();
        edit(folder.path(), "scenario.toml", |text| text.replacen(find, replace, 1));
        let found = faults(folder.path());
        let fits = |f: &&Fault| f.file.ends_with("scenario.toml") && f.what.contains(says) && line_of(f).contains(line);
        assert!(found.iter().any(|f| fits(&f)), "\"{says}\" at \"{line}\" does not stand in {found:?}");
    }
}

#[test]
fn a_period_before_the_first_plan_of_the_day_is_refused() {
    let folder = toy();
    edit(folder.path(), "scenario.toml", |text| text + "\n[[day_plan]]\nfrom_s = 3600\nplan = \"plain\"\n");
    assert!(load(folder.path()).is_ok());
    edit(folder.path(), "scenario.toml", |text| text.replace("begin_s = 43200", "begin_s = 1800"));
    let found = faults(folder.path());
    assert!(found[0].what.contains("period \"midday\" begins at 1500 s") && line_of(&found[0]).contains("midday"), "{found:?}");
}

#[test]
fn the_faults_of_all_demands_come_at_once() {
    let folder = toy();
    edit(folder.path(), "demand.toml", |text| text.replacen("560.0", "-5", 1));
    edit(folder.path(), "demand/midday.toml", |text| text.replacen("from = \"", "from = \"no ", 1));
    edit(folder.path(), "demand/evening.toml", |text| {
        text + "[[trip]]\nname = \"t\"\ntype = \"cart\"\ndepart_s = 64800.0\nfrom = \"a\"\nto = \"b\"\n"
    });
    let found = faults(folder.path());
    let files: BTreeSet<_> = found.iter().map(|f| f.file.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), ["demand.toml", "demand/evening.toml", "demand/midday.toml"], "{found:?}");
    assert!(found.iter().all(|f| f.line.is_some()), "{found:?}");
}
