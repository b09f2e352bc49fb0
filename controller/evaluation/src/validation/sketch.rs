//! Small roads drawn in code, for measuring one thing at a time.

use model::demand::{Arrivals, DepartLane, DepartSpeed};
use model::maths;
use model::network::{Control, Origin, Turn};
use model::scenario::file::{
    DemandFile, FlowFile, GreenFile, GroupFile, IntersectionFile, LaneFile, LinkFile, MovementFile, NetworkFile, PlanFile,
    RoadworksFile, SCHEMA, ScenarioFile, ShareFile, SignalFile, SignalPlanFile, SignalsFile, TripFile, VehicleTypeFile,
    reference,
};
use model::scenario::{Files, Scenario};
use model::signal::GroupKind;
use model::time::Step;
use model::vehicle::VehicleClass;

/// Every sketch begins at this second of the day: a whole number of all the cycles that are used.
pub(super) const BEGIN: u32 = 3600;

/// Speed limit of sketched roads, in km/h.
pub(super) const LIMIT_KMH: f64 = 50.0;

/// A road that is being drawn: one lane, driven one way.
#[derive(Debug)]
pub(super) struct Sketch {
    network: NetworkFile,
    signals: Vec<SignalFile>,
    plans: Vec<SignalPlanFile>,
    demand: DemandFile,
    duration: u32,
    warm_up: u32,
    drivers: Drivers,
    limit_kmh: f64,
}

/// What is unusual about the drivers of a sketch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drivers {
    pub(super) acceleration_m_per_s2: Option<f64>,
    pub(super) speed_factor_deviation: Option<f64>,
}

/// A fixed-time signal with one group: its cycle and its green from second 0 on, in seconds. A green as long as the cycle
/// never ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lights {
    pub(super) cycle: u16,
    pub(super) green: u16,
}

/// A movement of a sketch.
#[derive(Debug)]
pub(super) struct Bend<'a> {
    pub(super) from_to: [&'a str; 2],
    pub(super) shape: Vec<[f64; 2]>,
    pub(super) turn: Turn,
    pub(super) speed_limit_kmh: f64,
    /// Whether it obeys the signal of its place.
    pub(super) signal: bool,
}

/// A flow of a sketch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inflow<'a> {
    /// First and last link.
    pub(super) from_to: [&'a str; 2],
    pub(super) veh_per_h: f64,
    pub(super) arrivals: Arrivals,
    /// For how long, from the beginning of the warm-up, in seconds.
    pub(super) duration: f64,
    /// Classes and their shares.
    pub(super) mix: &'a [(VehicleClass, f64)],
}

/// A car that enters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// Seconds after the beginning of the warm-up.
    pub(super) at: f64,
    /// Every link of its way.
    pub(super) route: &'a [&'a str],
    pub(super) speed: DepartSpeed,
}

/// Cars only.
pub(super) const CARS: &[(VehicleClass, f64)] = &[(VehicleClass::Car, 1.0)];

impl Sketch {
    /// An empty sketch that runs for `duration` seconds after a warm-up.
    pub(super) fn new(warm_up: u32, duration: u32) -> Self {
        let network = NetworkFile::empty(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 });
        let demand = DemandFile::empty(SOURCE);
        Self {
            network,
            signals: Vec::new(),
            plans: Vec::new(),
            demand,
            duration,
            warm_up,
            drivers: Drivers::default(),
            limit_kmh: LIMIT_KMH,
        }
    }

    /// The same with other drivers than the usual ones, from now on.
    pub(super) fn drivers(self, drivers: Drivers) -> Self {
        Self { drivers, ..self }
    }

    /// The same with another speed limit of its links, from now on.
    pub(super) fn limit(self, limit_kmh: f64) -> Self {
        Self { limit_kmh, ..self }
    }

    /// A place where links end or meet, with a signal or without.
    pub(super) fn place(&mut self, name: &str, at: [f64; 2], lights: Option<Lights>) {
        self.network.intersections.push(IntersectionFile {
            name: reference(name),
            title: String::new(),
            position_m: at,
            control: if lights.is_some() { Control::Signal } else { Control::Joint },
            signal: lights.map(|_| reference(name)),
        });
        if let Some(lights) = lights {
            self.signals.push(signal(name));
            let to_s = lights.green % lights.cycle;
            let greens = vec![GreenFile { group: reference(GROUP), from_s: 0, to_s }];
            self.plans.push(SignalPlanFile { name: reference(name), cycle_s: lights.cycle, offset_s: 0, greens });
        }
    }

    /// A link of one lane along a line.
    pub(super) fn link(&mut self, name: &str, from_to: [&str; 2], shape: Vec<[f64; 2]>, width: f64) {
        let lane =
            LaneFile { length_m: None, width_m: width, speed_limit_kmh: None, classes: None, cycle_area_m: None, shape_m: shape };
        self.network.links.push(LinkFile {
            name: reference(name),
            street: String::new(),
            from: reference(from_to[0]),
            to: reference(from_to[1]),
            speed_limit_kmh: self.limit_kmh,
            rank: 0,
            lanes: vec![lane],
        });
    }

    /// A movement from link to link along a line, under the signal where there is one.
    pub(super) fn movement(&mut self, bend: &Bend<'_>) {
        let from_to = bend.from_to;
        self.network.movements.push(MovementFile {
            from: reference(from_to[0]),
            from_lane: 0,
            to: reference(from_to[1]),
            to_lane: 0,
            turn: bend.turn,
            length_m: None,
            speed_limit_kmh: bend.speed_limit_kmh,
            shape_m: bend.shape.clone(),
            group: bend.signal.then(|| reference(GROUP)),
            link_index: None,
            waiting_m: None,
            yields_to: Vec::new(),
        });
    }

    /// The usual type of a class, once.
    fn class(&mut self, class: VehicleClass) -> String {
        let name = format!("{class:?}").to_lowercase();
        if !self.demand.types.iter().any(|t| *t.name.get_ref() == name) {
            let Drivers { acceleration_m_per_s2, speed_factor_deviation } = self.drivers;
            let usual = VehicleTypeFile::usual(&name, class);
            self.demand.types.push(VehicleTypeFile { acceleration_m_per_s2, speed_factor_deviation, ..usual });
        }
        name
    }

    /// A flow that enters as fast as it safely can.
    pub(super) fn flow(&mut self, flow: &Inflow<'_>) {
        let mix = flow.mix.iter().map(|&(class, share)| ShareFile { vehicle_type: reference(self.class(class)), share });
        let mix = mix.collect();
        let begin = f64::from(BEGIN - self.warm_up);
        self.demand.flows.push(FlowFile {
            mix,
            from: Some(reference(flow.from_to[0])),
            to: Some(reference(flow.from_to[1])),
            arrivals: flow.arrivals,
            ..FlowFile::steady(flow.from_to[0], (begin, begin + flow.duration), flow.veh_per_h)
        });
    }

    /// A car that goes along links.
    pub(super) fn trip(&mut self, entry: &Entry<'_>) {
        let vehicle_type = reference(self.class(VehicleClass::Car));
        self.demand.trips.push(TripFile {
            name: self.demand.trips.len().to_string(),
            vehicle_type,
            depart_s: f64::from(BEGIN - self.warm_up) + entry.at,
            from: None,
            to: None,
            route: Some(entry.route.iter().map(|&l| reference(l)).collect()),
            depart_lane: DepartLane::Best,
            depart_speed: entry.speed,
            dwell_mean_s: None,
            dwell_deviation_s: None,
            stops: Vec::new(),
        });
    }

    /// The checked scenario.
    ///
    /// # Panics
    /// When the sketch is no sound scenario: it is drawn in this module.
    pub(super) fn scenario(self) -> Scenario {
        let plan = PlanFile { schema: SCHEMA, name: "plain".into(), source: SOURCE.into(), signals: self.plans };
        let scenario = ScenarioFile {
            schema: SCHEMA,
            period_name: None,
            periods: Vec::new(),
            name: "sketch".into(),
            title: "A sketch".into(),
            begin_s: BEGIN,
            end_s: BEGIN + self.duration,
            warm_up_s: self.warm_up,
            step_s: Step::HALF_SECOND.span().get(),
            default_plan: (!plan.signals.is_empty()).then(|| reference("plain")),
            transition: None,
            day_plan: Vec::new(),
            attribution: String::new(),
            faults: Vec::new(),
            assumptions: vec![SOURCE.into()],
        };
        let plans = if plan.signals.is_empty() { Vec::new() } else { vec![plan] };
        let signals = SignalsFile { schema: SCHEMA, signals: self.signals };
        let roadworks = RoadworksFile { schema: SCHEMA, roadworks: Vec::new() };
        match Files::new(scenario, self.network, signals, plans, self.demand, roadworks).check() {
            Ok(scenario) => scenario,
            Err(faults) => panic!("the sketch is broken: {faults}"),
        }
    }
}

const SOURCE: &str = "assumed: a sketch for an acceptance test";
const GROUP: &str = "K1";

fn signal(name: &str) -> SignalFile {
    let group = GroupFile {
        name: reference(GROUP),
        kind: GroupKind::Vehicles,
        amber_s: 3,
        red_amber_s: 1,
        min_green_s: 5,
        min_red_s: 1,
        may_stay_red: false,
        max_green_percent: None,
    };
    SignalFile { name: reference(name), source: SOURCE.into(), groups: vec![group], conflicts: Vec::new(), stages: Vec::new() }
}

/// Width of a lane where it does not matter, in metres.
pub(super) const WIDTH: f64 = 3.25;

/// A straight street of one lane: the link `in`, a signal, the link `out`; lengths in metres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Street {
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) width: f64,
    /// Radius in metres and speed limit in km/h of a right turn at the signal; straight on when absent.
    pub(super) turn: Option<(f64, f64)>,
    pub(super) lights: Lights,
}

/// Length of the intersection on a straight street, in metres.
const ACROSS: f64 = 15.0;

impl Street {
    /// Draws the street.
    pub(super) fn sketch(&self, warm_up: u32, duration: u32) -> Sketch {
        let mut sketch = Sketch::new(warm_up, duration);
        let (line, curve) = (self.before, self.curve());
        let [x, y] = curve[curve.len() - 1];
        let end = if self.turn.is_some() { [x, y - self.after] } else { [x + self.after, y] };
        sketch.place("west", [0.0, 0.0], None);
        sketch.place("signal", [line + 5.0, 0.0], Some(self.lights));
        sketch.place("east", end, None);
        sketch.link("in", ["west", "signal"], vec![[0.0, 0.0], [line, 0.0]], self.width);
        sketch.link("out", ["signal", "east"], vec![[x, y], end], self.width);
        let turn = if self.turn.is_some() { Turn::Right } else { Turn::Straight };
        let speed_limit_kmh = self.turn.map_or(LIMIT_KMH, |t| t.1);
        sketch.movement(&Bend { from_to: ["in", "out"], shape: curve, turn, speed_limit_kmh, signal: true });
        sketch
    }

    fn curve(&self) -> Vec<[f64; 2]> {
        let x = self.before;
        let Some((r, _)) = self.turn else { return vec![[x, 0.0], [x + ACROSS, 0.0]] };
        let point = |i: u32| {
            let angle = f64::from(i) / 8.0 * std::f64::consts::FRAC_PI_2;
            [x + r * maths::sin(angle), r * maths::cos(angle) - r]
        };
        (0..=8).map(point).collect()
    }
}
