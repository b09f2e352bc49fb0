//! Broken and hostile OpenStreetMap files: each gives an error that names the place.

use interchange::osm::{ImportError, Options, Patch, import};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken/osm")
}

/// The line that each file's error has to name; `None` where no line is to blame.
const LINES: [(&str, Option<usize>); 34] = [
    ("attribute-twice.osm", Some(2)),
    ("cut-off-header.pbf", None),
    ("cut-off.osm", Some(5)),
    ("deep.osm", Some(2)),
    ("empty-header.pbf", None),
    ("empty.osm", Some(1)),
    ("entity-bomb.osm", Some(1)),
    ("external-entity.osm", Some(1)),
    ("far-away.osm", None),
    ("id-of-letters.osm", Some(4)),
    ("id-too-large.osm", Some(4)),
    ("latin-1.osm", Some(1)),
    ("latitude-infinite.osm", Some(2)),
    ("latitude-not-a-number.osm", Some(2)),
    ("latitude-of-letters.osm", Some(2)),
    ("no-id.osm", Some(4)),
    ("no-length.osm", None),
    ("no-longitude.osm", Some(2)),
    ("no-nodes.osm", None),
    ("no-reference.osm", Some(4)),
    ("no-roads.osm", None),
    ("node-twice.osm", Some(3)),
    ("not-a-header.pbf", None),
    ("not-xml.osm", Some(2)),
    ("off-the-earth.osm", Some(2)),
    ("other-root.osm", Some(1)),
    ("reference-of-letters.osm", Some(4)),
    ("tag-without-key.osm", Some(4)),
    ("tag-without-value.osm", Some(4)),
    ("two-roots.osm", Some(6)),
    ("unknown-entity.osm", Some(4)),
    ("unknown-member.osm", Some(5)),
    ("way-twice.osm", Some(5)),
    ("wrong-end.osm", Some(4)),
];

#[test]
fn every_broken_file_is_refused_with_its_place() {
    let mut files: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, LINES.map(|l| l.0), "every file is listed, every listed file is there");
    for (name, line) in LINES {
        let file = folder().join(name);
        let error = import(&file, &Options::default()).map(|_| ()).expect_err(name);
        let found = match &error {
            ImportError::Broken { line, .. } => *line,
            _ => None,
        };
        assert_eq!(found, line, "{name}: {error}");
        let places = matches!(error, ImportError::Broken { .. } | ImportError::Empty { .. });
        assert!(!places || error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = import(&folder().join("there-is-none.osm"), &Options::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("there-is-none.osm"));
}

#[test]
fn a_broken_patch_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patch.toml");
    let period =
        "schema = 1\n[[period]]\nname = \"../noon\"\ntitle = \"\"\nsource = \"\"\nbegin_s = 0\nend_s = 1\nwarm_up_s = 0\n";
    let gating = "schema = 1\n[[intersection]]\nname = \"A\"\nlat = 51.5\nlon = 7.4\n\
                  gating = { bearing_deg = 0, why = \"\", max_green_percent = 100 }\n";
    let broken =
        [("schema = 1\n\nstreets = 5\n", 3), ("schema = 2\n", 1), ("schema = 1\n[region\n", 2), (period, 3), (gating, 6)];
    for (text, line) in broken {
        std::fs::write(&file, text).unwrap();
        let error = Patch::read(&file).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(&format!("patch.toml:{line}:")), "{error}");
    }
}

#[test]
fn a_way_that_cannot_be_added_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let [map, patch] = ["map.osm", "patch.toml"].map(|name| folder.path().join(name));
    let nodes = "<node id=\"1\" lat=\"51.5\" lon=\"7.4\"/><node id=\"2\" lat=\"51.501\" lon=\"7.4\"/>";
    let way = "<way id=\"5\"><nd ref=\"1\"/><nd ref=\"2\"/><tag k=\"highway\" v=\"primary\"/></way>";
    std::fs::write(&map, format!("<osm version=\"0.6\">{nodes}{way}</osm>")).unwrap();
    let good = "schema = 1\n\n[[added_way]]\nid = 7\nline = [[51.501, 7.4], [51.502, 7.4]]\n\
                tags = { highway = \"primary\" }\nwhy = \"\"\nsource = \"\"\n\
                [[added_node]]\nat = [[51.502, 7.4]]\ntags = { highway = \"traffic_signals\" }\nwhy = \"\"\nsource = \"\"\n";
    let error = |text: &str| {
        std::fs::write(&patch, text).unwrap();
        let options = Options { patch: Some(Patch::read(&patch).unwrap()), ..Options::default() };
        import(&map, &options).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(error(good), Ok(()));
    for (from, to, line, what) in [
        ("id = 7", "id = 5", 4, "added way 5 is there already"),
        ("\"primary\"", "\"footway\"", 4, "is no road for motor traffic"),
        ("[51.501, 7.4], ", "", 4, "has fewer than two nodes"),
        ("[51.501, 7.4]", "[91.0, 7.4]", 4, "has a node at 91, 7.4, which is not on the Earth"),
        ("at = [[51.502", "at = [[51.503", 10, "no node of a road lies at 51.503, 7.4"),
    ] {
        let said = error(&good.replace(from, to)).unwrap_err();
        assert!(said.contains(&format!("patch.toml:{line}: ")) && said.contains(what), "{said}");
    }
}

#[test]
fn a_tag_without_end_is_refused_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("huge.osm");
    let mut text = String::from("<osm>\n<node id=\"1\" lat=\"51.5\" lon=\"");
    text.push_str(&"7".repeat(9 << 20));
    std::fs::write(&file, text).unwrap();
    let error = import(&file, &Options::default()).map(|_| ()).unwrap_err();
    assert!(matches!(error, ImportError::Broken { line: Some(2), .. }), "{error}");
}

#[test]
fn every_cut_of_a_sound_file_is_refused_or_imported_without_panic() {
    let text = "<osm>\n<node id=\"1\" lat=\"51.51\" lon=\"7.46\"><tag k=\"highway\" v=\"traffic_signals\"/></node>\n\
                <node id=\"2\" lat=\"51.512\" lon=\"7.46\"/><node id=\"3\" lat=\"51.51\" lon=\"7.463\"/>\n\
                <way id=\"10\"><nd ref=\"1\"/><nd ref=\"2\"/><tag k=\"highway\" v=\"primary\"/></way>\n\
                <way id=\"11\"><nd ref=\"1\"/><nd ref=\"3\"/><tag k=\"highway\" v=\"primary\"/><tag k=\"lanes\" v=\"3\"/></way>\n</osm>\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.osm");
    for end in (0..text.len()).step_by(3) {
        std::fs::write(&file, &text[..end]).unwrap();
        let cut = import(&file, &Options::default());
        assert!(cut.is_err() || end >= text.len() - 1, "cut at {end}");
    }
    for at in (0..text.len()).step_by(7) {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = b'9';
        std::fs::write(&file, bytes).unwrap();
        // Either way, but no panic; and what is made loads.
        if let Ok((files, _)) = import(&file, &Options { name: "x".into(), ..Options::default() }) {
            files.check().unwrap_or_else(|e| panic!("byte {at}: {e}"));
        }
    }
}
