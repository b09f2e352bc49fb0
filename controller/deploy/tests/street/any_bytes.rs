//! Whatever bytes come and whatever is commanded: no panic, bounded memory, and signals that keep their rules.

use crate::common::{BEGIN, Session, signal_and_plans, station};
use deploy::clock::{Millis, Now, Utc};
use deploy::rsmp::message::Message;
use deploy::rsmp::{Core, Link, LinkSetup, Role};
use model::id::GroupId;
use model::signal::{Grade, Signal};
use proptest::prelude::*;

pub(crate) fn link(role: Role, now: Now) -> Link {
    let setup = LinkSetup {
        role,
        id: "K1".into(),
        cores: Core::ALL.to_vec(),
        list: "1.2.1".into(),
        components: Vec::new(),
        ack_timeout_ms: 30_000,
        watchdog_ms: 60_000,
        seed: 5,
    };
    Link::new(setup, now)
}

/// Frames of a real session, as a quarry.
fn frames() -> Vec<Vec<u8>> {
    let (_, street) = station("K1", 13);
    let mut session = Session::new(street);
    session.status("TC", "S0001", &["signalgroupstatus".into(), "stage".into()]);
    session.command("TC", "M0015", "setOffset", &[("status", "9"), ("plan", "2"), ("securityCode", "2222")]).unwrap();
    session.frames().into_iter().map(|f| f.1).collect()
}

proptest! {
    #[test]
    fn random_bytes_are_survived_by_both_ends(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..8)) {
        for role in [Role::Site, Role::Supervisor] {
            let mut link = link(role, Now { link: Millis(0), utc: BEGIN });
            for (i, part) in parts.iter().enumerate() {
                let now = Now { link: Millis(i as u64 * 1000), utc: Utc(BEGIN.0 + i as u64 * 1000) };
                link.receive(part, now);
                link.pass(now);
                link.take_output();
                while link.next_event().is_some() {}
            }
        }
    }

    #[test]
    fn spoilt_frames_are_survived_by_a_controller(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40)
    ) {
        let (_, street) = station("K1", 13);
        let quarry = frames();
        let mut street = street.lock().unwrap();
        let now = street.now;
        street.tlc.connected(now);
        for (which, place, byte) in changes {
            let mut frame = which.get(&quarry).clone();
            let place = place.index(frame.len());
            frame[place] = byte;
            if let Ok(message) = Message::parse(&frame[..frame.len() - 1]) {
                prop_assert!(message.frame().len() < 1 << 16);
            }
            if street.tlc.drive(&frame, now).is_some() {
                street.tlc.connected(now);
            }
            street.tlc.take_output();
        }
    }
}

/// Whether two groups that must not show green together do.
pub(crate) fn is_unsafe(signal: &Signal, picture: &str) -> bool {
    let green: Vec<bool> = picture.bytes().map(|c| c == b'1').collect();
    let pairs = || signal.groups.ids().flat_map(|a| signal.groups.ids().map(move |b| (a, b)));
    let both = |(a, b): (GroupId, GroupId)| green[a.0 as usize] && green[b.0 as usize];
    pairs().any(|pair| signal.grades[pair] == Grade::Incompatible && both(pair))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_commanded_the_signals_keep_their_rules(
        commands in prop::collection::vec((0..6_usize, 0..256_u16, 0..3_u8, 1..120_u32), 1..12)
    ) {
        let (signal, ..) = signal_and_plans(0);
        let (_, street) = station("K1", 13);
        let mut session = Session::new(street);
        for (kind, value, plan, seconds) in commands {
            let (value, plan) = (value.to_string(), plan.to_string());
            let code = ("securityCode", "2222");
            let _ = match kind {
                0 => session.command("TC", "M0002", "setPlan", &[("status", "True"), ("timeplan", &plan), code]),
                1 => session.command("TC", "M0015", "setOffset", &[("status", &value), ("plan", &plan), code]),
                2 => session.command("TC", "M0018", "setCycleTime", &[("status", &value), ("plan", &plan), code]),
                3 => {
                    let bands = format!("1-{},2-{}", value.len() * 7, value.len());
                    session.command("TC", "M0014", "setCommands", &[("status", &bands), ("plan", &plan), code])
                }
                4 => {
                    let mode = ["NormalControl", "YellowFlash", "Dark"][value.len() % 3];
                    session.command("TC", "M0001", "setValue", &[("status", mode), ("timeout", "1"), ("intersection", "0"), code])
                }
                _ => session.command("TC", "M0002", "setPlan", &[("status", "True"), ("timeplan", "1"), ("securityCode", "wrong")]),
            };
            prop_assert!(session.live(seconds).iter().all(|picture| !is_unsafe(&signal, picture)));
        }
    }
}

#[test]
fn a_wrong_security_code_is_refused_and_not_repeated() {
    let (_, street) = station("K1", 13);
    let mut session = Session::new(street);
    let values = [("status", "True"), ("timeplan", "2"), ("securityCode", "s3cret")];
    let refusal = session.command("TC", "M0002", "setPlan", &values).unwrap_err();
    assert!(refusal.contains("security code") && !refusal.contains("s3cret"), "{refusal}");
}
