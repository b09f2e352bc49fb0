//! SPATEM and MAPEM held against another program, and against the scenario from which they are made.
//!
//! `AMPEL_SAMPLES=FILE cargo test -p deploy --test its` reads as many more messages as `its/pycrate.py samples` has written there.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use deploy::clock::Utc;
use deploy::its::{
    AdviceKind, FAR, LARGEST, Mapem, Sender, Shown, Spat, Spatem, UperFault, groups_of, line_of, maneuver, mapem, spatem,
};
use model::geometry::Point;
use model::id::{GroupId, Id, SignalId};
use model::scenario::{Scenario, load};
use model::signal::{Aspect, GroupKind};
use model::time::DaySecond;
use model::toy::Grid;
use std::path::Path;

fn wall() -> Scenario {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/dortmund-wall")).unwrap()
}

/// Lines in hexadecimal; those that begin with `#` say what follows.
fn messages(text: &str) -> Vec<Vec<u8>> {
    let bytes = |line: &str| (0..line.len() / 2).map(|i| u8::from_str_radix(&line[2 * i..2 * i + 2], 16).unwrap()).collect();
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(bytes).collect()
}

#[test]
fn messages_of_another_program_are_read_and_written_byte_by_byte() {
    let mut all = messages(include_str!("corpus/its.txt"));
    if let Ok(file) = std::env::var("AMPEL_SAMPLES") {
        all.extend(messages(&std::fs::read_to_string(file).unwrap()));
    }
    let mut kinds = [0; 2];
    for bytes in &all {
        let again = match bytes[1] {
            4 => Spatem::read(bytes).and_then(|m| m.write()),
            _ => Mapem::read(bytes).and_then(|m| m.write()),
        };
        kinds[usize::from(bytes[1] == 5)] += 1;
        assert_eq!(again.as_ref(), Ok(bytes));
    }
    assert!(kinds.iter().all(|count| *count >= 50), "{kinds:?}");
}

#[test]
fn what_is_no_message_or_goes_on_behind_it_is_refused() {
    let all = messages(include_str!("corpus/its.txt"));
    for bytes in &all {
        let read = |bytes: &[u8]| if bytes.get(1) == Some(&4) { Spatem::read(bytes).err() } else { Mapem::read(bytes).err() };
        assert!(read(&bytes[..bytes.len() - 1]).is_some());
        assert_eq!(read(&[bytes, &[0_u8][..]].concat()), Some(UperFault::Behind));
    }
    assert_eq!(Spatem::read(&vec![0; LARGEST + 1]), Err(UperFault::TooLong));
    assert_eq!(Spatem::read(&[2, 5, 0, 0, 0, 0, 0]), Err(UperFault::Range("messageID")));
}

#[test]
fn the_map_of_every_signal_of_the_wall_has_its_lanes_where_they_lie_and_all_its_groups() {
    let scenario = wall();
    let network = &scenario.network;
    for (id, signal) in scenario.signals.enumerate() {
        let map = mapem(&scenario, id, &Sender::default()).unwrap();
        let bytes = map.write().unwrap();
        assert_eq!(Mapem::read(&bytes).as_ref(), Ok(&map));
        let geometry = &map.intersections.as_ref().unwrap()[0];
        let (lat, lon) = (f64::from(geometry.reference.latitude) / 1e7, f64::from(geometry.reference.longitude) / 1e7);
        assert!((51.5..51.53).contains(&lat) && (7.44..7.49).contains(&lon), "{} {lat} {lon}", signal.name);
        let heads = network.movements.iter().filter_map(|m| m.head).chain(network.crossings.iter().filter_map(|c| c.head));
        let mut groups: Vec<u8> = heads.filter(|h| h.signal == id).map(|h| h.group.0 as u8 + 1).collect();
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups_of(&map), groups, "{}", signal.name);
        // Every way of the network is one of the map, with its group and manoeuvre.
        let own = network.intersections.iter().filter(|i| i.signal == Some(id));
        let ways = own.map(|i| i.movements.len()).sum::<usize>();
        let connected: Vec<_> =
            geometry.lanes.iter().filter(|l| l.direction == 2).flat_map(|l| l.connections.iter().flatten()).collect();
        assert_eq!(connected.len(), ways);
        let leads_out = |number: u8| geometry.lanes.iter().any(|l| l.id == number && l.direction == 1);
        assert!(connected.iter().all(|c| leads_out(c.lane) && c.maneuver.is_some_and(u16::is_power_of_two)));
    }
}

#[test]
fn lines_of_the_map_are_those_of_the_network_turned_to_true_north() {
    let scenario = wall();
    let network = &scenario.network;
    let id = SignalId(0);
    let map = mapem(&scenario, id, &Sender::default()).unwrap();
    let lanes = &map.intersections.as_ref().unwrap()[0].lanes;
    let own: Vec<_> = network.intersections.iter().filter(|i| i.signal == Some(id)).collect();
    let middle = |axis: fn(Point) -> f64| own.iter().map(|i| axis(i.position)).sum::<f64>() / own.len() as f64;
    let (x, y) = (middle(|p| p.x), middle(|p| p.y));
    let mut ingress: Vec<_> = own.iter().flat_map(|i| &i.movements).map(|&m| network.movements[m].from).collect();
    ingress.sort_unstable();
    ingress.dedup();
    // Near 7.46° east the north of zone 32 points 1.2° to the west of north, and a metre of it is 1.00026 m. Source of the first:
    // (9° - 7.46°) sin 51.5°, of the second: 0.9996 and the square of 106 km over twice that of the radius.
    let turn = (1.54_f64 * 0.7826).to_radians();
    for (lane, &id) in lanes.iter().zip(&ingress) {
        let stop = network.lanes[id].shape.end();
        let drawn = line_of(lane).unwrap().start();
        let (east, north) = (stop.x - x, stop.y - y);
        let (c, s) = (1.00026 * (1.0 - turn * turn / 2.0), 1.00026 * turn);
        let meant = Point::new(c * east - s * north, s * east + c * north);
        let apart = drawn.distance(meant).get();
        assert!(apart < 0.05, "{apart} m, {drawn:?} instead of {meant:?}");
        let length = line_of(lane).unwrap().length().get();
        assert!((length - network.lanes[id].shape.length().get().min(500.0)).abs() < 2.0);
    }
    assert!(
        lanes[0].maneuvers.is_some_and(|m| m & (maneuver::STRAIGHT | maneuver::LEFT | maneuver::RIGHT | maneuver::U_TURN) > 0)
    );
}

#[test]
fn a_toy_lies_nowhere_on_the_earth() {
    let error = mapem(&Grid::default().scenario(), SignalId(0), &Sender::default()).unwrap_err().to_string();
    assert!(error.contains("EPSG 0") && error.contains("mend:"), "{error}");
}

/// The state of every group of the Wall, in every second across the change of an hour, is what the plan shows; when it ends too.
#[test]
fn states_and_their_ends_are_those_of_the_plan_over_the_change_of_the_hour() {
    let scenario = wall();
    let plans = scenario.plan(None).unwrap();
    let sender = Sender { station: 7, region: Some(5913), revision: 3 };
    for (id, signal) in scenario.signals.enumerate() {
        let (plan, spat) = (&plans.plans[id], Spat::new(&scenario, id, &sender, &[]).unwrap());
        for second in (1_795_766_400 - 60..1_795_766_400 + 60).step_by(7) {
            let at = Utc(second * 1000);
            let bytes = spatem(&sender, at, vec![spat.planned(plan, at)]).write().unwrap();
            let state = &Spatem::read(&bytes).unwrap().intersections[0];
            assert_eq!((state.id.id, state.revision, state.ms), (id.0 as u16 + 1, 3, Some((second % 60 * 1000) as u16)));
            for (told, (group, kind)) in state.groups.iter().zip(signal.groups.enumerate().map(|(g, s)| (g, s.kind))) {
                let shows = |s: u64| plan.aspect_at(group, DaySecond(s as u32));
                let event = &told.events[0];
                let timing = event.timing.unwrap();
                let meant = match shows(second) {
                    Aspect::Red => event.shown == Shown::StopAndRemain,
                    Aspect::RedAmber => event.shown == Shown::PreMovement,
                    Aspect::Green => event.shown.is_green(),
                    Aspect::Amber => matches!(event.shown, Shown::PermissiveClearance | Shown::ProtectedClearance),
                };
                assert!(meant, "{} {}: {event:?}", signal.name, told.group);
                if timing.min_end != FAR {
                    let left = (u64::from(timing.min_end) + 36_000 - second % 3600 * 10) % 36_000 / 10;
                    assert!((0..left).all(|s| shows(second + s) == shows(second)) && shows(second + left) != shows(second));
                    assert!(told.events.len() >= 2 && told.events.iter().skip(1).any(|e| e.shown.is_green()));
                }
                let speeds = || told.events.iter().flat_map(|e| e.speeds.iter().flatten());
                assert!(kind == GroupKind::Vehicles || speeds().count() == 0);
                assert!(speeds().all(|s| s.kind == AdviceKind::EcoDrive), "there are no stretches");
            }
        }
    }
}

#[test]
fn groups_that_give_way_are_permissive_and_those_on_foot_are_not() {
    let scenario = wall();
    let (id, signal) = scenario.signals.enumerate().next().unwrap();
    let spat = Spat::new(&scenario, id, &Sender::default(), &[]).unwrap();
    let plan = &scenario.plan(None).unwrap().plans[id];
    let mut shown = vec![None; signal.groups.len()];
    for second in 0..u64::from(plan.cycle().0) {
        for (group, told) in spat.planned(plan, Utc(second * 1000)).groups.iter().enumerate() {
            if told.events[0].shown.is_green() {
                shown[group] = Some(told.events[0].shown);
            }
        }
    }
    let of = |kind: GroupKind| {
        let groups = signal.groups.enumerate().filter(move |(_, g)| g.kind == kind);
        groups.filter_map(|(g, _): (GroupId, _)| shown[g.index()]).collect::<Vec<_>>()
    };
    assert!(of(GroupKind::Pedestrians).iter().all(|s| *s == Shown::ProtectedMovement));
    assert!(of(GroupKind::Vehicles).contains(&Shown::PermissiveMovement), "{shown:?}");
}
