//! A controller behind the port of the protocol in which it is reached.

use crate::failure::{Failure, input};
use deploy::net::{Switchboard, TcpWire, WallClock, seed};
use deploy::ntcip::NtcipPort;
use deploy::rollout::{Reach, Target, Targets};
use deploy::rsmp::RsmpPort;
use deploy::udp::UdpWire;
use deploy::{Device, Picture, Port, PortError, Setting};
use model::signal::SafePlan;

/// A controller in one of the protocols.
pub(super) enum Reached {
    Rsmp(Box<RsmpPort<TcpWire>>),
    Ntcip(Box<NtcipPort<UdpWire>>),
}

impl Reached {
    /// Reaches a target: over the board where it dials.
    pub(super) fn over(
        target: &Target,
        targets: &Targets,
        board: Option<&Switchboard>,
        clock: WallClock,
    ) -> Result<Self, Failure> {
        let site = &target.site;
        Ok(match (&target.reach, board) {
            (Reach::Rsmp { main, code }, Some(board)) => {
                let (signal, wire) = (targets.scenario.signals[target.signal].clone(), board.wire(site, clock));
                Self::Rsmp(Box::new(RsmpPort::new(wire, site, main, code.clone(), signal, target.held.clone(), seed())))
            }
            (Reach::Rsmp { .. }, None) => return Err(input(format!("{site} dials, and nobody listens"))),
            (Reach::Ntcip { address, credentials, ring }, _) => {
                let wire =
                    UdpWire::to(*address, clock).map_err(|e| Failure::Edge(format!("{site}: no way to {address}: {e}")))?;
                let numbers = target.held.keys().copied().collect();
                Self::Ntcip(Box::new(NtcipPort::new(wire, site, credentials.clone(), (**ring).clone(), numbers, seed())))
            }
        })
    }

    /// The port where it speaks RSMP, which can do more than a rollout asks for.
    pub(super) fn rsmp(&mut self) -> Option<&mut RsmpPort<TcpWire>> {
        match self {
            Self::Rsmp(port) => Some(port),
            Self::Ntcip(_) => None,
        }
    }

    fn port(&self) -> &dyn Port {
        match self {
            Self::Rsmp(port) => &**port,
            Self::Ntcip(port) => &**port,
        }
    }

    fn port_mut(&mut self) -> &mut dyn Port {
        match self {
            Self::Rsmp(port) => &mut **port,
            Self::Ntcip(port) => &mut **port,
        }
    }
}

impl Port for Reached {
    fn site(&self) -> &str {
        self.port().site()
    }

    fn read(&mut self) -> Result<Device, PortError> {
        self.port_mut().read()
    }

    fn fit(&self, number: u8, plan: &SafePlan) -> Result<Setting, PortError> {
        self.port().fit(number, plan)
    }

    fn stage(&mut self, number: u8, plan: &SafePlan) -> Result<(), PortError> {
        self.port_mut().stage(number, plan)
    }

    fn restore(&mut self, number: u8, before: &Setting) -> Result<(), PortError> {
        self.port_mut().restore(number, before)
    }

    fn select(&mut self, number: u8) -> Result<(), PortError> {
        self.port_mut().select(number)
    }

    fn unselect(&mut self, number: u8) -> Result<bool, PortError> {
        self.port_mut().unselect(number)
    }

    fn watch(&mut self, look: &mut dyn FnMut(&Picture) -> bool) -> Result<(), PortError> {
        self.port_mut().watch(look)
    }
}
