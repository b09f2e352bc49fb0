//! A tee with a signal, small enough to know every number of it.

use interchange::sumo;
use interchange::xml::Reader;
use model::demand::{Arrivals, DepartLane, DepartSpeed, Itinerary};
use model::emission::EmissionClass;
use model::id::{GroupId, IntersectionId, LinkId, MovementId, SignalId};
use model::network::{Control, RightOfWay, Turn};
use model::scenario::Scenario;
use model::signal::{Aspect, Grade, GroupKind};
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
    assert_eq!(slow.emission, EmissionClass::HeavyLorriesHbefa3);
    let large = demand.trips.iter().filter(|t| demand.types[t.vehicle].class == VehicleClass::Bus).count();
    assert_eq!(large, 1, "one of four, as the shares say");
    for (part, count) in [
        ("not in the scenario", ": nowhere"),
        ("no way leads", ": backwards"),
        ("class are not", ": onfoot"),
        ("no time", ": waits"),
        ("class HBEFA2/P_7_7 is replaced by HBEFA4/PC_petrol_Euro-4", ": small"),
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

#[test]
fn a_crossing_keeps_its_signal_group_and_its_letter() {
    let walk = "    <edge id=\":j_c0\" function=\"crossing\" crossingEdges=\"je\">\n        <lane id=\":j_c0_0\" index=\"0\" \
                allow=\"pedestrian\" speed=\"2.78\" length=\"3.2\" width=\"4\" shape=\"106,0 106,-3.2\"/>\n    </edge>\n    <edge id=\"wj\"";
    let (scenario, _) = changed(&[
        ("    <edge id=\"wj\"", walk),
        (":j_2_0 :j_1_0\"", ":j_2_0 :j_1_0 :j_c0_0\""),
        ("response=\"10\" foes=\"10\"", "response=\"110\" foes=\"110\""),
        (
            "response=\"00\" foes=\"01\" cont=\"0\"/>",
            "response=\"000\" foes=\"101\" cont=\"0\"/><request index=\"2\" response=\"000\" foes=\"011\"/>",
        ),
        (
            "<connection from=\":j_0\"",
            "<connection from=\":j_w0\" to=\":j_c0\" fromLane=\"0\" toLane=\"0\" tl=\"light\" linkIndex=\"2\" dir=\"s\"/><connection from=\":j_0\"",
        ),
        ("state=\"gr\"", "state=\"grG\""),
        ("state=\"yr\"", "state=\"yrr\""),
        ("state=\"rr\"", "state=\"rrr\""),
        ("state=\"ru\"", "state=\"rur\""),
        ("state=\"rG\"", "state=\"rGr\""),
        ("state=\"ry\"", "state=\"ryr\""),
        ("state=\"ur\"", "state=\"urr\""),
    ]);
    let signal = &scenario.signals[SignalId(0)];
    let on_foot = signal.group("F1").unwrap();
    assert_eq!((signal.groups[on_foot].kind, signal.groups[on_foot].amber), (GroupKind::Pedestrians, Seconds(0)));
    assert_eq!(signal.grades[(GroupId(0), on_foot)], Grade::Conditional);
    assert_eq!(signal.grades[(GroupId(1), on_foot)], Grade::Incompatible);
    assert_eq!(scenario.network.crossings.iter().next().unwrap().head.unwrap().group, on_foot);
    let text = sumo::export_plan(&scenario, scenario.plan(None).unwrap()).unwrap();
    assert!(text.contains("<phase duration=\"20\" state=\"grG\"/>") && text.contains("state=\"rGr\""), "{text}");
}

/// The tags of a name in a file, each as it is written.
fn tags<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.split('<').filter(|t| t.starts_with(name)).collect()
}

#[test]
fn an_exported_network_names_everything_that_its_files_refer_to() {
    let (scenario, _) = changed(&[("id=\"wj\" from", "id=\"w &amp; j|1\" from"), ("from=\"wj\"", "from=\"w &amp; j|1\"")]);
    let exported = sumo::export_network(&scenario, scenario.plan(None)).unwrap();
    let file = |ending: &str| &exported.files.iter().find(|f| f.0 == format!("tee.{ending}")).unwrap().1;
    for (name, text) in &exported.files {
        let mut reader = Reader::new(text.as_bytes(), Path::new(name));
        while reader.advance().unwrap_or_else(|e| panic!("{e}")).is_some() {}
    }
    assert_eq!(tags(file("nod.xml"), "node ").len(), scenario.network.intersections.len());
    let edges = tags(file("edg.xml"), "edge ");
    assert_eq!(edges.len(), 3);
    assert!(edges[0].contains("id=\"w___j_1\"") && edges[0].contains("name=\"Weststraße\""), "{}", edges[0]);
    let connections = tags(file("con.xml"), "connection ");
    assert_eq!(connections.len(), 3, "two movements, and one end of a road");
    assert!(connections[1].starts_with("connection from=\"w___j_1\" to=\"je\" fromLane=\"0\" toLane=\"0\""));
    assert!(file("con.xml").contains("<prohibition prohibitor=\"w___j_1-&gt;je\" prohibited=\"nj-&gt;je\"/>"));
    let states: Vec<_> = tags(file("tll.xml"), "phase ").iter().map(|t| t.split('"').nth(3).unwrap()).collect();
    assert_eq!(states, ["Gr", "yr", "rr", "ru", "rG", "ry", "ur"]);
    assert_eq!(tags(file("tll.xml"), "connection ").len(), 2);
    let routes = file("rou.xml");
    assert_eq!(
        (tags(routes, "trip ").len() + tags(routes, "vehicle ").len(), tags(routes, "flow ").len()),
        (2, 1),
        "whatever used the edge that was renamed is gone"
    );
}

#[test]
fn exported_routes_are_sorted_and_keep_types_and_flows() {
    let (scenario, _) = import(&good("net.xml"));
    let exported = sumo::export_network(&scenario, scenario.plan(None)).unwrap();
    let routes = &exported.files.iter().find(|f| f.0 == "tee.rou.xml").unwrap().1;
    assert_eq!((tags(routes, "trip ").len(), tags(routes, "vehicle ").len(), tags(routes, "flow ").len()), (1, 7, 3));
    let due =
        |line: &str| ["depart=\"", "begin=\""].iter().find_map(|k| line.split(k).nth(1)?.split('"').next()?.parse::<f64>().ok());
    let times: Vec<f64> = routes.lines().filter_map(due).collect();
    assert!(times.is_sorted() && times.len() == 11, "{times:?}");
    assert!(routes.contains("vClass=\"truck\" carFollowModel=\"Krauss\" length=\"7.1\""), "{routes}");
    assert!(routes.contains("emissionClass=\"HBEFA3/HDV\""), "{routes}");
    assert!(routes.contains("vTypes=\"small large\" probabilities=\"0.75 0.25\""), "{routes}");
}
