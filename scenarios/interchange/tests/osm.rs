//! Small OpenStreetMap files, and what becomes of them.

#[path = "osm/map.rs"]
mod map;

use map::Map;
use model::network::{Control, Turn};
use model::scenario::Scenario;
use std::collections::BTreeSet;

const SIGNAL: &[(&str, &str)] = &[("highway", "traffic_signals")];
const STREET: &[(&str, &str)] = &[("highway", "secondary"), ("maxspeed", "50")];
const ONE_WAY: &[(&str, &str)] = &[("highway", "primary"), ("oneway", "yes"), ("lanes", "2"), ("maxspeed", "50")];

fn signalised(s: &Scenario) -> usize {
    s.network.intersections.iter().filter(|i| i.control == Control::Signal).count()
}

/// Turns from links of one street to links of another.
fn turns(s: &Scenario, from: &str, to: &str) -> BTreeSet<Turn> {
    let n = &s.network;
    let street = |l| n.links[l].street.as_str();
    let of = n.movements.ids().filter(|&m| street(n.origin_link(m)) == from && street(n.target_link(m)) == to);
    of.map(|m| n.movements[m].turn).collect()
}

/// What every imported network has to keep.
fn sound(s: &Scenario) {
    let n = &s.network;
    for m in n.movements.ids() {
        let movement = &n.movements[m];
        let name = n.movement_name(m);
        assert!(movement.shape.start().distance(n.lanes[movement.from].shape.end()).get() < 1e-6, "{name} starts elsewhere");
        assert!(movement.shape.end().distance(n.lanes[movement.to].shape.start()).get() < 1e-6, "{name} ends elsewhere");
        let signal = n.intersections[movement.intersection].signal;
        assert_eq!(movement.head.is_some(), signal.is_some(), "{name}");
    }
    for (id, link) in n.links.enumerate() {
        assert!(link.length.get() > 3.0, "{} is {:?}", link.name, link.length);
        let ends = n.intersections[link.to].leaving.is_empty() || n.intersections[link.to].movements.is_empty();
        assert!(
            ends || link.lanes().all(|l| !n.lanes[l].leaving.is_empty()),
            "{id:?} {} has a lane that leads nowhere",
            link.name
        );
    }
}

/// A plain crossroads of two streets, `centre` tagged as told.
fn crossroads(centre: &[(&str, &str)]) -> Map {
    let arms = [(2, 100.0, 0.0), (3, 0.0, 100.0), (4, -100.0, 0.0), (5, 0.0, -100.0)];
    let map = arms.iter().fold(Map::default().node(1, 0.0, 0.0, centre), |m, &(id, x, y)| m.node(id, x, y, &[]));
    let with = |name: &'static str| [STREET, &[("name", name)]].concat();
    map.way(10, &[4, 1, 2], &with("East")).way(11, &[5, 1, 3], &with("North"))
}

#[test]
fn a_crossroads_with_a_signal_is_one_intersection_with_four_approaches() {
    let (s, _) = crossroads(SIGNAL).import();
    sound(&s);
    assert_eq!((signalised(&s), s.network.links.len(), s.network.movements.len()), (1, 8, 12));
    assert_eq!(turns(&s, "East", "North"), BTreeSet::from([Turn::Left, Turn::Right]));
    let signal = s.signals.iter().next().unwrap();
    let groups: Vec<&str> = signal.groups.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(groups, ["K1", "K2", "K3", "K4"]);
    assert_eq!(signal.stages.len(), 2);
    let n = &s.network;
    assert!(n.conflicts.iter().any(|c| n.movements[c.first.movement].turn == Turn::Left));
    assert!(n.links.iter().all(|l| l.length.get() > 70.0 && l.length.get() < 95.0));
}

#[test]
fn without_a_signal_the_greater_street_goes_first() {
    let minor = [("highway", "residential"), ("name", "Minor"), ("maxspeed", "30")];
    let major = [STREET, &[("name", "Major")]].concat();
    let map = Map::default().node(1, 0.0, 0.0, &[]).node(2, 100.0, 0.0, &[]).node(4, -100.0, 0.0, &[]).node(5, 0.0, -100.0, &[]);
    let (s, _) = map.way(10, &[4, 1, 2], &major).way(11, &[5, 1], &minor).import();
    sound(&s);
    assert!(s.signals.is_empty() && s.network.intersections.iter().any(|i| i.control == Control::Priority));
    let n = &s.network;
    let street = |m| n.links[n.origin_link(m)].street.as_str();
    let yielding = n.conflicts.iter().filter(|c| street(c.first.movement) != street(c.second.movement));
    for c in yielding {
        let minor = if street(c.first.movement) == "Minor" { c.first.movement } else { c.second.movement };
        assert!(c.yields(minor), "{}", n.movement_name(minor));
    }
}

#[test]
fn equal_streets_go_right_before_left() {
    let arms = [(2, 100.0, 0.0), (3, 0.0, 100.0), (4, -100.0, 0.0), (5, 0.0, -100.0)];
    let map = arms.iter().fold(Map::default().node(1, 0.0, 0.0, &[]), |m, &(id, x, y)| m.node(id, x, y, &[]));
    let street = [("highway", "residential"), ("maxspeed", "30")];
    let (s, _) = map.way(10, &[4, 1, 2], &street).way(11, &[5, 1, 3], &street).import();
    assert!(s.network.intersections.iter().any(|i| i.control == Control::RightBeforeLeft));
}

/// Two dual carriageways that cross: four signals, one intersection.
fn dual_carriageways() -> Map {
    let h = 9.0;
    let corners = [(1, -h, -h), (2, h, -h), (3, h, h), (4, -h, h)];
    let map = corners.iter().fold(Map::default(), |m, &(id, x, y)| m.node(id, x, y, SIGNAL));
    let ends = [
        (11, -120.0, -h),
        (12, 120.0, -h),
        (13, 120.0, h),
        (14, -120.0, h),
        (15, h, -120.0),
        (16, h, 120.0),
        (17, -h, 120.0),
        (18, -h, -120.0),
    ];
    let map = ends.iter().fold(map, |m, &(id, x, y)| m.node(id, x, y, &[]));
    let named = |name: &'static str| [ONE_WAY, &[("name", name)]].concat();
    map.way(21, &[11, 1, 2, 12], &named("East"))
        .way(22, &[13, 3, 4, 14], &named("West"))
        .way(23, &[15, 2, 3, 16], &named("North"))
        .way(24, &[17, 4, 1, 18], &named("South"))
}

#[test]
fn dual_carriageways_that_cross_are_one_intersection() {
    let (s, _) = dual_carriageways().import();
    sound(&s);
    assert_eq!((signalised(&s), s.network.links.len()), (1, 8));
    assert_eq!(turns(&s, "East", "North"), BTreeSet::from([Turn::Left]));
    assert_eq!(turns(&s, "East", "South"), BTreeSet::from([Turn::Right]));
    assert_eq!(turns(&s, "East", "East"), BTreeSet::from([Turn::Straight]));
    assert!(turns(&s, "East", "West").is_empty(), "nobody turns back where there is another way");
}

#[test]
fn movements_of_one_approach_do_not_cross() {
    let (s, _) = dual_carriageways().import();
    let n = &s.network;
    for c in &n.conflicts {
        let (a, b) = (c.first.movement, c.second.movement);
        let cross = c.meeting == model::network::Meeting::Cross;
        assert!(!cross || n.origin_link(a) != n.origin_link(b), "{} and {}", n.movement_name(a), n.movement_name(b));
    }
}

#[test]
fn turn_lanes_say_which_lane_leads_where() {
    let marked = [STREET, &[("name", "East"), ("oneway", "yes"), ("turn:lanes", "left|through|right")]].concat();
    let other = [STREET, &[("name", "North")]].concat();
    let arms = [(2, 100.0, 0.0), (3, 0.0, 100.0), (4, -100.0, 0.0), (5, 0.0, -100.0)];
    let map = arms.iter().fold(Map::default().node(1, 0.0, 0.0, SIGNAL), |m, &(id, x, y)| m.node(id, x, y, &[]));
    let (s, _) = map.way(10, &[4, 1], &marked).way(12, &[1, 2], &marked).way(11, &[5, 1, 3], &other).import();
    sound(&s);
    let n = &s.network;
    let approach = n.movements.iter().filter(|m| n.links[n.lanes[m.from].link].street == "East");
    let mut found: Vec<(u32, Turn)> = approach.map(|m| (n.lanes[m.from].index, m.turn)).collect();
    found.sort_unstable();
    assert_eq!(found, [(0, Turn::Right), (1, Turn::Straight), (2, Turn::Left)]);
}

#[test]
fn restrictions_are_obeyed() {
    let (free, _) = crossroads(SIGNAL).import();
    let (no_turn, _) = crossroads(SIGNAL).restriction("no_left_turn", 10, 1, 11).import();
    let (only, _) = crossroads(SIGNAL).restriction("only_straight_on", 10, 1, 10).import();
    assert_eq!(turns(&free, "East", "North").len(), 2);
    // A way that passes the node on both sides is meant on both.
    assert!(turns(&no_turn, "East", "North").is_empty() && turns(&only, "East", "North").is_empty());
    assert_eq!(turns(&only, "East", "East"), BTreeSet::from([Turn::Straight]));
    assert_eq!(turns(&only, "North", "East").len(), 2);
}

#[test]
fn one_way_streets_are_driven_one_way() {
    let street = [STREET, &[("oneway", "-1")]].concat();
    let (s, _) = Map::default().node(1, 0.0, 0.0, &[]).node(2, 200.0, 0.0, &[]).way(10, &[1, 2], &street).import();
    assert_eq!(s.network.links.len(), 1);
    let lane = &s.network.lanes.iter().next().unwrap().shape;
    assert!(lane.start().x > lane.end().x, "a reversed one-way runs against its nodes");
}

#[test]
fn a_signalised_crossing_in_mid_block_is_an_intersection_of_its_own() {
    let crossing = [("highway", "crossing"), ("crossing", "island;traffic_signals")];
    let map = Map::default().node(1, -150.0, 0.0, &[]).node(2, 0.0, 0.0, &crossing).node(3, 150.0, 0.0, &[]);
    let (s, _) = map.way(10, &[1, 2, 3], STREET).import();
    sound(&s);
    assert_eq!((signalised(&s), s.network.crossings.len()), (1, 1));
    let signal = s.signals.iter().next().unwrap();
    assert_eq!(signal.groups.iter().map(|g| g.name.as_str()).collect::<Vec<_>>(), ["K1", "K2", "F1"]);
    assert_eq!(signal.stages.len(), 2);
}

#[test]
fn a_patch_continues_a_street_beyond_the_map_and_holds_one_direction_back() {
    let crossing = [("highway", "crossing"), ("crossing", "traffic_signals")];
    // Eastbound on the southern carriageway; the western half of the northern one is not in the map.
    let map = Map::default().node(1, -150.0, 0.0, &[]).node(2, 0.0, 0.0, &crossing).node(3, 150.0, 0.0, &[]);
    let map = map.node(4, 150.0, 14.0, &[]).node(5, 40.0, 14.0, &[]).node(6, 160.0, 7.0, &[]);
    let along = [ONE_WAY, &[("name", "Along")]].concat();
    let map = map.way(10, &[1, 2, 3, 6], &along).way(11, &[6, 4, 5], &along);
    let place = |x: f64, y: f64| format!("[{:.6}, {:.6}]", 51.51 + y / 111_250.0, 7.46 + x / 69_300.0);
    let (end, at, start) = (place(-150.0, 14.0), place(0.0, 14.0), place(40.0, 14.0));
    let patch = format!(
        "schema = 1\n[[added_way]]\nid = 12\nline = [{start}, {at}, {end}]\nwhy = \"\"\nsource = \"\"\n\
         tags = {{ highway = \"primary\", oneway = \"yes\", lanes = \"2\", maxspeed = \"50\", name = \"Along\" }}\n\
         [[added_node]]\nat = [{at}]\ntags = {{ highway = \"crossing\", crossing = \"traffic_signals\" }}\nwhy = \"\"\n\
         source = \"\"\n[[intersection]]\nname = \"G\"\nlat = 51.51006\nlon = 7.46\n\
         gating = {{ bearing_deg = 280, max_green_percent = 30, why = \"assumed: a test\" }}\n"
    );
    let (s, remarks) = map.import_with(&patch);
    sound(&s);
    let signal = &s.signals[s.signals.ids().next().unwrap()];
    assert_eq!((signalised(&s), signal.name.as_str()), (1, "G"), "{remarks:?}");
    // Seen from the signal, eastbound traffic comes from the west.
    let eastbound = |m: &model::id::MovementId| {
        let lane = &s.network.lanes[s.network.movements[*m].from].shape;
        lane.end().x > lane.start().x
    };
    let held = s.network.movements.ids().filter(|m| s.network.movements[*m].head.is_some()).find(eastbound).unwrap();
    let held = s.network.movements[held].head.unwrap().group;
    let limits: Vec<_> = signal.groups.enumerate().map(|(id, g)| (id == held, g.max_green_percent)).collect();
    assert!(limits.iter().all(|&(is_held, most)| most == is_held.then_some(30)), "{limits:?}");
    // The other direction goes on while people walk over the carriageway that is held back.
    assert_eq!(signal.stages.len(), 3);
    let plan = s.plan(None).unwrap().plans.iter().next().unwrap();
    assert!(plan.plan().green_time(held) <= signal.groups[held].longest_green(plan.cycle()));
    assert!(s.assumptions.iter().any(|a| a.contains("signal G holds back who comes from 280°")), "{:?}", s.assumptions);
}

#[test]
fn lanes_that_begin_on_the_way_make_a_joint() {
    let narrow = [("highway", "primary"), ("oneway", "yes"), ("lanes", "2"), ("maxspeed", "50")];
    let wide = [("highway", "primary"), ("oneway", "yes"), ("lanes", "3"), ("maxspeed", "50")];
    let map = Map::default().node(1, -150.0, 0.0, &[]).node(2, 0.0, 0.0, &[]).node(3, 150.0, 0.0, &[]);
    let (s, _) = map.way(10, &[1, 2], &narrow).way(11, &[2, 3], &wide).import();
    sound(&s);
    assert_eq!((s.network.links.len(), s.network.movements.len()), (2, 3));
}

#[test]
fn a_roundabout_is_driven_anticlockwise_and_its_ring_goes_first() {
    let r = 18.0;
    let ring = [(1, r, 0.0), (2, 0.0, r), (3, -r, 0.0), (4, 0.0, -r)];
    let map = ring.iter().fold(Map::default(), |m, &(id, x, y)| m.node(id, x, y, &[]));
    let arms = [(11, 120.0, 0.0), (12, 0.0, 120.0), (13, -120.0, 0.0), (14, 0.0, -120.0)];
    let map = arms.iter().fold(map, |m, &(id, x, y)| m.node(id, x, y, &[]));
    let about = [STREET, &[("junction", "roundabout")]].concat();
    let map = map.way(20, &[1, 2, 3, 4, 1], &about);
    let (s, _) = (0..4).fold(map, |m, i| m.way(30 + i, &[i + 1, i + 11], STREET)).import();
    assert!(s.network.links.len() >= 8 && s.signals.is_empty());
    // Everybody gets everywhere.
    assert!(s.demand.flows.len() >= 8, "{}", s.demand.flows.len());
}

#[test]
fn guesses_and_repairs_name_the_element() {
    let map = Map::default().node(1, 0.0, 0.0, &[]).node(2, 200.0, 0.0, &[]);
    let (_, remarks) = map.way(10, &[1, 77, 2], &[("highway", "primary")]).way(11, &[1, 2], STREET).import();
    let said: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|r| r.contains("way 11") && r.contains("1 lane from its class")), "{said:?}");
    assert!(said.iter().any(|r| r.starts_with("repair: way 10") && r.contains("not in the file")), "{said:?}");
}
