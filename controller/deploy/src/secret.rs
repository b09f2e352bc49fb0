//! Security codes: from the environment or from files that nobody else may read, never shown.

use std::fmt;
use std::path::Path;

/// A security code. It is shown to nobody: not in messages for people, not in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A code.
    pub fn new(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    /// The code itself, for the wire alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Whether only its owner can read a file of reasonable length; the error is what is wrong, and how to mend it.
pub(crate) fn is_private(file: &Path) -> Result<(), String> {
    let name = file.display();
    let about = std::fs::metadata(file).map_err(|e| format!("{name}: {e}"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(format!("{name} can be read by others\n  mend: chmod 600 {name}"));
        }
    }
    if about.len() > 1 << 20 { Err(format!("{name} is longer than a file of secrets")) } else { Ok(()) }
}

/// Reads a file of secrets, TOML with names and codes as text.
///
/// # Errors
/// When it cannot be read, is open to others, or holds anything else.
pub fn read_secrets(file: &Path) -> Result<std::collections::BTreeMap<String, Secret>, String> {
    let name = file.display();
    is_private(file)?;
    let text = std::fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    let mend = "write one line for each site, such as W01 = \"code\"";
    // The parser's own message would show the line, and so the code.
    let table: toml::Table = text.parse().map_err(|_| format!("{name} is no TOML\n  mend: {mend}"))?;
    let code = |(site, value): (String, toml::Value)| match value {
        toml::Value::String(code) => Ok((site, Secret(code))),
        _ => Err(format!("{name}: the code of {site} is no text\n  mend: {mend}")),
    };
    table.into_iter().map(code).collect()
}
