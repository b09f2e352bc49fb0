//! Broken and hostile SUMO files: each gives an error with file and line, and nothing else.

use interchange::sumo;
use model::time::DaySecond;
use std::path::{Path, PathBuf};

/// File, line of the first fault, and a part of its message.
const BROKEN: &[(&str, usize, &str)] = &[
    ("edge-to-unknown-junction.net.xml", 20, "names junction \"nowhere\", which does not exist"),
    ("connection-to-unknown-edge.net.xml", 40, "edge \"xx\" does not exist"),
    ("connection-to-unknown-lane.net.xml", 40, "has no lane 7"),
    ("connection-between-strangers.net.xml", 40, "joins edges that do not meet"),
    ("via-unknown-lane.net.xml", 40, "inner lane"),
    ("missing-program.net.xml", 40, "obeys two signals"),
    ("length-not-a-number.net.xml", 18, "length = \"NaN\""),
    ("length-negative.net.xml", 18, "length = \"-92.00\""),
    ("speed-infinite.net.xml", 18, "speed = \"inf\""),
    ("shape-of-one-point.net.xml", 18, "shape = "),
    ("shape-without-extent.net.xml", 18, "has no extent"),
    ("shape-of-words.net.xml", 18, "shape = "),
    ("lanes-misnumbered.net.xml", 13, "not numbered from 0"),
    ("lane-without-index.net.xml", 18, "no attribute \"index\""),
    ("edge-without-lanes.net.xml", 20, "has no lane"),
    ("edge-twice.net.xml", 17, "stands twice"),
    ("requests-too-few.net.xml", 35, "has 1 rows, but 2 ways"),
    ("request-bits-too-many.net.xml", 36, "has not 2 bits"),
    ("request-bits-no-bits.net.xml", 36, "has not 2 bits"),
    ("request-index-outside.net.xml", 37, "stands twice or lies outside"),
    ("request-index-twice.net.xml", 37, "stands twice or lies outside"),
    ("link-index-beyond-states.net.xml", 40, "link index 2 lies beyond the 2 letters"),
    ("link-index-missing.net.xml", 40, "no attribute \"linkIndex\""),
    ("link-index-negative.net.xml", 40, "linkIndex = \"-1\""),
    ("states-of-two-lengths.net.xml", 28, "have different lengths"),
    ("state-of-strange-letters.net.xml", 28, "state = \"rZ\""),
    ("duration-negative.net.xml", 28, "duration = \"-30\""),
    ("cycle-too-long.net.xml", 23, "a cycle of 90030 s"),
    ("tllogic-twice.net.xml", 32, "stands twice"),
    ("program-unknown.net.xml", 39, "tlLogic \"lamp\", which does not exist"),
    ("direction-unknown.net.xml", 40, "dir = \"q\""),
    ("truncated.net.xml", 28, "ends before <tlLogic> is closed"),
    ("truncated-in-a-tag.net.xml", 28, "not well-formed"),
    ("wrong-end-tag.net.xml", 38, "not well-formed"),
    ("another-format.net.xml", 2, "outermost element is <osm>"),
    ("empty.net.xml", 1, "no element"),
    ("latin1.net.xml", 3, "not UTF-8"),
    ("declared-latin1.net.xml", 1, "ISO-8859-1"),
    ("entity-bomb.net.xml", 2, "document type"),
    ("external-entity.net.xml", 2, "document type"),
    ("unknown-entity.net.xml", 2, "unknown"),
    ("type-unknown.rou.xml", 11, "vType \"ghost\" does not exist"),
    ("route-unknown.rou.xml", 13, "route \"east\" does not exist"),
    ("depart-not-a-number.rou.xml", 11, "depart = \"NaN\""),
    ("depart-negative.rou.xml", 11, "depart = \"-5\""),
    ("depart-missing.rou.xml", 11, "no attribute \"depart\""),
    ("length-negative.rou.xml", 6, "length = \"-4\""),
    ("speed-factor-nonsense.rou.xml", 3, "speedFactor = "),
    ("flow-without-density.rou.xml", 24, "no attribute \"vehsPerHour\""),
    ("flow-too-dense.rou.xml", 24, "veh/h"),
    ("type-twice.rou.xml", 4, "stands twice"),
    ("shares-of-nothing.rou.xml", 6, "probability = \"-3\""),
    ("truncated.rou.xml", 14, "ends before"),
];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

fn failure(net: &Path, routes: &Path) -> String {
    match sumo::import(net, routes, DaySecond(0), DaySecond(3600)) {
        Ok(_) => panic!("{} and {} import", net.display(), routes.display()),
        Err(e) => e.to_string(),
    }
}

#[test]
fn every_broken_file_is_refused_with_its_line() {
    let (net, routes) = (here("good/tee.net.xml"), here("good/tee.rou.xml"));
    for (name, line, part) in BROKEN {
        let broken = here("broken/sumo").join(name);
        let of_routes = name.ends_with(".rou.xml");
        let message = if of_routes { failure(&net, &broken) } else { failure(&broken, &routes) };
        let place = format!("{name}:{line}: ");
        assert!(message.contains(&place), "{name}: expected \"{place}\" in\n{message}");
        assert!(message.contains(part), "{name}: expected \"{part}\" in\n{message}");
        assert!(message.contains("mend: "), "{name}: no mend in\n{message}");
    }
}

#[test]
fn every_broken_file_that_is_kept_is_tried() {
    let kept = std::fs::read_dir(here("broken/sumo")).unwrap();
    let kept: Vec<String> = kept.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    for name in &kept {
        assert!(BROKEN.iter().any(|b| b.0 == name), "{name} is not in the table");
    }
    assert_eq!(kept.len(), BROKEN.len());
}

#[test]
fn files_that_are_too_large_to_keep_are_refused_too() {
    let folder = tempfile::tempdir().unwrap();
    let routes = here("good/tee.rou.xml");
    let deep = format!("<net>\n{}", "<edge id=\"a\" from=\"b\" to=\"c\">".repeat(100_000));
    let long = format!("<net>\n<edge id=\"{}\"/></net>", "x".repeat(3 << 20));
    let endless = format!("<net>\n<edge id=\"{}", "x".repeat(16 << 20));
    let many = (0..5000).fold(String::from("<net>\n<edge"), |text, i| text + &format!(" a{i}=\"\"")) + "/></net>";
    for (text, part) in [(deep, "nested"), (long, "bytes"), (endless, "longer than"), (many, "more than")] {
        let file = folder.path().join("large.net.xml");
        std::fs::write(&file, text).unwrap();
        let message = failure(&file, &routes);
        assert!(message.contains("large.net.xml:2: ") && message.contains(part), "expected \"{part}\" in\n{message}");
    }
    assert!(failure(&folder.path().join("missing.net.xml"), &routes).contains("cannot be read"));
}

#[test]
fn a_file_cut_anywhere_is_refused_or_read_but_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let routes = here("good/tee.rou.xml");
    let whole = std::fs::read(here("good/tee.net.xml")).unwrap();
    let end = whole.len() - 2;
    for cut in (0..end).step_by(7) {
        let file = folder.path().join("cut.net.xml");
        std::fs::write(&file, &whole[..cut]).unwrap();
        assert!(failure(&file, &routes).contains("cut.net.xml:"), "cut at {cut}");
    }
}

#[test]
fn a_file_with_random_faults_is_refused_or_makes_a_sound_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let sound = [std::fs::read(here("good/tee.net.xml")).unwrap(), std::fs::read(here("good/tee.rou.xml")).unwrap()];
    let files = [folder.path().join("a.net.xml"), folder.path().join("a.rou.xml")];
    // A plain congruential generator: the same faults in every run.
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut imported = 0;
    for round in 0..3000 {
        for (text, file) in sound.iter().zip(&files) {
            std::fs::write(file, text).unwrap();
        }
        let which = round % 2;
        let mut text = sound[which].clone();
        for _ in 0..=draw(2) {
            let at = draw(text.len());
            match draw(3) {
                0 => text[at] = b"0123456789-.:,\"<>/ abz"[draw(22)],
                1 => drop(text.remove(at)),
                _ => text.insert(at, b"0123456789-.e"[draw(13)]),
            }
        }
        std::fs::write(&files[which], &text).unwrap();
        match sumo::import(&files[0], &files[1], DaySecond(100), DaySecond(200)) {
            Ok((made, _)) => {
                imported += 1;
                if let Err(faults) = made.check() {
                    panic!("round {round} imports, but is not sound: {faults}\n{}", String::from_utf8_lossy(&text));
                }
            }
            Err(e) => assert!(e.to_string().contains(&format!("{}:", files[which].display())), "round {round}: {e}"),
        }
    }
    assert!(imported > 300, "only {imported} of 3000 import: the faults are too coarse to tell anything");
}
