//! The signals of a virtual controller, second by second: plans by number, ways from plan to plan, the guard.

use crate::clock::Utc;
use crate::safety::{Held, checksum, configuration};
use crate::setting::{MOST_BANDS, Setting, stage_at};
use controller::PlanChange;
use controller::Transition;
use model::control::Wish;
use model::id::{GroupId, IdVec};
use model::signal::{Aspect, Guard, SafePlan, Signal, TransitionMethod};
use model::time::DaySecond;
use std::collections::BTreeMap;

/// What the controller as a whole does (Betriebsart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Plays a plan.
    Normal,
    /// All vehicles see flashing amber (Gelbblinken).
    YellowFlash,
    /// Nothing shines.
    Dark,
    /// Comes up: a character for each second, then red everywhere for a while.
    Starting {
        /// Since this second.
        since: u32,
        /// Whether after having been switched on; otherwise after flashing or dark, which is on the way to normal control.
        is_boot: bool,
    },
}

/// What the controller is ordered to do (M0001).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Normal,
    YellowFlash,
    Dark,
}

/// A plan that the controller holds, and what was set of it.
#[derive(Debug, Clone)]
struct Kept {
    held: SafePlan,
    setting: Setting,
    shown: SafePlan,
}

/// Seconds of red everywhere at the end of the startup sequence. Assumed.
const ALL_RED: u32 = 4;
/// The most seconds that are caught up with; a longer gap is a leap of the clock.
const MOST_CAUGHT_UP: u32 = 120;

/// The signals of one controller.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) signal: Signal,
    kept: BTreeMap<u8, Kept>,
    current: u8,
    pub(crate) source: &'static str,
    pub(crate) mode: Mode,
    position: Position,
    /// Whether a major fault keeps it flashing.
    pub(crate) is_failed: bool,
    /// Greens and reds that go before the plan.
    pub(super) orders: IdVec<GroupId, Option<bool>>,
    /// In ms of the cycle counter, when what is shown last changed.
    pub(crate) changed_ms: u32,
    startup: Vec<char>,
    checksum: String,
    /// Safety data and plans as supplied, as text.
    configuration: String,
    guard: Guard,
    /// The plan that runs before the first change.
    base: SafePlan,
    /// In order of time; none begins before the one before has settled.
    changes: Vec<Transition>,
    second: u32,
    /// The number that ran before.
    before: u8,
    /// How plans are left for others.
    method: TransitionMethod,
}

impl Program {
    /// Starts with the lowest number, at a second of the common clock; `None` without plans.
    pub(crate) fn new(signal: Signal, held: &Held, startup: &str, second: u32) -> Option<Self> {
        let keep = |plan: &SafePlan| Kept { held: plan.clone(), setting: Setting::held(plan), shown: plan.clone() };
        let kept: BTreeMap<u8, Kept> = held.iter().map(|(n, p)| (*n, keep(p))).collect();
        let (&current, first) = kept.first_key_value()?;
        let (base, guard, before) = (first.shown.clone(), Guard::all_red(&signal), current);
        let (checksum, configuration) = (checksum(&signal, held), configuration(&signal, held));
        let mode = Mode::Starting { since: second, is_boot: true };
        let orders = IdVec::from_fn(signal.groups.len(), |_| None);
        Some(Self {
            signal,
            kept,
            current,
            before,
            method: TransitionMethod::Shortway,
            source: "startup",
            mode,
            position: Position::Normal,
            is_failed: false,
            orders,
            changed_ms: 0,
            startup: startup.chars().collect(),
            checksum,
            configuration,
            guard,
            base,
            changes: Vec::new(),
            second,
        })
    }

    /// Starts again, as after a loss of power.
    pub(crate) fn restart(&mut self, second: u32) {
        self.position = Position::Normal;
        self.come_up(second, true);
        self.settle();
    }

    fn come_up(&mut self, second: u32, is_boot: bool) {
        self.guard = Guard::all_red(&self.signal);
        self.base = self.kept[&self.current].shown.clone();
        self.changes.clear();
        self.mode = Mode::Starting { since: second, is_boot };
        self.second = second;
    }

    /// Goes on to a second of the common clock.
    pub(crate) fn advance(&mut self, now: Utc) {
        let second = now.second();
        if second < self.second || second - self.second > MOST_CAUGHT_UP {
            return self.leap(second);
        }
        while self.second < second {
            let before = self.picture();
            self.second += 1;
            self.step();
            if self.picture() != before {
                self.changed_ms = u32::from(self.counters().0) * 1000;
            }
        }
    }

    /// The clock was set, or nobody looked for long: the guard leads into the plan from what it shows.
    fn leap(&mut self, second: u32) {
        if let Mode::Starting { since, .. } = &mut self.mode {
            *since = second;
        }
        self.base = self.kept[&self.current].shown.clone();
        self.changes.clear();
        self.second = second;
    }

    fn step(&mut self) {
        if let Mode::Starting { since, .. } = self.mode
            && self.second - since >= self.startup.len() as u32 + ALL_RED
        {
            self.mode = Mode::Normal;
        }
        if self.mode != Mode::Normal {
            return;
        }
        let now = DaySecond(self.second);
        let mut wishes = IdVec::from_fn(self.signal.groups.len(), |_: GroupId| Wish::default());
        match self.running() {
            Some(change) => change.wishes(now, &mut wishes),
            None => self.base.wishes(now, &mut wishes),
        }
        self.put_orders(&mut wishes);
        self.guard.step(&self.signal, &wishes);
    }

    fn running(&self) -> Option<&Transition> {
        let begun = self.changes.partition_point(|t| t.start() <= DaySecond(self.second));
        begun.checked_sub(1).map(|i| &self.changes[i])
    }

    /// Goes to a functional position; to normal control by way of the startup sequence.
    pub(crate) fn set_position(&mut self, position: Position) {
        self.position = position;
        self.settle();
    }

    /// Begins or ends the failure mode, in which the signals flash.
    pub(crate) fn set_failed(&mut self, is_failed: bool) {
        if self.is_failed != is_failed {
            self.is_failed = is_failed;
            self.settle();
        }
    }

    fn settle(&mut self) {
        match (self.is_failed, self.position) {
            (true, _) | (false, Position::YellowFlash) => self.mode = Mode::YellowFlash,
            (false, Position::Dark) => self.mode = Mode::Dark,
            (false, Position::Normal) if matches!(self.mode, Mode::YellowFlash | Mode::Dark) => self.come_up(self.second, false),
            (false, Position::Normal) => {}
        }
    }

    /// The stage that the plan shows, counted from 1; 0 between stages.
    pub(crate) fn stage(&self) -> usize {
        let plan = self.shown();
        stage_at(plan, DaySecond(self.second).in_cycle(plan.cycle(), plan.offset()))
    }

    /// Takes the bands of all plans away, as far as that is safe.
    pub(crate) fn drop_bands(&mut self) {
        let numbers: Vec<u8> = self.kept.keys().copied().collect();
        for number in numbers {
            self.set(number, |setting| setting.bands_s.clear());
        }
    }

    /// The number of the plan that runs or is on its way.
    pub(crate) fn current(&self) -> u8 {
        self.current
    }

    /// The number that a command means: 0 is the plan that runs.
    pub(crate) fn number(&self, wanted: u8) -> u8 {
        if wanted == 0 { self.current } else { wanted }
    }

    /// The plans and what is set of each.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (u8, &Setting)> {
        self.kept.iter().map(|(n, k)| (*n, &k.setting))
    }

    /// Whether the controller holds a plan of that number.
    pub(crate) fn holds(&self, number: u8) -> bool {
        self.kept.contains_key(&number)
    }

    /// The plan that runs, as it is set.
    pub(crate) fn shown(&self) -> &SafePlan {
        &self.kept[&self.current].shown
    }

    /// Takes up another plan, from the next second on; `false` where no safe way leads to it.
    pub(crate) fn select(&mut self, number: u8, source: &'static str) -> bool {
        let Some(kept) = self.kept.get(&number) else { return false };
        let reached = self.change_to(&kept.shown.clone());
        if reached {
            self.current = number;
            self.source = source;
        }
        reached
    }

    /// Runs a plan under a number, from the next second on; `false` where no safe way leads to it.
    pub(crate) fn run(&mut self, number: u8, plan: &SafePlan, method: TransitionMethod) -> bool {
        self.method = method;
        if (number, plan) == (self.current, self.shown()) {
            return true;
        }
        let reached = plan == self.shown() || self.change_to(plan);
        if reached {
            let kept = Kept { held: plan.clone(), setting: Setting::held(plan), shown: plan.clone() };
            self.before = self.current;
            self.kept.insert(number, kept);
            self.current = number;
        }
        reached
    }

    /// Whether the way from the plan of that number to the one that runs has not come to its end.
    pub(crate) fn comes_from(&self, number: u8) -> bool {
        let is_on_way = self.changes.last().is_some_and(|t| DaySecond(self.second) < t.in_step());
        self.before == number && self.current != number && is_on_way
    }

    /// Changes a setting. What does not make a safe plan, or cannot be reached safely, changes nothing.
    pub(crate) fn set(&mut self, number: u8, change: impl FnOnce(&mut Setting)) -> bool {
        let Some(kept) = self.kept.get(&number) else { return false };
        let mut setting = kept.setting.clone();
        change(&mut setting);
        setting.bands_s.truncate(MOST_BANDS);
        let Ok(shown) = setting.apply(&kept.held, &self.signal) else { return false };
        let (held, is_changed) = (kept.held.clone(), shown != kept.shown);
        if number == self.current && is_changed && !self.change_to(&shown) {
            return false;
        }
        self.kept.insert(number, Kept { held, setting, shown });
        true
    }

    fn change_to(&mut self, plan: &SafePlan) -> bool {
        if self.mode != Mode::Normal {
            self.base = plan.clone();
            self.changes.clear();
            return true;
        }
        // What has not begun yet is forgotten: whoever changes their mind often does not wait for it all to be gone through.
        let now = DaySecond(self.second);
        let keeps = self.changes.partition_point(|t| t.start() <= now);
        let from = self.changes[..keeps].last().map_or(&self.base, Transition::to).clone();
        // A plan has to run for a cycle before it can be left: what it is held against is a plan that has been running.
        let settled = |t: &Transition| t.in_step().0 + u32::from(t.to().cycle().0);
        let start = self.changes[..keeps].last().map_or(0, settled).max(self.second + 1);
        if from == *plan {
            self.changes.truncate(keeps);
            return true;
        }
        let found = PlanChange::new(&self.signal, &from, plan).transition(self.method, DaySecond(start));
        let Ok(transition) = found else { return false };
        self.changes.truncate(keeps);
        self.changes.retain(|t| settled(t) + 2 > self.second);
        if let Some(first) = self.changes.first() {
            self.base = first.from().clone();
        } else {
            self.base = from;
        }
        self.changes.push(transition);
        true
    }

    /// Seconds since second 0 of the plan that runs, and of the base counter.
    pub(crate) fn counters(&self) -> (u16, u16) {
        let plan = self.shown();
        let (cycle, now) = (plan.cycle(), DaySecond(self.second));
        (now.in_cycle(cycle, plan.offset()).0, (self.second % u32::from(cycle.0.max(1))) as u16)
    }

    /// What every group shows, a character each. Source: TLC 1.2.1, S0001.
    pub(crate) fn picture(&self) -> String {
        let all = |c: char| self.signal.groups.ids().map(|_| c).collect();
        match self.mode {
            Mode::Dark => all('a'),
            Mode::YellowFlash => all('c'),
            Mode::Starting { since, .. } => {
                let place = self.second.saturating_sub(since) as usize;
                all(self.startup.get(place).copied().unwrap_or('B'))
            }
            Mode::Normal => self.signal.groups.ids().map(|g| character(self.guard.aspect(g))).collect(),
        }
    }

    /// The checksum of what is held.
    pub(crate) fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Safety data and plans as supplied, as text.
    pub(crate) fn configuration(&self) -> &str {
        &self.configuration
    }
}

/// The character of an aspect. Source: TLC 1.2.1, S0001.
pub(crate) const fn character(aspect: Aspect) -> char {
    match aspect {
        Aspect::Red => 'B',
        Aspect::RedAmber => '0',
        Aspect::Green => '1',
        Aspect::Amber => 'N',
    }
}
