//! The edge: sockets and the clock on the wall. Everything that knows a protocol is elsewhere.

use crate::clock::{Millis, Now, Utc};
use crate::rsmp::Wire;
use crate::rsmp::frame::Frames;
use crate::rsmp::message::Message;
use crate::tlc::Tlc;
use crate::tls::{Stream, TlsDesk, TlsSite};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock on the wall, or one that goes faster.
///
/// A faster one shows at midnight (UTC) what the wall shows, and from there on runs so many times as fast: two programs of
/// the same speed agree without a word.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    begin: Instant,
    speed: u32,
}

const DAY_MS: u64 = 86_400_000;

impl WallClock {
    /// A clock of a speed; 1 is the wall's.
    #[expect(clippy::disallowed_methods, reason = "the edge has a clock, and hands it in")]
    pub fn new(speed: u32) -> Self {
        Self { begin: Instant::now(), speed: speed.max(1) }
    }

    /// What it shows.
    pub fn now(self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
        let since_midnight = wall % DAY_MS;
        let utc = Utc(wall - since_midnight + since_midnight * u64::from(self.speed));
        Now { link: Millis(self.begin.elapsed().as_millis() as u64), utc }
    }

    /// How long so many ms of its own last on the wall.
    pub(crate) fn wall(self, ms: u64) -> Duration {
        Duration::from_micros(ms.saturating_mul(1000) / u64::from(self.speed))
    }

    /// How long the controllers may sleep between two looks: a tenth of a second of theirs, between 2 and 20 ms.
    pub(crate) fn nap(self) -> Duration {
        Duration::from_millis((100 / u64::from(self.speed)).clamp(2, 20))
    }
}

/// A number that differs from call to call and from start to start: the seed of message ids.
pub fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}

/// Bytes that may wait to be sent to a supervisor that does not read.
const MOST_BYTES: usize = 16 << 20;

/// A virtual controller and its connection.
#[derive(Debug)]
struct Site {
    tlc: Tlc,
    stream: Option<Stream>,
    out: Vec<u8>,
    redial_at: Millis,
}

/// Where sites dial, and how.
#[derive(Debug, Clone)]
pub struct Supervisor {
    /// Where.
    pub address: SocketAddr,
    /// With which certificates; in the clear without.
    pub tls: Option<TlsSite>,
}

impl From<SocketAddr> for Supervisor {
    fn from(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }
}

/// Lets virtual controllers live until `stop`; each dials the supervisor, again and again.
pub fn run_sites(tlcs: Vec<Tlc>, supervisor: impl Into<Supervisor>, clock: WallClock, stop: &AtomicBool) {
    let supervisor = supervisor.into();
    let site = |tlc| Site { tlc, stream: None, out: Vec::new(), redial_at: Millis(0) };
    let mut sites: Vec<Site> = tlcs.into_iter().map(site).collect();
    while !stop.load(Ordering::Relaxed) {
        for site in &mut sites {
            site.turn(&supervisor, clock);
        }
        thread::sleep(clock.nap());
    }
}

impl Site {
    fn turn(&mut self, supervisor: &Supervisor, clock: WallClock) {
        let now = clock.now();
        if self.stream.is_none() && self.redial_at <= now.link {
            self.redial_at = Millis(now.link.0 + self.tlc.redial_ms());
            self.dial(supervisor, now);
        }
        let bytes = self.stream.as_mut().map_or(Ok(Vec::new()), read_ready);
        let is_closed = bytes.is_err();
        let ended = self.tlc.drive(&bytes.unwrap_or_default(), now).is_some();
        self.out.extend(self.tlc.take_output());
        let is_lost = self.write().is_err() || self.out.len() > MOST_BYTES;
        if self.stream.is_some() && (is_closed || ended || is_lost || self.tlc.take_restart()) {
            (self.stream, self.out) = (None, Vec::new());
            self.tlc.disconnected();
        }
    }

    fn dial(&mut self, supervisor: &Supervisor, now: Now) {
        let Ok(tcp) = TcpStream::connect_timeout(&supervisor.address, Duration::from_secs(1)) else { return };
        let is_ready = tcp.set_nonblocking(true).and_then(|()| tcp.set_nodelay(true)).is_ok();
        if let Ok(stream) = Stream::dialled(tcp, supervisor.tls.as_ref())
            && is_ready
        {
            self.stream = Some(stream);
            self.out.clear();
            self.tlc.connected(now);
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        while !self.out.is_empty() {
            match stream.write(&self.out) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => drop(self.out.drain(..n)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        // What is wrapped may wait inside.
        match stream.flush() {
            Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Err(e),
            _ => Ok(()),
        }
    }
}

/// What is there to be read, of a stream that does not block.
fn read_ready(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 16_384];
    match stream.read(&mut buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(n) => Ok(buffer[..n].to_vec()),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// A connection whose site has said who it is, and what was read to know that.
type Caller = (Stream, Vec<u8>);

/// Connections of sites that nobody has taken yet, the newest of each.
#[derive(Debug, Default)]
struct Waiting {
    callers: Mutex<BTreeMap<String, Caller>>,
    changed: Condvar,
    stop: AtomicBool,
    strangers: AtomicUsize,
}

/// The supervisor's ear: takes connections, and asks each who it is.
#[derive(Debug)]
pub struct Switchboard {
    waiting: Arc<Waiting>,
    address: SocketAddr,
    ear: Option<JoinHandle<()>>,
}

/// Connections that have not said yet who they are; more are closed.
const MOST_STRANGERS: usize = 1024;
/// How long a connection may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);
/// Longest write to a site.
const WRITE: Duration = Duration::from_secs(10);

impl Switchboard {
    /// Listens at an address, for these sites and no others.
    ///
    /// # Errors
    /// When nobody can listen there.
    pub fn listen(address: SocketAddr, sites: BTreeSet<String>) -> io::Result<Self> {
        Self::listen_with(address, sites, None)
    }

    /// Listens with certificates, or in the clear without.
    ///
    /// # Errors
    /// When nobody can listen there.
    pub fn listen_with(address: SocketAddr, sites: BTreeSet<String>, tls: Option<TlsDesk>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let waiting = Arc::new(Waiting::default());
        let (shared, sites) = (Arc::clone(&waiting), Arc::new(sites));
        let ear = thread::spawn(move || {
            while !shared.stop.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((tcp, _)) => greet(tcp, tls.clone(), &shared, &sites),
                    Err(_) => thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Ok(Self { waiting, address, ear: Some(ear) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The wire to a site.
    pub fn wire(&self, site: &str, clock: WallClock) -> TcpWire {
        TcpWire { waiting: Arc::clone(&self.waiting), site: site.into(), stream: None, early: Vec::new(), clock }
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.waiting.stop.store(true, Ordering::Relaxed);
        if let Some(ear) = self.ear.take() {
            let _ = ear.join();
        }
    }
}

/// Hears who a connection is, beside everything else.
fn greet(tcp: TcpStream, tls: Option<TlsDesk>, waiting: &Arc<Waiting>, sites: &Arc<BTreeSet<String>>) {
    if waiting.strangers.fetch_add(1, Ordering::Relaxed) >= MOST_STRANGERS {
        waiting.strangers.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let (waiting, sites) = (Arc::clone(waiting), Arc::clone(sites));
    thread::spawn(move || {
        let known = hear(tcp, tls.as_ref(), &waiting.stop).ok().flatten().filter(|(site, _)| sites.contains(site));
        waiting.strangers.fetch_sub(1, Ordering::Relaxed);
        if let Some((site, caller)) = known {
            waiting.callers.lock().unwrap_or_else(PoisonError::into_inner).insert(site, caller);
            waiting.changed.notify_all();
        }
    });
}

/// Reads until the first message, which has to be the version of one site.
fn hear(tcp: TcpStream, tls: Option<&TlsDesk>, stop: &AtomicBool) -> io::Result<Option<(String, Caller)>> {
    tcp.set_nonblocking(false)?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(Duration::from_millis(100)))?;
    tcp.set_write_timeout(Some(WRITE))?;
    let mut stream = Stream::taken(tcp, tls)?;
    let (mut early, mut frames) = (Vec::new(), Frames::default());
    let begin = WallClock::new(1);
    while begin.now().link.0 < GREETING.as_millis() as u64 && !stop.load(Ordering::Relaxed) {
        let bytes = read_ready(&mut stream)?;
        frames.push(&bytes).map_err(|e| io::Error::new(ErrorKind::InvalidData, e))?;
        early.extend(bytes);
        if let Some(frame) = frames.next_frame() {
            let Ok(Message::Version(version)) = Message::parse(&frame) else { return Ok(None) };
            let site = version.sites.into_iter().next().map(|s| s.id);
            return Ok(site.map(|site| (site, (stream, early))));
        }
    }
    Ok(None)
}

/// A wire of TCP.
#[derive(Debug)]
pub struct TcpWire {
    waiting: Arc<Waiting>,
    site: String,
    stream: Option<Stream>,
    early: Vec<u8>,
    clock: WallClock,
}

impl Wire for TcpWire {
    fn open(&mut self, wait_ms: u64) -> io::Result<()> {
        (self.stream, self.early) = (None, Vec::new());
        let callers = self.waiting.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = Duration::from_millis(wait_ms);
        let absent = |callers: &mut BTreeMap<String, Caller>| !callers.contains_key(&self.site);
        let (mut callers, _) =
            self.waiting.changed.wait_timeout_while(callers, wait, absent).unwrap_or_else(PoisonError::into_inner);
        let (stream, early) =
            callers.remove(&self.site).ok_or_else(|| io::Error::new(ErrorKind::TimedOut, "the site did not dial"))?;
        (self.stream, self.early) = (Some(stream), early);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        stream.write_all(bytes)?;
        stream.flush()
    }

    fn receive(&mut self, wait_ms: u64) -> io::Result<Vec<u8>> {
        if !self.early.is_empty() {
            return Ok(std::mem::take(&mut self.early));
        }
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        stream.tcp().set_read_timeout(Some(Duration::from_millis(wait_ms.max(1))))?;
        read_ready(stream)
    }

    fn now(&self) -> Now {
        self.clock.now()
    }
}
