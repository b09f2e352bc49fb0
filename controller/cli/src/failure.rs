//! Why a command ends badly, and its exit code.

use std::fmt;

/// Why a command ends badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A comparison failed, a conflict was found.
    Finding(String),
    /// Bad input or usage.
    Input(String),
    /// The simulation itself is invalid.
    Invalid(String),
    /// A safety rule would be broken.
    Unsafe(String),
    /// A controller or the network at the edge.
    Edge(String),
}

impl Failure {
    /// The exit code of the contract.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Finding(_) => 1,
            Self::Input(_) => 2,
            Self::Invalid(_) => 3,
            Self::Unsafe(_) => 4,
            Self::Edge(_) => 5,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(what) => write!(f, "finding: {what}"),
            Self::Input(what) => write!(f, "error: {what}"),
            Self::Invalid(what) => write!(f, "invalid simulation: {what}"),
            Self::Unsafe(what) => write!(f, "unsafe: {what}"),
            Self::Edge(what) => write!(f, "edge: {what}"),
        }
    }
}

impl Failure {
    /// Faults of what is meant for the street, where a plan that breaks a rule is more than bad input.
    pub(crate) fn of_street(faults: &model::scenario::Faults) -> Self {
        let what = faults.to_string();
        if faults.is_unsafe() { Self::Unsafe(what) } else { Self::Input(what) }
    }
}

impl From<model::scenario::Faults> for Failure {
    fn from(faults: model::scenario::Faults) -> Self {
        Self::Input(faults.to_string())
    }
}

/// Bad input, with what was being done.
pub(crate) fn input(what: impl fmt::Display) -> Failure {
    Failure::Input(what.to_string())
}
