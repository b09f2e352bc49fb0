//! Emissions against SUMO.

use super::Trial;
use super::row::{Row, Target};

/// V15: emissions and energy against SUMO's own, class by class.
pub(super) fn emissions(_: &Trial<'_>) -> Vec<Row> {
    let agreement = sim::emissions_agreement();
    let what = "largest relative difference of emissions and energy from SUMO 1.28.0";
    let row = Row::measured("V15", what, "1e-6", Target::at_most(1e6 * agreement.tolerance), 1e6 * agreement.difference)
        .digits(4)
        .figures(format!("{} values, largest at {}", agreement.values, agreement.at))
        .source("SUMO 1.28.0 over its control interface; agrees with emissionsMap");
    vec![row]
}
