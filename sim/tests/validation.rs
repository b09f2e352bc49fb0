//! Against published references and other tools.

use model::emission::EmissionClass;

#[test]
fn emissions_are_those_of_sumo_at_every_speed_and_acceleration() {
    let agreement = sim::emissions_agreement();
    // Twelve speeds, eleven accelerations and five quantities of every class but the one that emits nothing; the battery bus
    // lacks those of braking, six accelerations at ten speeds.
    assert_eq!(agreement.values, ((EmissionClass::ALL.len() - 1) * 12 * 11 - 6 * 10) * 5);
    assert!(agreement.difference < agreement.tolerance, "{agreement:?}");
}
