//! SUMO's vehicle classes and ours.

use model::vehicle::{ClassSet, VehicleClass};

/// Our class of a SUMO class that names a vehicle; `None` for what we do not simulate.
pub(super) fn class_of(name: &str) -> Option<VehicleClass> {
    Some(match name {
        "passenger" | "private" | "hov" | "taxi" | "evehicle" | "delivery" | "vip" | "army" | "authority" | "custom1"
        | "custom2" | "ignoring" => VehicleClass::Car,
        "motorcycle" | "moped" => VehicleClass::Motorcycle,
        "truck" => VehicleClass::Lorry,
        "trailer" => VehicleClass::ArticulatedLorry,
        "bus" | "coach" => VehicleClass::Bus,
        "tram" => VehicleClass::Tram,
        "bicycle" | "scooter" => VehicleClass::Bicycle,
        "emergency" => VehicleClass::Emergency,
        _ => return None,
    })
}

/// Whose lane it is: the SUMO class that stands for ours in `allow` and `disallow`.
pub(super) const fn key(class: VehicleClass) -> &'static str {
    match class {
        VehicleClass::Car => "passenger",
        VehicleClass::Motorcycle => "motorcycle",
        VehicleClass::Lorry => "truck",
        VehicleClass::ArticulatedLorry => "trailer",
        VehicleClass::Bus => "bus",
        VehicleClass::Tram => "tram",
        VehicleClass::Bicycle => "bicycle",
        VehicleClass::Emergency => "emergency",
    }
}

/// Our classes that a lane admits by its `allow` and `disallow`; `allow` wins, without either everybody may.
pub(super) fn admitted(allow: Option<&str>, disallow: Option<&str>) -> ClassSet {
    let names = |list: &str, class: VehicleClass| list.split_whitespace().any(|n| n == "all" || n == key(class));
    let admits = |&class: &VehicleClass| match (allow.filter(|a| !a.trim().is_empty()), disallow) {
        (Some(allow), _) => names(allow, class),
        (None, Some(disallow)) => !names(disallow, class),
        (None, None) => true,
    };
    VehicleClass::ALL.into_iter().filter(admits).collect()
}

/// The classes of both sets.
pub(super) fn common(a: ClassSet, b: ClassSet) -> ClassSet {
    a.iter().filter(|&c| b.contains(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allow_wins_over_disallow_and_absence_admits_all() {
        assert_eq!(admitted(Some("bus bicycle"), Some("bus")).iter().count(), 2);
        assert_eq!(admitted(None, None).iter().count(), 8);
        assert_eq!(admitted(None, Some("tram rail_urban rail ship")), ClassSet::ROAD);
        assert!(admitted(None, Some("all")).is_empty() && admitted(Some("pedestrian"), None).is_empty());
    }
}
