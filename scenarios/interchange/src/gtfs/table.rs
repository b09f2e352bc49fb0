//! The tables of a feed: text separated by commas, with a head.

use model::scenario::{Fault, Faults};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A table that is read row by row; those of stop times are too long to be kept.
pub(super) struct Table {
    file: PathBuf,
    lines: BufReader<File>,
    line: usize,
    head: Vec<String>,
}

/// A row with the place it stands at.
pub(super) struct Row {
    values: Vec<String>,
}

impl Table {
    /// Opens a table of a feed that has to be there.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, Faults> {
        let file = folder.join(name);
        Self::open_if_any(folder, name)?.ok_or_else(|| {
            let mend = "give the folder of an unpacked GTFS feed";
            Faults(vec![Fault { file, line: None, what: "the file is missing".into(), mend: mend.into(), is_unsafe: false }])
        })
    }

    /// Opens a table of a feed when there is one.
    pub(super) fn open_if_any(folder: &Path, name: &str) -> Result<Option<Self>, Faults> {
        let file = folder.join(name);
        let opened = match File::open(&file) {
            Ok(opened) => opened,
            Err(e) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&e.kind()) => return Ok(None),
            Err(e) => {
                let what = format!("cannot be read: {e}");
                return Err(Faults(vec![Fault {
                    file,
                    line: None,
                    what,
                    mend: "make it a readable text file".into(),
                    is_unsafe: false,
                }]));
            }
        };
        let mut table = Self { file, lines: BufReader::new(opened), line: 0, head: Vec::new() };
        let head = table.next()?.map_or_else(Vec::new, |row| row.values);
        table.head = head.iter().map(|h| h.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        Ok(Some(table))
    }

    /// The next row that is not empty.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Faults> {
        // Longer than any row can be: a file that is no table must not fill the memory.
        const LONGEST: u64 = 1 << 20;
        let mut text = String::new();
        loop {
            self.line += 1;
            let read = self.lines.by_ref().take(LONGEST).read_line(&mut text);
            match read {
                Err(e) => return Err(self.fault(format!("cannot be read: {e}"), "save the file in the encoding UTF-8")),
                Ok(0) if text.trim().is_empty() => return Ok(None),
                Ok(0) => return Err(self.fault("a quotation mark is not closed", "close it")),
                Ok(_) if text.trim().is_empty() => text.clear(),
                Ok(_) if text.len() as u64 >= LONGEST => return Err(self.fault("a row is too long", "close its quotation marks")),
                Ok(_) => {
                    if let Some(values) = split(text.trim_end_matches(['\r', '\n'])) {
                        return Ok(Some(Row { values }));
                    }
                }
            }
        }
    }

    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Result<usize, Faults> {
        self.column_if_any(name).ok_or_else(|| {
            let mend = format!("add {name} to the head");
            Faults(vec![Fault {
                file: self.file.clone(),
                line: Some(1),
                what: format!("the column {name} is missing"),
                mend,
                is_unsafe: false,
            }])
        })
    }

    /// The column of a name, when there is one.
    pub(super) fn column_if_any(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|h| h == name)
    }

    /// A fault in the row that was read last.
    pub(super) fn fault(&self, what: impl Into<String>, mend: impl Into<String>) -> Faults {
        Faults(vec![Fault {
            file: self.file.clone(),
            line: Some(self.line),
            what: what.into(),
            mend: mend.into(),
            is_unsafe: false,
        }])
    }

    /// A number of a row.
    pub(super) fn number(&self, row: &Row, column: usize) -> Result<f64, Faults> {
        let text = row.get(column);
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
        number.ok_or_else(|| self.fault(format!("\"{text}\" is no number"), format!("write {} as a number", self.head[column])))
    }
}

impl Row {
    /// The value of a column, empty when the row is short.
    pub(super) fn get(&self, column: usize) -> &str {
        self.values.get(column).map_or("", |v| v.trim())
    }
}

/// The values of a row; `None` while a quotation mark is open.
fn split(row: &str) -> Option<Vec<String>> {
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = row.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => value.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            c => value.push(c),
        }
    }
    values.push(value);
    (!quoted).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_at_commas_outside_quotation_marks() {
        let row = |text| split(text).map(|v| v.join("|"));
        assert_eq!(row("a,,\"b, \"\"c\"\"\",d").as_deref(), Some("a||b, \"c\"|d"));
        assert_eq!((row("").as_deref(), row("a,\"b")), (Some(""), None));
    }
}
