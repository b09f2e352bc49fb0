//! A tee with a signal, small enough to know every number of it.

use interchange::sumo;
use model::demand::{Arrivals, DepartLane, DepartSpeed, Itinerary};
use model::id::{GroupId, IntersectionId, LinkId, MovementId, SignalId};
use model::network::{Control, RightOfWay, Turn};
use model::scenario::Scenario;
use model::signal::{Aspect, Grade};
use model::time::{DaySecond, Seconds};
use model::vehicle::{ClassSet, VehicleClass};
use std::path::{Path, PathBuf};

fn good(ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good").join(format!("tee.{ending}"))
}

fn import(net: &Path) -> (Scenario, Vec<String>) {
    let (files, notes) = sumo::import(net, &good("rou.xml"), DaySecond(100), DaySecond(200)).expect("it imports");
    (files.check().expect("it is sound"), notes)
}

/// The tee with a part of its text replaced.
fn changed(changes: &[(&str, &str)]) -> (Scenario, Vec<String>) {
    let mut text = std::fs::read_to_string(good("net.xml")).expect("the tee");
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tee.net.xml");
    std::fs::write(&file, text).expect("a file");
    import(&file)
}

#[test]
fn links_and_lanes_keep_their_numbers_and_lose_the_footways() {
    let (scenario, notes) = import(&good("net.xml"));
    let network = &scenario.network;
    let west = &network.links[LinkId(0)];
    assert_eq!((west.name.as_str(), west.street.as_str(), west.lane_count, west.rank), ("wj", "Weststraße", 1, 3));
    assert!((west.speed_limit.in_kmh() - 50.004).abs() < 1e-9 && west.length.get() == 92.0);
    assert!(notes.iter().any(|n| n.starts_with("Lanes left out") && n.ends_with(": wj")), "{notes:?}");
    let lane = &network.lanes[west.first_lane];
    assert!(lane.classes.contains(VehicleClass::Tram) && lane.width.get() == 3.2);
    assert_eq!(network.lanes[network.links[LinkId(1)].first_lane].classes, ClassSet::ROAD);
    // The middle of the boundary, (100, 50), is the origin.
    assert_eq!((network.origin.epsg, network.origin.east_m, network.origin.north_m), (25832, 390_100.0, 5_700_050.0));
    assert_eq!((lane.shape.start().x, lane.shape.start().y), (-100.0, -51.6));
}

#[test]
fn movements_string_their_inner_lanes_together_and_yield_as_the_table_says() {
    let (scenario, _) = import(&good("net.xml"));
    let network = &scenario.network;
    let (left, straight) = (&network.movements[MovementId(0)], &network.movements[MovementId(1)]);
    assert_eq!(network.movement_name(MovementId(1)), "wj_0>je_0");
    assert_eq!((left.turn, straight.turn), (Turn::Left, Turn::Straight));
    assert_eq!((left.length.get(), left.waiting.map(model::quantity::Length::get), left.link_index), (15.0, Some(6.0), Some(0)));
    assert_eq!((straight.length.get(), straight.waiting), (16.0, None));
    assert!((left.speed_limit.get() - 6.0).abs() < 1e-9);
    let conflict = network.conflicts.iter().next().unwrap();
    assert_eq!(conflict.right_of_way, RightOfWay::Second);
    let control = |i| network.intersections[IntersectionId(i)].control;
    assert_eq!((control(0), control(3)), (Control::Joint, Control::Signal));
}

#[test]
fn a_program_becomes_groups_with_the_times_that_it_shows() {
    let (scenario, _) = import(&good("net.xml"));
    let signal = &scenario.signals[SignalId(0)];
    let (a, b) = (GroupId(0), GroupId(1));
    assert_eq!(signal.name, "light");
    for group in &signal.groups {
        let times = (group.amber.0, group.red_amber.0, group.min_green.0, group.min_red.0);
        assert_eq!(times, (3, 1, 5, 1), "{}", group.name);
        assert!(!group.may_stay_red);
    }
    assert_eq!(signal.grades[(a, b)], Grade::Incompatible);
    assert_eq!((signal.intergreens[(a, b)], signal.intergreens[(b, a)]), (Some(Seconds(6)), Some(Seconds(4))));
    assert_eq!(signal.stages.len(), 2);
    let plan = &scenario.plan(None).unwrap().plans[SignalId(0)];
    assert_eq!((plan.cycle(), plan.offset()), (Seconds(60), Seconds(7)));
    let shown: Vec<Aspect> = [67, 87, 92, 93, 126].map(|t| plan.aspect_at(a, DaySecond(t))).to_vec();
    assert_eq!(shown, [Aspect::Green, Aspect::Amber, Aspect::Red, Aspect::Red, Aspect::RedAmber]);
    assert_eq!(plan.aspect_at(b, DaySecond(92)), Aspect::RedAmber);
}

#[test]
fn groups_that_are_green_together_are_conditional_and_the_permissive_green_is_kept() {
    let (scenario, notes) = changed(&[
        ("state=\"gr\"", "state=\"gG\""),
        ("state=\"yr\"", "state=\"yG\""),
        ("state=\"rr\"", "state=\"rG\""),
        ("state=\"ru\"", "state=\"rG\""),
        ("state=\"ur\"", "state=\"uu\""),
    ]);
    let signal = &scenario.signals[SignalId(0)];
    assert_eq!(signal.grades[(GroupId(0), GroupId(1))], Grade::Conditional);
    // Both begin together after a red of each: the least that the program shows for either change.
    assert_eq!(signal.intergreens[(GroupId(1), GroupId(0))], Some(Seconds(4)));
    let text = sumo::export_plan(&scenario, scenario.plan(None).unwrap()).unwrap();
    assert!(text.contains("offset=\"7\"") && text.contains("<phase duration=\"20\" state=\"gG\"/>"), "{text}");
    assert!(notes.iter().all(|n| !n.contains("guessed")), "{notes:?}");
}

#[test]
fn several_programs_become_several_plans_and_the_last_one_runs() {
    let night = "    </tlLogic>\n    <tlLogic id=\"light\" type=\"actuated\" programID=\"a/b\" offset=\"-2\">\
                 <phase duration=\"24.6\" state=\"Gr\"/><phase duration=\"3\" state=\"yr\"/><phase duration=\"2.4\" state=\"rr\"/>\
                 <phase duration=\"20\" state=\"rG\"/><phase duration=\"3\" state=\"ry\"/><phase duration=\"2\" state=\"rr\"/></tlLogic>\n";
    let (scenario, notes) = changed(&[("    </tlLogic>\n", night)]);
    assert_eq!(scenario.plans.keys().collect::<Vec<_>>(), ["shipped", "shipped-0"]);
    let shipped = &scenario.plans["shipped"].plans[SignalId(0)];
    assert_eq!((shipped.cycle(), shipped.offset()), (Seconds(55), Seconds(53)));
    for part in ["type actuated", "rounded to whole seconds", "further program", "red-amber varies"] {
        assert!(notes.iter().any(|n| n.contains(part)), "{part} in {notes:?}");
    }
}

#[test]
fn a_network_without_inner_lanes_gets_straight_ways_and_the_same_right_of_way() {
    let (scenario, _) = changed(&[
        (" intLanes=\":j_2_0 :j_1_0\"", " intLanes=\"\""),
        (" via=\":j_0_0\"", ""),
        (" via=\":j_1_0\"", ""),
        ("<connection from=\":j_0\"", "<ignored from=\":j_0\""),
    ]);
    let straight = &scenario.network.movements[MovementId(1)];
    assert_eq!((straight.length.get(), straight.shape.points().len()), (16.0, 2));
    assert_eq!(scenario.network.conflicts.iter().next().unwrap().right_of_way, RightOfWay::Second);
}

#[test]
fn demand_within_the_period_is_kept_and_the_rest_counted() {
    let (scenario, notes) = import(&good("net.xml"));
    let demand = &scenario.demand;
    let names: Vec<&str> = demand.trips.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["plain", "through", "named", "inner", "mixed0", "mixed1", "mixed2", "mixed3"]);
    let plain = &demand.types[demand.trips[0].vehicle];
    assert_eq!((plain.name.as_str(), plain.length.get(), plain.min_gap.get()), ("DEFAULT_VEHTYPE", 5.0, 2.5));
    assert_eq!((demand.trips[0].departure.lane, demand.trips[0].departure.speed), (DepartLane::Best, DepartSpeed::Desired));
    assert_eq!((demand.trips[2].departure.lane, demand.trips[2].departure.speed), (DepartLane::First, DepartSpeed::Zero));
    let through = &demand.trips[1];
    assert_eq!((through.depart.seconds(), through.departure.lane), (110.0, DepartLane::Best));
    assert_eq!(through.itinerary, Itinerary::Links(vec![LinkId(1), LinkId(2)]));
    let slow = &demand.types[through.vehicle];
    assert_eq!((slow.class, slow.speed_factor, slow.speed_factor_deviation), (VehicleClass::Lorry, 0.9, 0.08));
    assert!((slow.max_speed.get() - 22.2).abs() < 1e-6 && slow.following.time_gap.seconds() == 1.4);
    let large = demand.trips.iter().filter(|t| demand.types[t.vehicle].class == VehicleClass::Bus).count();
    assert_eq!(large, 1, "one of four, as the shares say");
    for (part, count) in [
        ("not in the scenario", ": nowhere"),
        ("no way leads", ": backwards"),
        ("class are not", ": onfoot"),
        ("no time", ": waits"),
    ] {
        assert!(notes.iter().any(|n| n.contains(part) && n.ends_with(count)), "{part} in {notes:?}");
    }
}

#[test]
fn flows_are_cut_to_the_period_and_keep_their_density() {
    let (scenario, _) = import(&good("net.xml"));
    let flows = &scenario.demand.flows;
    let numbers = |i: usize| (flows[i].begin.seconds(), flows[i].end.seconds(), flows[i].flow.in_veh_per_h().round());
    assert_eq!(numbers(0), (100.0, 200.0, 1800.0));
    assert_eq!((flows[0].arrivals, flows[0].mix.len(), flows[0].mix[0].1 + flows[0].mix[1].1), (Arrivals::Even, 2, 1.0));
    assert_eq!((numbers(1), flows[1].arrivals), ((100.0, 200.0, 360.0), Arrivals::Poisson));
    assert_eq!((numbers(2), flows[2].arrivals), ((100.0, 200.0, 180.0), Arrivals::Poisson));
}
