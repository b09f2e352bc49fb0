//! A timetable on a street of two crossroads: stops find their links, runs their ways, and the rest is told.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use interchange::gtfs::{Options, import};
use model::demand::Itinerary;
use model::quantity::Length;
use model::scenario::{Faults, Files, Scenario};
use model::toy::Grid;
use model::vehicle::VehicleClass;
use proj4rs::Proj;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Where the toy lies, in metres of UTM zone 32.
const ORIGIN: (f64, f64) = (393_500.0, 5_708_100.0);

/// Stops with their places in metres: by the street eastwards, opposite, off the street, and in another town.
const STOPS: [(&str, f64, f64); 5] =
    [("west", -150.0, -6.0), ("middle", 120.0, -6.0), ("east", 400.0, -6.0), ("field", 120.0, 90.0), ("away", 9000.0, 0.0)];

const TABLES: [(&str, &str); 5] = [
    ("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\nS,\"Town, buses\",https://example.org,Europe/Berlin\n"),
    ("routes.txt", "route_id,route_short_name,route_type\nB,42,3\nT,U1,0\nR,RE,2\n"),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         week,1,1,1,1,1,0,0,20260101,20261231\nsunday,0,0,0,0,0,0,1,20260101,20261231\n",
    ),
    (
        "trips.txt",
        "route_id,service_id,trip_id\nB,week,b1\nB,sunday,b2\nB,week,back\nT,week,t1\nR,week,r1\nB,week,outside\nB,week,field\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
         b1,01:05:10,01:05:20,middle,20\nb1,01:03:00,01:03:20,west,10\nb1,,,east,30\nb1,01:30:00,01:30:00,away,40\n\
         b2,01:04:00,01:04:00,west,1\nb2,01:05:00,01:05:00,east,2\n\
         back,01:04:00,01:04:00,east,1\nback,01:05:00,01:05:00,west,2\n\
         t1,01:04:00,01:04:00,west,1\nt1,01:05:00,01:05:00,east,2\n\
         outside,01:04:00,01:04:00,away,1\nfield,01:04:00,01:04:00,field,1\nfield,01:05:00,01:05:00,east,2\n",
    ),
];

fn feed(change: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let geographic = Proj::from_proj_string("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs").unwrap();
    let utm = Proj::from_proj_string("+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs").unwrap();
    let mut stops = "\u{feff}stop_id,stop_name,stop_lat,stop_lon\r\n".to_owned();
    for (name, x, y) in STOPS {
        let mut p = (ORIGIN.0 + x, ORIGIN.1 + y, 0.0);
        proj4rs::transform::transform(&utm, &geographic, &mut p).unwrap();
        write!(stops, "{name},Stop {name},{:.7},{:.7}\r\n", p.1.to_degrees(), p.0.to_degrees()).unwrap();
    }
    fs::write(folder.path().join("stops.txt"), stops).unwrap();
    for (name, text) in TABLES {
        let changed = change.iter().filter(|c| c.0 == name).fold(text.to_owned(), |t, c| {
            assert!(t.contains(c.1), "{} in {name}", c.1);
            t.replace(c.1, c.2)
        });
        fs::write(folder.path().join(name), changed).unwrap();
    }
    folder
}

/// The toy, at a place on the Earth or nowhere.
fn town(epsg: u32) -> Files {
    let folder = tempfile::tempdir().unwrap();
    Grid { columns: 2, ..Grid::default() }.files().write(folder.path()).unwrap();
    let file = folder.path().join("network.toml");
    let text = fs::read_to_string(&file).unwrap();
    let origin = format!("epsg = {epsg}\neast_m = {:.1}\nnorth_m = {:.1}", ORIGIN.0, ORIGIN.1);
    fs::write(file, text.replacen("epsg = 0\neast_m = 0.0\nnorth_m = 0.0", &origin, 1)).unwrap();
    Files::read(folder.path()).unwrap()
}

fn on(day: &str) -> Options {
    Options { date: day.parse().unwrap(), within: Length::metres(25.0) }
}

fn imported(feed: &Path, day: &str) -> (Scenario, Vec<String>) {
    let (files, notes) = import(feed, town(25832), &on(day)).unwrap_or_else(|faults| panic!("{faults}"));
    (files.check().unwrap_or_else(|faults| panic!("{faults}")), notes)
}

#[test]
fn a_bus_leaves_at_its_first_stop_and_goes_by_the_others() {
    let (scenario, notes) = imported(feed(&[]).path(), "2026-06-16");
    let demand = &scenario.demand;
    let named: Vec<&str> = demand.trips.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(named, ["line 42, run b1", "line 42, run back"], "{notes:?}");
    let bus = &demand.trips[0];
    assert_eq!((bus.depart.get(), demand.types[bus.vehicle].class), (3800.0, VehicleClass::Bus));
    let way = |i: usize| {
        let Itinerary::Links(links) = &demand.trips[i].itinerary else { panic!("stops make a way") };
        links.iter().map(|&l| scenario.network.links[l].name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(way(0), ["X0.0<East", "X1.0<East", "X1.0>East"]);
    // From the other kerb: the stops lie left of the way, which is told apart only where the right side leads nowhere.
    assert_eq!(way(1), ["X1.0<West", "X0.0<West", "X0.0>West"]);
    assert!(
        scenario.attribution.contains("timetable: Town, buses") && scenario.assumptions.iter().any(|a| a.contains("2026-06-16"))
    );
}

#[test]
fn a_bus_stands_at_its_stops_as_the_timetable_says_and_at_least_a_while() {
    let (scenario, notes) = imported(feed(&[]).path(), "2026-06-16");
    let (bus, network) = (&scenario.demand.trips[0], &scenario.network);
    let called = bus.calls.iter().map(|c| {
        let stop = &network.stops[c.stop];
        let link = network.links[network.lanes[stop.lane].link].name.as_str();
        (stop.name.as_str(), link, c.leg, c.dwell.mean.get(), c.not_before.map(model::quantity::Span::get))
    });
    // Ten seconds in the timetable are too few, and the last stop has no times but those of its neighbours.
    let expected = [("1 Stop middle", "X1.0<East", 1, 15.0, Some(3920.0)), ("2 Stop east", "X1.0>East", 2, 15.0, Some(4660.0))];
    assert_eq!(called.collect::<Vec<_>>(), expected, "{notes:?}");
    let stop = &network.stops[bus.calls[0].stop];
    assert!((stop.position.get() - 106.0).abs() < 0.1 && stop.length.get() == 20.0 && !stop.bay, "{stop:?}");
    let longer = feed(&[("stop_times.txt", "b1,01:05:10,01:05:20", "b1,01:04:40,01:05:20")]);
    let (scenario, _) = imported(longer.path(), "2026-06-16");
    assert_eq!(scenario.demand.trips[0].calls[0].dwell.mean.get(), 40.0);
}

#[test]
fn what_cannot_be_matched_is_told() {
    let (_, notes) = imported(feed(&[]).path(), "2026-06-16");
    let told = |what: &str, whom: &str| notes.iter().any(|n| n.contains(what) && n.contains(whom));
    assert!(told("neither of buses nor of trams", "RE"), "{notes:?}");
    // The tram may not use the street, and nobody gets from the field to the street.
    assert!(told("lie too far from any lane", "Stop field") && told("fewer than two connected stops", "line 42"), "{notes:?}");
}

#[test]
fn the_day_decides_who_runs() {
    let on_a = |day| imported(feed(&[]).path(), day).0.demand.trips.len();
    assert_eq!((on_a("2026-06-16"), on_a("2026-06-21"), on_a("2026-06-20"), on_a("2027-06-15")), (2, 1, 0, 0));
    let holiday = feed(&[]);
    let exceptions = "service_id,date,exception_type\nweek,20260616,2\nsunday,20260616,1\n";
    fs::write(holiday.path().join("calendar_dates.txt"), exceptions).unwrap();
    assert_eq!(imported(holiday.path(), "2026-06-16").0.demand.trips.len(), 1);
}

#[test]
fn a_broken_feed_is_named_with_file_line_and_mend() {
    let refused = |folder: &Path, says: &str| {
        let Faults(faults) = import(folder, town(25832), &on("2026-06-16")).unwrap_err();
        let told = faults[0].to_string();
        assert!(told.contains(says) && told.contains("mend: "), "expected \"{says}\", but it says {told}");
    };
    for (file, find, replace, says) in [
        ("stop_times.txt", "01:03:20", "1.03 Uhr", "stop_times.txt:3: \"1.03 Uhr\" is no time of day"),
        ("stop_times.txt", "middle,20", "centre,20", "stop_times.txt:2: stop \"centre\" is not in stops.txt"),
        ("stop_times.txt", "west,10", "west,x", "\"x\" is no number"),
        ("routes.txt", "route_type", "type", "routes.txt:1: the column route_type is missing"),
        ("calendar.txt", "20261231", "31.12.", "calendar.txt:2: \"31.12.\" is no day"),
        ("agency.txt", "buses\"", "buses", "a quotation mark is not closed"),
    ] {
        refused(feed(&[(file, find, replace)]).path(), says);
    }
    let cut = feed(&[]);
    fs::remove_file(cut.path().join("trips.txt")).unwrap();
    refused(cut.path(), "trips.txt: the file is missing");
    let nowhere = import(feed(&[]).path(), town(0), &on("2026-06-16")).unwrap_err();
    assert!(nowhere.to_string().contains("no place on the Earth"), "{nowhere}");
}
