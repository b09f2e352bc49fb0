//! By which method a signal goes from one plan to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a signal comes into step with another plan (Umschaltverfahren).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TransitionMethod {
    /// Rests in the first stage until the offset fits.
    Dwell,
    /// Lengthens all stages, by a fifth of the cycle at most in each.
    Add,
    /// Lengthens or shortens all stages, whichever is the shorter way, by a fifth of the cycle at most in each.
    Shortway,
    /// Up to three cycles whose stages differ from those of the new plan by the least sum of squared relative deviations.
    #[default]
    Quadratic,
}

impl TransitionMethod {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dwell, Self::Add, Self::Shortway, Self::Quadratic];

    /// The name in files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dwell => "dwell",
            Self::Add => "add",
            Self::Shortway => "shortway",
            Self::Quadratic => "quadratic",
        }
    }
}
