//! The repairs and guesses of an import, one sentence for each kind.

use model::scenario::{Fault, Faults};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many examples a sentence names.
const EXAMPLES: usize = 3;

/// Collects repairs by kind, counts them and keeps a few examples.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    kinds: BTreeMap<String, (usize, Vec<String>)>,
    order: Vec<String>,
}

impl Notes {
    /// Adds a repair of a kind; `example` names what was repaired and may be empty.
    pub(crate) fn add(&mut self, kind: impl Into<String>, example: impl Into<String>) {
        let kind = kind.into();
        if !self.kinds.contains_key(&kind) {
            self.order.push(kind.clone());
        }
        let (count, examples) = self.kinds.entry(kind).or_default();
        *count += 1;
        let example = example.into();
        if examples.len() < EXAMPLES && !example.is_empty() {
            examples.push(example);
        }
    }

    /// The sentences, in the order in which their kinds came up.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let sentence = |kind: &String| {
            let (count, examples) = &self.kinds[kind];
            match (count, examples.is_empty()) {
                (1, true) => kind.clone(),
                (n, true) => format!("{kind} ({n} times)"),
                (1, false) => format!("{kind}: {}", examples[0]),
                (n, false) if *n == examples.len() => format!("{kind} ({n} times): {}", examples.join(", ")),
                (n, false) => format!("{kind} ({n} times): {}, …", examples.join(", ")),
            }
        };
        self.order.iter().map(sentence).collect()
    }
}

/// Collects the contradictions of one file.
#[derive(Debug)]
pub(super) struct Complaints {
    file: PathBuf,
    faults: Vec<Fault>,
}

impl Complaints {
    pub(super) fn about(file: &Path) -> Self {
        Self { file: file.into(), faults: Vec::new() }
    }

    /// Adds a fault at a line.
    pub(super) fn say(&mut self, line: usize, what: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.clone(),
            line: Some(line),
            what: what.into(),
            mend: mend.into(),
            is_unsafe: false,
        });
    }

    /// All faults, in the order of their lines, unless there are none.
    pub(super) fn settle(mut self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            return Ok(());
        }
        self.faults.sort();
        self.faults.dedup();
        Err(Faults(self.faults))
    }
}
