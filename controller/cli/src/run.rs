//! `ampel run`.

use crate::failure::{Failure, input};
use crate::output::{Format, print};
use crate::progress::bar;
use crate::select::{Chosen, Runs, plan};
use controller::{SwitchError, TimeOfDay};
use evaluation::{Interval, RunResult, Setup, day_plan, interval, run_all, run_day, run_one};
use model::scenario::{PlanSet, Scenario, Switch};
use model::vehicle::FollowingModel;
use serde_json::{Map, Value, json};
use sim::Gridlock;
use std::fmt::Write;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Plan of the scenario, or a plan file; when absent the day plan of the scenario, or its default plan without one.
    #[arg(long)]
    plan: Option<String>,
    /// Controller: `fixed` plays one plan, `day-plan` follows the day plan of the scenario.
    #[arg(long, value_parser = ["fixed", "day-plan"])]
    controller: Option<String>,
    /// Following model of all vehicles; that of their types when absent.
    #[arg(long, value_enum)]
    following: Option<Following>,
    #[command(flatten)]
    runs: Runs,
    /// Lets the run last so many hours: flows that last to the end of the scenario go on.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=168))]
    hours: Option<u32>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// A following model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Following {
    /// Intelligent Driver Model.
    Idm,
    /// The model of Krauss, as SUMO carries it out.
    Krauss,
}

impl Following {
    fn model(self) -> FollowingModel {
        match self {
            Self::Idm => FollowingModel::Idm,
            Self::Krauss => FollowingModel::Krauss,
        }
    }
}

/// Who decides what the signals show.
enum Control<'a> {
    /// One plan all the time; without signals none.
    Fixed(Option<PlanSet>),
    /// The plans of the day, and the one with which the run begins.
    Day(TimeOfDay, &'a PlanSet),
}

impl Control<'_> {
    /// What runs, as the table says it.
    fn title(&self, scenario: &Scenario) -> String {
        match self {
            Self::Fixed(plan) => plan.as_ref().map_or("none", |p| &p.name).to_owned(),
            Self::Day(..) => {
                let switches: Vec<String> = scenario.day_plan.iter().map(|s| format!("{} from {}", s.plan, s.from)).collect();
                format!("of the day ({}; transitions: {})", switches.join(", "), scenario.transition.name())
            }
        }
    }
}

fn control<'a>(args: &Args, scenario: &'a Scenario) -> Result<Control<'a>, Failure> {
    let by_itself = args.plan.is_none() && !scenario.day_plan.is_empty();
    if !args.controller.as_ref().map_or(by_itself, |c| c == "day-plan") {
        return Ok(Control::Fixed(plan(scenario, args.plan.as_deref())?));
    }
    if args.plan.is_some() {
        return Err(input("--controller day-plan plays the plans of the day, not one plan\n  mend: leave --plan out"));
    }
    let unsafe_switches = |errors: Vec<SwitchError>| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::Unsafe(format!("{}\n  mend: change [[day_plan]] of scenario.toml, or give --plan", told.join("\n")))
    };
    match day_plan(scenario).map_err(unsafe_switches)? {
        Some((day, first)) => Ok(Control::Day(day, first)),
        None => Err(input("the scenario has no day plan\n  mend: add [[day_plan]] to scenario.toml, or give --plan")),
    }
}

/// Runs and prints.
pub(crate) fn run(args: &Args, quiet: bool) -> Result<(), Failure> {
    let mut scenario = args.runs.scenario(&args.chosen)?;
    if let Some(hours) = args.hours {
        scenario.prolong(hours);
    }
    let control = control(args, &scenario)?;
    let seeds = args.runs.seeds((1, 1));
    let setup = args.runs.setup(args.following.map(Following::model))?;
    let bar = bar("running", seeds.len() as u64, quiet || seeds.len() == 1);
    let runs = match &control {
        Control::Fixed(Some(plan)) => run_all(&scenario, &[plan], &seeds, &setup, &|| bar.inc(1)).remove(0),
        Control::Fixed(None) => seeds.iter().map(|&s| run_one(&scenario, None, s, &setup)).collect(),
        Control::Day(day, first) => run_day(&scenario, (day, first), &seeds, &setup, &|| bar.inc(1)),
    };
    bar.finish_and_clear();
    match args.format {
        Format::Json => print(&json(&scenario, &control, &setup, &runs))?,
        Format::Table => print(&table(&scenario, &control.title(&scenario), &runs))?,
    }
    valid(&runs)
}

/// A run in which vehicles touched each other or somebody on foot, crossed on red or were lost proves nothing. One that ends in a gridlock is valid, but
/// says little about the plan: standard error tells so.
pub(crate) fn valid(runs: &[RunResult]) -> Result<(), Failure> {
    for (run, gridlock) in runs.iter().flat_map(|r| r.gridlocks.iter().map(move |g| (r, g))) {
        crate::output::note(&format!("warning: {}", gridlock_line(run, gridlock)));
    }
    let is_bad = |m: &sim::Measures| m.overlaps + m.people_hit + m.red_runs + u64::from(m.lost) > 0;
    let bad = runs.iter().find(|r| is_bad(&r.measures));
    bad.map_or(Ok(()), |r| {
        let m = &r.measures;
        let lost = if m.lost == 1 { "1 lost vehicle".to_owned() } else { format!("{} lost vehicles", m.lost) };
        let (touched, red_runs) = (m.overlaps, m.red_runs);
        let hit = if m.people_hit == 0 { String::new() } else { format!("{} people on foot hit, ", m.people_hit) };
        let what = format!("seed {}: {touched} overlaps, {hit}{red_runs} stop lines crossed on red, {lost}", r.seed);
        Err(Failure::Invalid(what))
    })
}

fn gridlock_line(run: &RunResult, gridlock: &Gridlock) -> String {
    let (n, places) = (gridlock.vehicles.len(), gridlock.places.join(", "));
    format!("seed {}: gridlock since {}, {n} vehicles wait for each other: {places}", run.seed, gridlock.since)
}

/// The numbers of a run by name, without those that name it.
fn numbers(run: &RunResult) -> Map<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(run.record()) else { return Map::new() };
    all.retain(|key, value| value.is_number() && key != "seed");
    all
}

fn summary(runs: &[RunResult], pick: impl Fn(Interval) -> f64) -> Map<String, Value> {
    let rows: Vec<Map<String, Value>> = runs.iter().map(numbers).collect();
    let Some(first) = rows.first() else { return Map::new() };
    let values = |key: &str| rows.iter().filter_map(|r| r[key].as_f64()).collect::<Vec<f64>>();
    first.keys().map(|key| (key.clone(), json!(pick(interval(&values(key)))))).collect()
}

fn json(scenario: &Scenario, control: &Control<'_>, setup: &Setup, runs: &[RunResult]) -> String {
    let step = setup.step.unwrap_or(scenario.step).span().get();
    let (name, plan) = match control {
        Control::Fixed(plan) => ("fixed", plan.as_ref().map(|p| &p.name)),
        Control::Day(..) => ("day-plan", None),
    };
    let mut value = json!({
        "schema": 1, "scenario": scenario.name, "period": scenario.period, "controller": name, "plan": plan, "step_s": step,
        "begin_s": scenario.begin.0, "end_s": scenario.end.0, "demand_factor": scenario.demand.factor,
        "runs": runs.iter().map(RunResult::record).collect::<Vec<_>>(),
        "mean": summary(runs, |i| i.mean), "sd": summary(runs, |i| i.sd),
        "assumptions": scenario.assumptions,
    });
    if matches!(control, Control::Day(..)) {
        let switch = |s: &Switch| json!({ "from_s": s.from.0, "plan": s.plan });
        value["day_plan"] = scenario.day_plan.iter().map(switch).collect();
        value["transition"] = scenario.transition.name().into();
    }
    format!("{value:#}")
}

fn table(scenario: &Scenario, plan: &str, runs: &[RunResult]) -> String {
    let mut text = format!("{}\nplan {plan}, {} to {}", scenario.title, scenario.begin, scenario.end);
    if scenario.demand.factor != 1.0 {
        let _ = write!(text, ", {} times the demand", scenario.demand.factor);
    }
    text += "\n\n";
    let head = [
        "seed",
        "due",
        "arrived",
        "delay s",
        "wait s",
        "stops",
        "CO2 kg",
        "overlaps",
        "red runs",
        "lost",
        "gridlocks",
        "updates/s",
        "hash",
    ];
    let _ = writeln!(text, "{}", head.map(|h| format!("{h:>10}")).join(""));
    for run in runs {
        let m = &run.measures;
        let _ = writeln!(
            text,
            "{:>10}{:>10}{:>10}{:>10.2}{:>10.2}{:>10.3}{:>10.1}{:>10}{:>10}{:>10}{:>10}{:>10.0}  {}",
            run.seed,
            m.due,
            m.arrived,
            m.delay_s,
            m.wait_s,
            m.stops_per_vehicle,
            m.co2_kg,
            m.overlaps,
            m.red_runs,
            m.lost,
            m.gridlocks,
            run.updates_per_s(),
            &run.hash[..8],
        );
    }
    text += &on_foot(runs);
    text += &stops(runs);
    text += &crate::works::table(runs);
    let delay = interval(&runs.iter().map(|r| r.measures.delay_s).collect::<Vec<_>>());
    if runs.len() > 1 {
        let _ = writeln!(text, "\ndelay {:.2} s/vehicle, 95 % interval {:.2} to {:.2}", delay.mean, delay.low, delay.high);
    }
    for (run, gridlock) in runs.iter().flat_map(|r| r.gridlocks.iter().map(move |g| (r, g))) {
        let _ = writeln!(text, "\n{}", gridlock_line(run, gridlock));
    }
    if !scenario.assumptions.is_empty() {
        let _ = writeln!(text, "\nassumed, not measured:\n  {}", scenario.assumptions.join("\n  "));
    }
    text.trim_end().to_owned()
}

/// People on foot, a line for each run; empty when nobody came.
fn on_foot(runs: &[RunResult]) -> String {
    if runs.iter().all(|r| r.measures.came_on_foot == 0) {
        return String::new();
    }
    let head = ["seed", "on foot", "crossed", "wait s", "longest s"].map(|h| format!("{h:>10}")).join("");
    let row = |r: &RunResult| {
        let m = &r.measures;
        let (wait, longest) = (m.wait_on_foot_s, m.longest_wait_on_foot_s);
        format!("{:>10}{:>10}{:>10}{wait:>10.2}{longest:>10.1}\n", r.seed, m.came_on_foot, m.crossed_on_foot)
    };
    format!("\n{head}\n{}", runs.iter().map(row).collect::<String>())
}

/// Stops at which vehicles have called or missed their call, means over the runs; empty where there are none.
fn stops(runs: &[RunResult]) -> String {
    let Some(first) = runs.first().filter(|r| !r.stops.is_empty()) else { return String::new() };
    let mut text = format!("\n{:<30}{:>10}{:>10}{:>10}{:>12}\n", "stop", "served", "missed", "dwell s", "bay wait s");
    for (i, stop) in first.stops.iter().enumerate() {
        let sum =
            |pick: fn(&sim::StopMeasures) -> f64| runs.iter().filter_map(|r| r.stops.get(i)).map(|s| pick(&s.measures)).sum();
        let (served, missed): (f64, f64) = (sum(|m| f64::from(m.served)), sum(|m| f64::from(m.missed)));
        let (dwell, wait): (f64, f64) = (sum(|m| m.dwell_s), sum(|m| m.gap_wait_s));
        let (count, calls) = (runs.len() as f64, served.max(1.0));
        let _ = writeln!(
            text,
            "{:<30}{:>10.1}{:>10.1}{:>10.1}{:>12.1}",
            stop.stop,
            served / count,
            missed / count,
            dwell / calls,
            wait / calls
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::toy::Grid;

    #[test]
    fn people_on_foot_stand_in_the_table_where_there_are_any() {
        let grid = Grid { duration_s: 300, ..Grid::default() };
        let of = |scenario: &Scenario| {
            let run = run_one(scenario, scenario.plan(None), 1, &Setup::default());
            table(scenario, "plain", &[run])
        };
        let text = of(&grid.with_people(200.0));
        assert!(text.contains("on foot") && text.contains("longest s"), "{text}");
        assert!(!of(&grid.scenario()).contains("on foot"));
    }

    #[test]
    fn stops_stand_in_the_table_with_means_over_runs_and_calls() {
        let scenario = Grid { duration_s: 30, ..Grid::default() }.scenario();
        let mut run = run_one(&scenario, scenario.plan(None), 1, &Setup::default());
        assert!(stops(std::slice::from_ref(&run)).is_empty());
        let measures = sim::StopMeasures { served: 4, missed: 1, dwell_s: 90.0, gap_wait_s: 6.0 };
        run.stops = vec![evaluation::StopRecord { stop: "Reinoldikirche".into(), measures }];
        let text = stops(&[run.clone(), run]);
        let row: Vec<&str> = text.lines().last().unwrap_or_default().split_whitespace().collect();
        assert_eq!(row, ["Reinoldikirche", "4.0", "1.0", "22.5", "1.5"]);
    }

    #[test]
    fn a_run_that_loses_a_vehicle_touches_or_crosses_on_red_is_invalid() {
        let scenario = Grid { duration_s: 60, ..Grid::default() }.scenario();
        let run = run_one(&scenario, scenario.plan(None), 1, &Setup::default());
        assert!(run.measures.due > 0 && valid(std::slice::from_ref(&run)).is_ok());
        let spoil: [fn(&mut sim::Measures); 4] = [|m| m.lost = 1, |m| m.overlaps = 1, |m| m.people_hit = 1, |m| m.red_runs = 1];
        for spoil in spoil {
            let mut bad = run.clone();
            spoil(&mut bad.measures);
            let failure = valid(&[run.clone(), bad]).err();
            assert_eq!(failure.map(|f| f.exit_code()), Some(3));
        }
    }
}
