//! How each controller is reached: protocol, address, and by what we make ourselves known.

use crate::ntcip::Ring;
use crate::safety::{Held, checksum};
use crate::secret::Secret;
use crate::snmp::{Auth, Credentials, User};
use model::signal::Signal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How a controller is reached.
#[derive(Debug, Clone)]
pub enum Reach {
    /// RSMP: it dials.
    Rsmp {
        /// Component of the controller itself.
        main: String,
        /// Security code 2.
        code: Secret,
    },
    /// NTCIP over SNMP: it is asked.
    Ntcip {
        /// Where.
        address: SocketAddr,
        /// By what we make ourselves known.
        credentials: Credentials,
        /// Its stages as phases of a ring.
        ring: Box<Ring>,
    },
}

/// Secrets of the controllers that the file of secrets does not name.
#[derive(Debug, Clone, Default)]
pub struct Fallback {
    /// Security code 2 of RSMP.
    pub code: Option<Secret>,
    /// Community of SNMP 1 and 2c.
    pub community: Option<Secret>,
    /// Password of the user of SNMP 3.
    pub password: Option<Secret>,
    /// Its password for privacy.
    pub privacy: Option<Secret>,
}

/// The variable of the environment with the security code of all sites that the file of secrets does not name.
pub const CODE_VARIABLE: &str = "AMPEL_RSMP_CODE";
/// The same for the community of SNMP 1 and 2c.
pub const COMMUNITY_VARIABLE: &str = "AMPEL_SNMP_COMMUNITY";
/// The same for the password of the user of SNMP 3.
pub const PASSWORD_VARIABLE: &str = "AMPEL_SNMP_PASSWORD";
/// The same for its password for privacy.
pub const PRIVACY_VARIABLE: &str = "AMPEL_SNMP_PRIVACY";

impl Fallback {
    /// From variables of the environment, as `find` finds them.
    pub fn of(find: impl Fn(&str) -> Option<String>) -> Self {
        let secret = |name| find(name).map(Secret::new);
        Self {
            code: secret(CODE_VARIABLE),
            community: secret(COMMUNITY_VARIABLE),
            password: secret(PASSWORD_VARIABLE),
            privacy: secret(PRIVACY_VARIABLE),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Rsmp,
    Ntcip,
}

/// A controller in the file of targets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetEntry {
    pub(super) site: String,
    pub(super) signal: String,
    pub(super) checksum: Option<String>,
    #[serde(default)]
    protocol: Protocol,
    /// RSMP only.
    main: Option<String>,
    /// NTCIP only, as all that follows.
    pub(super) address: Option<SocketAddr>,
    user: Option<String>,
    auth: Option<Auth>,
    #[serde(default)]
    snmp_version_1: bool,
}

impl TargetEntry {
    /// A controller of the name of its signal, over RSMP.
    pub(super) fn of_signal(name: &str) -> Self {
        Self { site: name.into(), signal: name.into(), ..Self::default() }
    }

    /// How it is reached, and the checksum that its safety data has to have; the error is what is wrong and how to mend it.
    pub(super) fn reach(
        &self,
        signal: &Signal,
        held: &Held,
        secrets: &BTreeMap<String, Secret>,
        fallback: &Fallback,
    ) -> Result<(Reach, String), String> {
        let site = &self.site;
        let secret = |name: &str, other: &Option<Secret>, what: &str, variable: &str| {
            let found = secrets.get(name).or(other.as_ref()).cloned();
            found.ok_or_else(|| format!("no {what} for {site}\n  mend: name {name} in the file of secrets, or set {variable}"))
        };
        let is_ours = match self.protocol {
            Protocol::Rsmp => self.address.is_none() && self.user.is_none() && self.auth.is_none() && !self.snmp_version_1,
            Protocol::Ntcip => self.main.is_none() && !(self.user.is_some() && self.snmp_version_1),
        };
        if !is_ours {
            let mend = "protocol = \"rsmp\" has main; \"ntcip\" has address, and user and auth or snmp_version_1";
            return Err(format!("{site} has keys that do not go together\n  mend: {mend}"));
        }
        if self.protocol == Protocol::Rsmp {
            let code = secret(site, &fallback.code, "security code", CODE_VARIABLE)?;
            let main = self.main.clone().unwrap_or_else(|| "TC".into());
            return Ok((Reach::Rsmp { main, code }, checksum(signal, held)));
        }
        let address = self.address.ok_or_else(|| format!("no address for {site}\n  mend: address = \"ADDRESS:PORT\""))?;
        let credentials = if let Some(user) = &self.user {
            let password = secret(&format!("{site}.password"), &fallback.password, "password", PASSWORD_VARIABLE)?;
            let privacy = secret(&format!("{site}.privacy"), &fallback.privacy, "password for privacy", PRIVACY_VARIABLE)?;
            Credentials::User(User::new(user, self.auth.unwrap_or(Auth::Sha256), &password, Some(&privacy))?)
        } else {
            let name = secret(site, &fallback.community, "community", COMMUNITY_VARIABLE)?;
            Credentials::Community { name, is_v1: self.snmp_version_1 }
        };
        let ring = Ring::of(signal, held).map_err(|e| format!("{site} cannot be had over NTCIP: {e}"))?;
        let checksum = ring.checksum();
        Ok((Reach::Ntcip { address, credentials, ring: Box::new(ring) }, checksum))
    }
}
