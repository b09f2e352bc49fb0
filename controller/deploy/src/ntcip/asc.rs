//! A virtual controller that speaks NTCIP 1202 v02: it runs the pattern that it is told, through the guard of its signal.

use super::database::Database;
use super::names::{
    ACTION_PATTERN, BACKUP_TIME, CORRECTION_MODE, GLOBAL_TIME, OPERATIONAL_MODE, PATTERN_OFFSET, SYSTEM_PATTERN, SYSTEM_SYNC,
};
use super::ring::Ring;
use super::timebase::{Called, called, reference};
use super::verify::{FLASH, FREE, FreeStatus, check, plan};
use super::{status, tables};
use crate::clock::{Millis, Now, Utc};
use crate::snmp::{Access, Agent, Binds, Objects, Oid, Principal, Refusal, Value};
use crate::tlc::{Position, Program, TlcSetup};
use model::signal::{SafePlan, TransitionMethod};
use model::time::Seconds;

/// Who chooses the pattern: the numbers of unitControlStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Source {
    Other = 1,
    System = 2,
    Standby = 3,
    Backup = 4,
    Manual = 5,
}

/// What is to be run.
#[derive(Debug, Clone, PartialEq)]
struct Target {
    number: u8,
    status: FreeStatus,
    plan: SafePlan,
}

/// What the controller does, and what it shows of that.
#[derive(Debug)]
pub(super) struct Cabinet {
    pub(super) site: String,
    pub(super) ring: Ring,
    pub(super) program: Program,
    pub(super) database: Database,
    /// What was set of the clock, in ms.
    shift_ms: i64,
    pub(super) utc: Utc,
    link: Millis,
    /// When a parameter of system control was set last.
    heard_at: Millis,
    pub(super) source: Source,
    pub(super) called: Called,
    pub(super) status: FreeStatus,
    /// Second 0 of the system in Unix time.
    pub(super) reference: i64,
    /// Second 0 that an order has set, until an order takes it back.
    ordered_reference: Option<i64>,
    /// The phase that is on, counted from 0.
    pub(super) stage: Option<usize>,
    /// For what was the last target made: generation of the configuration, number and second 0.
    made_for: Option<(u64, u8, i64)>,
}

/// A virtual controller: datagrams and times come in, datagrams go out.
#[derive(Debug)]
pub struct Asc {
    agent: Agent,
    cabinet: Cabinet,
}

impl Asc {
    /// A controller that has just been switched on, and who may ask it.
    ///
    /// # Errors
    /// When its plans are no patterns of one ring.
    pub fn new(setup: &TlcSetup, access: Access, seed: u64, now: Now) -> Result<Self, String> {
        let site = &setup.site;
        let ring = Ring::of(&setup.signal, &setup.held).map_err(|e| format!("{site}: {e}"))?;
        let program = Program::new(setup.signal.clone(), &setup.held, &setup.startup, now.utc.second());
        let program = program.ok_or_else(|| format!("{site}: it holds no plan"))?;
        // An engine id of eight octets of its own under the number of NEMA. Source: RFC 3411, SnmpEngineID.
        let own = blake3::hash(site.as_bytes());
        let engine = [&[0x80, 0, 0x04, 0xB6, 5], &own.as_bytes()[..8]].concat();
        // Nothing is kept over a restart but the clock, which goes on as starts do.
        let agent = Agent::new(engine, now.utc.second(), access, seed, now.link);
        let database = tables::database(site, &ring, &setup.held);
        let mut cabinet = Cabinet {
            site: site.clone(),
            ring,
            program,
            database,
            shift_ms: 0,
            utc: now.utc,
            link: now.link,
            heard_at: now.link,
            source: Source::Standby,
            called: Called::default(),
            status: FreeStatus::TransitionFree,
            reference: 0,
            ordered_reference: None,
            stage: None,
            made_for: None,
        };
        cabinet.pass(now);
        Ok(Self { agent, cabinet })
    }

    /// The name of the site.
    pub fn site(&self) -> &str {
        &self.cabinet.site
    }

    /// Lets time pass.
    pub fn pass(&mut self, now: Now) {
        self.cabinet.pass(now);
    }

    /// Answers a datagram, or stays silent.
    pub fn answer(&mut self, datagram: &[u8], now: Now) -> Option<Vec<u8>> {
        self.cabinet.pass(now);
        self.agent.answer(datagram, now.link, &mut self.cabinet)
    }

    /// What every group shows, a character each, as S0001 of RSMP has it.
    pub fn picture(&self) -> String {
        self.cabinet.program.picture()
    }

    /// Lets the controller's clock go wrong, by so many ms.
    pub fn drift(&mut self, ms: i64) {
        self.cabinet.shift_ms = ms;
    }
}

impl Cabinet {
    fn pass(&mut self, now: Now) {
        let utc = Utc(now.utc.0.saturating_add_signed(self.shift_ms));
        let is_same_second = utc.second() == self.utc.second() && self.made_for.is_some();
        (self.utc, self.link) = (utc, now.link);
        if !is_same_second {
            self.turn();
        }
    }

    /// One second: who chooses, what is to be run, and what is shown.
    fn turn(&mut self) {
        self.back_up();
        self.called = called(self.database.view(), self.utc);
        self.reference = self.ordered_reference.unwrap_or_else(|| reference(self.database.view(), self.utc, self.called));
        let number = self.choose();
        let wanted = (self.database.generation, number, self.reference);
        if self.made_for != Some(wanted) {
            let target = self.target(number);
            self.made_for = self.follow(&target).then_some(wanted);
        }
        self.program.advance(self.utc);
        status::refresh(self);
    }

    /// Without word from the system for so long, its control ends. Source: NTCIP 1202, unitBackupTime.
    fn back_up(&mut self) {
        let seconds = self.database.view().number(BACKUP_TIME, &[0]) as u64;
        let is_on = self.database.view().number(SYSTEM_PATTERN, &[0]) != 0;
        if seconds > 0 && is_on && self.link.since(self.heard_at) >= 1000 * seconds {
            self.database.show(SYSTEM_PATTERN, &[0], Value::Integer(0));
            self.database.show(SYSTEM_SYNC, &[0], Value::Integer(0));
            self.ordered_reference = None;
            self.source = Source::Backup;
        }
    }

    /// The pattern that is called for, by hand, by the system or by the calendar.
    fn choose(&mut self) -> u8 {
        let view = self.database.view();
        let (manual, system) = (view.number(OPERATIONAL_MODE, &[0]), view.number(SYSTEM_PATTERN, &[0]));
        let timed = view.number(ACTION_PATTERN, &[self.called.action]);
        let (number, source) = match (manual, system) {
            (0, 0) if self.source == Source::Backup => (timed, Source::Backup),
            (0, 0) => (timed, Source::Standby),
            (0, system) => (system, Source::System),
            (manual, _) => (manual, Source::Manual),
        };
        self.source = if number == 0 { Source::Other } else { source };
        number as u8
    }

    /// What is to be run for a number: its plan, or the plan as supplied without coordination.
    fn target(&self, number: u8) -> Target {
        let free = |status| Target { number: FREE, status, plan: self.ring.base().clone() };
        match number {
            0 => free(FreeStatus::Other),
            FREE => free(FreeStatus::CommandFree),
            FLASH => Target { number: FLASH, status: FreeStatus::NotFree, plan: self.ring.base().clone() },
            _ => match plan(&self.ring, self.database.view(), number) {
                Ok(plan) => {
                    let offset = self.database.view().number(PATTERN_OFFSET, &[u32::from(number)]);
                    let shifted = (offset + self.reference).rem_euclid(i64::from(plan.cycle().0));
                    Target { number, status: FreeStatus::NotFree, plan: plan.with_offset(Seconds(shifted as u16)) }
                }
                Err((status, _)) => free(status),
            },
        }
    }

    /// Goes over to what is to be run; `false` where no safe way leads to it now.
    fn follow(&mut self, target: &Target) -> bool {
        if target.number == FLASH {
            self.status = target.status;
            self.program.set_position(Position::YellowFlash);
            return true;
        }
        self.program.set_position(Position::Normal);
        let method = match self.database.view().number(CORRECTION_MODE, &[0]) {
            2 => TransitionMethod::Dwell,
            4 => TransitionMethod::Add,
            _ => TransitionMethod::Shortway,
        };
        let is_reached = self.program.run(target.number, &target.plan, method);
        if is_reached {
            self.status = target.status;
        }
        is_reached
    }

    /// Carries out orders that have been set.
    fn obey(&mut self, orders: &Binds) {
        for (name, value) in orders {
            let number = value.number().unwrap_or(0);
            if *name == GLOBAL_TIME.scalar() {
                let true_ms = self.utc.0.cast_signed() - self.shift_ms;
                self.shift_ms = 1000 * number - true_ms;
                self.utc = Utc(1000 * number.unsigned_abs());
                continue;
            }
            if *name == SYSTEM_SYNC.scalar() {
                self.ordered_reference = (number < 255).then(|| i64::from(self.utc.second()) - number);
            }
            // Whatever the system says, it is there again.
            (self.heard_at, self.source) = (self.link, Source::Standby);
        }
    }
}

impl Objects for Cabinet {
    fn get(&self, name: &Oid) -> Value {
        self.database.get(name)
    }

    fn next(&self, name: &Oid) -> Option<(&Oid, &Value)> {
        self.database.next(name)
    }

    fn set(&mut self, who: &Principal, binds: &Binds) -> Result<(), Refusal> {
        let ring = &self.ring;
        let orders = self.database.set(who, binds, &|view| check(ring, view))?;
        self.obey(&orders);
        self.turn();
        Ok(())
    }
}
