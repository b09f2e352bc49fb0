//! The handshake: versions, then a watchdog each way, then, from core 3.3.0 on, the components of the site.
//!
//! The site offers the cores that it speaks and its signal exchange list; the supervisor answers with the one core that is to
//! be spoken. Whoever cannot agree refuses the version, says why, and hangs up. Source: core 3.2.2, "Communication
//! establishment"; core 3.3.0, the schemas of Version and `ComponentList`.

use super::{Event, Link, Peer, Role};
use crate::clock::Now;
use crate::rsmp::message::{ComponentList, CoreEntry, ListEntry, Message, SiteEntry, Version};
use crate::rsmp::versions::{Core, TlcList, is_list_known};

/// How far the handshake has gone.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    /// Whoever is at the other end, once versions are agreed on.
    pub(super) peer: Option<Peer>,
    pub(super) has_watchdog: bool,
    has_components: bool,
    /// Message in which a site has listed its components.
    components_id: Option<String>,
    pub(super) is_complete: bool,
}

/// The reason of a list that a supervisor does not take at all, as the schema of core 3.3.0 numbers it.
const LIST_UNKNOWN: u8 = 1;
/// The reason of a list of which another version would be taken.
const LIST_VERSION_UNKNOWN: u8 = 2;

impl Link {
    /// A site offers the versions that it speaks.
    pub(super) fn offer_versions(&mut self, now: Now) {
        let own = ListEntry { name: TlcList::NAME.into(), version: Some(self.setup.list.clone()), rejected: None, reason: None };
        let offers_lists = self.setup.cores.iter().any(|core| core.lists_components());
        let version = Version {
            id: self.make_id(),
            cores: self.setup.cores.iter().flat_map(|core| entries(*core)).collect(),
            sites: vec![SiteEntry { id: self.setup.id.clone() }],
            list: Some(self.setup.list.clone()),
            step: offers_lists.then(|| "Request".into()),
            lists: offers_lists.then(|| vec![own]),
            supervisor: None,
            wants_alarms: None,
        };
        self.send(&Message::Version(version), now);
    }

    pub(super) fn take_version(&mut self, version: &Version, now: Now) {
        if self.handshake.peer.is_some() {
            return self.refuse(&version.id, "the version has been agreed on");
        }
        match self.agree(version) {
            Err(reason) => self.refuse_and_end(&version.id, &reason),
            Ok(peer) => {
                self.acknowledge(&version.id);
                if self.setup.role == Role::Supervisor {
                    self.answer_version(version, &peer, now);
                }
                self.handshake.peer = Some(peer);
                if self.setup.role == Role::Site {
                    self.send_watchdog(now);
                }
            }
        }
    }

    /// Who is at the other end and what is spoken; the error is why there is no agreement.
    fn agree(&self, version: &Version) -> Result<Peer, String> {
        let offered = || version.cores.iter().filter_map(|c| Core::of(&c.version));
        let Some(core) = offered().filter(|core| self.setup.cores.contains(core)).max() else {
            let names = |names: Vec<&str>| names.join(",");
            let theirs = names(version.cores.iter().map(|c| c.version.as_str()).collect());
            let own = names(self.setup.cores.iter().map(|c| c.name()).collect());
            return Err(format!("RSMP versions [{theirs}] requested, but only [{own}] supported"));
        };
        let list = match self.setup.role {
            Role::Supervisor => offered_list(version, core)?,
            Role::Site => self.accepted_list(version, core)?,
        };
        let id = match (self.setup.role, &version.supervisor) {
            (Role::Site, Some(supervisor)) if core.lists_components() => supervisor.clone(),
            _ => self.site_of(version)?,
        };
        let wants_alarms = version.wants_alarms.unwrap_or(true);
        Ok(Peer { id, core, list, components: Vec::new(), wants_alarms })
    }

    /// The site that a version names; of an answer it has to be this one.
    fn site_of(&self, version: &Version) -> Result<String, String> {
        let named = version.sites.iter().map(|s| &s.id).find(|id| match self.setup.role {
            Role::Supervisor => !id.is_empty(),
            Role::Site => **id == self.setup.id,
        });
        named.cloned().ok_or_else(|| match self.setup.role {
            Role::Supervisor => "no site id".into(),
            Role::Site => format!("the site here is {}", self.setup.id),
        })
    }

    /// A site's own list, where the supervisor has taken it.
    fn accepted_list(&self, version: &Version, core: Core) -> Result<String, String> {
        let own = &self.setup.list;
        let taken = if core.lists_components() {
            let entry = version.lists.iter().flatten().find(|l| l.name == TlcList::NAME);
            entry.filter(|l| l.rejected.is_none()).and_then(|l| l.version.as_ref())
        } else {
            version.list.as_ref()
        };
        if taken == Some(own) { Ok(own.clone()) } else { Err(format!("the signal exchange list here is {own}")) }
    }

    /// A supervisor answers with the one core that is to be spoken.
    fn answer_version(&mut self, offer: &Version, peer: &Peer, now: Now) {
        // A peer finds the core in the words in which it offered it.
        let cores = offer.cores.iter().filter(|c| Core::of(&c.version) == Some(peer.core)).take(1).cloned().collect();
        let is_new = peer.core.lists_components();
        let version = Version {
            id: self.make_id(),
            cores,
            sites: if is_new { Vec::new() } else { vec![SiteEntry { id: peer.id.clone() }] },
            list: (!is_new).then(|| peer.list.clone()),
            step: is_new.then(|| "Response".into()),
            lists: is_new.then(|| offer.lists.iter().flatten().map(judged).collect()),
            supervisor: is_new.then(|| self.setup.id.clone()),
            wants_alarms: is_new.then_some(true),
        };
        self.send(&Message::Version(version), now);
    }

    pub(super) fn take_watchdog(&mut self, id: &str, now: Now) {
        self.acknowledge(id);
        if self.last_watchdog.is_none() {
            self.send_watchdog(now);
        }
        if std::mem::replace(&mut self.handshake.has_watchdog, true) {
            return;
        }
        let lists = self.core().is_some_and(Core::lists_components);
        if lists && self.setup.role == Role::Site {
            let list = ComponentList { id: self.make_id(), components: self.setup.components.clone() };
            self.handshake.components_id = Some(list.id.clone());
            self.send(&Message::ComponentList(list), now);
        } else if !lists {
            self.handshake.has_components = true;
        }
        self.complete();
    }

    /// The components of a site, which complete the handshake of core 3.3.0.
    pub(super) fn take_components(&mut self, list: ComponentList) {
        let expected = self.setup.role == Role::Supervisor && self.core().is_some_and(Core::lists_components);
        let Some(peer) = self.handshake.peer.as_mut().filter(|_| expected) else {
            return self.refuse(&list.id, "components are listed by sites, from core 3.3.0 on");
        };
        peer.components = list.components;
        self.acknowledge(&list.id);
        self.handshake.has_components = true;
        self.complete();
    }

    /// The supervisor has taken the components of this site.
    pub(super) fn components_taken(&mut self, id: &str) {
        if self.handshake.components_id.as_deref() == Some(id) {
            self.handshake.has_components = true;
            self.complete();
        }
    }

    fn complete(&mut self) {
        let handshake = &mut self.handshake;
        if let Some(peer) = handshake.peer.clone()
            && !handshake.is_complete
            && handshake.has_watchdog
            && handshake.has_components
        {
            handshake.is_complete = true;
            self.events.push_back(Event::Up(peer));
        }
    }
}

/// A core in all words in which it is written.
fn entries(core: Core) -> impl Iterator<Item = CoreEntry> {
    let names = std::iter::once(core.name()).chain(core.other_name());
    names.map(|name| CoreEntry { version: name.to_owned() })
}

/// The list of a site that a supervisor can speak.
fn offered_list(version: &Version, core: Core) -> Result<String, String> {
    let offered: Vec<&str> = if core.lists_components() {
        let lists = version.lists.iter().flatten().filter(|l| l.name == TlcList::NAME);
        lists.filter_map(|l| l.version.as_deref()).collect()
    } else {
        version.list.as_deref().into_iter().collect()
    };
    let known = offered.iter().find(|v| is_list_known(v));
    known.map(|v| (*v).to_owned()).ok_or_else(|| format!("signal exchange list [{}] is not known here", offered.join(",")))
}

/// What a supervisor says to a list that was offered.
fn judged(offered: &ListEntry) -> ListEntry {
    let version = offered.version.clone();
    let rejected = match &version {
        Some(version) if offered.name == TlcList::NAME && is_list_known(version) => None,
        _ if offered.name == TlcList::NAME => Some(LIST_VERSION_UNKNOWN),
        _ => Some(LIST_UNKNOWN),
    };
    let reason = rejected.map(|_| format!("only {} is known here", TlcList::NAME));
    ListEntry { name: offered.name.clone(), version, rejected, reason }
}
