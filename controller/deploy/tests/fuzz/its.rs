//! Bytes for the decoders of SPATEM and MAPEM.

use crate::dice::Dice;
use crate::trial::{Trial, cases, corpus};
use deploy::its::{LARGEST, Mapem, Spatem};

const CORPUS: &str = include_str!("../corpus/its.txt");

/// One change, of bits or bytes: nothing in a message lies on the border of a byte.
fn spoil(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let place = dice.below(bytes.len());
    match dice.below(8) {
        0 => bytes[place] = dice.throw() as u8,
        1 => bytes.truncate(place),
        2 => drop(bytes.splice(place.., other[dice.below(other.len())..].iter().copied())),
        3 => {
            let part = bytes[place..(place + dice.below(30)).min(bytes.len())].to_vec();
            bytes.splice(place..place, part.repeat(1 + dice.below(4)));
        }
        4 => drop(bytes.drain(place..(place + dice.below(9)).min(bytes.len()))),
        5 => bytes.extend((0..dice.below(40)).map(|_| 0xFF)),
        _ => bytes[place] ^= 1 << dice.below(8),
    }
    bytes.truncate(LARGEST + 1);
}

/// Reads a message; what is read is written, and read as the same.
fn take(bytes: &[u8]) -> bool {
    let of_signals = Spatem::read(bytes).map(|m| assert_eq!(Spatem::read(&m.write().unwrap()).as_ref(), Ok(&m)));
    let of_maps = Mapem::read(bytes).map(|m| assert_eq!(Mapem::read(&m.write().unwrap()).as_ref(), Ok(&m)));
    of_signals.is_ok() || of_maps.is_ok()
}

#[test]
fn spoilt_messages_are_read_or_refused() {
    let corpus = corpus(CORPUS);
    assert!(corpus.iter().all(|bytes| take(bytes)));
    let (mut dice, mut read, mut trial) = (Dice(5), 0_u64, Trial::new());
    for number in 0..cases() {
        let mut bytes = dice.one_of(&corpus).clone();
        for _ in 0..=dice.below(3) {
            let other = dice.one_of(&corpus);
            spoil(&mut bytes, other, &mut dice);
        }
        read += u64::from(trial.try_one(number, &bytes, || take(&bytes)));
    }
    println!("{} messages {}: {read} read", cases(), trial.end());
    assert!(read > cases() / 100 && read < cases());
}
