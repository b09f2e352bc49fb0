//! Vehicle types: what SUMO states, and what it takes where nothing is stated.

use super::classes::class_of;
use super::notes::Notes;
use crate::xml::{Element, XmlError, short};
use model::emission::EmissionClass;
use model::scenario::file::{VehicleTypeFile, reference};
use model::vehicle::{FollowingModel, VehicleClass};
use std::ops::RangeInclusive;

/// The type of vehicles that name none.
pub(super) const DEFAULT_TYPE: &str = "DEFAULT_VEHTYPE";

/// What SUMO takes for a class where a type states nothing.
///
/// Source: SUMO 1.28.0 itself, asked over its control interface for an empty type of each class. The top speed of bicycles is the
/// 20 km/h that their riders desire there, not the 50 km/h that they could reach.
struct Usual {
    length: f64,
    width: f64,
    min_gap: f64,
    max_speed_kmh: f64,
    acceleration: f64,
    deceleration: f64,
    deviation: f64,
}

#[rustfmt::skip]
fn usual(class: &str) -> Usual {
    let (length, width, min_gap, max_speed_kmh, acceleration, deceleration, deviation) = match class {
        "emergency" =>              (6.5,  2.16, 2.5, 200.0, 2.6, 4.5,  0.0),
        "authority" | "army" | "ignoring" => (5.0, 1.8, 2.5, 200.0, 2.6, 4.5, 0.0),
        "taxi" =>                   (5.0,  1.8,  2.5, 200.0, 2.6, 4.5,  0.05),
        "bus" =>                    (12.0, 2.5,  2.5, 100.0, 1.2, 4.0,  0.0),
        "coach" =>                  (14.0, 2.6,  2.5, 100.0, 2.0, 4.0,  0.05),
        "delivery" =>               (6.5,  2.16, 2.5, 200.0, 2.6, 4.5,  0.05),
        "truck" =>                  (7.1,  2.4,  2.5, 130.0, 1.3, 4.0,  0.05),
        "trailer" =>                (16.5, 2.55, 2.5, 130.0, 1.1, 4.0,  0.05),
        "motorcycle" =>             (2.2,  0.9,  2.5, 200.0, 6.0, 10.0, 0.1),
        "moped" =>                  (2.1,  0.78, 2.5, 60.0,  1.1, 7.0,  0.1),
        "bicycle" =>                (1.6,  0.65, 0.5, 20.0,  1.2, 3.0,  0.1),
        "scooter" =>                (1.2,  0.5,  0.5, 25.0,  1.2, 3.0,  0.1),
        "tram" =>                   (22.0, 2.4,  2.5, 80.0,  1.0, 3.0,  0.0),
        _ =>                        (5.0,  1.8,  2.5, 200.0, 2.6, 4.5,  0.1),
    };
    Usual { length, width, min_gap, max_speed_kmh, acceleration, deceleration, deviation }
}

/// SUMO's time gap where a type states none, in seconds.
const TIME_GAP: f64 = 1.0;

/// Imperfection of SUMO's drivers where a type states none.
const IMPERFECTION: f64 = 0.5;

/// The type that SUMO gives to vehicles that name none.
pub(super) fn default_type() -> VehicleTypeFile {
    let u = usual("passenger");
    VehicleTypeFile {
        name: reference(DEFAULT_TYPE),
        class: VehicleClass::Car,
        length_m: Some(u.length),
        width_m: Some(u.width),
        min_gap_m: Some(u.min_gap),
        max_speed_kmh: Some(u.max_speed_kmh),
        following: Some(FollowingModel::Krauss),
        acceleration_m_per_s2: Some(u.acceleration),
        deceleration_m_per_s2: Some(u.deceleration),
        emergency_deceleration_m_per_s2: None,
        time_gap_s: Some(TIME_GAP),
        imperfection: Some(IMPERFECTION),
        speed_factor: Some(1.0),
        speed_factor_deviation: Some(u.deviation),
        emission_class: None,
    }
}

/// A `vType`; `None` when vehicles of its class are not simulated.
pub(super) fn vehicle_type(element: Element<'_>, notes: &mut Notes) -> Result<Option<VehicleTypeFile>, XmlError> {
    let id = element.need("id")?;
    let class_name = element.get("vClass").unwrap_or("passenger");
    let Some(class) = class_of(class_name) else { return Ok(None) };
    if !["passenger", "motorcycle", "truck", "trailer", "bus", "tram", "bicycle", "emergency"].contains(&class_name) {
        notes.add(format!("Vehicles of class {class_name} are simulated as {class:?}: type"), id);
    }
    let following = match element.get("carFollowModel").unwrap_or("Krauss") {
        "IDM" => FollowingModel::Idm,
        "Krauss" => FollowingModel::Krauss,
        other => {
            notes.add(format!("The following model {} is replaced by that of Krauss, SUMO's default: type", short(other)), id);
            FollowingModel::Krauss
        }
    };
    let emission_class = emission_class(element, class_name, class, notes);
    let u = usual(class_name);
    let mut bounds = Bounds { element, notes };
    let (mean, spread) = speed_factor(element, u.deviation)?;
    let max_speed = bounds.take("maxSpeed", u.max_speed_kmh / 3.6, 1.0 / 3.6..=300.0 / 3.6)?;
    let deviation = spread.clamp(0.0, 0.5);
    if deviation != spread {
        bounds.notes.add("Brought into the range that the simulation takes: speedDev of type", id);
    }
    if !(0.1..=3.0).contains(&mean) {
        return Err(element.bad("speedFactor", "a factor between 0.1 and 3"));
    }
    Ok(Some(VehicleTypeFile {
        name: reference(id),
        class,
        length_m: Some(bounds.take("length", u.length, 0.5..=60.0)?),
        width_m: Some(bounds.take("width", u.width, 0.3..=3.5)?),
        min_gap_m: Some(bounds.take("minGap", u.min_gap, 0.1..=20.0)?),
        max_speed_kmh: Some(((max_speed * 3.6 * 1e6).round() / 1e6).clamp(1.0, 300.0)),
        following: Some(following),
        acceleration_m_per_s2: Some(bounds.take("accel", u.acceleration, 0.1..=10.0)?),
        deceleration_m_per_s2: Some(bounds.take("decel", u.deceleration, 0.5..=10.0)?),
        emergency_deceleration_m_per_s2: bounds.take_if_given("emergencyDecel", 0.5..=12.0)?,
        time_gap_s: Some(bounds.take("tau", TIME_GAP, 0.1..=10.0)?),
        imperfection: Some(bounds.take("sigma", IMPERFECTION, 0.0..=1.0)?),
        speed_factor: Some(mean),
        speed_factor_deviation: Some(deviation),
        emission_class,
    }))
}

/// What drives the type: the class that it states, or the one that SUMO takes for its vehicle class, but for electric cars,
/// of which SUMO counts nothing. `None` where that is the usual one of ours too.
fn emission_class(element: Element<'_>, class_name: &str, class: VehicleClass, notes: &mut Notes) -> Option<EmissionClass> {
    let usual = match class_name {
        "delivery" => EmissionClass::DieselVan,
        "evehicle" => EmissionClass::BatteryCar,
        _ => EmissionClass::usual(class),
    };
    let taken = match element.get("emissionClass") {
        None => usual,
        Some(name) if ["zero", "Zero"].contains(&name) => EmissionClass::Zero,
        Some(name) => EmissionClass::named(name).unwrap_or_else(|| {
            let kind = format!("The emission class {} is replaced by {}: type", short(name), usual.name());
            notes.add(kind, element.get("id").unwrap_or_default());
            usual
        }),
    };
    (taken != EmissionClass::usual(class)).then_some(taken)
}

/// Takes numbers, and brings them into the range that the simulation takes.
struct Bounds<'a, 'n> {
    element: Element<'a>,
    notes: &'n mut Notes,
}

impl Bounds<'_, '_> {
    fn take_if_given(&mut self, attribute: &'static str, range: RangeInclusive<f64>) -> Result<Option<f64>, XmlError> {
        let usual = *range.start();
        self.element.get(attribute).is_some().then(|| self.take(attribute, usual, range)).transpose()
    }

    fn take(&mut self, attribute: &'static str, usual: f64, range: RangeInclusive<f64>) -> Result<f64, XmlError> {
        let Some(value) = self.element.number(attribute)? else { return Ok(usual) };
        if value < 0.0 {
            return Err(self.element.bad(attribute, "a number that is not negative"));
        }
        if !range.contains(&value) {
            let id = self.element.get("id").unwrap_or_default();
            self.notes.add(format!("Brought into the range that the simulation takes: {attribute} of type"), id);
        }
        Ok(value.clamp(*range.start(), *range.end()))
    }
}

/// Mean and deviation of the speed factor: a number, `norm(m,d)` or `normc(m,d,…)`, and `speedDev` beside it.
fn speed_factor(element: Element<'_>, usual: f64) -> Result<(f64, f64), XmlError> {
    let bad = || element.bad("speedFactor", "a number, norm(mean,deviation) or normc(mean,deviation,least,most)");
    let text = element.get("speedFactor").unwrap_or("1").trim();
    let (mean, own) = match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        Some(("norm" | "normc", inner)) => {
            let numbers: Option<Vec<f64>> = inner.split(',').map(|n| n.trim().parse().ok()).collect();
            match numbers.as_deref() {
                Some([mean, deviation, ..]) => (*mean, Some(*deviation)),
                Some([mean]) => (*mean, Some(0.0)),
                _ => return Err(bad()),
            }
        }
        Some(_) => return Err(bad()),
        None => (text.parse().map_err(|_| bad())?, None),
    };
    let deviation = element.number("speedDev")?.or(own).unwrap_or(usual);
    let sound = f64::is_finite(mean) && f64::is_finite(deviation) && deviation >= 0.0;
    if sound { Ok((mean, deviation)) } else { Err(bad()) }
}
