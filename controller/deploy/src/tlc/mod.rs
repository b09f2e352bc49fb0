//! A virtual traffic light controller: plays plans through the guard of its signal, and speaks RSMP as a site.
//!
//! Bytes and times come in, bytes go out; sockets and clocks are those of [`crate::net`].

mod alarms;
mod answers;
mod arguments;
mod buffer;
mod commands;
mod file;
mod io;
mod orders;
mod priority;
mod program;
mod setup;
mod subscriptions;
mod talk;
mod turn;

pub use file::{TlcFileError, codes, read_tlc};
pub use priority::PriorityTimes;
pub use setup::{AlarmInput, LinkTimes, TlcSetup};

use crate::clock::{Now, Utc};
use crate::rsmp::message::{AggregatedStatus, Message};
use crate::rsmp::{Core, Down, Event, Link, LinkSetup, Role};
use alarms::{Alarms, kind_of};
use answers::Component;
use buffer::Buffer;
use commands::State;
pub(crate) use program::{Mode, Position, Program};
use std::collections::VecDeque;
use subscriptions::Subscriptions;

/// Buffered messages that may wait for their acknowledgement; the rest waits in the buffer.
const MOST_IN_FLIGHT: usize = 200;

/// By how much a clock may be off the supervisor's, in ms: messages take their time.
const CLOCK_OFF_MS: u64 = 500;

/// A virtual traffic light controller.
#[derive(Debug)]
pub struct Tlc {
    setup: TlcSetup,
    program: Program,
    state: State,
    alarms: Alarms,
    /// Which of the inputs that raise alarms have raised theirs.
    raised: Vec<bool>,
    link: Option<Link>,
    subscriptions: Subscriptions,
    buffer: Buffer,
    /// Told, and not acknowledged yet.
    in_flight: VecDeque<Message>,
    wants_alarms: bool,
    /// The eight states that were told last.
    told_states: Option<[bool; 8]>,
    /// Since when there has been no supervisor, on the clock that nobody sets; and whether bands have been dropped for it.
    alone_since: Option<Utc>,
    has_dropped: bool,
    /// The minute in which the calendar was last looked at.
    calendar_looked_at: Option<u64>,
    started: Utc,
    wants_restart: bool,
    connections: u64,
    seed: u64,
}

impl Tlc {
    /// A controller that has just been switched on; `None` without a plan, or with an input or an alarm that does not exist. The
    /// seed makes its message ids differ from those of others.
    pub fn new(setup: TlcSetup, seed: u64, now: Now) -> Option<Self> {
        let program = Program::new(setup.signal.clone(), &setup.held, &setup.startup, now.utc.second())?;
        let mut alarms = Alarms::default();
        for input in &setup.alarm_inputs {
            let component = setup.component(&input.component).filter(|_| (1..=setup.inputs).contains(&input.input))?;
            alarms.know(&input.component, kind_of(&input.alarm, component)?, now.utc);
        }
        Some(Self {
            state: State::new(&setup, now.utc),
            raised: vec![false; setup.alarm_inputs.len()],
            setup,
            program,
            alarms,
            link: None,
            subscriptions: Subscriptions::default(),
            buffer: Buffer::default(),
            in_flight: VecDeque::new(),
            wants_alarms: true,
            told_states: None,
            alone_since: None,
            has_dropped: false,
            calendar_looked_at: None,
            started: now.utc,
            wants_restart: false,
            connections: 0,
            seed,
        })
    }

    /// The site id.
    pub fn site(&self) -> &str {
        &self.setup.site
    }

    /// How long it waits before it dials again, in ms of the link.
    pub fn redial_ms(&self) -> u64 {
        self.setup.times.redial_ms
    }

    /// Begins a session: the connection has just been made.
    pub fn connected(&mut self, now: Now) {
        self.connections += 1;
        let setup = LinkSetup {
            role: Role::Site,
            id: self.setup.site.clone(),
            cores: self.setup.cores.clone(),
            list: self.setup.list.name().into(),
            components: self.setup.components(),
            ack_timeout_ms: self.setup.times.ack_ms,
            watchdog_ms: self.setup.times.watchdog_ms,
            seed: self.seed.wrapping_add(self.connections << 32),
        };
        let now = self.own(now);
        self.link = Some(Link::new(setup, now));
    }

    /// Ends the session: the connection is lost. Subscriptions go on into the buffer; what was told and never acknowledged is
    /// told again. After a restart there is nothing to go on with.
    pub fn disconnected(&mut self) {
        self.link = None;
        self.lose_orders();
        for message in std::mem::take(&mut self.in_flight) {
            self.buffer.keep(message);
        }
    }

    /// Takes bytes of the supervisor, and lets time pass. Returns why the connection has to be closed, if it has to.
    pub fn drive(&mut self, bytes: &[u8], now: Now) -> Option<Down> {
        if self.link.as_ref().is_some_and(Link::is_up) {
            (self.alone_since, self.has_dropped) = (None, false);
        } else {
            self.alone_since.get_or_insert(now.utc);
        }
        self.turn(now);
        let own = self.own(now);
        if let Some(link) = &mut self.link {
            link.receive(bytes, own);
            link.pass(own);
        }
        while let Some(event) = self.link.as_mut().and_then(Link::next_event) {
            match event {
                Event::Up(peer) => self.come_up(peer.wants_alarms, now),
                Event::Message(message) => self.take(*message, now),
                Event::Watchdog(at) => self.follow_clock(&at, now),
                Event::Taken(id) | Event::Refused { id, .. } => self.in_flight.retain(|m| m.id() != Some(&id)),
                Event::Down(why) => return Some(why),
            }
        }
        self.report(now);
        self.flush(now);
        None
    }

    /// What is to be sent to the supervisor.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.link.as_mut().map(Link::take_output).unwrap_or_default()
    }

    /// Whether it has been told to restart: the connection is closed once what is to be sent has gone. Asking forgets it.
    pub fn take_restart(&mut self) -> bool {
        std::mem::take(&mut self.wants_restart)
    }

    /// What every group shows, a character each, as S0001 has it.
    pub fn picture(&self) -> String {
        self.program.picture()
    }

    /// Number of the plan that runs or is on its way.
    pub fn plan(&self) -> u8 {
        self.program.current()
    }

    /// Lets the controller's clock go wrong, by so many ms.
    pub fn drift(&mut self, ms: i64) {
        self.state.clock_shift = ms;
    }

    /// Sets the clock by a watchdog of the supervisor, where that is asked for and it is clearly off.
    fn follow_clock(&mut self, at: &str, now: Now) {
        // Until 2106 seconds are counted in 32 bits.
        let theirs = at.parse::<Utc>().ok().filter(|t| self.setup.follows_watchdog && t.0 / 1000 < u64::from(u32::MAX));
        if let Some(theirs) = theirs
            && theirs.apart(self.utc(now)) > CLOCK_OFF_MS
        {
            self.state.clock_shift = theirs.0.cast_signed().saturating_sub(now.utc.0.cast_signed());
        }
    }

    /// The controller's own clock.
    fn utc(&self, now: Now) -> Utc {
        Utc(now.utc.0.saturating_add_signed(self.state.clock_shift))
    }

    /// Both clocks, with the controller's own time of day.
    fn own(&self, now: Now) -> Now {
        Now { utc: self.utc(now), ..now }
    }

    /// The eight states of the site. Source: TLC 1.2.1, aggregated status.
    fn states(&self) -> [bool; 8] {
        let is_used = matches!(self.program.mode, Mode::Normal | Mode::Starting { .. });
        let priority = |p| self.alarms.has_priority(p);
        [false, false, priority(1) || self.program.is_failed, priority(2), priority(3), is_used, !is_used, false]
    }

    fn aggregated(&self, now: Now) -> AggregatedStatus {
        let has_booleans = self.link.as_ref().and_then(Link::core).is_none_or(Core::has_booleans);
        let state = |is: bool| if has_booleans { is.into() } else { is.to_string().into() };
        AggregatedStatus {
            id: String::new(),
            component: self.setup.main.clone(),
            at: self.utc(now).to_string(),
            position: None,
            state: None,
            states: self.states().into_iter().map(state).collect(),
        }
    }
}

/// Base64 with padding. Source: RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let word = part.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - part.len()));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i <= part.len() { digit } else { '=' });
        }
    }
    text
}
