//! Who may ask an agent, and the file that says so.

use super::usm::{Auth, User};
use crate::secret::{Secret, is_private};
use serde::Deserialize;
use std::path::Path;

/// A name that opens versions 1 and 2c. It goes over the wire as it is.
#[derive(Debug, Clone)]
pub struct Community {
    /// The name.
    pub name: Secret,
    /// Whether it may set.
    pub may_write: bool,
}

/// Who may ask an agent.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Communities; without any, versions 1 and 2c are not spoken.
    pub communities: Vec<Community>,
    /// Users of version 3, and whether each may set. Each has to use all that it has: one with privacy is not heard without.
    pub users: Vec<(User, bool)>,
}

impl Access {
    /// Who may ask an agent that is only a sample: the community `public`, which may do everything.
    pub fn sample() -> Self {
        Self { communities: vec![Community { name: Secret::new("public"), may_write: true }], users: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessFile {
    #[serde(default)]
    community: Vec<CommunityEntry>,
    #[serde(default)]
    user: Vec<UserEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommunityEntry {
    name: String,
    #[serde(default)]
    may_write: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    name: String,
    auth: Auth,
    password: String,
    privacy: Option<String>,
    #[serde(default)]
    may_write: bool,
}

/// Reads who may ask, from a TOML file that nobody else can read: tables `[[community]]` with `name` and `may_write`, and
/// `[[user]]` with `name`, `auth`, `password`, `privacy` and `may_write`.
///
/// # Errors
/// When it cannot be read, is open to others, or holds anything else. What it holds is in no error.
pub fn read_access(file: &Path) -> Result<Access, String> {
    let name = file.display();
    is_private(file)?;
    let text = std::fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    let mend = "a [[community]] has name and may_write, a [[user]] name, auth, password, privacy and may_write";
    // The parser's own message would show the line, and so what is secret.
    let parsed: AccessFile = toml::from_str(&text).map_err(|_| format!("{name} does not say who may ask\n  mend: {mend}"))?;
    let community = |c: CommunityEntry| Community { name: Secret::new(c.name), may_write: c.may_write };
    let user = |u: UserEntry| {
        let (password, privacy) = (Secret::new(u.password), u.privacy.map(Secret::new));
        let user = User::new(&u.name, u.auth, &password, privacy.as_ref()).map_err(|e| format!("{name}: {e}"))?;
        Ok((user, u.may_write))
    };
    let users = parsed.user.into_iter().map(user).collect::<Result<Vec<_>, String>>()?;
    let access = Access { communities: parsed.community.into_iter().map(community).collect(), users };
    if access.communities.is_empty() && access.users.is_empty() {
        return Err(format!("{name} lets nobody ask\n  mend: {mend}"));
    }
    Ok(access)
}
