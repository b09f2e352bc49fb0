//! Matrices and turning counts become flows that add up to them, and what contradicts itself is named with its place.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use model::demand::{Itinerary, Stream};
use model::id::LinkId;
use model::scenario::{Faults, Scenario, load};
use model::toy::Grid;
use std::collections::BTreeMap;
use std::fs;

/// Two crossroads in a row, with nothing but this demand beside a type of car.
fn loaded(demand: &str) -> (Result<Scenario, Faults>, String) {
    let folder = tempfile::tempdir().unwrap();
    Grid { columns: 2, lanes: 1, ..Grid::default() }.files().write(folder.path()).unwrap();
    let car = "schema = 1\nsource = \"assumed: a test\"\n[[vehicle_type]]\nname = \"car\"\nclass = \"car\"\n";
    let text = format!("{car}{demand}");
    fs::write(folder.path().join("demand.toml"), &text).unwrap();
    (load(folder.path()), text)
}

fn good(demand: &str) -> Scenario {
    loaded(demand).0.unwrap_or_else(|faults| panic!("{faults}"))
}

/// The demand is refused for one fault that says this at the line with that.
fn refused(demand: &str, says: &str, at: &str) {
    let (scenario, text) = loaded(demand);
    let Faults(faults) = scenario.expect_err(says);
    let fits = |f: &model::scenario::Fault| {
        let line = f.line.and_then(|l| text.lines().nth(l - 1)).unwrap_or("");
        f.what.contains(says) && line.contains(at) && !f.mend.is_empty()
    };
    assert!(faults.iter().any(fits), "expected \"{says}\" at \"{at}\", but it says\n{}", Faults(faults));
}

fn flow(s: &Stream) -> f64 {
    s.flow.in_veh_per_h()
}

const MATRIX: &str = r#"
[[zone]]
name = "west"
from = [{ link = "X0.0<East" }]
to = [{ link = "X0.0>West" }]
[[zone]]
name = "north"
from = [{ link = "X0.0<South", weight = 3 }, { link = "X1.0<South" }]
to = [{ link = "X0.0>North", weight = 1 }, { link = "X1.0>North", weight = 1 }]
[[matrix]]
name = "morning"
mix = [{ type = "car", share = 1.0 }]
begin_s = 3600
end_s = 4500
zones = ["west", "north"]
flow_veh_per_h = [
  [0, 120],
  [80, 0],
]
"#;

#[test]
fn a_matrix_becomes_flows_that_add_up_to_its_cells() {
    let scenario = good(MATRIX);
    let flows = &scenario.demand.flows;
    let links = &scenario.network.links;
    let between = |from: &str, to: &str| {
        let fits = |s: &&Stream| links[s.itinerary.origin()].name == from && links[s.itinerary.destination()].name == to;
        flows.iter().filter(fits).map(flow).sum::<f64>().round()
    };
    assert_eq!((between("X0.0<East", "X0.0>North"), between("X0.0<East", "X1.0>North")), (60.0, 60.0));
    assert_eq!((between("X0.0<South", "X0.0>West"), between("X1.0<South", "X0.0>West")), (60.0, 20.0));
    assert_eq!((flows.len(), flows.iter().map(flow).sum::<f64>().round()), (4, 200.0));
}

#[test]
fn what_cannot_be_spread_over_a_pair_of_links_goes_to_the_others() {
    // Nothing leads from a link that leaves the network.
    let scenario = good(&MATRIX.replace("\"X1.0<South\" }", "\"X1.0>South\" }"));
    let back: Vec<f64> = scenario.demand.flows.iter().map(flow).filter(|f| *f > 70.0).collect();
    assert_eq!(back.iter().map(|f| f.round()).collect::<Vec<_>>(), [80.0]);
}

#[test]
fn a_broken_matrix_is_named_with_its_row() {
    let broken = |find: &str, replace: &str, says: &str, at: &str| {
        assert!(MATRIX.contains(find), "{find}");
        refused(&MATRIX.replacen(find, replace, 1), says, at);
    };
    broken("[0, 120]", "[0, 120, 3]", "has 3 columns for 2 zones", "[0, 120, 3]");
    broken("  [80, 0],\n", "", "has 1 rows for 2 zones", "\"morning\"");
    broken("[0, 120]", "[0, nan]", "has NaN veh/h", "[0, nan]");
    broken("[0, 120]", "[7, 120]", "cannot get from zone west > west", "[7, 120]");
    broken("[\"west\", ", "[\"east\", ", "zone \"east\" does not exist", "zones = ");
    broken("name = \"north\"", "name = \"west\"", "stands twice", "name = \"west\"");
    broken("\"X0.0<East\"", "\"Y\"", "link \"Y\" does not exist", "\"Y\"");
    broken("weight = 3", "weight = -3", "has the weight -3", "weight = -3");
    broken("share = 1.0", "share = 0.9", "matrix \"morning\" sum to 0.9", "\"morning\"");
    broken("end_s = 4500", "end_s = 45", "ends before it begins", "\"morning\"");
}

/// Where the counted of one crossroads come in and turn; the second has shares.
const COUNTS: &str = r#"
[[counts]]
name = "Tuesday"
mix = [{ type = "car", share = 1.0 }]
begin_s = 3600
end_s = 4500
[[counts.entry]]
link = "X0.0<East"
flow_veh_per_h = 500
[[counts.entry]]
link = "X0.0<North"
[[counts.turn]]
from = "X0.0<East"
to = "X0.0>North"
flow_veh_per_h = 100
[[counts.turn]]
from = "X0.0<East"
to = "X1.0<East"
flow_veh_per_h = 400
[[counts.turn]]
from = "X0.0<North"
to = "X0.0>North"
flow_veh_per_h = 150
[[counts.turn]]
from = "X0.0<North"
to = "X1.0<East"
flow_veh_per_h = 50
[[counts.turn]]
from = "X1.0<East"
to = "X1.0>East"
share = 0.8
[[counts.turn]]
from = "X1.0<East"
to = "X1.0>South"
share = 0.2
"#;

/// Flow of every pair of consecutive links, in vehicles per hour.
fn turns(scenario: &Scenario) -> BTreeMap<(String, String), f64> {
    let mut turns = BTreeMap::new();
    let name = |l: LinkId| scenario.network.links[l].name.clone();
    for stream in &scenario.demand.flows {
        let Itinerary::Links(links) = &stream.itinerary else { panic!("counts make ways") };
        for pair in links.windows(2) {
            *turns.entry((name(pair[0]), name(pair[1]))).or_default() += flow(stream);
        }
    }
    turns
}

#[test]
fn counts_become_ways_that_add_up_to_them() {
    let scenario = good(COUNTS);
    let turns = turns(&scenario);
    let turn = |from: &str, to: &str| turns[&(from.to_owned(), to.to_owned())].round();
    assert_eq!((turn("X0.0<East", "X0.0>North"), turn("X0.0<East", "X1.0<East")), (100.0, 400.0));
    assert_eq!((turn("X0.0<North", "X0.0>North"), turn("X0.0<North", "X1.0<East")), (150.0, 50.0));
    // Shares of 450 vehicles.
    assert_eq!((turn("X1.0<East", "X1.0>East"), turn("X1.0<East", "X1.0>South")), (360.0, 90.0));
    assert_eq!(scenario.demand.flows.len(), 6);
}

#[test]
fn ways_are_fitted_to_counts_further_on() {
    // At the second crossroads 100 turn of 450, where the entries lead 450 to; each way changes alike.
    let counted = COUNTS.replace("share = 0.8", "flow_veh_per_h = 350").replace("share = 0.2", "flow_veh_per_h = 100");
    let scenario = good(&counted);
    let turns = turns(&scenario);
    assert_eq!(turns[&("X1.0<East".to_owned(), "X1.0>South".to_owned())].round(), 100.0);
    let south = |first: &str| {
        let links = &scenario.network.links;
        let fits =
            |s: &&Stream| links[s.itinerary.origin()].name == first && links[s.itinerary.destination()].name == "X1.0>South";
        scenario.demand.flows.iter().filter(fits).map(flow).sum::<f64>()
    };
    // The 100 come from both entries as the whole road does: 400 and 50 of 450.
    assert!((south("X0.0<East") / south("X0.0<North") - 8.0).abs() < 1e-6);
}

#[test]
fn counts_that_contradict_each_other_are_named() {
    let counted = COUNTS.replace("share = 0.8", "flow_veh_per_h = 700").replace("share = 0.2", "flow_veh_per_h = 100");
    let says = "the counts contradict each other: 700 veh/h turn from \"X1.0<East\" to \"X1.0>East\"";
    refused(&counted, says, "to = \"X1.0>East\"");
    good(&counted.replace("end_s = 4500", "end_s = 4500\nmax_geh = 20"));
}

#[test]
fn broken_counts_are_named_with_their_turn() {
    let broken = |find: &str, replace: &str, says: &str, at: &str| {
        assert!(COUNTS.contains(find), "{find}");
        refused(&COUNTS.replacen(find, replace, 1), says, at);
    };
    let last = "[[counts.turn]]\nfrom = \"X1.0<East\"\nto = \"X1.0>South\"\nshare = 0.2\n";
    broken(last, "", "sum to 0.8", "from = \"X1.0<East\"");
    broken("share = 0.2", "flow_veh_per_h = 90", "are counts and some are shares", "X1.0<East");
    broken("share = 0.2", "share = 0.2\nflow_veh_per_h = 90", "needs either flow_veh_per_h or share", "to = \"X1.0>South\"");
    broken("share = 0.8", "share = 1.8", "has 1.8", "to = \"X1.0>East\"");
    broken("to = \"X1.0>South\"", "to = \"X1.0>West\"", "link \"X1.0>West\" does not exist", "X1.0>West");
    broken("to = \"X1.0>South\"", "to = \"X0.0>South\"", "no movement from \"X1.0<East\"", "to = \"X0.0>South\"");
    broken("to = \"X1.0>South\"", "to = \"X1.0>East\"", "stands twice", "to = \"X1.0>East\"");
    broken("flow_veh_per_h = 500", "flow_veh_per_h = -5", "entry \"X0.0<East\" has -5 veh/h", "link = \"X0.0<East\"");
    broken("link = \"X0.0<North\"", "link = \"X0.0<East\"", "entry \"X0.0<East\" stands twice", "link = \"X0.0<East\"");
    broken("link = \"X0.0<North\"", "link = \"X1.0<North\"", "nobody has counted who enters at", "link = \"X1.0<North\"");
    let turns = COUNTS.find("[[counts.turn]]\nfrom = \"X1.0<East\"").unwrap();
    refused(&COUNTS[..turns], "nobody has counted where they turn there", "to = \"X1.0<East\"");
    good(&COUNTS[..turns].replace("end_s = 4500", "end_s = 4500\nexits = [\"X1.0<East\"]"));
    refused(&COUNTS[..COUNTS.find("[[counts.entry]]").unwrap()], "have no entry", "\"Tuesday\"");
}

#[test]
fn drivers_who_choose_are_read_and_checked() {
    let choice = good("[route_choice]\ninformed_share = 0.3\nrerouting_share = 0.1\n").demand.choice;
    assert_eq!((choice.informed_share, choice.rerouting_share, choice.min_gain.get()), (0.3, 0.1, 60.0));
    assert!(good("").demand.choice.is_off());
    refused("[route_choice]\ninformed_share = 1.5\n", "informed_share is 1.5", "1.5");
    refused("[route_choice]\nrerouting_share = nan\n", "rerouting_share is NaN", "nan");
    refused("[route_choice]\nmin_gain_s = -1\n", "min_gain_s is -1", "-1");
}

#[test]
fn a_prolonged_scenario_goes_on_with_the_flows_that_last_to_its_end_and_with_no_others() {
    let mut scenario = Grid { duration_s: 600, ..Grid::default() }.scenario();
    let (begin, end) = (scenario.begin.0, scenario.end.0);
    let (short, counted) = (scenario.demand.flows[0].clone(), scenario.demand.flows[1].clone());
    let half = model::quantity::Span::seconds_f64(f64::from(begin) + 300.0);
    scenario.demand.flows.push(Stream { name: "short".into(), end: half, ..short });
    scenario.demand.flows.push(Stream { name: "counted".into(), profile: vec![1.0], ..counted });
    scenario.prolong(24);
    assert_eq!(scenario.end.0, begin + 86_400);
    let ends = |name: &str| scenario.demand.flows.iter().find(|f| f.name == name).map(|f| f.end.get());
    assert_eq!((ends("short"), ends("counted")), (Some(half.get()), Some(f64::from(end))));
    let others = scenario.demand.flows.iter().filter(|f| f.name != "short" && f.name != "counted");
    assert!(others.into_iter().all(|f| f.end.get() == f64::from(begin + 86_400)));
}
