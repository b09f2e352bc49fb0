//! A signal program of SUMO, second by second.

use super::notes::{Complaints, Notes};
use super::raw::Logic;
use model::signal::Aspect;

/// What every link of a program shows in every second of its cycle.
#[derive(Debug)]
pub(super) struct Images {
    pub(super) program: String,
    pub(super) offset: u16,
    pub(super) cycle: u16,
    /// Seconds by links.
    aspects: Vec<Vec<Aspect>>,
    /// The seconds in which a step without amber begins.
    pub(super) steady: Vec<u16>,
    /// How many links its states have.
    pub(super) width: usize,
}

impl Images {
    /// Unrolls a program; `None` when a fault was added.
    pub(super) fn unroll(logic: &Logic, complaints: &mut Complaints, notes: &mut Notes) -> Option<Self> {
        let (id, program) = (&logic.id, &logic.program);
        let width = logic.steps.first().map_or(0, |s| s.state.len());
        if let Some(odd) = logic.steps.iter().find(|s| s.state.len() != width) {
            let what = format!("the states of tlLogic \"{id}\" have different lengths, {width} and {}", odd.state.len());
            complaints.say(odd.line, what, "give every state one letter for each link");
            return None;
        }
        let total: f64 = logic.steps.iter().map(|s| s.duration).sum();
        if !(10.0..=600.0).contains(&total.round()) {
            let what = format!("program \"{program}\" of tlLogic \"{id}\" has a cycle of {total} s");
            complaints.say(logic.line, what, "give it a cycle between 10 and 600 s");
            return None;
        }
        let mut images = Self {
            program: program.clone(),
            offset: logic.offset.round().rem_euclid(total.round()) as u16,
            cycle: total.round() as u16,
            aspects: Vec::new(),
            steady: Vec::new(),
            width,
        };
        images.fill(logic, notes);
        say_oddities(logic, total, notes);
        Some(images)
    }

    fn fill(&mut self, logic: &Logic, notes: &mut Notes) {
        let mut end = 0.0;
        for step in &logic.steps {
            end += step.duration;
            let until = (f64::round(end) as usize).min(usize::from(self.cycle));
            if until == self.aspects.len() && step.duration > 0.0 {
                notes.add("A step shorter than half a second vanishes: tlLogic", logic.id.clone());
            }
            if until > self.aspects.len() && !step.state.contains(['y', 'Y', 'u']) && step.state.contains(['G', 'g', 'O', 'o']) {
                self.steady.push(self.aspects.len() as u16);
            }
            let shown: Vec<Aspect> = step.state.bytes().map(aspect).collect();
            self.aspects.resize(until.max(self.aspects.len()), shown);
        }
    }

    /// What a link shows at a second of the cycle, which is taken around.
    pub(super) fn aspect(&self, link: u16, second: usize) -> Aspect {
        self.aspects[second % usize::from(self.cycle)][usize::from(link)]
    }

    /// What a link shows over the cycle.
    pub(super) fn of_link(&self, link: u16) -> Vec<Aspect> {
        (0..usize::from(self.cycle)).map(|s| self.aspect(link, s)).collect()
    }
}

/// Off and blinking are green for whoever yields; the green arrow, after a stop, is red.
fn aspect(letter: u8) -> Aspect {
    match letter {
        b'G' | b'g' | b'O' | b'o' => Aspect::Green,
        b'y' | b'Y' => Aspect::Amber,
        b'u' => Aspect::RedAmber,
        _ => Aspect::Red,
    }
}

fn say_oddities(logic: &Logic, total: f64, notes: &mut Notes) {
    let id = || logic.id.clone();
    if logic.kind != "static" {
        notes.add(format!("The static durations of a program of type {} are used: tlLogic", logic.kind), id());
    }
    let whole = |x: f64| x == x.round();
    if !logic.steps.iter().all(|s| whole(s.duration)) || !whole(total) || !whole(logic.offset) {
        notes.add("Durations and offset are rounded to whole seconds: tlLogic", id());
    }
    if logic.steps.iter().any(|s| s.jumps) {
        notes.add("The steps follow each other as they stand; next is not heeded: tlLogic", id());
    }
    if logic.steps.iter().any(|s| s.state.contains(['o', 'O'])) {
        notes.add("A signal that is off or blinks counts as green for whoever yields: tlLogic", id());
    }
    if logic.steps.iter().any(|s| s.state.contains('s')) {
        notes.add("A green arrow after a stop counts as red: tlLogic", id());
    }
}
