//! Spoilt supply files, many of them: each is read or refused, in bounded time and memory, and nothing panics.
//!
//! `AMPEL_CASES=10000000 cargo test -p interchange --test ocit_c_fuzz -- --nocapture` measures; without, 20,000 are tried. Files are
//! made of those in `corpus/ocit_c`, which come first; what once did harm is added there, under a name that begins with `broke`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use interchange::ocit_c::{Supply, read, write};
use model::toy::Grid;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The longest time that a file of a few thousand bytes may take, on a machine that does other things as well.
const LONGEST: Duration = Duration::from_secs(5);
/// The most by which the memory of the process may grow, in KiB.
const MOST_KIB: u64 = 64 << 10;
/// The longest file that is made, in bytes.
const LARGEST: usize = 32 << 10;

/// Numbers from a seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.throw() % end.max(1) as u64) as usize
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// What takes the place of what stands between two tags.
const TEXTS: [&str; 24] = [
    "",
    "0",
    "1",
    "59",
    "60",
    "599",
    "600",
    "601",
    "65535",
    "65536",
    "-1",
    "1.5",
    "99999999999999999999",
    "30",
    "03",
    "0F",
    "31",
    "K1",
    "K2",
    "F1",
    "Kfz",
    "Fussgaenger",
    "&#0;",
    "<![CDATA[]]>",
];

/// Markup that is put in anywhere.
const MARKUP: [&str; 14] = [
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<a/>",
    "</a>",
    "<a b='",
    "\"",
    "\u{FEFF}",
    "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
];

/// An element behind a place of a file: from `<` of its begin to the end of the first end of its name.
fn element(text: &[u8], dice: &mut Dice) -> Option<(usize, usize)> {
    let place = dice.below(text.len());
    let begin = place + text[place..].windows(2).position(|w| w[0] == b'<' && w[1].is_ascii_alphabetic())?;
    let name = text[begin + 1..].split(|b| !b.is_ascii_alphanumeric() && *b != b':').next()?;
    let is_end = |w: &[u8]| w[0] == b'<' && w[1] == b'/' && w[2..].starts_with(name) && w.last() == Some(&b'>');
    let found = text[begin..].windows(name.len() + 3).position(is_end)?;
    Some((begin, begin + found + name.len() + 3))
}

/// One change of a file.
fn spoil(text: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let place = dice.below(text.len());
    match dice.below(12) {
        0 if !text.is_empty() => text[place] = dice.throw() as u8,
        1 if !text.is_empty() => text[place] ^= 1 << dice.below(8),
        2 if dice.below(4) == 0 => text.truncate(place),
        3 => drop(text.splice(place..place, dice.one_of(&MARKUP).bytes())),
        4 => {
            let other = &corpus[dice.below(corpus.len())];
            let from = dice.below(other.len());
            text.splice(place.., other[from..].iter().copied());
        }
        5 | 6 => {
            if let Some((begin, end)) = element(text, dice) {
                let part = text[begin..end].repeat(1 + dice.below(3));
                let place = element(text, dice).map_or(begin, |e| e.0);
                text.splice(place..place, part);
            }
        }
        7 => {
            if let Some((begin, end)) = element(text, dice) {
                text.drain(begin..end);
            }
        }
        8 => {
            let other = &corpus[dice.below(corpus.len())];
            if let (Some((from, to)), Some((begin, end))) = (element(other, dice), element(text, dice)) {
                text.splice(begin..end, other[from..to].iter().copied());
            }
        }
        _ => replace_text(text, dice),
    }
    text.truncate(LARGEST);
}

/// Puts something else between the begin and the end of an element without children.
fn replace_text(text: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..8 {
        let place = dice.below(text.len());
        let Some(begin) = text[place..].iter().position(|b| *b == b'>').map(|i| place + i + 1) else { continue };
        let Some(end) = text[begin..].iter().position(|b| *b == b'<').map(|i| begin + i) else { continue };
        if text[end..].starts_with(b"</") {
            text.splice(begin..end, dice.one_of(&TEXTS).bytes());
            return;
        }
    }
}

/// Reads a file; what is read is not larger than the file allows, and its programs can be checked, which takes longer than reading.
fn take(text: &[u8], checks: bool) -> bool {
    let Ok((Supply { signal, programs }, notes)) = read(text, Path::new("node.xml")) else { return false };
    assert!(signal.groups.len() <= 255 && programs.len() <= 255 && notes.len() <= text.len());
    for (_, plan) in programs.iter().filter(|_| checks) {
        if let Ok(safe) = plan.clone().check(&signal) {
            // What is safe is written, and read as it was.
            let again = read(write(&signal, &[("again", &safe)]).as_bytes(), Path::new("again.xml")).unwrap().0;
            assert_eq!(&again.programs[0].1, safe.plan());
        }
    }
    true
}

/// The most memory that the process has had, in KiB; `None` where the system does not say.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// The files that are kept, by name, and one that this program writes.
fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/ocit_c");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 7);
    let scenario = Grid::default().scenario();
    let (signal, plan) = (scenario.signals.iter().next().unwrap(), scenario.plan(None).unwrap().plans.iter().next().unwrap());
    let own = write(signal, &[("own", plan)]).into_bytes();
    files.iter().map(|f| fs::read(f).unwrap()).chain([own]).collect()
}

#[test]
fn spoilt_files_are_read_or_refused() {
    let corpus = corpus();
    assert!(corpus.iter().filter(|text| take(text, true)).count() >= 4);
    let seeds: Vec<Vec<u8>> = corpus.into_iter().filter(|text| text.len() < 8 << 10).collect();
    let cases: u64 = std::env::var("AMPEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let (mut dice, mut taken, mut longest) = (Dice(3), 0_u64, Duration::ZERO);
    let (begin, before) = (SystemTime::now(), peak_kib());
    for number in 0..cases {
        let mut text = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(4) {
            spoil(&mut text, &seeds, &mut dice);
        }
        let at = SystemTime::now();
        let read = catch_unwind(|| take(&text, number % 16 == 0));
        let shown = || String::from_utf8_lossy(&text);
        taken += u64::from(read.unwrap_or_else(|_| panic!("case {number} did harm, add it to the corpus:\n{}", shown())));
        longest = longest.max(at.elapsed().unwrap_or_default());
        assert!(longest < LONGEST, "case {number} took {longest:?}");
    }
    let (s, grown) =
        (begin.elapsed().unwrap_or_default().as_secs_f64(), peak_kib().zip(before).map(|(after, before)| after - before));
    assert!(grown.is_none_or(|kib| kib < MOST_KIB), "memory grew by {grown:?} KiB");
    let grown = grown.map_or_else(|| "an unknown number of".into(), |kib| kib.to_string());
    println!("{cases} files in {s:.1} s: {taken} read, {longest:?} at most, memory grew by {grown} KiB");
    assert!(taken > cases / 100 && taken < cases);
}
