//! Calls at stops, from the files: the way that leads by them, and what is refused.

use model::demand::Itinerary;
use model::scenario::file::{CallFile, StopFile, reference};
use model::scenario::{Faults, Files};
use model::toy::Grid;
use model::vehicle::VehicleClass;
use std::fs;

/// A corridor with three stops, the flow eastwards calling at those that are named.
fn files(stops: &[(&str, f64)], calls: &[&str]) -> Files {
    files_with(stops, calls, |_| {})
}

fn files_with(stops: &[(&str, f64)], calls: &[&str], change: impl Fn(&mut CallFile)) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let grid = Grid { columns: 2, lanes: 2, ..Grid::default() };
    grid.files().write(folder.path()).expect("written");
    let network = folder.path().join("network.toml");
    let mut text = fs::read_to_string(&network).expect("there");
    for (link, position_m) in stops {
        let name = format!("{link} {position_m}");
        let stop = StopFile {
            name: reference(name),
            link: reference(*link),
            lane: u32::from(position_m % 2.0 > 0.0),
            position_m: *position_m,
            length_m: 20.0,
            bay: true,
        };
        text += "\n[[stop]]\n";
        text += &toml::to_string(&stop).expect("written");
    }
    fs::write(&network, text).expect("written");
    let files = Files::read(folder.path()).unwrap_or_else(|faults| panic!("{faults}"));
    files.changed(|_, demand| {
        for name in calls {
            let mut call =
                CallFile { stop: reference(*name), dwell_mean_s: Some(15.0), dwell_deviation_s: None, not_before_s: None };
            change(&mut call);
            demand.flows[0].stops.push(call);
        }
    })
}

fn refused(files: &Files, says: &str) {
    let Faults(faults) = files.check().map(|_| ()).expect_err("refused");
    assert!(faults.iter().any(|f| f.what.contains(says) && !f.mend.is_empty()), "expected \"{says}\": {faults:?}");
}

const STOPS: [(&str, f64); 3] = [("X0.0<East", 100.0), ("X0.0<East", 180.0), ("X1.0<East", 60.0)];

#[test]
fn the_way_leads_by_the_stops_and_survives_being_written() {
    let files = files(&STOPS, &["X0.0<East 100", "X0.0<East 180", "X1.0<East 60"]);
    let folder = tempfile::tempdir().expect("a folder");
    files.write(folder.path()).expect("written");
    for files in [files, Files::read(folder.path()).unwrap_or_else(|faults| panic!("{faults}"))] {
        let scenario = files.check().unwrap_or_else(|faults| panic!("{faults}"));
        let flow = &scenario.demand.flows[0];
        let Itinerary::Links(links) = &flow.itinerary else { panic!("a way by stops is known link by link") };
        let names: Vec<&str> = links.iter().map(|&l| scenario.network.links[l].name.as_str()).collect();
        assert_eq!(names, ["X0.0<East", "X1.0<East", "X1.0>East"]);
        assert_eq!(flow.calls.iter().map(|c| (c.stop.0, c.leg)).collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 1)]);
        assert_eq!((flow.calls[0].dwell.mean.get(), flow.calls[0].dwell.deviation.get()), (15.0, 0.0));
        assert!(scenario.network.stops.iter().all(|s| s.bay));
    }
}

#[test]
fn calls_that_cannot_be_are_refused() {
    refused(&files(&[("X0.0<East", 99.0)], &[]), "lies beside lane 1");
    refused(&files(&STOPS, &["X0.0<East 180", "X0.0<East 100"]), "does not come by stop \"X0.0<East 100\" in turn");
    refused(&files(&[("X0.0<West", 100.0)], &["X0.0<West 100"]), "cannot get from");
    let change = |f: fn(&mut CallFile)| files_with(&STOPS, &["X0.0<East 100"], f);
    refused(&change(|c| c.dwell_mean_s = None), "stops at \"X0.0<East 100\" for no known time");
    refused(&change(|c| c.dwell_deviation_s = Some(-1.0)), "dwell_deviation_s = -1");
    refused(&change(|c| c.dwell_mean_s = Some(1e9)), "dwell_mean_s = 1000000000");
    refused(&change(|c| (c.dwell_mean_s, c.dwell_deviation_s) = (Some(0.0), Some(3.0))), "dwells 0 s");
    refused(&change(|c| c.not_before_s = Some(4000.0)), "has a time of the day");
}

#[test]
fn trams_are_refused_where_they_would_have_to_change_lanes() {
    let trams = |to: &'static str, calls: &[&str]| {
        let files = files(&STOPS, calls);
        files.changed(|_, demand| {
            demand.types[0].class = VehicleClass::Tram;
            demand.flows.truncate(1);
            demand.flows[0].to = Some(reference(to));
        })
    };
    // The lanes of the toy admit no trams.
    refused(&trams("X1.0>East", &["X0.0<East 100"]), "does not admit Tram");
    refused(&trams("X1.0>East", &[]), "cannot get from");
}
