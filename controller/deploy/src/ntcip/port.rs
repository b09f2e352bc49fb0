//! The manager's end of NTCIP as a [`Port`].

use super::facts::{Facts, Offsets};
use super::names::{
    CHANNEL_GREENS, FREE_STATUS, GLOBAL_TIME, Name, PATTERN_CYCLE, PATTERN_OFFSET, PATTERN_SEQUENCE, PATTERN_STATUS, SPLIT_COORD,
    SPLIT_MODE, SPLIT_TIME, STATUS_GREENS, SYSTEM_PATTERN, SYSTEM_SYNC, TRANSACTION, VERIFY_ERROR, VERIFY_STATUS,
};
use super::ring::Ring;
use super::session::{Datagrams, Session};
use crate::clock::Utc;
use crate::port::{Device, Picture, Port, PortError};
use crate::setting::Setting;
use crate::snmp::{Credentials, Value};
use model::signal::SafePlan;
use std::collections::BTreeMap;

/// The longest time until a pattern runs: three cycles, in ms of the time of day.
const COORDINATED_MS: u64 = 3 * 255_000;
/// How long a controller's clock may stand still, in ms of the link.
const SILENCE_MS: u64 = 10_000;
/// Time between two looks at what a controller shows, in ms of the time of day: twice in each of its seconds and more.
const LOOK_MS: u64 = 350;
/// localFreeStatus: notFree, and transitionFree, which is on the way there.
const NOT_FREE: i64 = 2;
const ON_THE_WAY: i64 = 4;

/// A controller at the other end of [`Datagrams`].
#[derive(Debug)]
pub struct NtcipPort<W> {
    session: Session<W>,
    site: String,
    ring: Ring,
    numbers: Vec<u8>,
    facts: Option<Facts>,
}

impl<W: Datagrams> NtcipPort<W> {
    /// A port to the controller of a ring that holds patterns of these numbers.
    pub fn new(wire: W, site: &str, credentials: Credentials, ring: Ring, numbers: Vec<u8>, seed: u64) -> Self {
        Self { session: Session::new(wire, credentials, seed), site: site.into(), ring, numbers, facts: None }
    }

    fn facts(&self) -> Result<&Facts, PortError> {
        self.facts.as_ref().ok_or_else(|| PortError::Answer("has not come yet: the controller was never read".into()))
    }

    /// What is set of each pattern that is a fixed-time one of the ring.
    fn settings(&mut self, offsets: Offsets) -> Result<BTreeMap<u8, Setting>, PortError> {
        let mut settings = BTreeMap::new();
        for number in self.numbers.clone() {
            let row = [u32::from(number)];
            let stages: Vec<[u32; 2]> = (1..=self.ring.stages() as u32).map(|stage| [row[0], stage]).collect();
            let mut wanted: Vec<(Name, &[u32])> = vec![(PATTERN_CYCLE, &row), (PATTERN_OFFSET, &row)];
            for name in [SPLIT_TIME, SPLIT_MODE, SPLIT_COORD] {
                wanted.extend(stages.iter().map(|stage| (name, &stage[..])));
            }
            let values = self.session.numbers(&wanted)?;
            if let Some(pattern) = offsets.read_pattern(&values, self.ring.stages()) {
                settings.insert(number, self.ring.setting(&pattern));
            }
        }
        Ok(settings)
    }

    /// Goes a step of a transaction. One whose answer was lost is asked for twice, and the second time refused.
    fn step(&mut self, order: i64, states: &[i64]) -> Result<(), PortError> {
        let refused = match self.session.set(&[(TRANSACTION, &[0], order)]) {
            Err(PortError::Refused(why)) => why,
            other => return other,
        };
        if states.contains(&self.state()?) { Ok(()) } else { Err(PortError::Refused(refused)) }
    }

    fn state(&mut self) -> Result<i64, PortError> {
        Ok(self.session.numbers(&[(TRANSACTION, &[0])])?[0])
    }

    /// Throws away what a transaction has set so far, also one that was left behind.
    fn abandon(&mut self) -> Result<(), PortError> {
        // What has been verified would be written by an order to end; so it goes back first.
        if self.state()? == 6 {
            self.step(2, &[2])?;
        }
        if self.state()? == 1 { Ok(()) } else { self.step(1, &[1]) }
    }

    /// Sets a pattern and its split in a transaction. Nothing but these is ever set, beside the orders which one to run.
    fn set(&mut self, number: u8, setting: &Setting) -> Result<(), PortError> {
        let facts = Facts::read(&mut self.session, &self.site, &self.ring)?;
        let pattern = facts.offsets().write_pattern(&self.ring.written(setting)?);
        self.abandon()?;
        self.step(2, &[2])?;
        let row = [u32::from(number)];
        let stages: Vec<[u32; 2]> = (1..=self.ring.stages() as u32).map(|stage| [row[0], stage]).collect();
        let mut wanted: Vec<(Name, &[u32], i64)> = Vec::new();
        for (stage, seconds) in stages.iter().zip(&pattern.splits_s) {
            let coordinated = i64::from(stage[1] == 1);
            wanted.extend([
                (SPLIT_TIME, &stage[..], i64::from(*seconds)),
                (SPLIT_MODE, stage, 4),
                (SPLIT_COORD, stage, coordinated),
            ]);
        }
        let (cycle, offset) = (i64::from(pattern.cycle_s), i64::from(pattern.offset_s));
        wanted.extend([(PATTERN_CYCLE, &row[..], cycle), (PATTERN_OFFSET, &row, offset), (PATTERN_SEQUENCE, &row, 1)]);
        for part in wanted.chunks(18) {
            self.session.set(part)?;
        }
        self.step(3, &[3, 6])?;
        self.verified()?;
        self.step(1, &[1])?;
        let read = self.settings(facts.offsets())?;
        self.facts = Some(facts);
        match read.get(&number) {
            Some(found) if found.is_same(setting) => Ok(()),
            other => Err(PortError::ReadBack { wanted: format!("{setting:?}"), read: format!("{other:?}") }),
        }
    }

    /// Waits until the controller has verified; the error is what it finds wrong.
    fn verified(&mut self) -> Result<(), PortError> {
        let since = self.session.wire.now().link;
        while self.state()? != 6 {
            if self.session.wire.now().link.since(since) > SILENCE_MS {
                return Err(PortError::Answer("to what was set is never verified".into()));
            }
            self.session.wire.rest(1000);
        }
        let status = self.session.numbers(&[(VERIFY_STATUS, &[0])])?[0];
        if status == 3 {
            return Ok(());
        }
        let error = self.session.find(&[VERIFY_ERROR.scalar()])?.remove(0);
        let text =
            if let Some(Value::Octets(text)) = error { String::from_utf8_lossy(&text).into_owned() } else { String::new() };
        Err(PortError::Refused(format!("verified with status {status}: {text}")))
    }

    /// What all channels show, with what the phases say of it.
    fn picture(&mut self) -> Result<(Picture, i64), PortError> {
        let (groups, stages) = (self.ring.signal().groups.len(), self.ring.stages());
        let rows: Vec<[u32; 1]> = (1..=groups.max(stages).div_ceil(8) as u32).map(|row| [row]).collect();
        let mut wanted: Vec<(Name, &[u32])> = vec![(GLOBAL_TIME, &[0]), (FREE_STATUS, &[0])];
        wanted.extend(rows[..groups.div_ceil(8)].iter().map(|row| (CHANNEL_GREENS, &row[..])));
        wanted.extend(rows[..stages.div_ceil(8)].iter().map(|row| (STATUS_GREENS, &row[..])));
        let values = self.session.numbers(&wanted)?;
        let lit = |from: usize, place: usize| values[from + place / 8] >> (place % 8) & 1 == 1;
        let greens: Vec<bool> = (0..groups).map(|group| lit(2, group)).collect();
        for (stage, own) in self.ring.greens().iter().enumerate().filter(|(s, _)| lit(2 + groups.div_ceil(8), *s)) {
            if let Some(group) = (0..groups).find(|g| own[*g] && !greens[*g]) {
                return Err(PortError::Answer(format!("shows phase {} green and channel {} not", stage + 1, group + 1)));
            }
        }
        let at = Utc(1000 * u64::try_from(values[0]).unwrap_or(0));
        Ok((Picture { at, greens }, values[1]))
    }
}

impl<W: Datagrams> Port for NtcipPort<W> {
    fn site(&self) -> &str {
        &self.site
    }

    fn read(&mut self) -> Result<Device, PortError> {
        let facts = Facts::read(&mut self.session, &self.site, &self.ring)?;
        let settings = self.settings(facts.offsets())?;
        let device = facts.device(settings);
        self.facts = Some(facts);
        Ok(device)
    }

    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError> {
        let setting = self.ring.setting(&self.ring.pattern(plan)?);
        self.facts()?.allow(number, plan.cycle())?;
        Ok(setting)
    }

    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError> {
        let setting = self.fit(number, plan)?;
        self.set(number, &setting)
    }

    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError> {
        self.ring.plan(&self.ring.written(before)?)?;
        self.set(number, before)
    }

    fn select(&mut self, number: u8) -> Result<(), PortError> {
        // By the time base, not by when an order came.
        self.session.set(&[(SYSTEM_PATTERN, &[0], i64::from(number)), (SYSTEM_SYNC, &[0], 255)])?;
        let since = self.session.wire.now().utc;
        loop {
            let values = self.session.numbers(&[(SYSTEM_PATTERN, &[0]), (PATTERN_STATUS, &[0]), (FREE_STATUS, &[0])])?;
            let [ordered, running, free] = values[..] else { return Err(PortError::Answer("is too short".into())) };
            if ordered != i64::from(number) {
                return Err(PortError::ReadBack { wanted: number.to_string(), read: ordered.to_string() });
            }
            if running == ordered {
                return Ok(());
            }
            if self.session.wire.now().utc.apart(since) > COORDINATED_MS {
                let read = format!("{running}, localFreeStatus {free}");
                return Err(PortError::ReadBack { wanted: format!("coordPatternStatus {number}"), read });
            }
            self.session.wire.rest(1000);
        }
    }

    /// Never: a pattern that was ordered stays ordered.
    fn unselect(&mut self, _number: u8) -> Result<bool, PortError> {
        Ok(false)
    }

    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError> {
        let (mut last, mut heard) = (None, self.session.wire.now().link);
        loop {
            let (picture, free) = self.picture()?;
            if free != NOT_FREE && free != ON_THE_WAY {
                return Err(PortError::Answer(format!("says that it runs free, localFreeStatus {free}")));
            }
            let now = self.session.wire.now().link;
            if last != Some(picture.at) {
                (last, heard) = (Some(picture.at), now);
                if look(&picture) {
                    return Ok(());
                }
            } else if now.since(heard) > SILENCE_MS {
                return Err(PortError::Answer("always has the same time".into()));
            }
            self.session.wire.rest(LOOK_MS);
        }
    }
}
