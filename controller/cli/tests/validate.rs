//! `ampel validate`: the rows asked for, in both formats, with the exit codes of the contract.

use std::process::Command;

/// Exit code, standard output and standard error of `ampel validate`.
fn validate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_ampel")).arg("validate").args(arguments).output().expect("ampel starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

#[test]
fn rows_are_printed_for_people_and_for_programs() {
    let (code, table, said) = validate(&["--only", "V15"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(table.contains("V15  met"), "{table}");
    let (code, json, said) = validate(&["--only", "v15,V12", "--format", "json", "--step", "1"]);
    assert_eq!(code, Some(0), "{said}");
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["step_s"], 1.0);
    let rows = value["rows"].as_array().expect("rows");
    let verdicts: Vec<(&str, &str)> = rows.iter().filter_map(|r| Some((r["id"].as_str()?, r["verdict"].as_str()?))).collect();
    assert_eq!(verdicts, [("V12", "not-run"), ("V12", "not-run"), ("V15", "met")], "{json}");
    assert!(rows[2]["actual"].as_f64().expect("a figure") <= rows[2]["target"]["high"].as_f64().expect("a bound"), "{json}");
    assert!(rows[0]["explanation"].as_str().is_some_and(|e| e.contains("--resco")), "{json}");
}

#[test]
fn what_is_not_there_is_bad_input() {
    for (arguments, says) in [
        (["--only", "V99"], "there is no row V99"),
        (["--resco", "/nonexistent"], "mend: give the folder that holds cologne1"),
        (["--step", "0.3"], "mend: give 1, 0.5, 0.25, 0.2 or 0.1"),
    ] {
        let (code, printed, said) = validate(&arguments);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{arguments:?}: {said}");
        assert!(said.contains(says), "{said}");
    }
}
