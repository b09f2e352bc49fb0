//! Every message of a session, both directions, holds against the JSON schemas of the standard.
//!
//! The schemas are not part of this repository: `RSMP_SCHEMAS` names their folder, with `core/3.2.2`, `core/3.3.0`,
//! `tlc/1.2.1` and `tlc/1.3.0` below it.

use crate::common::{Session, Way, clock, demands, station, station_like};
use deploy::Port;
use deploy::rollout::{Journal, Outcome, Rolling};
use deploy::rsmp::{Core, TlcList};
use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};

/// Reads schemas from a folder.
struct Folder(PathBuf);

impl Retrieve for Folder {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let text = std::fs::read_to_string(self.0.join(uri.path().as_str().trim_start_matches('/')))?;
        // The pattern of S0023 calls itself, which only Ruby knows.
        let text = text.replace(
            r"(^$)|(^(?<item>(\\d{1,2})\\-\\d{1,2}-\\d{1,2})(,\\g<item>)*$)",
            r"^$|^\\d{1,2}-\\d{1,2}-\\d{1,2}(,\\d{1,2}-\\d{1,2}-\\d{1,2})*$",
        );
        Ok(serde_json::from_str(&text)?)
    }
}

/// The folder of the schemas; `None`, and a word about it, when there is none.
fn schemas() -> Option<PathBuf> {
    let given = std::env::var_os("RSMP_SCHEMAS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).map(|f| f.join("shared/data/rsmp/schemas"));
    let beside_that = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(4).map(|f| f.join("shared/data/rsmp/schemas"));
    let found = [given, beside, beside_that].into_iter().flatten().find(|f| f.join("core/3.2.2/rsmp.json").is_file());
    if found.is_none() {
        println!("SKIPPED: no schemas; RSMP_SCHEMAS=FOLDER names them");
    }
    found
}

fn validator(folder: &Path, file: &str) -> Validator {
    let schema = json!({ "$ref": format!("schema://rsmp/{file}") });
    jsonschema::options().with_retriever(Folder(folder.into())).build(&schema).unwrap()
}

/// What is spoken: a core, and a list by whose schemas it is checked.
type Spoken = (Core, TlcList);

/// Every pair for which there are schemas.
const SPOKEN: [Spoken; 3] = [(Core::V3_2_2, TlcList::V1_2_1), (Core::V3_3_0, TlcList::V1_2_1), (Core::V3_3_0, TlcList::V1_3_0)];

fn check(folder: &Path, (core, list): Spoken, frames: &[(Way, Vec<u8>)]) {
    // Those of 3.2.2 hold from 3.1.5 on.
    let core = if core < Core::V3_3_0 { "3.2.2" } else { "3.3.0" };
    let files = [format!("core/{core}/rsmp.json"), format!("tlc/{}/rsmp.json", list.name())];
    let all = files.map(|file| validator(folder, &file));
    for (way, frame) in frames {
        let message: Value = serde_json::from_slice(&frame[..frame.len() - 1]).unwrap();
        for schema in &all {
            let faults: Vec<String> = schema.iter_errors(&message).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(faults.is_empty(), "{way:?} {message}\n{}", faults.join("\n"));
        }
    }
}

#[test]
fn a_false_message_is_found() {
    let Some(folder) = schemas() else { return };
    let text = r#"{"mType":"rSMsg","type":"CommandRequest","cId":"TC","mId":"2ab77d91-0fcb-408e-a3b7-423623f6a1c7","arg":[
        {"cCI":"M0015","cO":"setOffset","n":"status","v":27},{"cCI":"M0015","cO":"setOffset","n":"plan","v":"1"},
        {"cCI":"M0015","cO":"setOffset","n":"securityCode","v":"2222"}]}"#;
    let message: Value = serde_json::from_str(text).unwrap();
    assert!(!validator(&folder, "tlc/1.2.1/rsmp.json").is_valid(&message));
}

#[test]
fn every_message_of_a_rollout_is_valid() {
    let Some(folder) = schemas() else { return };
    let (station, street) = station("K1", 13);
    let journal = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&journal.path().join("journal"), "test").unwrap();
    let mut stations = [station];
    let outcome = Rolling::new(&mut stations, &mut journal, demands(), &clock).push("new").unwrap();
    assert!(matches!(outcome, Outcome::Confirmed { .. }));
    let device = stations[0].port.read().unwrap();
    stations[0].port.restore(1, &device.settings[&1]).unwrap();
    let street = street.lock().unwrap();
    assert!(street.frames.iter().any(|f| f.0 == Way::ToSite) && street.frames.len() > 100);
    check(&folder, (Core::V3_3_0, TlcList::V1_2_1), &street.frames);
}

/// A supervisor and a controller that speak these versions.
fn speak((core, list): Spoken) -> Session {
    let (_, street) = station_like("K1", 13, |setup| setup.list = list);
    Session::speaking(street, vec![core])
}

/// Every status of the list, from its own text: code, component and values.
fn statuses(folder: &Path, list: TlcList) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join(format!("tlc/{}/statuses", list.name()))).unwrap() {
        let path = entry.unwrap().path();
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if let Some(names) = schema["properties"]["n"]["enum"].as_array() {
            let names = names.iter().map(|n| n.as_str().unwrap().to_owned()).collect();
            found.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), names));
        }
    }
    found
}

#[test]
fn every_status_of_the_list_is_answered_with_a_valid_value() {
    let Some(folder) = schemas() else { return };
    for spoken in SPOKEN {
        let mut session = speak(spoken);
        let all = statuses(&folder, spoken.1);
        assert!(all.len() > 40, "{}", all.len());
        for (code, names) in &all {
            let component = match code.as_str() {
                "S0025" => crate::common::first_group(),
                "S0201" | "S0202" | "S0203" | "S0204" => "DL1".into(),
                _ => "TC".into(),
            };
            let answer = session.status(&component, code, names);
            for value in answer["sS"].as_array().unwrap() {
                assert_eq!(value["q"], "recent", "{code} {value}");
            }
        }
        check(&folder, spoken, &session.frames());
    }
}

/// A value that each argument can have.
fn example(name: &str, code: &str) -> Value {
    if code == "M0024" {
        return true.into();
    }
    match (name, code) {
        ("securityCode", "M0104") => "1111",
        ("securityCode" | "oldSecurityCode" | "newSecurityCode", _) => "2222",
        ("status", "M0001") => "NormalControl",
        ("status", "M0012" | "M0013") => "1,1,0",
        ("status", "M0014") => "1-3,2-7",
        ("status", "M0015" | "M0023") => "27",
        ("status", "M0018") => "100",
        ("status", "M0016") => "0-1,6-2",
        ("status", "M0017") => "1-1-6-30",
        ("status", "M0021") => "1-20",
        ("status", "M0103") => "Level2",
        ("status" | "mode" | "inputValue" | "outputValue", _) => "True",
        ("type", _) => "new",
        ("vehicleType", _) => "bus",
        ("signalGroupId" | "requestId", _) => "A1",
        ("year", _) => "2026",
        _ => "1",
    }
    .into()
}

#[test]
fn every_command_of_the_list_is_taken_and_its_answer_is_valid() {
    let Some(folder) = schemas() else { return };
    for spoken in SPOKEN {
        let mut session = speak(spoken);
        let mut count = 0;
        for entry in std::fs::read_dir(folder.join(format!("tlc/{}/commands", spoken.1.name()))).unwrap() {
            let path = entry.unwrap().path();
            let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let Some(names) = schema["properties"]["n"]["enum"].as_array() else { continue };
            let (code, operation) =
                (path.file_stem().unwrap().to_str().unwrap(), schema["properties"]["cO"]["const"].as_str().unwrap());
            // A restart closes the connection, and a clock that was set is another clock.
            if matches!(code, "M0004" | "M0104") {
                continue;
            }
            let component = match code {
                "M0008" => "DL1".to_owned(),
                "M0010" | "M0011" => crate::common::first_group(),
                _ => "TC".to_owned(),
            };
            let values: Vec<(&str, Value)> = names.iter().map(|n| n.as_str().unwrap()).map(|n| (n, example(n, code))).collect();
            session.command_of(&component, code, operation, &values).unwrap_or_else(|e| panic!("{code}: {e}"));
            count += 1;
        }
        assert!(count >= 20, "{count}");
        check(&folder, spoken, &session.frames());
    }
}

#[test]
fn both_ends_agree_on_the_highest_core_in_common() {
    let mut cases: Vec<(Vec<Core>, Core)> = Core::ALL.map(|core| (vec![core], core)).to_vec();
    cases.push((vec![Core::V3_1_5, Core::V3_2_0], Core::V3_2_0));
    cases.push((Core::ALL.to_vec(), Core::V3_3_0));
    for (own, expected) in cases {
        let (_, street) = station("K1", 13);
        let mut session = Session::speaking(street, own);
        session.live(2);
        assert_eq!(session.core(), Some(expected));
        // There are no schemas of the oldest versions here.
        if let Some(folder) = schemas().filter(|_| expected >= Core::V3_1_5) {
            check(&folder, (expected, TlcList::V1_2_1), &session.frames());
        }
    }
}
