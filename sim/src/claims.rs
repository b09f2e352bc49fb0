//! Who holds which conflict area.
//!
//! An area where ways cross is claimed by one of its two movements at a time. A vehicle that has to give way claims what
//! it needs all at once, when it leaves the stop line or its waiting place; a vehicle that need not give way claims an
//! area when it could no longer stop before it: where nobody has the right of way, first come, first served.

use crate::perceive::{Crosser, Hindrance, Scene};
use crate::roads::{Clash, Kind, Roads, Way};
use crate::traffic::flag;
use bevy_ecs::resource::Resource;
use model::id::VehicleId;
use model::network::Meeting;

/// Slower than this a vehicle inside the intersection blocks it, in m/s.
pub(crate) const STANDING_INSIDE: f64 = 0.5;

/// A vehicle longer than this needs the room of two lanes in a turn, in metres.
const LONG: f64 = 10.0;

/// Who holds each side of each conflict in this step.
#[derive(Debug, Default, Resource)]
pub(crate) struct Claims {
    held: Vec<u16>,
    /// How many of them are long.
    long: Vec<u16>,
    /// How many of them are in the area.
    inside: Vec<u16>,
    /// How many of them stand in it.
    standing: Vec<u16>,
    /// The last of them.
    holder: Vec<VehicleId>,
    /// The last of those in the area.
    occupant: Vec<VehicleId>,
    touched: Vec<u32>,
}

impl Claims {
    pub(crate) fn new(roads: &Roads) -> Self {
        let sides = 2 * roads.network.conflicts.len();
        let (none, nobody) = (vec![0; sides], vec![VehicleId(u32::MAX); sides]);
        Self {
            held: none.clone(),
            long: none.clone(),
            inside: none.clone(),
            standing: none,
            holder: nobody.clone(),
            occupant: nobody,
            touched: Vec::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        for i in self.touched.drain(..) {
            self.held[i as usize] = 0;
            self.long[i as usize] = 0;
            self.inside[i as usize] = 0;
            self.standing[i as usize] = 0;
        }
    }

    fn claim(&mut self, clash: &Clash, vehicle: VehicleId, length: f64) {
        self.held[clash.own as usize] += 1;
        self.holder[clash.own as usize] = vehicle;
        self.long[clash.own as usize] += u16::from(length > LONG);
        self.touched.push(clash.own);
    }

    /// A claim of a vehicle that is in the area.
    fn occupy(&mut self, clash: &Clash, vehicle: VehicleId, length: f64, speed: f64) {
        self.claim(clash, vehicle, length);
        self.inside[clash.own as usize] += 1;
        self.occupant[clash.own as usize] = vehicle;
        self.standing[clash.own as usize] += u16::from(speed < STANDING_INSIDE);
    }

    /// A vehicle of the other movement that stands where the ways cross.
    pub(crate) fn blocker(&self, clash: &Clash) -> Option<Hindrance> {
        let blocked = clash.meeting == Meeting::Cross && self.standing[clash.others as usize] > 0;
        blocked.then(|| Hindrance::Room(self.occupant[clash.others as usize]))
    }

    /// Whether a vehicle of the other movement is in the area.
    pub(crate) fn is_occupied(&self, clash: &Clash) -> bool {
        self.inside[clash.others as usize] > 0
    }

    /// Who of the other movement has taken the area from a vehicle of this length.
    pub(crate) fn taker(&self, clash: &Clash, length: f64) -> Option<Hindrance> {
        let other = clash.others as usize;
        let taken = match clash.meeting {
            Meeting::Cross => self.held[other] > 0,
            Meeting::Abreast => self.long[other] > 0 || (length > LONG && self.held[other] > 0),
            Meeting::Diverge | Meeting::Merge => false,
        };
        let inside = self.is_occupied(clash);
        taken.then(|| if inside { Hindrance::Body(self.occupant[other]) } else { Hindrance::Rule(self.holder[other]) })
    }
}

/// Claims of the vehicles under way: first those that nothing stops, then those that have the right of way and find
/// the area free.
pub(crate) fn claim_areas(scene: &Scene<'_>, claims: &mut Claims) {
    for &track in scene.tails.tracks() {
        let (Kind::Movement(m), Some(tail)) = (scene.roads.kind(track), scene.tails.on(track)) else { continue };
        for clash in scene.roads.way(m).clashes.iter().filter(|c| c.is_exclusive() && tail.rear < c.to) {
            claims.occupy(clash, tail.vehicle, tail.length, tail.speed);
        }
    }
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.has_taken(c)) {
            if crosser.is_in(clash) {
                claims.occupy(clash, crosser.row.vehicle, crosser.row.length, crosser.row.speed);
            } else {
                claims.claim(clash, crosser.row.vehicle, crosser.row.length);
            }
        }
    });
    for_each_crosser(scene, |crosser| {
        for clash in crosser.way.clashes.iter().filter(|c| c.is_exclusive() && crosser.is_bound_for(c, scene.dt)) {
            if claims.taker(clash, crosser.row.length).is_none() {
                claims.claim(clash, crosser.row.vehicle, crosser.row.length);
            }
        }
    });
}

/// Every vehicle on a movement, and every one that has been allowed to cross its stop line.
fn for_each_crosser<'a>(scene: &Scene<'a>, mut visit: impl FnMut(&Crosser<'a>)) {
    for &track in &scene.traffic.active {
        let queue = scene.traffic.queue(track);
        match scene.roads.kind(track) {
            Kind::Movement(m) => {
                for row in queue {
                    visit(&scene.crosser(row, m, row.position, row.flags | flag::GRANTED));
                }
            }
            Kind::Lane(_) => {
                for row in queue.iter().take_while(|r| r.is(flag::GRANTED)) {
                    let Some(m) = row.next else { continue };
                    visit(&scene.crosser(row, m, row.position - scene.roads.length(track), row.flags));
                }
            }
        }
    }
}

/// Claims the areas that a vehicle gives way at and has just been allowed to take.
pub(crate) fn take_claims(claims: &mut Claims, crosser: &Crosser<'_>, which: impl Fn(&Way, &Clash) -> bool) {
    let newly = |c: &&Clash| c.meeting == Meeting::Cross && c.yields && which(crosser.way, c);
    for clash in crosser.way.clashes.iter().filter(newly).filter(|c| !crosser.has_passed(c)) {
        claims.claim(clash, crosser.row.vehicle, crosser.row.length);
    }
}
