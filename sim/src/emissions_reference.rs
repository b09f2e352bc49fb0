//! The table that the emissions are compared with, from SUMO itself.

use crate::emissions::{Body, Emissions, Engine, emissions};
use model::emission::EmissionClass;

/// Rates of SUMO 1.28.0 for every class, at twelve speeds from 0 to 60 m/s and eleven accelerations from -5 to 5 m/s²; for
/// the battery bus only where it does not brake, since SUMO lets it coast.
///
/// Made over its control interface, nine digits: for an empty type of the vehicle class with that `emissionClass`,
/// `traci.vehicle.setPreviousSpeed(id, speed, acceleration)`, then `getCO2Emission`, `getNOxEmission`, `getPMxEmission`,
/// `getFuelConsumption` and `getElectricityConsumption`. `emissionsMap --emission-class CLASS --v-min 0 --v-max 60 --v-step 4
/// --a-min -5 --a-max 5 --a-step 0.5 --s-min 0 --s-max 0 --s-step 1 --output FILE` prints the same rates, but six digits of
/// them whatever its `--precision`, and for the body of a car only; its 28,560 values for these classes agree with the
/// control interface in all six.
const REFERENCE: &str = include_str!("../reference/emissions.csv");

/// The largest relative difference that passes.
const TOLERANCE: f64 = 1e-6;

/// How far a model is from what it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Largest relative difference; infinite where the reference is 0 and the model is not.
    pub difference: f64,
    /// Where that is.
    pub at: String,
    /// What the difference has to stay below.
    pub tolerance: f64,
    /// How many values were compared.
    pub values: usize,
}

/// Compares the emissions and the energy of every emission class with Eclipse SUMO 1.28.0.
pub fn emissions_agreement() -> Agreement {
    let mut agreement = Agreement { difference: 0.0, at: "nowhere".into(), tolerance: TOLERANCE, values: 0 };
    for line in REFERENCE.lines().skip(1) {
        let (name, numbers) = line.split_once(',').expect("a line begins with the class");
        let numbers: Vec<f64> = numbers.split(',').map(|n| n.parse().expect("the reference holds numbers")).collect();
        let [mass, width, height, v, a, ref expected @ ..] = numbers[..] else { panic!("a line is short: {line}") };
        let class = EmissionClass::named(name).expect("the reference holds classes of ours");
        let Emissions { co2, nox, pm, fuel, electricity } = emissions(&Engine::new(class, Body { mass, width, height }), v, a);
        assert_eq!(expected.len(), 5, "a line holds five rates");
        for (ours, &theirs) in [co2, nox, pm, fuel, electricity].into_iter().zip(expected) {
            let difference = relative(ours, theirs);
            agreement.values += 1;
            if difference > agreement.difference {
                (agreement.difference, agreement.at) = (difference, format!("{name} at {v} m/s and {a} m/s²"));
            }
        }
    }
    agreement
}

fn relative(ours: f64, theirs: f64) -> f64 {
    if ours == theirs { 0.0 } else { ((ours - theirs) / theirs).abs() }
}
