//! Areas, reporting points and broken detectors, against what can be seen of the traffic.

use model::control::{FixedTime, Reading};
use model::detector::{DetectorFault, DetectorKind, FaultKind};
use model::id::{DetectorId, LaneId};
use model::network::Detector;
use model::quantity::{Length, Span};
use model::scenario::Scenario;
use model::time::Step;
use model::toy::Grid;
use model::vehicle::{VehicleClass, VehicleType};
use sim::{Options, Simulation};

/// The area: 80 m of the first lane, so far from its stop line that no tram has its front on the next link and is still there.
const AREA: f64 = 80.0;
const BEFORE_LINE: f64 = 5.0;

/// A crossroads with cars, buses and trams, an area and a reporting point in the first lane.
fn equipped() -> (Scenario, [DetectorId; 3], LaneId) {
    let mut scenario = Grid { lanes: 1, flow_veh_per_h: 600.0, duration_s: 900, ..Grid::default() }.scenario();
    let lane = scenario.network.links.iter().next().expect("a link").first_lane;
    for l in scenario.network.lanes.ids().collect::<Vec<_>>() {
        let l = &mut scenario.network.lanes[l];
        l.classes = l.classes.with(VehicleClass::Tram);
    }
    let demand = &mut scenario.demand;
    let kinds = [VehicleClass::Bus, VehicleClass::Tram].map(|c| demand.types.push(VehicleType::usual(c)));
    for flow in &mut demand.flows {
        let car = flow.mix[0].0;
        flow.mix = vec![(car, 0.8), (kinds[0], 0.1), (kinds[1], 0.1)];
    }
    let end = scenario.network.lanes[lane].length.get();
    let mut put = |name: &str, kind, position: f64, length: f64| {
        let (position, length) = (Length::metres(position), Length::metres(length));
        scenario.network.detectors.push(Detector { name: name.into(), kind, lane, position, length })
    };
    let area = put("area", DetectorKind::Area, end - BEFORE_LINE, AREA);
    let point = put("point", DetectorKind::ReportingPoint, 102.0, 2.0);
    let loop_ = put("loop", DetectorKind::Loop, 102.0, 2.0);
    (scenario, [area, point, loop_], lane)
}

fn start(scenario: &Scenario, step: f64, threads: usize) -> Simulation {
    let plan = scenario.plan(None).expect("a toy has a plan");
    let options = Options { step: Step::of_seconds(step), threads, monitor: false, ..Options::default() };
    Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), options)
}

/// Steps on, and calls `look` with what was seen at the end of each second and the readings of that second.
fn each_second(run: &mut Simulation, mut look: impl FnMut(f64, &sim::Frame, &dyn Fn(DetectorId) -> Reading)) {
    while !run.is_over() {
        // Readings are handed over in the step that begins a second.
        let whole = run.step_size().begins_second(run.tick());
        let (now, before) = (run.now(), run.frame());
        run.step();
        if whole {
            look(now, &before, &|id| run.detector_readings()[id]);
        }
    }
}

#[test]
fn an_area_tells_who_is_on_it_and_how_far_they_are_jammed() {
    for step in [0.25, 0.5, 1.0] {
        let (scenario, [area, ..], lane) = equipped();
        let link = scenario.network.lanes[lane].link;
        let (start_m, end_m) = {
            let end = scenario.network.lanes[lane].length.get() - BEFORE_LINE;
            (end - AREA, end)
        };
        let (mut longest, mut occupied, mut compared): (f64, f64, u32) = (0.0, 0.0, 0);
        each_second(&mut start(&scenario, step, 1), |now, seen, read| {
            let on_it = seen.vehicles.iter().filter(|v| v.link == link && v.position > start_m && v.position - v.length < end_m);
            let on_it: Vec<_> = on_it.collect();
            // Where the rear of a tram is that has just come to another link cannot be seen from outside.
            if seen.vehicles.iter().any(|v| v.link != link && v.position < v.length && v.length > 12.0) {
                return;
            }
            let r = read(area);
            compared += 1;
            assert_eq!(r.vehicles as usize, on_it.len(), "at {now}");
            let queued: Vec<_> = on_it.iter().filter(|v| v.speed < 5.0 / 3.6).collect();
            assert_eq!(r.queued as usize, queued.len(), "at {now}");
            assert!((0.0..=AREA).contains(&r.jam_m) && (0.0..=1.0).contains(&r.occupancy) && (r.jam_m > 0.0) == (r.queued > 0));
            // Whoever stands in one queue makes one jam.
            let span = queued.iter().map(|v| v.position.min(end_m)).fold(f64::MIN, f64::max)
                - queued.iter().map(|v| (v.position - v.length).max(start_m)).fold(f64::MAX, f64::min);
            assert!(queued.is_empty() || r.jam_m <= span + 1e-9, "{r:?}, {span}");
            longest = longest.max(r.jam_m);
            occupied = occupied.max(r.occupancy);
        });
        assert!(longest > 50.0 && occupied > 0.4, "no jam: {longest} m, {occupied}");
        assert!(compared > 400, "only {compared} seconds were compared");
    }
}

#[test]
fn a_reporting_point_reports_each_bus_and_tram_once_by_class_and_no_car() {
    for step in [0.1, 0.5, 1.0] {
        let (scenario, [area, point, loop_], lane) = equipped();
        let link = scenario.network.lanes[lane].link;
        let mut run = start(&scenario, step, 1);
        let mut passed: std::collections::BTreeMap<VehicleClass, std::collections::BTreeSet<_>> =
            std::collections::BTreeMap::new();
        let (mut buses, mut trams, mut counted) = (0, 0, 0);
        each_second(&mut run, |_, seen, read| {
            for v in seen.vehicles.iter().filter(|v| v.link == link && v.position >= 100.0) {
                passed.entry(v.class).or_default().insert(v.vehicle);
            }
            let r = read(point);
            assert_eq!((r.count, r.requested), (r.buses + r.trams, r.count > 0));
            (buses, trams, counted) = (buses + r.buses as usize, trams + r.trams as usize, counted + read(loop_).count as usize);
        });
        let seen = |class| passed.get(&class).map_or(0, std::collections::BTreeSet::len);
        assert!(buses > 3 && trams > 3, "{buses} buses, {trams} trams");
        assert_eq!((buses, trams), (seen(VehicleClass::Bus), seen(VehicleClass::Tram)));
        assert_eq!(counted, buses + trams + seen(VehicleClass::Car));
        let totals = run.detector_counts();
        // The last second of the run is not handed over, but counted.
        assert!(totals[point] as usize - buses - trams <= 1 && totals[loop_] as usize - counted <= 1);
        assert!(totals[area] > 20, "{}", totals[area]);
    }
}

fn fault(detector: DetectorId, kind: FaultKind, from: f64, to: f64) -> DetectorFault {
    DetectorFault { detector, kind, from: Span::seconds_f64(3600.0 + from), to: Span::seconds_f64(3600.0 + to) }
}

#[test]
fn a_broken_detector_reports_its_fault_while_it_lasts_and_the_street_after() {
    let (sound, ids, _) = equipped();
    let collect = |scenario: &Scenario| {
        let mut all = Vec::new();
        let mut run = start(scenario, 0.5, 1);
        each_second(&mut run, |now, _, read| all.push((now - 3600.0 - 1.0, ids.map(read))));
        (all, run.frame().vehicles.len(), ids.map(|id| run.detector_counts()[id]))
    };
    let (street, end, counted) = collect(&sound);
    for kind in [FaultKind::Dead, FaultKind::StuckOn, FaultKind::Chattering] {
        let mut broken = sound.clone();
        broken.detector_faults = ids.map(|id| fault(id, kind, 100.0, 700.0)).to_vec();
        let (reported, broken_end, broken_counts) = collect(&broken);
        assert_eq!(end, broken_end, "a plan that looks at no detector runs the same");
        let mut different = 0;
        for ((second, reported), (_, truth)) in reported.iter().zip(&street) {
            if !(100.0..700.0).contains(second) {
                assert_eq!(reported, truth, "{kind:?} at {second}");
                continue;
            }
            let [area, point, loop_] = reported;
            assert!(kind == FaultKind::Chattering || [area, point, loop_].iter().all(|r| r.count == 0), "{kind:?} at {second}");
            match kind {
                FaultKind::Dead => assert!(reported.iter().all(|r| *r == Reading::default())),
                FaultKind::StuckOn => {
                    assert_eq!((loop_.count, loop_.occupancy, point.count, point.requested), (0, 1.0, 0, true));
                    assert_eq!((area.occupancy, area.jam_m, area.vehicles), (1.0, AREA, 11));
                }
                FaultKind::Chattering => {
                    assert!(loop_.count <= 5 && (0.0..1.0).contains(&loop_.occupancy) && area.jam_m <= AREA);
                    different += usize::from(loop_ != &truth[2]);
                }
            }
        }
        assert!(kind != FaultKind::Chattering || different > 590);
        // What was counted is what was reported, and the last second, which is not handed over.
        for (i, (&broken, &sound)) in broken_counts.iter().zip(&counted).enumerate() {
            let sum = |all: &[(f64, [Reading; 3])]| all.iter().map(|(_, r)| u64::from(r[i].count)).sum::<u64>();
            let (told, truth, last) = (sum(&reported), sum(&street), sound - sum(&street));
            assert_eq!(broken, told + last, "{kind:?}, detector {i}");
            let before = |all: &[(f64, [Reading; 3])]| sum(&all[..100]);
            assert!(before(&reported) == before(&street) && truth > 20, "{kind:?}, detector {i}: {truth}");
            assert!(kind == FaultKind::Chattering || told < truth, "{kind:?}, detector {i}: {told} of {truth}");
        }
    }
}

#[test]
fn readings_of_all_kinds_are_restored_with_the_run_at_any_step_and_with_any_threads() {
    let (mut scenario, ids, _) = equipped();
    scenario.detector_faults =
        vec![fault(ids[2], FaultKind::Chattering, 50.0, 600.0), fault(ids[0], FaultKind::StuckOn, 300.0, 400.0)];
    let mut run = start(&scenario, 0.5, 1);
    let mut saved = Vec::new();
    while !run.is_over() {
        if run.tick().0.is_multiple_of(77) {
            saved.push((run.save(), run.detector_readings().clone()));
        }
        run.step();
    }
    for (state, readings) in &saved {
        for threads in [1, 2] {
            let mut other = start(&scenario, 0.5, threads);
            other.restore(state).expect("the state is of this scenario");
            assert_eq!((&other.save(), other.detector_readings()), (state, readings));
            other.run();
            assert_eq!((other.hash(), other.detector_counts()), (run.hash(), run.detector_counts()));
        }
    }
    let (sound, ..) = equipped();
    assert!(start(&sound, 0.5, 1).restore(&saved[0].0).is_err());
}
