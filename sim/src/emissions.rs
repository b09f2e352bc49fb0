//! Emissions and energy of a vehicle from its speed and acceleration: the polynomials that Eclipse SUMO publishes for the
//! classes of the Handbook Emission Factors for Road Transport (HBEFA) 3.1 and 4.2.
//!
//! Source: Eclipse SUMO 1.28.0, `src/utils/emissions/HelpersHBEFA3`, `HelpersHBEFA4` and `PollutantsInterface`, © 2001-2026
//! German Aerospace Center (DLR) and others, EPL-2.0 OR GPL-2.0-or-later. The coefficients are taken over as data of a
//! third party; the program around them is our own. [`emissions_agreement`](crate::emissions_agreement) compares both.
//!
//! Deviates: mass and height of a vehicle are the usual ones of its class, and a type cannot state its own; an engine that has
//! idled for five minutes is not switched off; roads are level; nothing is added for cold starts. A battery bus takes
//! energy back when it brakes: SUMO knows batteries by their names and takes this one for a combustion engine.

use model::emission::EmissionClass;
use model::vehicle::{VehicleClass, VehicleType};
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_4;

/// What a vehicle gives off and takes in, in a second or summed up over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Emissions {
    /// Carbon dioxide, in mg.
    pub(crate) co2: f64,
    /// Nitrogen oxides, in mg.
    pub(crate) nox: f64,
    /// Particles, in mg; with HBEFA 4.2 those of tyres, brakes and road too.
    pub(crate) pm: f64,
    /// Fuel, in mg.
    pub(crate) fuel: f64,
    /// Energy out of the battery, in Wh; below 0 where braking gives some back.
    pub(crate) electricity: f64,
}

impl Emissions {
    /// Adds what a rate per second comes to in `dt` seconds.
    pub(crate) fn add(&mut self, rate: Self, dt: f64) {
        self.co2 += rate.co2 * dt;
        self.nox += rate.nox * dt;
        self.pm += rate.pm * dt;
        self.fuel += rate.fuel * dt;
        self.electricity += rate.electricity * dt;
    }
}

/// How many quantities of an engine are worked out at once: carbon dioxide, nitrogen oxides, particles and fuel.
const EXHAUST: usize = 4;

/// The terms of both forms: 1, v, a, v², v³, av, av².
const TERMS: usize = 7;

/// What drives the vehicles of a type, ready to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Engine {
    /// Coefficients by term, then by quantity: four at a time fill the registers of a processor.
    exhaust: [[f64; EXHAUST]; TERMS],
    /// Coefficients of the energy out of the battery, if there is one.
    battery: Option<[f64; TERMS]>,
    /// When the wheels drag it along; never with a battery, which then takes energy back.
    coasting: Option<Coasting>,
    /// Of a vehicle that stands, in a second.
    idle: Emissions,
}

impl Engine {
    /// The engine of a vehicle type.
    pub(crate) fn of(kind: &VehicleType) -> Self {
        Self::new(kind.emission, Body::of(kind))
    }

    /// The engine of a class in a vehicle of that size.
    pub(crate) fn new(class: EmissionClass, body: Body) -> Self {
        let published = published(class);
        let rows = published.exhaust();
        let exhaust = std::array::from_fn(|term| rows.map(|row| row[term]));
        let (battery, coasting) = match published {
            Published::Battery([_, battery]) => (Some(battery), None),
            _ => (None, Some(Coasting::of(body))),
        };
        let engine = Self { exhaust, battery, coasting, idle: Emissions::default() };
        Self { idle: emissions(&engine, 0.0, 0.0), ..engine }
    }

    /// What it emits in a second while the vehicle stands.
    pub(crate) fn idle(&self) -> Emissions {
        self.idle
    }
}

/// What a vehicle emits in a second, at a speed in m/s and an acceleration in m/s².
///
/// Form: f0 + f1·v + f2·a + f3·v² + f4·v³ + f5·a·v + f6·a·v², and not below 0, but for the energy of a battery. Zero while
/// the engine is dragged along, see [`Coasting`].
pub(crate) fn emissions(engine: &Engine, v: f64, a: f64) -> Emissions {
    if engine.coasting.as_ref().is_some_and(|c| c.holds(v, a)) {
        return Emissions::default();
    }
    let terms = [1.0, v, a, v * v, v * v * v, a * v, a * v * v];
    let mut sums = [0.0; EXHAUST];
    for (row, term) in engine.exhaust.iter().zip(terms) {
        for (sum, coefficient) in sums.iter_mut().zip(row) {
            *sum += coefficient * term;
        }
    }
    let [co2, nox, pm, fuel] = sums.map(|sum| if sum > 0.0 { sum } else { 0.0 });
    let electricity = engine.battery.map_or(0.0, |row| row.iter().zip(terms).map(|(c, term)| c * term).sum());
    Emissions { co2, nox, pm, fuel, electricity }
}

/// What the resistance of a vehicle depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Body {
    /// In kilograms.
    pub(crate) mass: f64,
    /// In metres.
    pub(crate) width: f64,
    /// In metres.
    pub(crate) height: f64,
}

impl Body {
    /// The width of the type, and the mass and the height that SUMO 1.28.0 takes for its class.
    fn of(kind: &VehicleType) -> Self {
        let (mass, height) = match kind.class {
            VehicleClass::Car => (1500.0, 1.5),
            VehicleClass::Motorcycle => (200.0, 1.5),
            VehicleClass::Lorry => (4500.0, 2.4),
            VehicleClass::ArticulatedLorry => (13_000.0, 4.0),
            VehicleClass::Bus => (12_000.0, 3.4),
            VehicleClass::Tram => (37_900.0, 3.2),
            VehicleClass::Bicycle => (10.0, 1.7),
            VehicleClass::Emergency => (5000.0, 2.86),
        };
        Self { mass, width: kind.width.get(), height }
    }
}

/// Below this speed an engine idles however the vehicle slows down, in m/s.
const IDLING: f64 = 0.5;

/// Below this speed the deceleration of coasting falls in proportion to the speed, in m/s.
const SLOW: f64 = 10.0 / 3.6;

/// The acceleration of a vehicle that rolls in gear: a line over speed. Who slows down harder burns nothing.
///
/// Source: the line in SUMO's `PollutantsInterface`, derived there from `PHEMlight` 5, over the mass and the area of the
/// front, which is the ellipse in the rectangle of width and height.
#[derive(Debug, Clone, PartialEq)]
struct Coasting {
    /// In m/s² per m/s.
    slope: f64,
    /// In m/s².
    at_rest: f64,
    /// At [`SLOW`], in m/s².
    at_slow: f64,
}

impl Coasting {
    fn of(body: Body) -> Self {
        let area = body.width * body.height * FRAC_PI_4;
        let slope = area / body.mass * -9.053_370_17 - 0.000_177_74;
        let at_rest = 0.000_010_66 * body.mass - 0.383_471_07 - 20.0 * slope;
        Self { slope, at_rest, at_slow: (slope * SLOW + at_rest).min(0.0) }
    }

    /// The acceleration of rolling at a speed in m/s, in m/s²; never above 0.
    fn acceleration(&self, v: f64) -> f64 {
        if v < SLOW { v / SLOW * self.at_slow } else { (self.slope * v + self.at_rest).min(0.0) }
    }

    fn holds(&self, v: f64, a: f64) -> bool {
        v > IDLING && a < self.acceleration(v)
    }
}

/// The coefficients of a class as they are published; rows are carbon dioxide, nitrogen oxides, particles and fuel.
enum Published {
    /// c0 + c1·a·v + c3·v + c4·v² + c5·v³, in g/h. The term c2·a²·v is zero in every class here.
    Hbefa3([[f64; 5]; 4]),
    /// f0 to f6 as in [`emissions`], in mg/s.
    Hbefa4([[f64; 7]; 4]),
    /// The same for a battery; rows are PM, and electricity in Wh/s.
    Battery([[f64; 7]; 2]),
}

impl Published {
    /// Carbon dioxide, nitrogen oxides, particles and fuel in the common form and units, by quantity, then by term.
    fn exhaust(&self) -> [[f64; TERMS]; EXHAUST] {
        const NONE: [f64; TERMS] = [0.0; TERMS];
        match *self {
            Self::Hbefa3(rows) => {
                let common = |[c0, c1, c3, c4, c5]: [f64; 5]| [c0, c3, 0.0, c4, c5, c1, 0.0].map(|c| c / 3.6);
                rows.map(common)
            }
            Self::Hbefa4(rows) => rows,
            Self::Battery([pm, _]) => [NONE, NONE, pm, NONE],
        }
    }
}

#[rustfmt::skip]
fn published(class: EmissionClass) -> Published {
    match class {
        EmissionClass::Zero => Published::Hbefa4([[0.0; 7]; 4]),
        EmissionClass::PetrolCarEuro4Hbefa3 => Published::Hbefa3([
            [9449.0, 938.4, -467.1, 28.26, 0.0],
            [4.336, 0.4428, -0.3204, 0.01371, 0.0],
            [0.2375, 0.0245, -0.03251, 1.325e-3, 0.0],
            [3014.0, 299.3, -149.0, 9.014, 0.0],
        ]),
        EmissionClass::PetrolCarEuro6Hbefa3 => Published::Hbefa3([
            [8273.0, 845.1, -401.1, 25.08, 0.0],
            [3.444, 0.4035, -0.2313, 0.01086, 0.0],
            [0.3107, 0.02274, -0.04042, 1.421e-3, 0.0],
            [2639.0, 269.6, -127.9, 8.001, 0.0],
        ]),
        EmissionClass::DieselCarEuro6Hbefa3 => Published::Hbefa3([
            [3946.0, 661.8, 149.8, 0.0, 0.2041],
            [16.31, 1.39, -1.391, 0.05512, 0.0],
            [0.553, 0.01902, -0.06184, 1.758e-3, 0.0],
            [1241.0, 208.2, 47.1, 0.0, 0.06419],
        ]),
        EmissionClass::HeavyLorriesHbefa3 => Published::Hbefa3([
            [26570.0, 7076.0, 1753.0, 0.0, 0.0],
            [305.6, 55.28, 9.505, 0.0, 0.0],
            [7.952, 0.854, 0.1195, 0.0, 0.0],
            [8358.0, 2226.0, 551.4, 0.0, 0.0],
        ]),
        EmissionClass::BusesHbefa3 => Published::Hbefa3([
            [19030.0, 6475.0, 2073.0, 0.0, 0.0],
            [218.7, 46.17, 11.27, 0.0, 0.0],
            [7.222, 0.8024, 0.1201, 0.0, 0.0],
            [6016.0, 2049.0, 656.6, 0.0, 0.0],
        ]),
        EmissionClass::PetrolCarEuro4 => Published::Hbefa4([
            [1521.0, 15.59, 695.1, 0.0, 0.1199, 132.5, 3.434],
            [0.6117, 0.0, 0.0, 0.0, 5.485e-5, 0.04339, 2.726e-3],
            [0.0, 0.02589, 0.0, 1.229e-4, 5.704e-6, 0.0, 3.62e-4],
            [493.1, 5.054, 225.3, 0.0, 0.03887, 42.96, 1.113],
        ]),
        EmissionClass::PetrolCarEuro6d => Published::Hbefa4([
            [1275.0, 26.43, 780.1, 0.0, 0.08965, 121.7, 2.9],
            [0.0, 0.0, 0.0, 0.0, 6.379e-5, 0.0, 4.489e-3],
            [0.0, 0.02654, 0.01022, 1.581e-4, 0.0, 1.608e-3, 1.276e-7],
            [413.2, 8.567, 252.9, 0.0, 0.02906, 39.46, 0.9401],
        ]),
        EmissionClass::DieselCarEuro5 => Published::Hbefa4([
            [1246.0, 45.41, 901.9, 0.0, 0.09496, 128.5, 5.049],
            [10.05, 0.01932, 1.517, 0.0, 1.125e-3, 0.1982, 0.0793],
            [0.02772, 0.02592, 0.01079, 1.217e-4, 7.573e-7, 0.0, 3.005e-5],
            [400.4, 14.59, 289.9, 0.0, 0.03052, 41.29, 1.623],
        ]),
        EmissionClass::DieselCarEuro6d => Published::Hbefa4([
            [1299.0, 54.8, 866.5, 0.0, 0.09259, 165.1, 4.467],
            [0.2819, 0.0, 0.0, 0.0, 5.057e-5, 0.01544, 3.125e-3],
            [2.851e-3, 0.02593, 0.0, 1.213e-4, 6.171e-7, 0.0, 4.547e-5],
            [417.4, 17.61, 278.5, 0.0, 0.02976, 53.07, 1.435],
        ]),
        EmissionClass::BatteryCar => Published::Battery([
            [0.0, 0.02593, 0.0, 1.213e-4, 0.0, 4.941e-18, 0.0],
            [0.8055, 0.04277, 0.7606, 0.0, 9.867e-5, 0.2461, 1.906e-3],
        ]),
        EmissionClass::DieselVan => Published::Hbefa4([
            [1949.0, 34.07, 659.6, 0.0, 0.2332, 230.6, 8.244],
            [3.352, 0.0, 0.0, 0.0, 6.798e-4, 0.264, 0.03613],
            [0.01009, 0.02578, 0.0, 1.44e-4, 1.316e-6, 0.0, 1.059e-4],
            [626.5, 10.95, 212.0, 0.0, 0.07494, 74.1, 2.649],
        ]),
        EmissionClass::Motorcycle => Published::Hbefa4([
            [1008.0, 0.0, 34.01, 1.062, 0.07482, 25.41, 1.053],
            [0.0, 0.0, 0.0, 0.0, 5.923e-5, 0.00128, 1.118e-3],
            [0.2206, 1.962e-3, 0.0, 0.0, 1.046e-6, 8.244e-19, 7.039e-21],
            [326.8, 0.0, 11.02, 0.3443, 0.02425, 8.236, 0.3414],
        ]),
        EmissionClass::LightLorry => Published::Hbefa4([
            [1936.0, 0.0, 0.0, 16.21, 6.403e-3, 551.1, 12.03],
            [0.1158, 0.2321, 0.0, 0.0, 0.0, 0.0, 0.01005],
            [1.483, 0.0, 0.04753, 0.0, 1.279e-4, 0.0, 1.27e-4],
            [622.1, 0.0, 0.0, 5.211, 2.058e-3, 177.1, 3.866],
        ]),
        EmissionClass::HeavyLorry => Published::Hbefa4([
            [637.7, 684.4, 0.0, 0.0, 0.0, 1666.0, 0.0],
            [4.529, 0.0, 0.05443, 0.0, 1.247e-4, 0.0, 0.0],
            [1.549, 0.0, 0.1283, 0.0, 1.263e-4, 2.772e-3, 1.759e-5],
            [204.9, 220.0, 0.0, 0.0, 0.0, 535.3, 0.0],
        ]),
        EmissionClass::ArticulatedLorry => Published::Hbefa4([
            [7734.0, 719.4, 18330.0, 0.0, 0.0, 1751.0, 0.0],
            [6.535, 0.0, 0.1363, 0.0, 0.0, 0.0, 3.652e-3],
            [1.599, 0.0, 0.1509, 0.0, 1.251e-4, 2.421e-3, 2.235e-4],
            [2486.0, 231.2, 5891.0, 0.0, 0.0, 562.8, 0.0],
        ]),
        EmissionClass::DieselBus => Published::Hbefa4([
            [2775.0, 651.0, 2643.0, 0.0, 0.0, 1627.0, 0.0],
            [4.335, 0.0, 0.0, 0.0, 6.582e-4, 0.0, 0.01626],
            [1.487, 0.0, 0.0, 0.0, 1.739e-4, 0.0, 1.711e-3],
            [891.8, 209.2, 849.3, 0.0, 0.0, 522.9, 0.0],
        ]),
        EmissionClass::BatteryBus => Published::Battery([
            [1.197, 0.014, 0.0, 0.0, 1.205e-4, 0.0, 0.0],
            [5.412, 0.8654, 2.362, 0.0, 0.0, 3.81, 0.0],
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of SUMO 1.28.0 over its control interface: the deceleration of an empty type of each class between emitting
    /// and not, at 1, 10 and 21 m/s.
    #[test]
    fn vehicles_coast_as_in_sumo_according_to_mass_and_size() {
        let reference = [
            ((1500.0, 1.8, 1.5), [-0.051_838_013_8, -0.237_714_664_5, -0.380_457_710_5]),
            ((200.0, 0.9, 1.5), [0.0, 0.0, -0.429_512_687_1]),
            ((4500.0, 2.4, 2.4), [-0.063_249_466_8, -0.242_709_266_1, -0.344_780_250_4]),
            ((13_000.0, 2.55, 4.0), [-0.052_468_948_0, -0.187_323_590_7, -0.250_647_817_9]),
            ((12_000.0, 2.5, 3.4), [-0.059_669_450_0, -0.203_407_626_2, -0.260_765_414_4]),
            ((5000.0, 2.16, 2.86), [-0.063_291_572_1, -0.240_542_016_6, -0.339_133_975_3]),
        ];
        for ((mass, width, height), expected) in reference {
            let coasting = Coasting::of(Body { mass, width, height });
            for (v, expected) in [1.0, 10.0, 21.0].into_iter().zip(expected) {
                let found = coasting.acceleration(v);
                assert!((found - expected).abs() < 1e-9, "{mass} kg at {v} m/s: {found} instead of {expected}");
            }
        }
    }

    #[test]
    fn a_standing_engine_idles_and_a_battery_takes_energy_back() {
        let usual = |class, emission| Engine::of(&VehicleType { emission, ..VehicleType::usual(class) });
        let car = usual(VehicleClass::Car, EmissionClass::PetrolCarEuro4Hbefa3);
        assert!((emissions(&car, 0.0, -2.0).co2 - 9449.0 / 3.6).abs() < 1e-9);
        assert_eq!(emissions(&car, 10.0, -2.0), Emissions::default());
        let battery = emissions(&usual(VehicleClass::Car, EmissionClass::BatteryCar), 10.0, -2.0);
        assert!(battery.electricity < 0.0 && battery.co2 == 0.0 && battery.pm > 0.0);
    }
}
