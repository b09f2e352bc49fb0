//! The journal: who did what, when, and what came of it. Lines are only added, each is on the disk before the step that it
//! announces, and each holds the hash of the one before.

use crate::clock::Utc;
use crate::setting::Setting;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What a controller ran and had set before a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Number of the plan that ran.
    pub plan: u8,
    /// Whether nobody had ordered it: [`Device::is_own_choice`](crate::Device::is_own_choice). Where it is not so it does not
    /// stand in the file, nor does it in older ones, whose hashes are over a text without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_own_choice: bool,
    /// The number that the rollout uses.
    pub number: u8,
    /// What was set of that number.
    pub setting: Setting,
    /// What is to be set of it.
    pub wanted: Setting,
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every controller runs what was ordered.
    Confirmed,
    /// Every controller runs what it ran before.
    Back,
    /// Some run one, some the other, or it is not known: somebody has to look.
    Mixed,
}

/// One thing that happened or is about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Entry {
    /// A rollout begins; nothing has been sent.
    Begin {
        /// What is rolled out.
        plan: String,
        /// Every controller of the corridor and what it ran.
        before: BTreeMap<String, Before>,
    },
    /// A step is about to be taken.
    Step {
        /// The controller.
        site: String,
        /// Such as `stage`, `select`, `restore`.
        step: String,
    },
    /// What came of it.
    Answer {
        /// The controller.
        site: String,
        /// The step.
        step: String,
        /// `ok`, or what went wrong.
        answer: String,
    },
    /// The rollout has ended.
    End {
        /// How.
        ended: Ended,
        /// Why.
        why: String,
    },
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Counted from 0.
    pub number: u64,
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What.
    pub what: Entry,
    /// Hash of the line before; of the first line, zeros.
    pub before: String,
    /// BLAKE3 over all of the above.
    pub hash: String,
}

/// Why a journal cannot be gone on with.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{}: {error}", file.display())]
    File {
        /// The journal.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It has been changed.
    #[error("{}, line {line}: the chain of hashes is broken; mend: keep this file for whoever looks into it, and name a new one", file.display())]
    Broken {
        /// The journal.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Somebody else is writing it.
    #[error("{} is in use by another rollout", file.display())]
    InUse {
        /// The journal.
        file: PathBuf,
    },
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    who: String,
    records: Vec<Record>,
}

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Record {
    fn digest(&self) -> String {
        let text = serde_json::to_string(&(self.number, &self.at, &self.who, &self.what, &self.before)).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// A rollout in the journal, and how far it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// What was rolled out.
    pub plan: String,
    /// When it began.
    pub at: String,
    /// What every controller ran.
    pub before: BTreeMap<String, Before>,
    /// Controllers to which anything was sent.
    pub touched: BTreeSet<String>,
    /// How it ended; `None` when it was interrupted.
    pub ended: Option<Ended>,
}

impl Journal {
    /// Opens a journal, or begins one, and locks it. A last line that was cut off by a crash is taken away: the step that it
    /// announces was never taken.
    ///
    /// # Errors
    /// When it cannot be read, has been changed, or is in use.
    pub fn open(path: &Path, who: &str) -> Result<Self, JournalError> {
        let fault = |error| JournalError::File { file: path.into(), error };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Who did what is for the desk alone.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(fault)?;
        file.try_lock().map_err(|_| JournalError::InUse { file: path.into() })?;
        let (records, whole) = whole_lines(&std::fs::read(path).map_err(fault)?, path)?;
        file.set_len(whole as u64).map_err(fault)?;
        file.seek(SeekFrom::End(0)).map_err(fault)?;
        Ok(Self { path: path.into(), file, who: who.into(), records })
    }

    /// The lines of a journal, which is neither begun nor locked nor changed; none where there is no journal.
    ///
    /// # Errors
    /// When it cannot be read, or has been changed.
    pub fn look(path: &Path) -> Result<Vec<Record>, JournalError> {
        match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(JournalError::File { file: path.into(), error }),
            Ok(text) => whole_lines(&text, path).map(|(records, _)| records),
        }
    }

    /// Adds a line, which is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written: then the step that it announces must not be taken.
    pub fn write(&mut self, what: Entry, at: Utc) -> Result<(), JournalError> {
        let before = self.records.last().map_or(ZEROS, |r| &r.hash).to_owned();
        let (number, who) = (self.records.len() as u64, self.who.clone());
        let mut record = Record { number, at: at.to_string(), who, what, before, hash: String::new() };
        record.hash = record.digest();
        let line = serde_json::to_string(&record).unwrap_or_default() + "\n";
        let fault = |error| JournalError::File { file: self.path.clone(), error };
        let whole = self.file.stream_position().map_err(fault)?;
        if let Err(error) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()) {
            // A part of a line would be taken for a broken chain once more is written behind it.
            let _ = self.file.set_len(whole).and_then(|()| self.file.seek(SeekFrom::Start(whole)));
            return Err(fault(error));
        }
        self.records.push(record);
        Ok(())
    }

    /// Every rollout, in order.
    pub fn rollouts(&self) -> Vec<Rollout> {
        let mut all: Vec<Rollout> = Vec::new();
        for record in &self.records {
            match (&record.what, all.last_mut()) {
                (Entry::Begin { plan, before }, _) => all.push(Rollout {
                    plan: plan.clone(),
                    at: record.at.clone(),
                    before: before.clone(),
                    touched: BTreeSet::new(),
                    ended: None,
                }),
                (Entry::Step { site, .. }, Some(last)) => drop(last.touched.insert(site.clone())),
                (Entry::End { ended, .. }, Some(last)) => last.ended = Some(*ended),
                _ => {}
            }
        }
        all
    }
}

/// The records of all lines but a last one that is cut off, and how many bytes they have.
fn whole_lines(text: &[u8], path: &Path) -> Result<(Vec<Record>, usize), JournalError> {
    let whole = text.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let records = read(&text[..whole]).map_err(|line| JournalError::Broken { file: path.into(), line })?;
    Ok((records, whole))
}

/// The records of whole lines; the error is the line at which the chain breaks.
fn read(text: &[u8]) -> Result<Vec<Record>, usize> {
    let mut records: Vec<Record> = Vec::new();
    for (i, line) in text.split(|&b| b == b'\n').filter(|l| !l.is_empty()).enumerate() {
        let record: Record = serde_json::from_slice(line).map_err(|_| i + 1)?;
        let before = records.last().map_or(ZEROS, |r| &r.hash);
        if record.number != i as u64 || record.before != before || record.digest() != record.hash {
            return Err(i + 1);
        }
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(why: &str) -> Entry {
        Entry::End { ended: Ended::Back, why: why.into() }
    }

    #[test]
    fn a_line_that_was_cut_off_is_taken_away_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, "me").unwrap();
        (0..3).for_each(|i| journal.write(end(&i.to_string()), Utc(i)).unwrap());
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let second = whole.iter().position(|&b| b == b'\n').unwrap() + 1;
        for cut in second..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::open(&path, "me").unwrap();
            let kept = journal.records.len();
            journal.write(end("on"), Utc(9)).unwrap();
            drop(journal);
            assert_eq!(Journal::open(&path, "me").unwrap().records.len(), kept + 1);
        }
    }

    #[test]
    fn whoever_looks_begins_no_journal_and_does_not_mind_that_it_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        assert_eq!(Journal::look(&path).unwrap(), []);
        assert!(!path.exists());
        let mut journal = Journal::open(&path, "me").unwrap();
        journal.write(end("first"), Utc(1)).unwrap();
        journal.file.write_all(b"half of a li").unwrap();
        assert_eq!(Journal::look(&path).unwrap(), journal.records);
        assert!(std::fs::read(&path).unwrap().ends_with(b"half of a li"), "it is not mended");
    }

    #[test]
    fn a_journal_from_before_it_was_noted_who_chose_the_plan_is_read_and_has_its_hashes() {
        let setting = r#"{"cycle_s":60,"offset_s":0,"bands_s":[]}"#;
        let text = format!(r#"{{"plan":1,"number":2,"setting":{setting},"wanted":{setting}}}"#);
        let before: Before = serde_json::from_str(&text).unwrap();
        assert!(!before.is_own_choice);
        assert_eq!(serde_json::to_string(&before).unwrap(), text);
    }

    #[test]
    fn a_line_that_was_changed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, "me").unwrap();
        journal.write(end("first"), Utc(1)).unwrap();
        journal.write(end("second"), Utc(2)).unwrap();
        assert!(matches!(Journal::open(&path, "you"), Err(JournalError::InUse { .. })));
        drop(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("first", "other")).unwrap();
        assert!(matches!(Journal::open(&path, "me"), Err(JournalError::Broken { line: 1, .. })));
        let without = text.lines().nth(1).unwrap().to_owned() + "\n";
        std::fs::write(&path, without).unwrap();
        assert!(matches!(Journal::open(&path, "me"), Err(JournalError::Broken { line: 1, .. })));
    }
}
