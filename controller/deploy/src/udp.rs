//! The edge for datagrams: virtual controllers that are asked, and the wire to one that is to be asked.

use crate::clock::Now;
use crate::net::WallClock;
use crate::ntcip::{Asc, Datagrams};
use crate::snmp::LARGEST;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A virtual controller and where it listens.
#[derive(Debug)]
pub struct Listener {
    asc: Asc,
    socket: UdpSocket,
}

/// Datagrams that a controller takes before it is the turn of the next one.
const TURN: usize = 64;

impl Listener {
    /// Listens at an address for whoever asks a controller.
    ///
    /// # Errors
    /// When nobody can listen there.
    pub fn bind(asc: Asc, address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { asc, socket })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn turn(&mut self, clock: WallClock) {
        self.asc.pass(clock.now());
        // One byte more than is taken, so that what is longer is seen to be.
        let mut buffer = [0; LARGEST + 1];
        for _ in 0..TURN {
            // What a system reports of earlier answers is no reason to stop listening.
            let Ok((length, asker)) = self.socket.recv_from(&mut buffer) else { return };
            if let Some(answer) = self.asc.answer(&buffer[..length], clock.now()) {
                let _ = self.socket.send_to(&answer, asker);
            }
        }
    }
}

/// Lets virtual controllers live until `stop`, and answers whoever asks them.
pub fn run_controllers(mut controllers: Vec<Listener>, clock: WallClock, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        for controller in &mut controllers {
            controller.turn(clock);
        }
        thread::sleep(clock.nap());
    }
}

/// What is no more than silence: a controller that starts again refuses for a while.
const SILENT: [ErrorKind; 4] = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted, ErrorKind::ConnectionRefused];

/// The wire to one controller. It hears that one only.
#[derive(Debug)]
pub struct UdpWire {
    socket: UdpSocket,
    clock: WallClock,
}

impl UdpWire {
    /// A wire to an address.
    ///
    /// # Errors
    /// When there is no way there.
    pub fn to(address: SocketAddr, clock: WallClock) -> io::Result<Self> {
        let own: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((own, 0))?;
        socket.connect(address)?;
        Ok(Self { socket, clock })
    }
}

impl Datagrams for UdpWire {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match self.socket.send(datagram) {
            Err(e) if e.kind() != ErrorKind::ConnectionRefused => Err(e),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, wait_ms: u64) -> io::Result<Option<Vec<u8>>> {
        self.socket.set_read_timeout(Some(Duration::from_millis(wait_ms.max(1))))?;
        let mut buffer = [0; LARGEST + 1];
        match self.socket.recv(&mut buffer) {
            Ok(length) => Ok(Some(buffer[..length].to_vec())),
            Err(e) if SILENT.contains(&e.kind()) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn now(&self) -> Now {
        self.clock.now()
    }

    fn rest(&mut self, utc_ms: u64) {
        thread::sleep(self.clock.wall(utc_ms));
    }
}
