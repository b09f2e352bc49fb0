//! The stops of `network.toml`.

use super::super::Fault;
use super::super::file::Reference;
use super::super::folder::Sourced;
use super::{Check, NetworkNames};
use crate::id::StopId;
use crate::network::Stop;
use crate::quantity::Length;
use std::collections::BTreeMap;

impl NetworkNames {
    /// The stop of a name; a fault when there is none.
    pub(in super::super) fn stop<T>(&self, source: &Sourced<T>, name: &Reference, faults: &mut Vec<Fault>) -> Option<StopId> {
        let found = self.stops.get(name.get_ref()).copied();
        if found.is_none() {
            let what = format!("stop \"{}\" does not exist", name.get_ref());
            faults.push(source.fault(name.span(), what, "name a stop of network.toml"));
        }
        found
    }
}

impl Check<'_> {
    pub(super) fn stops(&mut self) -> BTreeMap<String, StopId> {
        let mut names = BTreeMap::new();
        for f in &self.source.content.stops {
            let Some(lane) = self.lane_of(&f.link, f.lane) else { continue };
            let (name, end) = (f.name.get_ref(), self.network.lanes[lane].length.get());
            if !(5.0..=200.0).contains(&f.length_m) {
                let what = format!("stop \"{name}\" is {} m long", f.length_m);
                self.say(f.name.span(), what, "give a length between 5 and 200 m");
            }
            if !(f.position_m >= f.length_m && f.position_m <= end) {
                let what = format!("stop \"{name}\" does not lie on its lane of {end} m");
                self.say(f.name.span(), what, "set position_m, its head, between length_m and the length of the lane");
            }
            if f.bay && f.lane > 0 {
                let what = format!("the bay of stop \"{name}\" lies beside lane {}", f.lane);
                self.say(f.name.span(), what, "let bays lie at lane 0, or take `bay` out");
            }
            let (position, length) = (Length::metres(f.position_m), Length::metres(f.length_m));
            let id = self.network.stops.push(Stop { name: name.clone(), lane, position, length, bay: f.bay });
            if names.insert(name.clone(), id).is_some() {
                self.say(f.name.span(), format!("stop \"{name}\" stands twice"), "rename one of them");
            }
        }
        names
    }
}
