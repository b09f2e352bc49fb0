//! What commands do to the signals of a virtual controller.

use crate::common::{Session, first_group, signal_and_plans};
use crate::site::street;
use model::id::{GroupId, Id};
use model::signal::{Grade, Signal};
use serde_json::Value;
use std::sync::Arc;

fn signal() -> Signal {
    signal_and_plans(0).0
}

/// A group that conflicts with the first.
fn rival(signal: &Signal) -> GroupId {
    let first = GroupId::from_index(0);
    signal.groups.ids().find(|&g| signal.grades[(first, g)] == Grade::Incompatible).unwrap()
}

/// Seconds in which a group was green.
fn greens(pictures: &[String], group: usize) -> usize {
    pictures.iter().filter(|p| p.as_bytes()[group] == b'1').count()
}

fn position(session: &mut Session, position: &str, minutes: &str) {
    session.order("M0001", "setValue", &[("status", position), ("timeout", minutes), ("intersection", "0")]).unwrap();
}

#[test]
fn flashing_and_dark_are_left_by_way_of_the_startup_sequence() {
    for (mode, shown) in [("YellowFlash", 'c'), ("Dark", 'a')] {
        let mut session = Session::new(street());
        position(&mut session, mode, "0");
        let source = if shown == 'c' { "S0011" } else { "S0007" };
        assert_eq!(session.value(source, "status"), if shown == 'c' { "True" } else { "False" });
        assert_eq!((session.value(source, "source"), session.value("S0020", "controlmode")), ("forced".into(), "standby".into()));
        assert!(session.live(3).iter().all(|p| p.chars().all(|c| c == shown)));
        assert_eq!(session.heard_of("AggregatedStatus").last().unwrap()["se"][6], true);
        position(&mut session, "NormalControl", "0");
        assert_eq!((session.value("S0011", "status"), session.value("S0007", "status")), ("False".into(), "True".into()));
        assert_eq!((session.value("S0005", "status"), session.value("S0020", "controlmode")), ("False".into(), "control".into()));
        let mut seen = String::new();
        for picture in session.live(30) {
            let first = picture.chars().next().unwrap();
            if !seen.ends_with(first) {
                seen.push(first);
            }
        }
        // A second or two pass between the order and the first look.
        assert!(["efgB", "fgB", "gB"].iter().any(|s| seen.starts_with(s)), "{seen}");
    }
}

#[test]
fn a_position_with_a_timeout_ends_by_itself() {
    let mut session = Session::new(street());
    position(&mut session, "YellowFlash", "1");
    session.live(55);
    assert_eq!(session.value("S0011", "status"), "True");
    session.live(6);
    assert_eq!((session.value("S0011", "status"), session.value("S0011", "source")), ("False".into(), "calendar_clock".into()));
}

#[test]
fn a_major_fault_makes_the_signals_flash_until_it_is_over() {
    let mut session = Session::new(street());
    session.order("M0006", "setInput", &[("status", "True"), ("input", "6")]).unwrap();
    assert!(session.live(3).last().unwrap().chars().all(|c| c == 'c'));
    assert_eq!((session.value("S0020", "controlmode"), session.value("S0032", "status")), ("failure".into(), "off".into()));
    let states = &session.heard_of("AggregatedStatus").pop().unwrap()["se"];
    assert_eq!((&states[2], &states[3], &states[5]), (&Value::Bool(true), &Value::Bool(true), &Value::Bool(false)));
    // Nothing that is ordered brings it back while it lasts.
    position(&mut session, "NormalControl", "0");
    assert_eq!(session.value("S0020", "controlmode"), "failure");
    session.order("M0006", "setInput", &[("status", "False"), ("input", "6")]).unwrap();
    session.live(20);
    assert_eq!(
        (session.value("S0020", "controlmode"), session.value("S0032", "status")),
        ("control".into(), "centralized".into())
    );
    assert_eq!(session.heard_of("AggregatedStatus").pop().unwrap()["se"][2], false);
}

#[test]
fn an_emergency_route_is_green_as_long_as_it_lasts() {
    let (signal, mut session) = (signal(), Session::new(street()));
    let rival = rival(&signal).index();
    session.order("M0005", "setEmergency", &[("status", "True"), ("emergencyroute", "1")]).unwrap();
    assert_eq!((session.value("S0006", "status"), session.value("S0006", "emergencystage")), ("True".into(), "1".into()));
    assert_eq!(session.value("S0035", "emergencyroutes"), r#"[{"id":"1"}]"#);
    session.live(60);
    let pictures = session.live(200);
    assert_eq!((greens(&pictures, 0), greens(&pictures, rival)), (200, 0));
    session.order("M0005", "setEmergency", &[("status", "False"), ("emergencyroute", "1")]).unwrap();
    session.live(100);
    let pictures = session.live(200);
    assert!(greens(&pictures, rival) > 20 && greens(&pictures, 0) < 200);
    assert!(session.order("M0005", "setEmergency", &[("status", "True"), ("emergencyroute", "9")]).is_err());
}

#[test]
fn groups_are_ordered_to_green_and_red_until_the_connection_is_lost() {
    let (signal, street) = (signal(), street());
    let mut session = Session::new(Arc::clone(&street));
    let code = ("securityCode", "2222");
    session.command(&first_group(), "M0010", "setStart", &[("status", "True"), code]).unwrap();
    session.live(60);
    assert_eq!(greens(&session.live(150), 0), 150);
    session.command(&first_group(), "M0011", "setStop", &[("status", "True"), code]).unwrap();
    session.live(60);
    assert_eq!(greens(&session.live(150), 0), 0);
    // The first group to green, its rival to red, in one message.
    let clear = 1_u32 << rival(&signal).index();
    session.order("M0012", "setStart", &[("status", &format!("1,1,{clear}"))]).unwrap();
    session.live(60);
    assert_eq!(greens(&session.live(150), 0), 150);
    street.lock().unwrap().cut();
    street.lock().unwrap().live(100_000);
    let mut session = Session::new(street);
    let pictures = session.live(200);
    assert!((10..190).contains(&greens(&pictures, 0)), "{}", greens(&pictures, 0));
}

fn ask(session: &mut Session, id: &str) {
    let group = first_group();
    let values = [("requestId", id), ("signalGroupId", group.as_str()), ("type", "new"), ("level", "7"), ("eta", "2")];
    session.command("TC", "M0022", "requestPriority", &[&values[..], &[("vehicleType", "bus")]].concat()).unwrap();
}

/// The states through which a request was seen to go.
fn states(session: &Session, id: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for update in session.heard_of("StatusUpdate") {
        let list = update["sS"][0]["s"].as_array().cloned().unwrap_or_default();
        if let Some(state) = list.iter().find(|p| p["r"] == id).map(|p| p["s"].as_str().unwrap().to_owned())
            && seen.last() != Some(&state)
        {
            seen.push(state);
        }
    }
    seen
}

#[test]
fn priority_is_received_activated_and_cancelled_or_stale_and_makes_a_green() {
    let mut session = Session::new(street());
    session.subscribe("TC", "S0033", "status", "0").unwrap();
    for id in ["before", "one", "after", "two"] {
        ask(&mut session, id);
    }
    session.live(1);
    session.command("TC", "M0022", "requestPriority", &[("requestId", "one"), ("type", "cancel")]).unwrap();
    session.live(6);
    assert_eq!(states(&session, "one"), ["received", "activated", "completed"]);
    assert_eq!(states(&session, "two"), ["received", "activated", "stale"]);
    assert_eq!(session.value("S0033", "status"), "[]");
    assert!(session.command("TC", "M0022", "requestPriority", &[("requestId", "one"), ("type", "cancel")]).is_err());
    session.order("M0007", "setFixedTime", &[("status", "True")]).unwrap();
    assert_eq!((session.value("S0009", "status"), session.value("S0009", "source")), ("True".into(), "forced".into()));
    ask(&mut session, "fixed");
    session.live(2);
    assert_eq!(states(&session, "fixed"), ["received", "rejected"]);
}

#[test]
fn bands_that_nobody_looks_after_are_dropped() {
    let street = street();
    let mut session = Session::new(Arc::clone(&street));
    session.order("M0018", "setCycleTime", &[("status", "99"), ("plan", "1")]).unwrap();
    session.order("M0014", "setCommands", &[("status", "1-7"), ("plan", "1")]).unwrap();
    session.order("M0023", "setTimeout", &[("status", "1")]).unwrap();
    assert_eq!((session.value("S0023", "status"), session.value("S0034", "status")), ("1-1-7".into(), "1".into()));
    street.lock().unwrap().cut();
    street.lock().unwrap().live(50_000);
    let mut session = Session::new(Arc::clone(&street));
    assert_eq!(session.value("S0023", "status"), "1-1-7");
    street.lock().unwrap().cut();
    street.lock().unwrap().live(61_000);
    let mut session = Session::new(street);
    assert_eq!(session.value("S0023", "status"), "");
}

#[test]
fn the_calendar_changes_plans_unless_one_is_ordered() {
    let mut session = Session::new(street());
    // It is about five past nine on a Friday in winter.
    session.order("M0017", "setTimeTable", &[("status", "1-1-9-0,1-2-9-8,1-1-9-11")]).unwrap();
    session.order("M0016", "setWeekTable", &[("status", "4-1")]).unwrap();
    assert_eq!(session.value("S0026", "status"), "0-0,1-0,2-0,3-0,4-1,5-0,6-0");
    assert_eq!(session.value("S0027", "status"), "1-1-9-0,1-2-9-8,1-1-9-11");
    session.live(60);
    assert_eq!(session.value("S0014", "status"), "1");
    session.live(150);
    assert_eq!((session.value("S0014", "status"), session.value("S0014", "source")), ("2".into(), "calendar_clock".into()));
    session.order("M0002", "setPlan", &[("status", "True"), ("timeplan", "2")]).unwrap();
    session.live(180);
    assert_eq!((session.value("S0014", "status"), session.value("S0014", "source")), ("2".into(), "forced".into()));
    session.order("M0002", "setPlan", &[("status", "False"), ("timeplan", "2")]).unwrap();
    assert_eq!((session.value("S0014", "status"), session.value("S0014", "source")), ("1".into(), "calendar_clock".into()));
    assert!(session.order("M0016", "setWeekTable", &[("status", "7-1")]).is_err());
}
