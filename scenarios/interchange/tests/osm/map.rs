//! Small maps, written in metres.

#![expect(clippy::unwrap_used, reason = "a test helper")]

use interchange::osm::{Options, Patch, Remark, import};
use model::scenario::Scenario;
use std::fmt::Write;

/// A map under construction.
#[derive(Default)]
pub(crate) struct Map {
    text: String,
}

impl Map {
    pub(crate) fn node(mut self, id: i64, x: f64, y: f64, tags: &[(&str, &str)]) -> Self {
        let (lat, lon) = (51.51 + y / 111_250.0, 7.46 + x / 69_300.0);
        write!(self.text, "<node id=\"{id}\" lat=\"{lat:.8}\" lon=\"{lon:.8}\">").unwrap();
        self.tags(tags);
        self.text.push_str("</node>\n");
        self
    }

    pub(crate) fn way(mut self, id: i64, nodes: &[i64], tags: &[(&str, &str)]) -> Self {
        write!(self.text, "<way id=\"{id}\">").unwrap();
        for n in nodes {
            write!(self.text, "<nd ref=\"{n}\"/>").unwrap();
        }
        self.tags(tags);
        self.text.push_str("</way>\n");
        self
    }

    pub(crate) fn restriction(mut self, kind: &str, from: i64, via: i64, to: i64) -> Self {
        write!(
            self.text,
            "<relation id=\"1\"><member type=\"way\" ref=\"{from}\" role=\"from\"/><member type=\"node\" ref=\"{via}\" role=\"via\"/>\
             <member type=\"way\" ref=\"{to}\" role=\"to\"/><tag k=\"type\" v=\"restriction\"/><tag k=\"restriction\" v=\"{kind}\"/></relation>"
        )
        .unwrap();
        self
    }

    fn tags(&mut self, tags: &[(&str, &str)]) {
        for (k, v) in tags {
            write!(self.text, "<tag k=\"{k}\" v=\"{v}\"/>").unwrap();
        }
    }

    /// Imports the map, and loads what was written.
    pub(crate) fn import(self) -> (Scenario, Vec<Remark>) {
        self.import_with("schema = 1\n")
    }

    /// Imports the map with a patch, and loads what was written.
    pub(crate) fn import_with(self, patch: &str) -> (Scenario, Vec<Remark>) {
        let folder = tempfile::tempdir().unwrap();
        let [file, patch_file] = ["map.osm", "patch.toml"].map(|name| folder.path().join(name));
        std::fs::write(&file, format!("<osm version=\"0.6\">\n{}</osm>\n", self.text)).unwrap();
        std::fs::write(&patch_file, patch).unwrap();
        let patch = Some(Patch::read(&patch_file).unwrap());
        let (files, remarks) = import(&file, &Options { name: "test".into(), patch, ..Options::default() }).unwrap();
        files.write(folder.path()).unwrap();
        (model::scenario::load(folder.path()).unwrap_or_else(|e| panic!("{e}")), remarks)
    }
}
