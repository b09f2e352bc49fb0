//! Emission classes: which published set of polynomials stands for the engine of a vehicle type.

use crate::vehicle::VehicleClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The enumeration, its list and the names, from one table.
macro_rules! emission_classes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What drives a vehicle, under the names that Eclipse SUMO gives to the classes of the Handbook Emission
        /// Factors for Road Transport (HBEFA), versions 3.1 and 4.2.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum EmissionClass {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl EmissionClass {
            /// Every class, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in files, which is SUMO's.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

emission_classes! {
    /// Nothing is emitted and no energy is counted: bicycles, and trams until their energy is modelled.
    Zero = "Zero/default",
    /// Petrol car, Euro 4, after HBEFA 3.1.
    PetrolCarEuro4Hbefa3 = "HBEFA3/PC_G_EU4",
    /// Petrol car, Euro 6, after HBEFA 3.1.
    PetrolCarEuro6Hbefa3 = "HBEFA3/PC_G_EU6",
    /// Diesel car, Euro 6, after HBEFA 3.1.
    DieselCarEuro6Hbefa3 = "HBEFA3/PC_D_EU6",
    /// Heavy lorries, the mean of a fleet, after HBEFA 3.1.
    HeavyLorriesHbefa3 = "HBEFA3/HDV",
    /// City buses, the mean of a fleet, after HBEFA 3.1.
    BusesHbefa3 = "HBEFA3/Bus",
    /// Petrol car, Euro 4.
    PetrolCarEuro4 = "HBEFA4/PC_petrol_Euro-4",
    /// Petrol car, Euro 6d.
    PetrolCarEuro6d = "HBEFA4/PC_petrol_Euro-6d",
    /// Diesel car, Euro 5.
    DieselCarEuro5 = "HBEFA4/PC_diesel_Euro-5",
    /// Diesel car, Euro 6d.
    DieselCarEuro6d = "HBEFA4/PC_diesel_Euro-6d",
    /// Battery electric car.
    BatteryCar = "HBEFA4/PC_BEV",
    /// Diesel van of the heaviest class (N1-III), Euro 6a and 6b.
    DieselVan = "HBEFA4/LCV_diesel_N1-III_Euro-6ab",
    /// Motorcycle above 250 cm³, Euro 4.
    Motorcycle = "HBEFA4/MC_4S_gt250cc_Euro-4",
    /// Rigid lorry up to 7.5 t, Euro VI.
    LightLorry = "HBEFA4/RT_le7.5t_Euro-VI_A-C",
    /// Rigid lorry of 14 to 20 t, Euro VI.
    HeavyLorry = "HBEFA4/RT_gt14-20t_Euro-VI_A-C",
    /// Articulated lorry of 34 to 40 t, Euro VI.
    ArticulatedLorry = "HBEFA4/TT_AT_gt34-40t_Euro-VI_A-C",
    /// City bus of 15 to 18 t, Euro VI.
    DieselBus = "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C",
    /// Battery electric city bus of 15 to 18 t.
    BatteryBus = "HBEFA4/UBus_Electric_Std_gt15-18t",
}

impl EmissionClass {
    /// The class of that name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.name().eq_ignore_ascii_case(name))
    }

    /// The usual class of vehicles whose type states none.
    ///
    /// Source: what SUMO 1.28.0 takes for an empty type of the class. Deviates: motorcycles are of Euro 4, not from before
    /// Euro 1.
    pub const fn usual(class: VehicleClass) -> Self {
        match class {
            VehicleClass::Car => Self::PetrolCarEuro4,
            VehicleClass::Motorcycle => Self::Motorcycle,
            VehicleClass::Lorry => Self::LightLorry,
            VehicleClass::ArticulatedLorry => Self::ArticulatedLorry,
            VehicleClass::Bus => Self::DieselBus,
            VehicleClass::Emergency => Self::DieselVan,
            VehicleClass::Tram | VehicleClass::Bicycle => Self::Zero,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_found_by_its_name_in_any_case() {
        for &class in EmissionClass::ALL {
            assert_eq!(EmissionClass::named(&class.name().to_lowercase()), Some(class));
        }
        assert_eq!(EmissionClass::named("HBEFA4/PC_steam"), None);
    }
}
