//! Saving roadworks into `roadworks.toml`: what has not changed stays as it was written, comments too.

use crate::edit::History;
use crate::save::write;
use crate::scene::Scene;
use crate::words;
use evaluation::report::Language;
use model::scenario::file::{RoadworkFile, RoadworksFile, SCHEMA};
use std::fs;
use std::io;
use std::path::PathBuf;

/// How the text of a site begins.
const HEAD: &str = "[[roadwork]]";

/// Saves the roadworks with every change; says where.
pub(crate) fn roadworks(scene: &Scene, history: &History, language: Language) -> Result<PathBuf, String> {
    let folder = scene.folder.as_ref().ok_or_else(|| words::NO_FOLDER.of(language).to_owned())?;
    let sites = history.works().ok_or_else(|| words::NOTHING_TO_SAVE.of(language).to_owned())?;
    let sites: Vec<RoadworkFile> = sites.iter().map(|s| s.to_file(&scene.scenario.network)).collect();
    let file = folder.join("roadworks.toml");
    let failed = |e: io::Error| format!("{}: {e}", file.display());
    let old = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(failed(e)),
    };
    let text = changed(&old, sites).map_err(|e| format!("{}: {e}", file.display()))?;
    write(&file, text.as_bytes()).map_err(failed)?;
    Ok(file)
}

/// The text with other sites: those that it has stay as they are, those of the same name keep their comments before.
fn changed(old: &str, sites: Vec<RoadworkFile>) -> Result<String, toml::ser::Error> {
    let whole = RoadworksFile { schema: SCHEMA, roadworks: sites };
    let plain = toml::to_string(&whole)?;
    if old.trim().is_empty() {
        return Ok(plain);
    }
    let (preamble, mut blocks, rest) = split(old);
    let mut text = preamble.to_owned();
    for site in &whole.roadworks {
        let same = |b: &Block<'_>| b.site().is_some_and(|s| is_same(&s, site));
        let named = |b: &Block<'_>| b.site().is_some_and(|s| s.name == site.name);
        let found = blocks.iter().position(same).or_else(|| blocks.iter().position(named));
        let block = found.map(|at| blocks.remove(at));
        if let Some(block) = block.as_ref().filter(|b| same(b)) {
            text += block.comments;
            text += block.body;
            continue;
        }
        text += block.as_ref().map_or("", |b| b.comments);
        if block.is_none() && !text.ends_with("\n\n") {
            text += "\n";
        }
        let alone = RoadworksFile { schema: SCHEMA, roadworks: vec![site.clone()] };
        let written = toml::to_string(&alone)?;
        text += written.find(HEAD).map_or("", |at| &written[at..]);
    }
    text += rest;
    // A file that is written in another way than usual is written anew.
    let read = toml::from_str::<RoadworksFile>(&text).ok();
    let kept = read.is_some_and(|r| {
        r.roadworks.len() == whole.roadworks.len() && r.roadworks.iter().zip(&whole.roadworks).all(|(a, b)| is_same(a, b))
    });
    Ok(if kept { text } else { plain })
}

/// The text of a site.
struct Block<'a> {
    /// The comments and empty lines before it.
    comments: &'a str,
    body: &'a str,
}

impl Block<'_> {
    fn site(&self) -> Option<RoadworkFile> {
        let text = format!("schema = {SCHEMA}\n{}", self.body);
        toml::from_str::<RoadworksFile>(&text).ok()?.roadworks.pop()
    }
}

/// Whether two sites say the same.
fn is_same(a: &RoadworkFile, b: &RoadworkFile) -> bool {
    let text = |site: &RoadworkFile| toml::to_string(site).ok();
    text(a).is_some_and(|a| Some(a) == text(b))
}

/// What stands before the first site, the sites, and what follows the last one.
fn split(text: &str) -> (&str, Vec<Block<'_>>, &str) {
    let is_head = |at: &usize| text[*at..].lines().next().is_some_and(|l| l.trim_start().starts_with(HEAD));
    let heads: Vec<usize> = line_starts(text).filter(is_head).collect();
    if heads.is_empty() {
        return (text, Vec::new(), "");
    }
    // Comments right before a site are its own.
    let begin = |head: usize| {
        let quiet = |&at: &usize| {
            let line = text[at..].lines().next().unwrap_or("").trim();
            line.is_empty() || line.starts_with('#')
        };
        let before: Vec<usize> = line_starts(&text[..head]).filter(|&at| at < head).collect();
        before.into_iter().rev().take_while(quiet).last().unwrap_or(head)
    };
    let begins: Vec<usize> = heads.iter().map(|&h| begin(h)).collect();
    let ends = begins.iter().skip(1).copied().chain([begin(text.len())]);
    let blocks = heads
        .iter()
        .zip(&begins)
        .zip(ends)
        .map(|((&head, &begin), end)| Block { comments: &text[begin..head], body: &text[head..end.max(head)] });
    let blocks: Vec<_> = blocks.collect();
    (&text[..begins[0]], blocks, &text[begin(text.len())..])
}

/// Where lines begin.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).filter(|&at| at < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::scenario::file::{ClosureFile, reference};

    const OLD: &str = "# Sites of the spring, from the roads department.
schema = 1

# The gas main.
[[roadwork]]
name = \"Gas\"        # owner: DEW21
source = \"permit 12\"

[[roadwork.closure]]
link = \"a\"
lanes = [0]
begin_s = 100
end_s = 200

# The bridge.
[[roadwork]]
name = \"Bridge\"
source = \"permit 13\"
[[roadwork.closure]]
link = \"b\"
begin_s = 0
end_s = 900.0
# End of the list.
";

    fn sites(text: &str) -> Vec<RoadworkFile> {
        toml::from_str::<RoadworksFile>(text).unwrap().roadworks
    }

    fn new(name: &str) -> RoadworkFile {
        let closure = ClosureFile { link: reference("c"), lanes: None, begin_s: 1.0, end_s: 2.0, speed_limit_kmh: Some(30.0) };
        RoadworkFile { name: name.into(), source: "drawn in the window".into(), closures: vec![closure] }
    }

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        assert_eq!(changed(OLD, sites(OLD)).unwrap(), OLD);
        let mut more = sites(OLD);
        more.push(new("Water"));
        let text = changed(OLD, more.clone()).unwrap();
        assert!(text.starts_with(OLD.strip_suffix("# End of the list.\n").unwrap()), "{text}");
        assert!(text.contains("speed_limit_kmh = 30.0") && text.ends_with("# End of the list.\n"), "{text}");
        // Saved again without another change, and back to what it was.
        assert_eq!(changed(&text, more).unwrap(), text);
    }

    #[test]
    fn a_changed_site_keeps_its_comments_before_and_a_removed_one_goes_with_its_own() {
        let mut other = sites(OLD);
        other[0].closures[0].end_s = 300.0;
        let text = changed(OLD, other.clone()).unwrap();
        for kept in ["# Sites of the spring", "# The gas main.\n[[roadwork]]", "# The bridge.", "permit 13", "end_s = 300.0"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        other.remove(0);
        let text = changed(OLD, other).unwrap();
        assert!(!text.contains("gas main") && text.contains("# The bridge."), "{text}");
        let none = changed(OLD, Vec::new()).unwrap();
        assert!(sites(&none).is_empty() && none.contains("# Sites of the spring"), "{none}");
    }

    #[test]
    fn a_file_of_another_style_is_written_anew() {
        let inline = "schema = 1\nroadwork = [{ name = \"Gas\", source = \"x\", closure = [] }]\n";
        let text = changed(inline, vec![new("Water")]).unwrap();
        assert_eq!(sites(&text)[0].name, "Water");
        assert_eq!(sites(&changed("", vec![new("Water")]).unwrap()).len(), 1);
    }
}
