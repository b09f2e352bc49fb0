//! Vehicle classes and types.

use crate::emission::EmissionClass;
use crate::quantity::{Acceleration, Length, Span, Speed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of road user a vehicle is; lanes say which classes they admit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VehicleClass {
    /// Passenger car (Pkw), vans included.
    Car,
    /// Motorcycle.
    Motorcycle,
    /// Rigid lorry (Lkw).
    Lorry,
    /// Articulated lorry (Sattelzug, Lastzug).
    ArticulatedLorry,
    /// Bus.
    Bus,
    /// Tram (Stadtbahn, Straßenbahn).
    Tram,
    /// Bicycle.
    Bicycle,
    /// Emergency vehicle on duty.
    Emergency,
}

impl VehicleClass {
    /// Every class, in order.
    pub const ALL: [Self; 8] =
        [Self::Car, Self::Motorcycle, Self::Lorry, Self::ArticulatedLorry, Self::Bus, Self::Tram, Self::Bicycle, Self::Emergency];

    /// Persons aboard for person delay. Assumed: 1.3 in a car, 30 in a bus, 100 in a tram.
    pub const fn occupancy(self) -> f64 {
        match self {
            Self::Car => 1.3,
            Self::Bus => 30.0,
            Self::Tram => 100.0,
            _ => 1.0,
        }
    }

    /// Hardest deceleration: 8 m/s² on tyres, which is what dry asphalt allows; 2.73 m/s² of a tram with its track brake.
    /// Source of the latter: Straßenbahn-Bau- und Betriebsordnung, Anlage 2, table 2, the mean of an emergency stop from
    /// 70 km/h within 69 m. Its lower values for lower speeds contain the time until the brakes grip.
    pub const fn emergency_deceleration(self) -> Acceleration {
        Acceleration::si(if matches!(self, Self::Tram) { 2.73 } else { 8.0 })
    }

    /// Usual deceleration: that of [`Following::default`]; of a tram 1.2 m/s², as its service brake is used with standing
    /// passengers (1.2 to 1.3 is common; § 36 of the same allows 2.0).
    pub const fn service_deceleration(self) -> Acceleration {
        Acceleration::si(if matches!(self, Self::Tram) { 1.2 } else { 2.0 })
    }

    /// Whether vehicles of the class are bound to a track: they never change lanes.
    pub const fn is_on_rails(self) -> bool {
        matches!(self, Self::Tram)
    }
}

/// A set of vehicle classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassSet(u16);

impl ClassSet {
    /// No class.
    pub const NONE: Self = Self(0);
    /// Every class that drives on a road: all but trams.
    pub const ROAD: Self = Self(0xff & !(1 << VehicleClass::Tram as u16));

    /// Whether the class is in the set.
    pub const fn contains(self, class: VehicleClass) -> bool {
        self.0 & (1 << class as u16) != 0
    }

    /// The set with the class added.
    #[must_use]
    pub const fn with(self, class: VehicleClass) -> Self {
        Self(self.0 | 1 << class as u16)
    }

    /// The set with the class taken out.
    #[must_use]
    pub const fn without(self, class: VehicleClass) -> Self {
        Self(self.0 & !(1 << class as u16))
    }

    /// Whether no class is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes, in order.
    pub fn iter(self) -> impl Iterator<Item = VehicleClass> {
        VehicleClass::ALL.into_iter().filter(move |&c| self.contains(c))
    }
}

impl FromIterator<VehicleClass> for ClassSet {
    fn from_iter<T: IntoIterator<Item = VehicleClass>>(classes: T) -> Self {
        classes.into_iter().fold(Self::NONE, Self::with)
    }
}

/// How a vehicle follows the one ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FollowingModel {
    /// Intelligent Driver Model (Treiber, Hennecke, Helbing 2000).
    #[default]
    Idm,
    /// The model of Krauss (1998) as SUMO carries it out, with its update of speeds and places.
    Krauss,
}

/// A following model with its parameters.
///
/// Source of the defaults: `a` 2.0, `b` 2.0, `T` 1.0 meet a saturation headway of 1.8 to 1.9 s at signals, where the
/// textbook values (a 1.0, T 1.5) give 2.6 s; own sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Following {
    /// Which model.
    pub model: FollowingModel,
    /// Acceleration from standstill; range 0.5 to 4 m/s².
    pub acceleration: Acceleration,
    /// Comfortable deceleration; range 1 to 5 m/s².
    pub deceleration: Acceleration,
    /// Net time gap kept to the leader; range 0.5 to 3 s.
    pub time_gap: Span,
    /// Share of the acceleration that a driver of Krauss loses by chance in a step (sigma); range 0 to 1.
    pub imperfection: f64,
}

impl Default for Following {
    fn default() -> Self {
        Self {
            model: FollowingModel::Idm,
            acceleration: Acceleration::si(2.0),
            deceleration: Acceleration::si(2.0),
            time_gap: Span::seconds_f64(1.0),
            imperfection: 0.5,
        }
    }
}

/// A vehicle type: a class with its dimensions and its driver.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleType {
    /// Name in the demand file.
    pub name: String,
    /// Class.
    pub class: VehicleClass,
    /// Bumper to bumper.
    pub length: Length,
    /// Across.
    pub width: Length,
    /// Net gap at standstill.
    pub min_gap: Length,
    /// Technical top speed.
    pub max_speed: Speed,
    /// Hardest deceleration, technically possible.
    pub emergency_deceleration: Acceleration,
    /// Car following.
    pub following: Following,
    /// Desired speed as a factor of the limit: mean over drivers.
    pub speed_factor: f64,
    /// Desired speed as a factor of the limit: standard deviation over drivers, normal, cut at two deviations.
    pub speed_factor_deviation: f64,
    /// What drives it.
    pub emission: EmissionClass,
}

impl VehicleType {
    /// The usual type of a class. Lengths and gaps are round figures of common vehicles (assumed); the driver is
    /// [`Following::default`], heavier vehicles accelerate at half to three quarters of it (assumed). Emergency
    /// vehicles on duty drive a quarter faster than the limit where the road is free (assumed; StVO § 35 exempts them).
    pub fn usual(class: VehicleClass) -> Self {
        let (length, width, acceleration) = match class {
            VehicleClass::Car | VehicleClass::Emergency => (4.5, 1.8, 2.0),
            VehicleClass::Motorcycle => (2.2, 0.8, 2.5),
            VehicleClass::Lorry => (9.0, 2.5, 1.3),
            VehicleClass::ArticulatedLorry => (16.5, 2.5, 1.0),
            VehicleClass::Bus => (12.0, 2.5, 1.2),
            VehicleClass::Tram => (30.0, 2.65, 1.0),
            VehicleClass::Bicycle => (1.8, 0.7, 1.0),
        };
        let max_speed = if class == VehicleClass::Bicycle { Speed::kmh(20.0) } else { Speed::kmh(100.0) };
        Self {
            name: format!("{class:?}").to_lowercase(),
            class,
            length: Length::metres(length),
            width: Length::metres(width),
            min_gap: Length::metres(2.0),
            max_speed,
            emergency_deceleration: class.emergency_deceleration(),
            following: Following {
                acceleration: Acceleration::si(acceleration),
                deceleration: class.service_deceleration(),
                ..Following::default()
            },
            speed_factor: if class == VehicleClass::Emergency { 1.25 } else { 1.0 },
            speed_factor_deviation: 0.1,
            emission: EmissionClass::usual(class),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trams_keep_off_roads_unless_admitted() {
        assert!(ClassSet::ROAD.contains(VehicleClass::Car) && !ClassSet::ROAD.contains(VehicleClass::Tram));
        assert!(ClassSet::ROAD.with(VehicleClass::Tram).contains(VehicleClass::Tram));
        assert_eq!(ClassSet::ROAD.without(VehicleClass::Car).iter().count(), 6);
    }
}
