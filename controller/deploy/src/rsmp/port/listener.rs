//! A control centre that only listens: it keeps the connection of a site, and hears its alarms and how it is.

use super::Wire;
use super::session::Session;
use crate::port::PortError;
use crate::rsmp::message::Message;
use crate::rsmp::versions::Core;
use crate::secret::Secret;

/// How long a site may take to dial before somebody is told, in ms of the link.
const DIAL_MS: u64 = 1000;

/// What a site has said, or that it has come or gone.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// It has shaken hands, in this version of the core.
    Up(Core),
    /// An alarm, or how the site is.
    Said(Box<Message>),
    /// The connection is lost.
    Down(PortError),
}

/// Listens to the site at the other end of a [`Wire`].
#[derive(Debug)]
pub struct Listener<W>(Session<W>);

impl<W: Wire> Listener<W> {
    /// A listener to one site.
    pub fn new(wire: W, site: &str, seed: u64) -> Self {
        Self(Session::new(wire, site, Secret::new(""), seed))
    }

    /// Listens until `hear` has heard enough, and returns `false`; it is asked at least every few seconds, with nothing where
    /// there is nothing. Whenever the connection is lost, the site may dial again.
    pub fn listen(&mut self, hear: &mut dyn FnMut(Option<Heard>) -> bool) {
        let mut is_up = false;
        loop {
            let done = if is_up { self.0.pump() } else { self.0.connect_within(DIAL_MS) };
            let mut goes_on = hear(None);
            if let (Ok(()), false, Some(core)) = (&done, is_up, self.0.core()) {
                goes_on &= hear(Some(Heard::Up(core)));
            }
            while let Some(message) = self.0.notices.pop_front() {
                goes_on &= hear(Some(Heard::Said(Box::new(message))));
            }
            if let Err(error) = &done
                && is_up
            {
                goes_on &= hear(Some(Heard::Down(error.clone())));
            }
            is_up = done.is_ok();
            if !goes_on {
                return;
            }
        }
    }
}
