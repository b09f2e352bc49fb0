//! Old formats are brought up to date one version at a time, each step a pure function on the parsed file.

use super::file::SCHEMA;
use toml::Table;

/// The step from version `n + 1` to version `n + 2` stands at index `n`. Version 1 is the first: there is no step yet.
const STEPS: [fn(Table) -> Table; SCHEMA as usize - 1] = [];

/// What a file says about its version.
pub(super) enum Version {
    /// It is current.
    Current,
    /// It was written by an older program; here it is in the current format.
    Upgraded(Table),
    /// It cannot be read.
    Unknown(String),
}

/// Looks at the version of a parsed file and brings it up to date.
pub(super) fn upgrade(table: Table) -> Version {
    match table.get("schema").and_then(toml::Value::as_integer) {
        Some(n) if n == i64::from(SCHEMA) => Version::Current,
        Some(n) if (1..i64::from(SCHEMA)).contains(&n) => {
            Version::Upgraded(STEPS[n as usize - 1..].iter().fold(table, |t, step| step(t)))
        }
        Some(n) => Version::Unknown(format!("schema {n} is not known to this program, which reads 1 to {SCHEMA}")),
        None => Version::Unknown("the schema number is missing".into()),
    }
}
