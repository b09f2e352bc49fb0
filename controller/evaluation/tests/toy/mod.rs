//! A street with four signals: small, but everything a report shows happens on it.

use super::{
    Band, BandSection, Corridor, Direction, Language, Manifest, Report, RunOption, RunResult, Setup, Station, Variant, run_one,
    saturation, trajectories,
};
use model::control::FixedTime;
use model::id::{GroupId, Id, IdVec, LinkId, SignalId};
use model::quantity::Length;
use model::scenario::{PlanSet, Scenario};
use model::signal::{Grade, Green, GroupKind, SignalGroup, SignalPlan, Square};
use model::time::{DaySecond, Seconds};
use model::toy::Grid;
use sim::{Options, Simulation};
use trajectories::{Path, PathLink, collect};

/// A title that must not become markup.
pub(super) const TITLE: &str = "Betenstraße & <script>alert(\"Wall\")</script>";
const CYCLE: Seconds = Seconds(80);
/// Seconds by which the greens of each signal are turned round the cycle.
const TURNED: [u16; 4] = [0, 0, 55, 0];

/// The street, with two plans: `together`, and `wave` with offsets and two more seconds for the street.
pub(super) fn scenario() -> Scenario {
    let grid = Grid { columns: 4, spacing_m: 300.0, duration_s: 600, cross_flow_veh_per_h: 300.0, ..Grid::default() };
    let mut scenario = grid.scenario();
    scenario.title = "A toy street with four signals".into();
    scenario.attribution = "© Nobody in particular, https://example.org/licence".into();
    scenario.assumptions.push("assumed: a < b & \"c\"".into());
    for (i, title) in ["Hansastraße", TITLE, "Kleppingstraße", "Ostwall / Südwall"].into_iter().enumerate() {
        let signal = Some(SignalId::from_index(i));
        let at = scenario.network.intersections.iter_mut().find(|x| x.signal == signal).expect("four crossroads");
        at.title = title.into();
    }
    scenario.signals.iter_mut().for_each(add_crossing);
    let plans = [plan(&scenario, "together", [0; 4], 36), plan(&scenario, "wave", [0, 24, 48, 72], 38)];
    scenario.plans = plans.into_iter().map(|p| (p.name.clone(), p)).collect();
    scenario.default_plan = Some("together".into());
    scenario
}

/// Adds a group on foot that crosses the side street, in conflict with its traffic.
fn add_crossing(signal: &mut model::signal::Signal) {
    let (grades, intergreens) = (signal.grades.clone(), signal.intergreens.clone());
    let on_foot = SignalGroup {
        name: "F1".into(),
        kind: GroupKind::Pedestrians,
        amber: Seconds(0),
        red_amber: Seconds(0),
        ..signal.groups[GroupId(0)].clone()
    };
    let new = signal.groups.push(on_foot);
    (signal.grades, signal.intergreens) = (Square::new(3), Square::new(3));
    for pair in [(GroupId(0), GroupId(1)), (GroupId(1), GroupId(0))] {
        signal.grades[pair] = grades[pair];
        signal.intergreens[pair] = intergreens[pair];
    }
    for (pair, grade, time) in [
        ((1, 2), Grade::Incompatible, Some(4)),
        ((2, 1), Grade::Incompatible, Some(11)),
        ((0, 2), Grade::Conditional, None),
        ((2, 0), Grade::Conditional, None),
    ] {
        let pair = (GroupId(pair.0), GroupId(pair.1));
        signal.grades[pair] = grade;
        signal.intergreens[pair] = time.map(Seconds);
    }
    assert_eq!(new, GroupId(2));
}

fn plan(scenario: &Scenario, name: &str, offsets: [u16; 4], street_s: u16) -> PlanSet {
    let plans = scenario.signals.enumerate().map(|(id, signal)| {
        let turned = TURNED[id.index()];
        let green = |from: u16, to: u16| {
            vec![Green::between(Seconds((from + turned) % CYCLE.0), Seconds((to + turned) % CYCLE.0), CYCLE)]
        };
        let greens: IdVec<GroupId, Vec<Green>> = vec![green(0, street_s), green(street_s + 6, 74), green(0, 30)].into();
        let plan = SignalPlan { cycle: CYCLE, offset: Seconds(offsets[id.index()]), greens };
        plan.check(signal).expect("the toy's plans are safe")
    });
    PlanSet { name: name.into(), source: "assumed: by hand".into(), plans: plans.collect() }
}

fn variant<'a>(scenario: &'a Scenario, name: &str, title: &str, seeds: u64) -> Variant<'a> {
    let plans = scenario.plan(Some(name)).expect("a plan of the toy");
    let setup = Setup { quality: true, ..Setup::default() };
    let run = |seed| -> RunResult { run_one(scenario, Some(plans), seed, &setup) };
    Variant { name: name.into(), title: title.into(), plans, runs: (1..=seeds).map(run).collect() }
}

/// The links of the street in one direction, over the whole street.
fn street(scenario: &Scenario, east: bool) -> Path {
    let network = &scenario.network;
    let shape = |l: LinkId| &network.lanes[network.links[l].first_lane].shape;
    let along = |l: LinkId| shape(l).pose(Length::ZERO).heading.0 * if east { 1.0 } else { -1.0 };
    let mut links: Vec<LinkId> = network.links.ids().filter(|&l| along(l) > 0.9).collect();
    links.sort_by(|&a, &b| shape(a).start().x.total_cmp(&shape(b).start().x));
    if !east {
        links.reverse();
    }
    let place = |l: LinkId| PathLink { link: l, from_m: shape(l).start().x, to_m: shape(l).end().x };
    Path::new(network, links.into_iter().map(place).collect())
}

fn corridor(scenario: &Scenario) -> Corridor<'_> {
    let plan = scenario.plan(Some("wave")).expect("a plan of the toy");
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), Options::default());
    let from = f64::from(scenario.begin.0 + 240);
    let lines = collect(&mut run, &[&street(scenario, true), &street(scenario, false)], from, from + 160.0);
    let station = |i: usize| Station {
        signal: SignalId::from_index(i),
        position_m: 300.0 * i as f64,
        groups: [Some(GroupId(0)), Some(GroupId(0))],
        links: ["East", "West"].map(|way| {
            let name = format!("X{i}.0<{way}");
            scenario.network.links.enumerate().find(|(_, l)| l.name == name).map(|(id, _)| id)
        }),
    };
    let stations: Vec<Station> = (0..4).map(station).collect();
    let mut directions = [0, 1].map(|d| Direction { title: ["eastbound", "westbound"][d].into(), trajectories: Vec::new() });
    for (direction, lines) in directions.iter_mut().zip(lines) {
        direction.trajectories = lines;
    }
    let band = |d: usize| Some(Band::at_speed(&stations, d, [4.0, 72.0][d], [20.0, 12.0][d], 12.5));
    let section =
        BandSection { stations: (0, 3), bands: [band(0), band(1)], cyclists: [band(0), None], proven_s: Some([20.0, 12.0]) };
    Corridor {
        title: "Südwall".into(),
        plan_title: "Wave & more".into(),
        plans: plan,
        from: DaySecond(scenario.begin.0 + 240),
        stations,
        sections: vec![section],
        directions,
    }
}

/// A whole report from real runs.
pub(super) fn report(scenario: &Scenario, seeds: u64) -> Report<'_> {
    Report {
        language: Language::English,
        scenario,
        variants: vec![variant(scenario, "together", "All together", seeds), variant(scenario, "wave", "Wave & more", seeds)],
        chosen: 1,
        baselines: vec![0],
        corridors: vec![corridor(scenario)],
        approaches: saturation(scenario, scenario.plan(Some("wave")).expect("a plan of the toy")),
        warnings: Vec::new(),
        findings: vec!["The offsets were set by hand.".into()],
        assumptions: scenario.assumptions.clone(),
        manifest: Manifest {
            version: "0.1.0".into(),
            command: "ampel optimise scenarios/toy -o out".into(),
            scenario_hash: "0".repeat(64),
            seeds: (1..=seeds).collect(),
            inputs: vec![("plans/wave.toml".into(), "f".repeat(64))],
            options: vec![RunOption::SearchSeeds(vec![1001, 1002]), RunOption::Step(0.5)],
        },
    }
}
