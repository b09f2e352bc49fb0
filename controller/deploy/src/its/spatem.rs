//! SPATEM: what signal groups show, when that changes, and which speed suits (signal phase and timing extended message).
//! Source: ETSI TS 103 301, payload ISO/TS 19091; shape and ranges as the module `ITS_IS` of pycrate 0.8.1 has them.

use super::uper::{Coder, Least, UperFault, least, read, write};

/// Number of the message in the header.
const SPATEM: u8 = 4;
/// Of `minEndTime` and its like: more than an hour away.
pub const FAR: u16 = 36_000;

/// A moment as tenths of a second of the hour in which it lies, 0 to 35,999; [`FAR`], and 36,001 where it is not known.
pub type TimeMark = u16;

/// What is sent about signals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spatem {
    /// Version of the protocol, 0 to 255; 2 here.
    pub version: u8,
    /// Who sends.
    pub station: u32,
    /// Minute of the year, UTC, 0 to 527,040.
    pub minute: Option<u32>,
    /// Name, 1 to 63 characters of ASCII.
    pub name: Option<String>,
    /// Intersections, 1 to 32.
    pub intersections: Vec<IntersectionState>,
}

/// Which intersection: an id, unique among those of a road authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntersectionRef {
    /// The road authority.
    pub region: Option<u16>,
    /// The intersection.
    pub id: u16,
}

/// What the groups of an intersection show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntersectionState {
    /// Name, 1 to 63 characters of ASCII.
    pub name: Option<String>,
    /// Which.
    pub id: IntersectionRef,
    /// Changes with the MAPEM that belongs to it, 0 to 127.
    pub revision: u8,
    /// How the controller works, in 16 bits, the first the highest: [`status`].
    pub status: u16,
    /// Minute of the year, UTC, 0 to 527,040.
    pub minute: Option<u32>,
    /// Millisecond of the minute.
    pub ms: Option<u16>,
    /// Signal groups, 1 to 255.
    pub groups: Vec<GroupState>,
}

/// Bits of [`IntersectionState::status`].
pub mod status {
    /// It flashes for a fault.
    pub const FAILURE_FLASH: u16 = 1 << (15 - 2);
    /// It plays a plan of fixed times.
    pub const FIXED_TIME: u16 = 1 << (15 - 5);
    /// It follows the traffic.
    pub const TRAFFIC_DEPENDENT: u16 = 1 << (15 - 6);
    /// What it shows is not known.
    pub const NO_SPAT: u16 = 1 << (15 - 13);
}

/// What a group shows, now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupState {
    /// Name, 1 to 63 characters of ASCII.
    pub name: Option<String>,
    /// Its number in the MAPEM, 1 to 254; 0 where it is not known, 255 for a permanent green.
    pub group: u8,
    /// What it shows now, and what after that: 1 to 16.
    pub events: Vec<Event>,
}

/// Something that a group shows for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub shown: Shown,
    /// When it begins and ends.
    pub timing: Option<Timing>,
    /// Speeds that suit, 1 to 16.
    pub speeds: Option<Vec<SpeedAdvice>>,
}

/// What is shown, in the numbers of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Shown {
    /// Not known.
    Unavailable = 0,
    /// Nothing.
    Dark = 1,
    /// Stop, then go on when the way is free.
    StopThenProceed = 2,
    /// Red.
    StopAndRemain = 3,
    /// Red-amber.
    PreMovement = 4,
    /// Green; whoever goes gives way to others.
    PermissiveMovement = 5,
    /// Green; nobody is in the way.
    ProtectedMovement = 6,
    /// Amber after a permissive green.
    PermissiveClearance = 7,
    /// Amber after a protected green.
    ProtectedClearance = 8,
    /// Amber that flashes.
    Caution = 9,
}

impl Shown {
    const ALL: [Self; 10] = [
        Self::Unavailable,
        Self::Dark,
        Self::StopThenProceed,
        Self::StopAndRemain,
        Self::PreMovement,
        Self::PermissiveMovement,
        Self::ProtectedMovement,
        Self::PermissiveClearance,
        Self::ProtectedClearance,
        Self::Caution,
    ];

    /// Whether it is a green.
    pub const fn is_green(self) -> bool {
        matches!(self, Self::PermissiveMovement | Self::ProtectedMovement)
    }
}

/// When something that is shown begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// It begins.
    pub start: Option<TimeMark>,
    /// It ends no earlier.
    pub min_end: TimeMark,
    /// It ends no later.
    pub max_end: Option<TimeMark>,
    /// It ends, as far as one can tell.
    pub likely: Option<TimeMark>,
    /// How sure that is, 0 to 15.
    pub confidence: Option<u8>,
    /// It begins again.
    pub next: Option<TimeMark>,
}

/// A speed that suits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeedAdvice {
    /// What for.
    pub kind: AdviceKind,
    /// Speed in 0.1 m/s, 0 to 500.
    pub speed: Option<u16>,
    /// How exact it is, 0 to 7.
    pub confidence: Option<u8>,
    /// It holds from so many metres before the stop line on, 0 to 10,000.
    pub distance: Option<u16>,
    /// For whom.
    pub class: Option<u8>,
}

/// What a speed is advised for, in the numbers of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AdviceKind {
    /// Nothing that is known.
    None = 0,
    /// To go along with a green wave.
    GreenWave = 1,
    /// To come through without a stop.
    EcoDrive = 2,
    /// For public transport.
    Transit = 3,
}

impl AdviceKind {
    const ALL: [Self; 4] = [Self::None, Self::GreenWave, Self::EcoDrive, Self::Transit];
}

least! {
    Spatem: Self { version: 2, station: 0, minute: None, name: None, intersections: Vec::new() },
    IntersectionRef: Self { region: None, id: 0 },
    IntersectionState: Self { name: None, id: IntersectionRef::LEAST, revision: 0, status: 0, minute: None, ms: None, groups: Vec::new() },
    GroupState: Self { name: None, group: 0, events: Vec::new() },
    Event: Self { shown: Shown::Unavailable, timing: None, speeds: None },
    Timing: Self { start: None, min_end: 0, max_end: None, likely: None, confidence: None, next: None },
    SpeedAdvice: Self { kind: AdviceKind::None, speed: None, confidence: None, distance: None, class: None },
}

/// Minutes of the year.
pub(super) const MINUTES: (i64, i64) = (0, 527_040);
const MARKS: (i64, i64) = (0, 36_001);

/// The header of messages: version of the protocol, number of the message, who sends.
pub(super) fn header<C: Coder>(c: &mut C, version: &mut u8, message: u8, station: &mut u32) -> Result<(), UperFault> {
    c.number(version, (0, 255), "protocolVersion")?;
    let mut read = message;
    c.number(&mut read, (0, 255), "messageID")?;
    if read != message {
        return Err(UperFault::Range("messageID"));
    }
    c.number(station, (0, i64::from(u32::MAX)), "stationID")
}

impl Spatem {
    /// As bytes.
    ///
    /// # Errors
    /// A value that the standard does not allow.
    pub fn write(&self) -> Result<Vec<u8>, UperFault> {
        write(self, Self::code)
    }

    /// From bytes.
    ///
    /// # Errors
    /// Bytes that are no SPATEM, or parts of one that are not read here.
    pub fn read(bytes: &[u8]) -> Result<Self, UperFault> {
        read(bytes, Self::code)
    }

    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        header(c, &mut self.version, SPATEM, &mut self.station)?;
        let is_extended = c.flag(false, "SPAT")?;
        c.presence(&mut self.minute, "timeStamp")?;
        c.presence(&mut self.name, "name")?;
        c.absent("a regional extension")?;
        c.number_if(&mut self.minute, MINUTES, "timeStamp")?;
        c.text_if(&mut self.name, "name")?;
        c.list(&mut self.intersections, (1, 32), "intersections", |c, i| i.code(c))?;
        c.additions(is_extended)
    }
}

impl IntersectionRef {
    pub(super) fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        c.presence(&mut self.region, "region")?;
        c.number_if(&mut self.region, (0, 65_535), "region")?;
        c.number(&mut self.id, (0, 65_535), "id")
    }
}

impl IntersectionState {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "IntersectionState")?;
        c.presence(&mut self.name, "name")?;
        c.presence(&mut self.minute, "moy")?;
        c.presence(&mut self.ms, "timeStamp")?;
        c.absent("enabledLanes")?;
        c.absent("maneuverAssistList")?;
        c.absent("a regional extension")?;
        c.text_if(&mut self.name, "name")?;
        self.id.code(c)?;
        c.number(&mut self.revision, (0, 127), "revision")?;
        self.status = c.bits(u64::from(self.status), 16, "status")? as u16;
        c.number_if(&mut self.minute, MINUTES, "moy")?;
        c.number_if(&mut self.ms, (0, 65_535), "timeStamp")?;
        c.list(&mut self.groups, (1, 255), "states", |c, g| g.code(c))?;
        c.additions(is_extended)
    }
}

impl GroupState {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "MovementState")?;
        c.presence(&mut self.name, "movementName")?;
        c.absent("maneuverAssistList")?;
        c.absent("a regional extension")?;
        c.text_if(&mut self.name, "movementName")?;
        c.number(&mut self.group, (0, 255), "signalGroup")?;
        c.list(&mut self.events, (1, 16), "state-time-speed", |c, e| e.code(c))?;
        c.additions(is_extended)
    }
}

impl Event {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "MovementEvent")?;
        c.presence(&mut self.timing, "timing")?;
        c.presence(&mut self.speeds, "speeds")?;
        c.absent("a regional extension")?;
        let mut shown = self.shown as u8;
        c.number(&mut shown, (0, 9), "eventState")?;
        self.shown = Shown::ALL[usize::from(shown)];
        if let Some(timing) = &mut self.timing {
            timing.code(c)?;
        }
        if let Some(speeds) = &mut self.speeds {
            c.list(speeds, (1, 16), "speeds", |c, s| s.code(c))?;
        }
        c.additions(is_extended)
    }
}

impl Timing {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        c.presence(&mut self.start, "startTime")?;
        c.presence(&mut self.max_end, "maxEndTime")?;
        c.presence(&mut self.likely, "likelyTime")?;
        c.presence(&mut self.confidence, "confidence")?;
        c.presence(&mut self.next, "nextTime")?;
        c.number_if(&mut self.start, MARKS, "startTime")?;
        c.number(&mut self.min_end, MARKS, "minEndTime")?;
        c.number_if(&mut self.max_end, MARKS, "maxEndTime")?;
        c.number_if(&mut self.likely, MARKS, "likelyTime")?;
        c.number_if(&mut self.confidence, (0, 15), "confidence")?;
        c.number_if(&mut self.next, MARKS, "nextTime")
    }
}

impl SpeedAdvice {
    fn code<C: Coder>(&mut self, c: &mut C) -> Result<(), UperFault> {
        let is_extended = c.flag(false, "AdvisorySpeed")?;
        c.presence(&mut self.speed, "speed")?;
        c.presence(&mut self.confidence, "confidence")?;
        c.presence(&mut self.distance, "distance")?;
        c.presence(&mut self.class, "class")?;
        c.absent("a regional extension")?;
        let mut kind = self.kind as u8;
        c.alternative(&mut kind, 3, "type")?;
        self.kind = AdviceKind::ALL[usize::from(kind)];
        c.number_if(&mut self.speed, (0, 500), "speed")?;
        c.number_if(&mut self.confidence, (0, 7), "confidence")?;
        c.number_if(&mut self.distance, (0, 10_000), "distance")?;
        c.number_if(&mut self.class, (0, 255), "class")?;
        c.additions(is_extended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of pycrate 0.8.1: group 1 green until 125 s after the hour, a green wave of 13.9 m/s.
    #[test]
    fn a_message_of_another_program_is_read_and_written_byte_by_byte() {
        let hex = "0204000004d200188b8c8032810000030390bb80000106670258028a027160205160";
        let bytes: Vec<u8> = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let message = Spatem::read(&bytes).unwrap();
        let timing = Timing { min_end: 1200, max_end: Some(1300), likely: Some(1250), confidence: Some(12), ..Timing::LEAST };
        let speed = SpeedAdvice { kind: AdviceKind::GreenWave, speed: Some(139), ..SpeedAdvice::LEAST };
        let event = Event { shown: Shown::ProtectedMovement, timing: Some(timing), speeds: Some(vec![speed]) };
        let state = IntersectionState {
            id: IntersectionRef { region: Some(5913), id: 101 },
            revision: 1,
            minute: Some(12_345),
            ms: Some(3000),
            groups: vec![GroupState { name: None, group: 1, events: vec![event] }],
            ..IntersectionState::LEAST
        };
        assert_eq!(message, Spatem { station: 1234, intersections: vec![state], ..Spatem::LEAST });
        assert_eq!(message.write().unwrap(), bytes);
        for cut in 0..bytes.len() {
            assert!(Spatem::read(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn what_has_no_place_is_not_written() {
        let speed = SpeedAdvice { speed: Some(501), ..SpeedAdvice::LEAST };
        let event = Event { speeds: Some(vec![speed]), ..Event::LEAST };
        let groups = vec![GroupState { events: vec![event], ..GroupState::LEAST }];
        let message = Spatem { intersections: vec![IntersectionState { groups, ..IntersectionState::LEAST }], ..Spatem::LEAST };
        assert_eq!(message.write(), Err(UperFault::Range("speed")));
        assert_eq!(Spatem::LEAST.write(), Err(UperFault::Range("intersections")));
    }
}
