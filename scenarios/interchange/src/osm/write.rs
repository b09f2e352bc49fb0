//! From the draft to the files of a scenario.

use super::demand::{Assumed, Demands};
use super::draft::{Draft, PlaceKind};
use super::patch::{DemandFrame, PeriodFrame};
use super::signals::Equipped;
use super::{Options, Remark, RemarkKind};
use model::geometry::{Point, Polyline};
use model::id::{GroupId, Id};
use model::network::{Control, Origin};
use model::quantity::Length;
use model::scenario::Files;
use model::scenario::file::{
    ConflictFile, CrossingFile, DemandFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile, MovementFile,
    NetworkFile, PeriodFile, PlanFile, RoadworksFile, SCHEMA, ScenarioFile, ShareFile, SignalFile, SignalPlanFile, SignalsFile,
    StageFile, VehicleTypeFile, reference,
};
use model::signal::{Grade, Signal};
use model::vehicle::VehicleClass;
use toml::Spanned;

/// Name of the first plan.
const PLAN: &str = "importer";

/// Shares of vehicle types; assumed.
const MIX: [(&str, f64); 3] = [("car", 0.93), ("lorry", 0.05), ("bus", 0.02)];

/// Width of a crossing.
pub(super) const CROSSING: Length = Length::metres(4.0);

/// Makes the files.
pub(super) fn files(
    options: &Options,
    origin: Origin,
    draft: &Draft,
    signals: &[Equipped],
    demands: &Demands,
    remarks: &[Remark],
) -> Files {
    let scenario = scenario(options, &demands.own.frame, remarks);
    let network = network(draft, origin, signals);
    let demand = demand_file(draft, &demands.own);
    let plan = plan_file(signals);
    let plans = if signals.is_empty() { Vec::new() } else { vec![plan] };
    let signals = SignalsFile { schema: SCHEMA, signals: signals.iter().map(|e| signal_file(&e.signal)).collect() };
    let roadworks = RoadworksFile { schema: SCHEMA, roadworks: Vec::new() };
    let files = Files::new(scenario, network, signals, plans, demand, roadworks);
    let others = demands.periods.iter().map(|(period, demand)| (period_file(period), demand_file(draft, demand)));
    others.fold(files, |files, (period, demand)| files.with_period(period, demand))
}

fn period_file(period: &PeriodFrame) -> PeriodFile {
    PeriodFile {
        name: reference(period.name.get_ref().clone()),
        title: period.title.clone(),
        begin_s: period.begin_s,
        end_s: Spanned::new(0..0, period.end_s),
        warm_up_s: Some(Spanned::new(0..0, period.warm_up_s)),
        demand: reference(format!("demand/{}.toml", period.name.get_ref())),
        default_plan: None,
    }
}

fn scenario(options: &Options, frame: &DemandFrame, remarks: &[Remark]) -> ScenarioFile {
    let patch = options.patch.as_ref();
    let name = patch.and_then(|p| p.name.clone()).unwrap_or_else(|| options.name.clone());
    let title = patch.and_then(|p| p.title.clone()).unwrap_or_else(|| format!("{name}, imported from OpenStreetMap"));
    let count = |kind| remarks.iter().filter(|r| r.kind == kind).count();
    let mut assumptions = vec![
        format!(
            "road geometry from OpenStreetMap with {} guesses and {} repairs of the importer",
            count(RemarkKind::Guess),
            count(RemarkKind::Repair)
        ),
        "lanes are 3.25 m wide where nothing else is known".into(),
        "signal groups, intergreens and stages are computed from the geometry, not those of the street".into(),
    ];
    let patched = || patch.into_iter();
    let added: Vec<String> = patched().flat_map(|p| &p.added_ways).map(|w| w.id.get_ref().to_string()).collect();
    if !added.is_empty() {
        assumptions.push(format!("ways that the patch adds to the map, with what it says of them: {}", added.join(", ")));
    }
    for (name, gating) in patched().flat_map(|p| &p.intersections).filter_map(|i| Some((&i.name, i.gating.as_ref()?))) {
        let (from, most) = (gating.bearing_deg, gating.max_green_percent.get_ref());
        assumptions.push(format!(
            "signal {name} holds back who comes from {from}°: green for at most {most} % of the cycle: {}",
            gating.why
        ));
    }
    if !options.command.is_empty() {
        assumptions.push(format!("made by: {}", options.command));
    }
    ScenarioFile {
        schema: SCHEMA,
        name,
        title,
        period_name: frame.period.clone().map(reference),
        begin_s: frame.begin_s,
        end_s: frame.end_s,
        warm_up_s: frame.warm_up_s,
        step_s: 0.5,
        default_plan: None,
        transition: None,
        day_plan: Vec::new(),
        attribution: "Map data © OpenStreetMap contributors, ODbL 1.0".into(),
        assumptions,
        faults: Vec::new(),
        periods: Vec::new(),
    }
}

/// Centimetres are enough.
fn rounded(x: f64) -> f64 {
    // Adding zero turns a negative zero into a positive one.
    (x * 100.0).round() / 100.0 + 0.0
}

fn pair(p: Point) -> [f64; 2] {
    [rounded(p.x), rounded(p.y)]
}

fn points(line: &Polyline) -> Vec<[f64; 2]> {
    let mut list: Vec<[f64; 2]> = line.points().iter().map(|&p| pair(p)).collect();
    list.dedup();
    list
}

fn network(draft: &Draft, origin: Origin, signals: &[Equipped]) -> NetworkFile {
    let group = |place: usize, group: Option<usize>| {
        let signal = &signals.iter().find(|s| s.place == place)?.signal;
        signal.groups.get(GroupId::from_index(group?)).map(|g| reference(g.name.clone()))
    };
    NetworkFile {
        intersections: (0..draft.places.len()).map(|p| intersection(draft, p)).collect(),
        links: draft.links.iter().map(|l| link(draft, l)).collect(),
        movements: draft.movements.iter().map(|m| movement(draft, m, group(m.place, m.group))).collect(),
        crossings: draft
            .crossings
            .iter()
            .map(|c| CrossingFile {
                name: reference(c.name.clone()),
                intersection: reference(draft.places[c.place].name.clone()),
                shape_m: points(&c.shape),
                width_m: CROSSING.in_metres(),
                group: group(c.place, c.group),
                link_index: None,
            })
            .collect(),
        ..NetworkFile::empty(origin)
    }
}

fn intersection(draft: &Draft, id: usize) -> IntersectionFile {
    let place = &draft.places[id];
    let conflict = draft.movements.iter().any(|m| m.place == id && !m.yields_to.is_empty());
    let control = match place.kind {
        PlaceKind::Signalised => Control::Signal,
        PlaceKind::Plain if place.right_before_left && conflict => Control::RightBeforeLeft,
        PlaceKind::Plain if conflict => Control::Priority,
        _ => Control::Joint,
    };
    IntersectionFile {
        name: reference(place.name.clone()),
        title: place.title.clone(),
        position_m: pair(place.at),
        control,
        signal: (control == Control::Signal).then(|| reference(place.name.clone())),
    }
}

fn link(draft: &Draft, link: &super::draft::Link) -> LinkFile {
    let lane = |shape: &Polyline| LaneFile {
        length_m: None,
        width_m: super::arm::LANE,
        speed_limit_kmh: None,
        classes: None,
        cycle_area_m: None,
        shape_m: points(shape),
    };
    LinkFile {
        name: reference(link.name.clone()),
        street: link.street.clone(),
        from: reference(draft.places[link.from].name.clone()),
        to: reference(draft.places[link.to].name.clone()),
        speed_limit_kmh: link.speed_kmh,
        rank: link.rank,
        lanes: link.lanes.iter().map(lane).collect(),
    }
}

fn movement(draft: &Draft, m: &super::draft::Movement, group: Option<model::scenario::file::Reference>) -> MovementFile {
    let lane = |(link, lane): (usize, usize)| format!("{}_{lane}", draft.links[link].name);
    let name = |m: &super::draft::Movement| format!("{}>{}", lane(m.from), lane(m.to));
    MovementFile {
        from: reference(draft.links[m.from.0].name.clone()),
        from_lane: m.from.1 as u32,
        to: reference(draft.links[m.to.0].name.clone()),
        to_lane: m.to.1 as u32,
        turn: m.turn,
        length_m: None,
        speed_limit_kmh: m.speed_kmh,
        shape_m: points(&m.shape),
        group,
        link_index: None,
        waiting_m: m.waiting.map(rounded),
        yields_to: m.yields_to.iter().map(|&o| reference(name(&draft.movements[o]))).collect(),
    }
}

fn signal_file(signal: &Signal) -> SignalFile {
    let name = |g: GroupId| reference(signal.groups[g].name.clone());
    let groups = signal.groups.iter().map(|g| GroupFile {
        name: reference(g.name.clone()),
        kind: g.kind,
        amber_s: g.amber.0,
        red_amber_s: g.red_amber.0,
        min_green_s: g.min_green.0,
        min_red_s: g.min_red.0,
        may_stay_red: g.may_stay_red,
        max_green_percent: g.max_green_percent.map(|p| Spanned::new(0..0, p)),
    });
    let mut conflicts = Vec::new();
    for a in signal.groups.ids() {
        for b in signal.groups.ids().filter(|&b| b > a) {
            let grade = signal.grades[(a, b)];
            if grade == Grade::Compatible {
                continue;
            }
            let times = (signal.intergreens[(a, b)], signal.intergreens[(b, a)]);
            let intergreen_s = if let (Some(x), Some(y)) = times { Some([x.0, y.0]) } else { None };
            conflicts.push(ConflictFile { groups: [name(a), name(b)], grade, intergreen_s });
        }
    }
    SignalFile {
        name: reference(signal.name.clone()),
        source: signal.source.clone(),
        groups: groups.collect(),
        conflicts,
        stages: signal
            .stages
            .iter()
            .map(|s| StageFile { name: s.name.clone(), greens: s.greens.iter().map(|&g| name(g)).collect() })
            .collect(),
    }
}

fn plan_file(signals: &[Equipped]) -> PlanFile {
    let signals = signals.iter().map(|e| {
        let greens = e.signal.groups.enumerate().flat_map(|(id, group)| {
            e.plan.greens[id].iter().map(|green| GreenFile {
                group: reference(group.name.clone()),
                from_s: green.start.0,
                to_s: green.end(e.plan.cycle).0,
            })
        });
        SignalPlanFile {
            name: reference(e.signal.name.clone()),
            cycle_s: e.plan.cycle.0,
            offset_s: e.plan.offset.0,
            greens: greens.collect(),
        }
    });
    PlanFile {
        schema: SCHEMA,
        name: PLAN.into(),
        source: "assumed: equal splits from the number of lanes, no coordination".into(),
        signals: signals.collect(),
    }
}

fn demand_file(draft: &Draft, demand: &Assumed) -> DemandFile {
    let vehicle_type = |(name, class)| VehicleTypeFile::usual(name, class);
    let frame = &demand.frame;
    let begin = f64::from(frame.begin_s.saturating_sub(frame.warm_up_s));
    let flows = demand.flows.iter().map(|f| {
        let (from, to) = (&draft.links[f.from], &draft.links[f.to]);
        FlowFile {
            mix: MIX.iter().map(|&(t, share)| ShareFile { vehicle_type: reference(t), share }).collect(),
            from: Some(reference(from.name.clone())),
            to: Some(reference(to.name.clone())),
            ..FlowFile::steady(format!("{} to {}", from.name, to.name), (begin, f64::from(frame.end_s)), f.veh_per_h)
        }
    });
    let types = [("car", VehicleClass::Car), ("lorry", VehicleClass::Lorry), ("bus", VehicleClass::Bus)];
    DemandFile {
        types: types.into_iter().map(vehicle_type).collect(),
        flows: flows.collect(),
        ..DemandFile::empty(&frame.source)
    }
}
