//! Spoilt frames, many of them: no panic at either end, bounded answers, and signals that keep their rules.
//!
//! `AMPEL_CASES=10000000 cargo test -p deploy --test street fuzz -- --nocapture` measures; without, 20,000 are tried. Frames are
//! made of those in `corpus.txt`, one a line, to which what once did harm is added.

use crate::any_bytes::{is_unsafe, link};
use crate::common::{Session, signal_and_plans, station};
use crate::dice::Dice;
use crate::site::street;
use deploy::clock::{Millis, Now, Utc};
use deploy::rsmp::message::Message;
use deploy::rsmp::{Core, Link, Role};
use std::collections::BTreeMap;
use std::sync::Arc;

const CORPUS: &str = include_str!("corpus.txt");

/// What takes the place of something in a frame.
const TOKENS: [&str; 24] = [
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "\"\"",
    "\"255\"",
    "\"65536\"",
    "\"True\"",
    "\"-\"",
    "\"0-1,6-12\"",
    "\"1-99,10-99\"",
    "\"1,65535,65535\"",
    "\"NormalControl\"",
    "\"Dark\"",
    "\"A0302\"",
    "\"S0033\"",
    "\"TC\"",
    "\"DL1\"",
    "\"2222\"",
    "\u{2028}",
];

/// One change of a frame.
fn spoil(frame: &mut Vec<u8>, corpus: &[&str], dice: &mut Dice) {
    let place = dice.below(frame.len());
    match dice.below(7) {
        0 if !frame.is_empty() => frame[place] = dice.throw() as u8,
        1 if !frame.is_empty() => frame[place] ^= 1 << dice.below(8),
        2 => frame.truncate(place),
        3 => {
            let end = (place + dice.below(40)).min(frame.len());
            let part = frame[place..end].to_vec();
            frame.splice(place..place, part);
        }
        4 => {
            let end = (place + dice.below(20)).min(frame.len());
            frame.drain(place..end);
        }
        5 => {
            let other = dice.one_of(corpus).as_bytes();
            frame.splice(place.., other[dice.below(other.len())..].iter().copied());
        }
        _ => replace_value(frame, dice),
    }
}

/// Puts another value behind one of the colons.
fn replace_value(frame: &mut Vec<u8>, dice: &mut Dice) {
    let colons: Vec<usize> = (0..frame.len()).filter(|&i| frame[i] == b':').collect();
    if colons.is_empty() {
        return;
    }
    let begin = dice.one_of(&colons) + 1;
    let is_end = |b: &u8| matches!(b, b',' | b'}' | b']');
    let end = frame[begin..].iter().position(is_end).map_or(frame.len(), |i| begin + i);
    frame.splice(begin..end, dice.one_of(&TOKENS).bytes());
}

/// A frame of the corpus under a new id, spoilt or not.
fn make(corpus: &[&str], number: u64, dice: &mut Dice) -> Vec<u8> {
    let mut text = (*dice.one_of(corpus)).to_owned();
    if let Some(place) = text.find("\"mId\":\"").map(|i| i + 7)
        && text.len() > place + 36
    {
        text.replace_range(place..place + 36, &format!("{number:08x}-0000-4000-8000-{:012x}", number >> 32));
    }
    let mut frame = text.into_bytes();
    for _ in 0..dice.below(5) {
        spoil(&mut frame, corpus, dice);
    }
    frame.retain(|b| *b != 0x0C);
    frame
}

/// What the other end says to shake hands, with ids of its own.
fn handshake(role: Role, number: u64) -> Vec<u8> {
    let id = |place: u64| format!("{number:08x}-0000-4000-8001-{place:012x}");
    let step = if role == Role::Site { "" } else { r#","step":"Request","SXLS":[{"name":"tlc","version":"1.2.1"}]"# };
    let version = format!(
        r#"{{"mType":"rSMsg","type":"Version","mId":"{}","RSMP":[{{"vers":"3.2.2"}}],"siteId":[{{"sId":"K1"}}],"SXL":"1.2.1"{step}}}"#,
        id(1)
    );
    let watchdog = format!(r#"{{"mType":"rSMsg","type":"Watchdog","mId":"{}","wTs":"2026-11-27T08:05:00.000Z"}}"#, id(2));
    [version, watchdog].iter().flat_map(|frame| [frame.as_bytes(), b"\x0C"].concat()).collect()
}

fn cases() -> u64 {
    std::env::var("AMPEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

#[test]
fn spoilt_frames_do_no_harm_to_a_controller() {
    let corpus: Vec<&str> = CORPUS.lines().filter(|l| !l.is_empty()).collect();
    let ((signal, ..), (_, street)) = (signal_and_plans(0), station("K1", 13));
    drop(Session::new(Arc::clone(&street)));
    let mut street = street.lock().unwrap();
    let (mut dice, mut now, mut refused, mut lost, begin) = (Dice(1), street.now, 0_u64, 0_u64, std::time::SystemTime::now());
    let mut most = 0;
    for number in 0..cases() {
        let mut frame = make(&corpus, number, &mut dice);
        if let Ok(message) = Message::parse(&frame) {
            let written = message.frame();
            assert_eq!(Message::parse(&written[..written.len() - 1]).as_ref(), Ok(&message));
        }
        frame.push(0x0C);
        // Twenty frames a second.
        (now.link.0, now.utc.0) = (now.link.0 + 50, now.utc.0 + 50);
        if street.tlc.drive(&frame, now).is_some() || street.tlc.take_restart() {
            street.tlc.disconnected();
            street.tlc.connected(now);
            street.tlc.drive(&handshake(Role::Site, number), now);
            lost += 1;
        }
        let out = street.tlc.take_output();
        most = most.max(out.len());
        refused += u64::from(out.windows(13).any(|w| w == b"MessageNotAck"));
        assert!(!is_unsafe(&signal, &street.tlc.picture()), "case {number}");
    }
    let s = begin.elapsed().unwrap_or_default().as_secs_f64();
    println!("{} frames at a controller in {s:.1} s: {refused} refused, {lost} connections ended, {most} bytes at most", cases());
    assert!(refused > cases() / 1000 && most < 16 << 20);
}

#[test]
fn spoilt_frames_do_no_harm_to_a_supervisor() {
    let corpus: Vec<&str> = CORPUS.lines().filter(|l| !l.is_empty()).collect();
    let (mut dice, mut lost) = (Dice(2), 0);
    let roles = [Role::Supervisor, Role::Site];
    let shaken = |role: Role, number: u64, now: Now| {
        let mut end = link(role, now);
        end.receive(&handshake(role, number), now);
        assert!(end.is_up());
        end
    };
    let mut ends: Vec<Link> = roles.iter().map(|role| shaken(*role, 0, Now::default())).collect();
    let begin = std::time::SystemTime::now();
    for number in 0..cases() {
        let mut frame = make(&corpus, number, &mut dice);
        frame.push(0x0C);
        let now = Now { link: Millis(number * 50), utc: Utc(number * 50) };
        let place = dice.below(2);
        let end = &mut ends[place];
        end.receive(&frame, now);
        end.pass(now);
        assert!(end.take_output().len() < 1 << 20);
        if std::iter::from_fn(|| end.next_event()).any(|e| matches!(e, deploy::rsmp::Event::Down(_))) {
            *end = shaken(roles[place], number, now);
            lost += 1;
        }
    }
    let s = begin.elapsed().unwrap_or_default().as_secs_f64();
    println!("{} frames at bare ends in {s:.1} s: {lost} connections ended", cases());
}

/// The frames of a session in which everything is said, one of each shape: `AMPEL_CORPUS=FILE` writes them.
#[test]
fn the_corpus_has_every_message_and_is_read() {
    let mut session = Session::speaking(street(), vec![Core::V3_3_0]);
    session.live(2);
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    for (_, frame) in session.frames() {
        let message = Message::parse(&frame[..frame.len() - 1]).unwrap();
        shapes.insert(message.kind().into(), String::from_utf8_lossy(&frame[..frame.len() - 1]).into_owned());
    }
    let kept: Vec<&'static str> = CORPUS.lines().filter_map(|l| Message::parse(l.as_bytes()).ok()).map(|m| m.kind()).collect();
    assert!(shapes.keys().all(|kind| kept.contains(&kind.as_str())), "{:?}", shapes.keys());
    let all = [
        "Version",
        "ComponentList",
        "Watchdog",
        "Alarm",
        "CommandRequest",
        "StatusRequest",
        "StatusSubscribe",
        "StatusUnsubscribe",
    ];
    assert!(all.iter().all(|kind| kept.contains(kind)), "{kept:?}");
}
