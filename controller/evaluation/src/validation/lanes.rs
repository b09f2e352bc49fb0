//! What lowers the saturation flow of a lane: heavy vehicles, a turn, little width.

use super::Trial;
use super::discharge::Queue;
use super::row::{Row, Target};
use model::vehicle::VehicleClass;

const MIXED: &[(VehicleClass, f64)] =
    &[(VehicleClass::Car, 0.9), (VehicleClass::Lorry, 0.05), (VehicleClass::ArticulatedLorry, 0.05)];
const LORRIES: &[(VehicleClass, f64)] = &[(VehicleClass::Car, 0.9), (VehicleClass::Lorry, 0.1)];
const ARTICULATED: &[(VehicleClass, f64)] = &[(VehicleClass::Car, 0.9), (VehicleClass::ArticulatedLorry, 0.1)];

/// V6: saturation flow with heavy vehicles, in a turn and on a narrow lane.
pub(super) fn factors(trial: &Trial<'_>) -> Vec<Row> {
    let cars = Queue::default().discharge(trial, 8).saturation_flow();
    let share = |queue: &Queue| {
        let s = queue.discharge(trial, 16).saturation_flow();
        (s / cars, format!("{s:.0} veh/h, {cars:.0} for cars straight on"))
    };
    let mut rows = heavy(&share);
    rows.push(turning(&share));
    rows.push(narrow(&share));
    rows
}

type Share<'a> = &'a dyn Fn(&Queue) -> (f64, String);

fn heavy(share: Share<'_>) -> Vec<Row> {
    let row = |mix, name: &str, target| {
        let (share, figures) = share(&Queue { mix, ..Queue::default() });
        let what = format!("change of saturation flow with 10 % {name}");
        Row::measured("V6", what, "%", target, 100.0 * (share - 1.0))
            .digits(1)
            .figures(figures)
            .source("HBS: 7 to 9 % less with 10 % heavy vehicles (unverified)")
    };
    let rigid = row(LORRIES, "rigid lorries", Target::NONE);
    let articulated = row(ARTICULATED, "articulated lorries", Target::NONE);
    let both = row(MIXED, "heavy vehicles, half of them articulated", Target::between(-9.0, -7.0));
    // The cause is shown by both extremes.
    let extremes = articulated.actual.zip(rigid.actual).filter(|e| e.0 <= -7.0 && e.1 > -7.0);
    let cause = "it is the share of articulated vehicles that decides, as the next rows show, and which share the published \
                 figure is for is not known";
    let both = extremes.map_or_else(|| both.clone(), |ends| both.clone().explained(ends, cause));
    vec![both, rigid, articulated]
}

/// The radius enters by the speed limit of the movement, which importers work out or read.
fn turning(share: Share<'_>) -> Row {
    let (share, figures) = share(&Queue { turn: Some((10.0, 20.0)), ..Queue::default() });
    Row::measured(
        "V6",
        "saturation flow of a right turn of 10 m radius at 20 km/h, over straight on",
        "",
        Target::value(0.85),
        share,
    )
    .figures(figures)
    .source("Highway Capacity Manual (2000), ch. 16: 0.85 for a lane that only turns right")
}

fn narrow(share: Share<'_>) -> Row {
    let (share, figures) = share(&Queue { width: 2.6, ..Queue::default() });
    Row::measured("V6", "saturation flow of a lane of 2.6 m, over 3.25 m", "", Target::about(0.88, 0.03), share)
        .figures(figures)
        .source("KHCM: 0.88 up to 2.6 m; tolerance assumed")
        .explained((0.99, 1.01), "not modelled: drivers do not look at the width of their lane, and both lanes flow alike")
}
