//! The JSON schemas in `assets/schema` are those of the program, for editors that check while typing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Set to make the files anew.
const UPDATE: &str = "AMPEL_UPDATE";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/schema")
}

fn files() -> impl Iterator<Item = (String, String)> {
    model::scenario::schemas().into_iter().map(|(name, schema)| (format!("{name}.json"), format!("{schema:#}\n")))
}

#[test]
fn the_schemas_are_those_of_the_program() {
    let update = std::env::var_os(UPDATE).is_some();
    for (name, text) in files() {
        let path = folder().join(&name);
        if update {
            fs::write(&path, &text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "assets/schema/{name} is stale\n  mend: {UPDATE}=1 cargo test -p ampel --test schema");
    }
    // None is left of a file that is gone.
    let kept = fs::read_dir(folder()).expect("assets/schema").map(|e| e.expect("an entry").file_name());
    let kept: BTreeSet<String> = kept.map(|n| n.to_string_lossy().into_owned()).collect();
    assert_eq!(kept, files().map(|f| f.0).collect());
}
