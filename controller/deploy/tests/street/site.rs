//! A virtual controller as a site: handshake, refusals, alarms, the buffer, clocks and subscriptions.

use crate::common::{Fate, Session, Street, Way, station_like};
use deploy::clock::Utc;
use deploy::rsmp::Core;
use deploy::tlc::{AlarmInput, read_tlc};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// A controller whose input 7 is a fault of a detector logic, and input 6 one of a lamp.
pub(crate) fn street() -> Arc<Mutex<Street>> {
    let (_, street) = station_like("K1", 13, |setup| {
        let input =
            |input: usize, alarm: &str, component: &str| AlarmInput { input, alarm: alarm.into(), component: component.into() };
        setup.alarm_inputs = vec![input(7, "A0302", "DL1"), input(6, "A0201", &setup.groups[0])];
        setup.priority.stale_s = 3;
    });
    street
}

/// The sample that public conformance suites are pointed at.
#[test]
fn the_sample_is_read_and_has_what_suites_ask_for() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/tlc.toml");
    let (supervisor, setup) = read_tlc(&file).unwrap();
    assert_eq!(
        (supervisor.to_string().as_str(), setup.site.as_str(), setup.main.as_str()),
        ("127.0.0.1:13111", "RN+SI0001", "TC")
    );
    assert_eq!((setup.groups.join(" "), setup.detectors.join(" ")), ("A1 A2 B1 B2".into(), "DL1 DL2".into()));
    assert_eq!((setup.held.keys().copied().collect::<Vec<_>>(), setup.inputs, setup.situations), (vec![1, 2], 8, 2));
    assert_eq!(setup.emergency_routes.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(setup.cores, Core::ALL);
    let street = Arc::new(Mutex::new(Street::new(setup, 3)));
    let mut session = Session::new(street);
    session.live(1);
    let raise = ("A0302", "DL1");
    force(&mut session, "7", "True");
    let heard = session.heard_of("Alarm");
    assert!(heard.iter().any(|a| a["aS"] == "Active" && a["aCId"] == raise.0 && a["cId"] == raise.1));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let sample = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/tlc.toml")).unwrap();
    let file = folder.path().join("tlc.toml");
    let read = |from: &str, to: &str| {
        assert!(sample.contains(from), "{from}");
        std::fs::write(&file, sample.replacen(from, to, 1)).unwrap();
        read_tlc(&file).unwrap_err().to_string()
    };
    for (from, to, said) in [
        ("schema = 1", "schema = 9", "mend: schema = 1"),
        ("alarm = \"A0302\"", "alarm = \"A0001\"", "A0001 is no alarm of DL1"),
        ("input = 7", "input = 77", "input 77"),
        ("component = \"DL1\"", "component = \"DL9\"", "\"DL9\" does not exist"),
        ("groups = [\"A1\", \"A2\"]", "groups = [\"A1\", \"Z\"]", "\"Z\" does not exist"),
        ("sxl = \"1.2.1\"", "sxl = \"0.9\"", "sxl 0.9"),
        ("sxl = \"1.2.1\"", "sxl = \"1.3.0\"\ncores = [\"3.2.2\"]", "asks for 3.3.0 alone"),
        ("sxl = \"1.2.1\"", "cores = [\"3.1.1\"]", "core 3.1.1"),
        ("watchdog_s = 0.2", "watchdog_s = 0.0", "watchdog_s = 0"),
        ("number = 2\ncycle_s", "number = 1\ncycle_s", "own number"),
    ] {
        let error = read(from, to);
        assert!(error.contains(said) && error.contains("tlc.toml"), "{error}");
    }
}

fn force(session: &mut Session, input: &str, value: &str) {
    session.order("M0019", "setInput", &[("status", "True"), ("input", input), ("inputValue", value)]).unwrap();
    session.live(1);
}

/// Kind, activity and acknowledgement of each alarm that was heard.
fn alarms(session: &Session) -> Vec<[String; 4]> {
    let word = |a: &Value, key: &str| a[key].as_str().unwrap_or_default().to_owned();
    session.heard_of("Alarm").iter().map(|a| ["aSp", "aS", "ack", "sS"].map(|key| word(a, key))).collect()
}

#[test]
fn the_handshake_keeps_to_the_order_of_each_core() {
    for core in Core::ALL {
        let street = street();
        let mut session = Session::speaking(Arc::clone(&street), vec![core]);
        session.live(1);
        let frames = session.frames();
        let kinds: Vec<(Way, String)> = frames
            .iter()
            .map(|(way, f)| {
                (*way, serde_json::from_slice::<Value>(&f[..f.len() - 1]).unwrap()["type"].as_str().unwrap().to_owned())
            })
            .collect();
        let (site, supervisor) = (Way::ToSupervisor, Way::ToSite);
        let mut expected = vec![
            (site, "Version"),
            (supervisor, "MessageAck"),
            (supervisor, "Version"),
            (site, "MessageAck"),
            (site, "Watchdog"),
            (supervisor, "MessageAck"),
            (supervisor, "Watchdog"),
            (site, "MessageAck"),
        ];
        if core >= Core::V3_3_0 {
            expected.extend([(site, "ComponentList"), (supervisor, "MessageAck")]);
        }
        let expected: Vec<(Way, String)> = expected.into_iter().map(|(way, kind)| (way, kind.to_owned())).collect();
        assert_eq!(kinds[..expected.len()], expected, "{core:?}");
        assert_eq!(kinds[expected.len()], (site, "AggregatedStatus".to_owned()), "{core:?}");
        let state = &session.heard_of("AggregatedStatus")[0]["se"][5];
        assert_eq!(*state, if core == Core::V3_1_2 { json!("true") } else { json!(true) });
    }
}

/// Core 3.2.0 was first published as 3.2, and tools of that time compare words.
#[test]
fn a_supervisor_that_knows_core_3_2_0_as_3_2_is_offered_that_and_understood() {
    let street = street();
    street.lock().unwrap().proxy = Box::new(|way, _, frame| {
        let text = String::from_utf8_lossy(frame);
        if way == Way::ToSite && text.contains("\"Version\"") {
            return Fate::Becomes(text.replace("\"3.2.0\"", "\"3.2\"").into_bytes());
        }
        Fate::Passes
    });
    let session = Session::speaking(Arc::clone(&street), vec![Core::V3_2_0]);
    let offer: Value = serde_json::from_slice(session.frames()[0].1.strip_suffix(b"\x0C").unwrap()).unwrap();
    let offered: Vec<&str> = offer["RSMP"].as_array().unwrap().iter().map(|v| v["vers"].as_str().unwrap()).collect();
    assert_eq!(offered, ["3.1.2", "3.1.3", "3.1.4", "3.1.5", "3.2.0", "3.2", "3.2.1", "3.2.2", "3.3.0"]);
    assert_eq!(session.core(), Some(Core::V3_2_0));
}

#[test]
fn a_connection_ends_without_acknowledgements_and_not_without_watchdogs() {
    let street = street();
    let mut session = Session::new(Arc::clone(&street));
    // Watchdogs of the supervisor do not come through any more, everything else does.
    street.lock().unwrap().proxy = Box::new(|way, _, frame| {
        let is_watchdog = String::from_utf8_lossy(frame).contains("\"Watchdog\"");
        if way == Way::ToSite && is_watchdog { Fate::IsLost } else { Fate::Passes }
    });
    session.live(25);
    assert!(street.lock().unwrap().is_open());
    street.lock().unwrap().proxy = Box::new(|way, _, frame| {
        let is_ack = String::from_utf8_lossy(frame).contains("\"MessageAck\"");
        if way == Way::ToSite && is_ack { Fate::IsLost } else { Fate::Passes }
    });
    street.lock().unwrap().live(95_000);
    assert!(!street.lock().unwrap().is_open());
}

#[test]
fn what_is_not_known_is_refused_and_components_that_are_not_are_undefined() {
    let mut session = Session::new(street());
    let answer = session
        .command(
            "bad",
            "M0001",
            "setValue",
            &[("status", "Dark"), ("securityCode", "2222"), ("timeout", "0"), ("intersection", "0")],
        )
        .unwrap();
    assert!(answer["rvs"].as_array().unwrap().iter().all(|v| v["age"] == "undefined" && v["v"].is_null()));
    let answer = session.status("bad", "S0001", &["signalgroupstatus".into()]);
    assert!(answer["sS"][0]["q"] == "undefined" && answer["sS"][0]["s"].is_null());
    session.subscribe("bad", "S0001", "stage", "1").unwrap();
    assert_eq!(session.heard_of("StatusUpdate")[0]["sS"][0]["q"], "undefined");
    for (code, name) in [("S0000", "status"), ("S0001", "bad"), ("S0201", "vehicles"), ("S0018", "number")] {
        let wanted = json!([{ "sCI": code, "n": name }]);
        assert!(session.ask(json!({ "type": "StatusRequest", "cId": "TC", "sS": wanted })).is_err(), "{code} {name}");
        assert!(session.subscribe("TC", code, name, "1").is_err(), "{code} {name}");
    }
    let full = [("status", "Dark"), ("timeout", "0"), ("intersection", "0")];
    assert!(session.order("M0000", "bad", &full).is_err());
    assert!(session.order("M0001", "bad", &full).is_err());
    assert!(session.order("M0001", "setValue", &full[1..]).is_err());
    assert!(session.order("M0001", "setValue", &[&full[..], &[("more", "1")]].concat()).is_err());
    assert!(session.order("M0024", "clearAlarms", &[("status", "True")]).is_err());
    assert!(
        session
            .command("DL1", "M0008", "setForceDetectorLogic", &[("status", "True"), ("mode", "True"), ("securityCode", "1111")])
            .is_err()
    );
    assert!(session.order("M0003", "setTrafficSituation", &[("status", "True"), ("traficsituation", "2")]).is_err());
    assert!(session.alarm("TC", "A0302", "Suspend").is_err() && session.alarm("bad", "A0302", "Suspend").is_err());
    assert!(session.alarm("DL1", "A0302", "Explode").is_err());
    assert_eq!(session.value("S0007", "status"), "True");
}

#[test]
fn an_alarm_is_raised_acknowledged_suspended_and_ends() {
    let mut session = Session::new(street());
    session.live(1);
    // All alarms are told of after the handshake, the quiet ones as well.
    assert_eq!(session.heard_of("Alarm").len(), 2);
    session.heard.clear();
    force(&mut session, "7", "True");
    assert_eq!(alarms(&session), [["Issue", "Active", "notAcknowledged", "notSuspended"]]);
    assert_eq!(session.heard_of("Alarm")[0]["rvs"].as_array().unwrap().len(), 5);
    assert_eq!(session.heard_of("AggregatedStatus")[0]["se"][4], true);
    session.heard.clear();
    for kind in ["Acknowledge", "Acknowledge", "Suspend", "Suspend"] {
        session.alarm("DL1", "A0302", kind).unwrap();
        session.live(1);
    }
    force(&mut session, "7", "False");
    session.alarm("DL1", "A0302", "Resume").unwrap();
    session.alarm("DL1", "A0302", "Request").unwrap();
    session.live(1);
    let expected = [
        ["Acknowledge", "Active", "Acknowledged", "notSuspended"],
        ["Suspend", "Active", "Acknowledged", "Suspended"],
        ["Suspend", "inActive", "Acknowledged", "notSuspended"],
        ["Issue", "inActive", "Acknowledged", "notSuspended"],
    ];
    assert_eq!(alarms(&session), expected);
}

#[test]
fn an_alarm_that_nobody_acknowledges_having_got_is_told_again() {
    let street = street();
    let mut session = Session::new(Arc::clone(&street));
    session.live(1);
    street.lock().unwrap().proxy = Box::new(|way, _, frame| {
        let is_alarm = String::from_utf8_lossy(frame).contains("\"Issue\"");
        if way == Way::ToSupervisor && is_alarm { Fate::HalfOpens } else { Fate::Passes }
    });
    session.order("M0019", "setInput", &[("status", "True"), ("input", "7"), ("inputValue", "True")]).unwrap();
    street.lock().unwrap().live(100_000);
    street.lock().unwrap().proxy = Box::new(|_, _, _| Fate::Passes);
    let mut session = Session::new(Arc::clone(&street));
    session.live(1);
    let heard = session.heard_of("Alarm");
    let active: Vec<&Value> = heard.iter().filter(|a| a["aS"] == "Active").collect();
    // It is among all alarms, and so not in the buffer as well.
    assert_eq!(active.len(), 1, "{heard:?}");
}

#[test]
fn reports_of_the_time_without_a_connection_come_first_and_are_old() {
    let street = street();
    let mut session = Session::new(Arc::clone(&street));
    session.subscribe("TC", "S0001", "cyclecounter", "1").unwrap();
    session.live(3);
    street.lock().unwrap().cut();
    street.lock().unwrap().live(400_000);
    let reconnected = street.lock().unwrap().now.utc.to_string();
    let mut session = Session::new(Arc::clone(&street));
    session.live(3);
    let heard = session.heard_of("StatusUpdate");
    assert!(heard.len() > 400, "{}", heard.len());
    let old = |m: &&Value| m["sS"][0]["q"] == "old";
    let count = heard.iter().take_while(old).count();
    assert!(count >= 400 && heard[count..].iter().all(|m| m["sS"][0]["q"] == "recent") && count < heard.len(), "{count}");
    let times: Vec<&str> = heard.iter().map(|m| m["sTs"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times[390] <= reconnected.as_str());
}

#[test]
fn a_subscription_can_be_changed_and_ends_with_a_restart() {
    let street = street();
    let mut session = Session::new(Arc::clone(&street));
    let fixed = json!([{ "sCI": "S0095", "n": "status", "uRt": "60", "sOc": false }]);
    session.tell(json!({ "type": "StatusSubscribe", "cId": "TC", "sS": fixed })).unwrap();
    session.live(5);
    assert_eq!(session.heard_of("StatusUpdate").len(), 1);
    session.subscribe("TC", "S0095", "status", "0.5").unwrap();
    session.live(4);
    assert!((8..=11).contains(&session.heard_of("StatusUpdate").len()), "{}", session.heard_of("StatusUpdate").len());
    let never = json!([{ "sCI": "S0095", "n": "status", "uRt": "0", "sOc": false }]);
    assert!(session.tell(json!({ "type": "StatusSubscribe", "cId": "TC", "sS": never })).is_err());
    session.order("M0004", "setRestart", &[("status", "True")]).unwrap();
    assert!(!street.lock().unwrap().is_open());
    street.lock().unwrap().live(1000);
    let mut session = Session::new(street);
    session.live(3);
    assert_eq!(session.heard_of("StatusUpdate").len(), 0);
    assert_eq!((session.value("S0005", "status"), session.value("S0020", "controlmode")), ("True".into(), "startup".into()));
    session.live(10);
    assert_eq!((session.value("S0005", "status"), session.value("S0020", "controlmode")), ("False".into(), "control".into()));
}

#[test]
fn a_clock_that_is_set_is_in_every_time_that_is_told() {
    let mut session = Session::new(street());
    session.live(1);
    session.heard.clear();
    let date = [("year", "2020"), ("month", "9"), ("day", "29"), ("hour", "17"), ("minute", "29"), ("second", "51")];
    session.command("TC", "M0104", "setDate", &[&date[..], &[("securityCode", "1111")]].concat()).unwrap();
    let frames = session.frames().len();
    force(&mut session, "7", "True");
    session.subscribe("TC", "S0096", "second", "1").unwrap();
    session.live(70);
    let text: Vec<String> = session.frames()[frames..].iter().map(|f| String::from_utf8_lossy(&f.1).into_owned()).collect();
    let is_from_site = |t: &&String| ["cTS", "sTs", "aTs", "aSTS"].iter().any(|key| t.contains(key)) || t.contains("wTs");
    let told: Vec<&String> = text.iter().filter(is_from_site).collect();
    // The supervisor's own watchdogs have its own time.
    let other = told.iter().filter(|t| !t.contains("2020-09-29T17:")).count();
    assert!(told.iter().any(|t| t.contains("wTs") && t.contains("2020")) && other <= 2, "{other} {told:?}");
    assert_eq!((session.value("S0096", "year"), session.value("S0096", "hour")), ("2020".into(), "17".into()));
}

#[test]
fn a_clock_follows_watchdogs_where_it_is_told_to() {
    for follows in [false, true] {
        let (_, street) = station_like("K1", 13, |setup| setup.follows_watchdog = follows);
        street.lock().unwrap().tlc.drift(-90_000);
        let mut session = Session::new(Arc::clone(&street));
        let now = street.lock().unwrap().now.utc;
        let told = session.status("TC", "S0095", &["status".into()])["sTs"].as_str().unwrap().parse::<Utc>().unwrap();
        assert_eq!(told.apart(now) < 2000, follows, "{told} {now}");
    }
}

#[test]
fn inputs_outputs_and_detectors_are_set_forced_and_let_go() {
    let mut session = Session::new(street());
    session.order("M0006", "setInput", &[("status", "True"), ("input", "3")]).unwrap();
    session.order("M0013", "setInput", &[("status", "1,3,12;5,5,10")]).unwrap();
    assert_eq!(session.value("S0003", "inputstatus"), "11001010");
    force(&mut session, "1", "False");
    assert_eq!((session.value("S0003", "inputstatus"), session.value("S0029", "status")), ("01001010".into(), "10000000".into()));
    session.order("M0019", "setInput", &[("status", "False"), ("input", "1"), ("inputValue", "True")]).unwrap();
    assert_eq!((session.value("S0003", "inputstatus"), session.value("S0029", "status")), ("11001010".into(), "00000000".into()));
    session.order("M0020", "setOutput", &[("status", "True"), ("output", "8"), ("outputValue", "True")]).unwrap();
    assert_eq!(
        (session.value("S0004", "outputstatus"), session.value("S0030", "status")),
        ("00000001".into(), "00000001".into())
    );
    assert!(session.order("M0006", "setInput", &[("status", "True"), ("input", "9")]).is_err());
    assert!(session.order("M0013", "setInput", &[("status", "8,2,0")]).is_err());
    let code = ("securityCode", "2222");
    session.command("DL2", "M0008", "setForceDetectorLogic", &[("status", "True"), ("mode", "True"), code]).unwrap();
    assert_eq!(
        (session.value("S0002", "detectorlogicstatus"), session.value("S0021", "detectorlogics")),
        ("01".into(), "01".into())
    );
    session.live(120);
    assert_eq!((session.value("S0205", "vehicles"), session.value("S0207", "occupancy")), ("0,0".into(), "0,100".into()));
    session.command("DL2", "M0008", "setForceDetectorLogic", &[("status", "False"), ("mode", "True"), code]).unwrap();
    assert_eq!(
        (session.value("S0002", "detectorlogicstatus"), session.value("S0021", "detectorlogics")),
        ("00".into(), "00".into())
    );
}
