//! Loop detectors: whoever crosses is counted once, whatever the step and wherever the loop lies.

use model::control::FixedTime;
use model::detector::DetectorKind;
use model::id::{DetectorId, LinkId};
use model::network::Detector;
use model::quantity::{Length, Span};
use model::scenario::Scenario;
use model::time::{DaySecond, Seconds, Step};
use model::toy::Grid;
use model::vehicle::FollowingModel;
use sim::{Options, Simulation};
use std::collections::BTreeMap;

const LOOP: f64 = 2.0;
const STEPS: [f64; 4] = [0.1, 0.25, 0.5, 1.0];

/// Where loops lie: from the end of the lane, or from its start.
#[derive(Debug, Clone, Copy)]
enum Place {
    BeforeTheLine(f64),
    FromTheStart(f64),
    Middle,
}

const PLACES: [Place; 5] =
    [Place::BeforeTheLine(0.0), Place::BeforeTheLine(1.0), Place::Middle, Place::FromTheStart(3.0), Place::FromTheStart(20.0)];

/// A corridor in which traffic ends early enough for everyone to arrive, with loops of all places in every lane that
/// leads to a signal.
fn equipped(grid: &Grid) -> (Scenario, Vec<(LinkId, Vec<DetectorId>)>) {
    let mut scenario = grid.scenario();
    // The flows end where the run ended.
    scenario.end = DaySecond(scenario.end.0 + 600);
    let network = &mut scenario.network;
    network.detectors = Vec::new().into();
    let mut sections = Vec::new();
    for place in PLACES {
        for id in network.links.ids() {
            let lanes: Vec<_> = network.links[id].lanes().collect();
            if network.lanes[lanes[0]].leaving.is_empty() {
                continue;
            }
            let loops = lanes.into_iter().map(|lane| {
                let length = network.lanes[lane].length.get();
                let position = match place {
                    Place::BeforeTheLine(metres) => length - metres,
                    Place::FromTheStart(metres) => metres,
                    Place::Middle => 0.5 * length,
                };
                let name = format!("{}_{place:?}", lane.0);
                let (position, length) = (Length::metres(position), Length::metres(LOOP));
                network.detectors.push(Detector { name, kind: DetectorKind::Loop, lane, position, length })
            });
            sections.push((id, loops.collect()));
        }
    }
    (scenario, sections)
}

fn start(scenario: &Scenario, step: f64, following: FollowingModel) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    let options = Options { step: Step::of_seconds(step), following: Some(following), monitor: false, ..Options::default() };
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

#[test]
fn whoever_crosses_a_loop_is_counted_once_also_in_queues() {
    let grid = Grid { columns: 2, spacing_m: 160.0, turning: 0.2, duration_s: 400, ..Grid::default() };
    let (scenario, sections) = equipped(&grid);
    for (step, following) in STEPS.into_iter().flat_map(|s| [(s, FollowingModel::Idm), (s, FollowingModel::Krauss)]) {
        let mut run = start(&scenario, step, following);
        run.run();
        assert_eq!(run.vehicles(), (0, 0), "somebody is still on the way: {step} s, {following:?}");
        assert!(run.measures().wait_s > 5.0, "no queues: {:?}", run.measures());
        for (link, loops) in &sections {
            let counted: u64 = loops.iter().map(|&d| run.detector_counts()[d]).sum();
            let passed = u64::from(run.link_flow()[*link]);
            let name = &scenario.network.detectors[loops[0]].name;
            assert!(passed > 10, "{passed} on {}", scenario.network.links[*link].name);
            assert_eq!(counted, passed, "loops {name}, step {step} s, {following:?}");
        }
    }
}

/// At free flow a loop is covered while a vehicle goes its own length and the loop's.
#[test]
fn a_loop_is_occupied_as_long_as_bodies_cover_it() {
    let grid = Grid { cross_flow_veh_per_h: 100.0, flow_veh_per_h: 200.0, turning: 0.0, duration_s: 900, ..Grid::default() };
    let (scenario, sections) = equipped(&grid);
    for step in STEPS {
        let mut run = start(&scenario, step, FollowingModel::Idm);
        let (mut occupied, mut expected) = (0.0, 0.0);
        let mut seen = BTreeMap::new();
        // The loops in the middle of the lanes: signals do not reach there.
        let middle: Vec<_> = sections.iter().filter(|s| scenario.network.detectors[s.1[0]].name.contains("Middle")).collect();
        while !run.is_over() {
            // Readings are handed over in the step that begins a second.
            let whole = run.step_size().begins_second(run.tick());
            run.step();
            for vehicle in run.frame().vehicles {
                let Some((link, loops)) = middle.iter().find(|s| s.0 == vehicle.link) else { continue };
                let place = scenario.network.detectors[loops[0]].position.get();
                let before = seen.insert(vehicle.vehicle, (*link, vehicle.position));
                if before.is_some_and(|(l, x)| l == *link && x < place) && vehicle.position >= place {
                    expected += (vehicle.length + LOOP) / vehicle.speed;
                }
            }
            if whole {
                let readings = run.detector_readings();
                occupied += middle.iter().flat_map(|s| &s.1).map(|&d| readings[d].occupancy).sum::<f64>();
            }
        }
        assert!(expected > 10.0 && (occupied / expected - 1.0).abs() < 0.03, "{occupied} s, not {expected} s, step {step} s");
    }
}

#[test]
fn the_warm_up_is_not_counted() {
    let grid = Grid { duration_s: 300, ..Grid::default() };
    let (mut scenario, _) = equipped(&grid);
    scenario.warm_up = Seconds(200);
    let from = Span::si(f64::from(scenario.start().0));
    for flow in &mut scenario.demand.flows {
        flow.begin = from;
    }
    let mut run = start(&scenario, 0.5, FollowingModel::Idm);
    let total = |run: &Simulation| run.detector_counts().iter().sum::<u64>();
    while run.now() < f64::from(scenario.begin.0) {
        run.step();
    }
    assert!(run.vehicles().0 > 5);
    assert_eq!(total(&run), 0);
    run.run();
    assert!(total(&run) > 50);
}
