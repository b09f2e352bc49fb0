//! Live control: any controller behind [`model::control`] decides for signals in the street, second by second.
//!
//! What it wishes goes through a guard here before it is ordered, and through the controller's own supervision there. The street
//! is looked at every second: whoever shows something else than was ordered for long, falls behind or falls silent ends it, and
//! every signal is handed back to its own plan. Orders do not outlive the connection: a signal that loses touch goes back by itself.

use crate::clock::Utc;
use crate::port::{Port, PortError};
use model::control::{Controller, Reading, View, Wish};
use model::id::{DetectorId, GroupId, Id, IdVec, PushButtonId, SignalId};
use model::signal::{Aspect, Guard, SafePlan, Signal};
use model::time::DaySecond;

/// What a signal shows, and which of its detectors are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The controller's clock.
    pub at: Utc,
    /// What each group shows; red where it shows nothing that plans know.
    pub aspects: IdVec<GroupId, Aspect>,
    /// Whether each group is dark, flashes or starts up.
    pub off: IdVec<GroupId, bool>,
    /// Whether each detector logic is on, in the order of the controller.
    pub detectors: Vec<bool>,
}

/// A port through which single groups can be ordered.
pub trait LivePort: Port {
    /// Looks at the street.
    ///
    /// # Errors
    /// When it cannot be seen.
    fn look(&mut self) -> Result<Scene, PortError>;

    /// Orders each group to green or to red.
    ///
    /// # Errors
    /// When it is refused.
    fn order(&mut self, greens: &IdVec<GroupId, bool>) -> Result<(), PortError>;

    /// Takes all orders back: the controller goes on with its own plan.
    ///
    /// # Errors
    /// When it is refused.
    fn release(&mut self) -> Result<(), PortError>;
}

/// A signal that is controlled live.
#[derive(Debug)]
pub struct LiveStation<P> {
    /// The controller.
    pub port: P,
    /// Which signal it is.
    pub id: SignalId,
    /// Its groups and rules.
    pub signal: Signal,
    /// The plan that it runs when it is taken over.
    pub plan: SafePlan,
    /// The detectors of its detector logics, in the order of the controller.
    pub detectors: Vec<DetectorId>,
}

/// How many there are of what a controller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Signals.
    pub signals: usize,
    /// Detectors.
    pub detectors: usize,
    /// Push buttons; nobody presses them here.
    pub push_buttons: usize,
}

/// Seconds for which a signal may show something else than the guard says: orders take their time.
const MOST_OFF_S: u32 = 10;
/// Seconds that may pass between two looks.
const MOST_LATE_S: u32 = 5;

/// One signal, and what is known of it.
struct Hand<'a, P> {
    station: &'a mut LiveStation<P>,
    guard: Guard,
    second: u32,
    scene: Option<Scene>,
    /// Which detectors were on when it was last looked at.
    was_on: Vec<bool>,
    ordered: Option<IdVec<GroupId, bool>>,
    off_s: u32,
}

/// Controls these signals until `goes_on` says otherwise, which is asked before every look, and then hands them back. Returns the
/// seconds that were decided on.
///
/// # Errors
/// Which signal ended it, and why; all of them have been handed back as far as they could be reached.
pub fn control<P: LivePort>(
    stations: &mut [LiveStation<P>],
    sizes: Sizes,
    controller: &mut dyn Controller,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<u32, (String, PortError)> {
    let mut shown: IdVec<SignalId, IdVec<GroupId, Aspect>> =
        IdVec::from_fn(sizes.signals, |_| IdVec::from_fn(0, |_| Aspect::Red));
    let mut hands: Vec<Hand<'_, P>> = Vec::new();
    let mut seconds = 0;
    let mut done = Ok(());
    for station in stations {
        let taken = take_over(station);
        match taken {
            Ok(hand) => hands.push(hand),
            Err(error) => return hand_back(hands, Err(error)),
        }
    }
    while done.is_ok() && goes_on() {
        done = look_at_all(&mut hands);
        for hand in &hands {
            if let Some(scene) = &hand.scene {
                shown[hand.station.id].clone_from(&scene.aspects);
            }
        }
        for hand in &mut hands {
            if done.is_ok() {
                done = hand.decide(sizes, controller, &shown).map(|decided| seconds += u32::from(decided));
            }
        }
    }
    hand_back(hands, done.map(|()| seconds))
}

type Fault = (String, PortError);

/// The guard begins with the plan that runs, as the controller's own does.
fn take_over<P: LivePort>(station: &mut LiveStation<P>) -> Result<Hand<'_, P>, Fault> {
    let scene = station.port.look().map_err(|e| (station.port.site().to_owned(), e))?;
    let second = scene.at.second();
    let guard = Guard::playing(&station.signal, &station.plan, DaySecond(second));
    let was_on = scene.detectors.clone();
    Ok(Hand { station, guard, second, scene: Some(scene), was_on, ordered: None, off_s: 0 })
}

/// One look at every signal, all at the same time.
fn look_at_all<P: LivePort>(hands: &mut [Hand<'_, P>]) -> Result<(), Fault> {
    std::thread::scope(|scope| {
        let looks: Vec<_> = hands.iter_mut().map(|hand| scope.spawn(|| hand.look())).collect();
        let lost = || Err((String::new(), PortError::Link("a thread was lost".into())));
        looks.into_iter().try_for_each(|look| look.join().unwrap_or_else(|_| lost()))
    })
}

/// Every signal goes back to its own plan; what had gone wrong before counts, else what goes wrong with that.
fn hand_back<P: LivePort>(hands: Vec<Hand<'_, P>>, done: Result<u32, Fault>) -> Result<u32, Fault> {
    let mut done = done;
    for hand in hands {
        // Who cannot be reached goes back by itself.
        if let (Err(error), Ok(_)) = (hand.station.port.release(), &done) {
            done = Err((hand.station.port.site().to_owned(), error));
        }
    }
    done
}

impl<P: LivePort> Hand<'_, P> {
    fn fault(&self, error: PortError) -> Fault {
        (self.station.port.site().to_owned(), error)
    }

    fn look(&mut self) -> Result<(), Fault> {
        let scene = self.station.port.look().map_err(|e| self.fault(e))?;
        if scene.aspects.len() != self.station.signal.groups.len() {
            return Err(self.fault(PortError::Answer(format!("shows {} groups", scene.aspects.len()))));
        }
        self.scene = Some(scene);
        Ok(())
    }

    /// Decides for the seconds that have begun since the last look; whether there was one.
    fn decide(
        &mut self,
        sizes: Sizes,
        controller: &mut dyn Controller,
        shown: &IdVec<SignalId, IdVec<GroupId, Aspect>>,
    ) -> Result<bool, Fault> {
        let Some(scene) = self.scene.take() else { return Ok(false) };
        let now = scene.at.second();
        if now == self.second {
            return Ok(false);
        }
        if now < self.second || now - self.second > MOST_LATE_S {
            let what = format!("was looked at in second {} and then in second {now}", self.second);
            return Err(self.fault(PortError::Answer(what)));
        }
        let readings = self.readings(&scene, sizes);
        self.was_on.clone_from(&scene.detectors);
        let requests: IdVec<PushButtonId, Option<DaySecond>> = IdVec::from_fn(sizes.push_buttons, |_| None);
        let mut wishes = IdVec::from_fn(self.station.signal.groups.len(), |_: GroupId| Wish::default());
        while self.second < now {
            self.second += 1;
            let view = View { now: DaySecond(self.second), readings: &readings, requests: &requests, shown };
            controller.decide(self.station.id, &view, &mut wishes);
            self.guard.step(&self.station.signal, &wishes);
        }
        self.compare(&scene)?;
        let lit = |g: GroupId| matches!(self.guard.aspect(g), Aspect::Green | Aspect::RedAmber);
        let greens = self.station.signal.groups.ids().map(lit).collect();
        if self.ordered.as_ref() != Some(&greens) {
            self.station.port.order(&greens).map_err(|e| self.fault(e))?;
            self.ordered = Some(greens);
        }
        Ok(true)
    }

    /// Detectors are seen once a second: one that is on is taken to be occupied for all of it; when it comes on, a vehicle came.
    fn readings(&self, scene: &Scene, sizes: Sizes) -> IdVec<DetectorId, Reading> {
        let mut readings = IdVec::from_fn(sizes.detectors, |_| Reading::default());
        for (place, id) in self.station.detectors.iter().enumerate() {
            let on = |detectors: &[bool]| detectors.get(place).copied().unwrap_or(false);
            if id.index() < sizes.detectors && on(&scene.detectors) {
                let count = u32::from(!on(&self.was_on));
                readings[*id] = Reading { count, occupancy: 1.0, ..Reading::default() };
            }
        }
        readings
    }

    /// Ends it when the street has been showing other greens than the guard for too long.
    fn compare(&mut self, scene: &Scene) -> Result<(), Fault> {
        let groups = &self.station.signal.groups;
        let is_off = |g: GroupId| (scene.aspects[g] == Aspect::Green) != (self.guard.aspect(g) == Aspect::Green);
        self.off_s = if groups.ids().any(is_off) { self.off_s + 1 } else { 0 };
        if self.off_s <= MOST_OFF_S {
            return Ok(());
        }
        Err(self.fault(PortError::Answer(format!("shows other greens than were ordered, for {} s", self.off_s))))
    }
}
