//! The report in a real browser: it opens without an error, loads nothing, shows everything, and prints.
//!
//! Needs `chromium` on the path; without it the tests say so and pass.

use evaluation::report::{
    Band, BandSection, Corridor, Direction, Language, Manifest, Report, RunOption, Station, Variant, render, trajectories,
};
use evaluation::{RunResult, Setup, run_one, saturation};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

mod toy;

/// The page that `AMPEL_REPORT` names, or else that of the toy, in a folder of its own.
fn page() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("report.html");
    let page = match std::env::var_os("AMPEL_REPORT") {
        Some(made) => fs::read_to_string(made).expect("AMPEL_REPORT names a page"),
        None => render(&toy::report(&toy::scenario(), 3)),
    };
    fs::write(&file, page).expect("the page can be written");
    (folder, file)
}

/// Chromium's answer, or `None` when there is no chromium.
fn chromium(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let profile = tempfile::tempdir_in(folder).expect("a folder for the profile");
    let run = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr", "--v=0"])
        // Whatever the page asked for by name would fail, and be logged.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .output();
    match run {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: no chromium on the path, the report was not opened in a browser");
            None
        }
        Err(error) => panic!("chromium does not start: {error}"),
    }
}

fn url(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// Messages of the page's console and of refused requests.
fn complaints(stderr: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stderr);
    let complaint = |l: &&str| l.contains("CONSOLE") || l.contains("Content Security Policy") || l.contains("ERR_");
    text.lines().filter(complaint).map(String::from).collect()
}

#[test]
fn the_page_opens_without_an_error_and_shows_every_section_and_drawing() {
    let (folder, file) = page();
    let Some(output) = chromium(folder.path(), &["--dump-dom", &url(&file)]) else { return };
    let dom = String::from_utf8(output.stdout).unwrap();
    assert_eq!(complaints(&output.stderr), Vec::<String>::new());
    for id in ["summary", "map", "time-space", "quality", "signal-plans", "method", "sources"] {
        assert!(dom.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    let source = fs::read_to_string(&file).unwrap();
    for part in ["<svg ", "<table", "<figure", "<rect ", "<polyline ", "<tr>"] {
        // The browser's own reading of the page has as many of everything: nothing was taken for something else.
        assert_eq!(dom.matches(part).count(), source.matches(part).count(), "{part}");
        assert!(source.contains(part), "{part}");
    }
    assert!(!dom.contains("<script"), "data became a script");
}

#[test]
fn a_page_that_did_load_something_would_be_noticed() {
    let (folder, _) = page();
    let file = folder.path().join("bad.html");
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">";
    fs::write(&file, format!("<!doctype html>{policy}<img src=\"http://example.org/a.png\"><p>x")).unwrap();
    let Some(output) = chromium(folder.path(), &["--dump-dom", &url(&file)]) else { return };
    assert!(!complaints(&output.stderr).is_empty());
}

#[test]
fn it_prints_to_pages_of_a4() {
    let (folder, file) = page();
    let pdf = folder.path().join("report.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    let Some(output) = chromium(folder.path(), &["--no-pdf-header-footer", &print, &url(&file)]) else { return };
    assert_eq!(complaints(&output.stderr), Vec::<String>::new());
    let bytes = fs::read(&pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    let text = String::from_utf8_lossy(&bytes);
    let pages = text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count();
    // Each signal begins a page and fills two or three; the sections before and after them have some twenty together.
    let signals = fs::read_to_string(&file).unwrap().matches("<article class=\"intersection\"").count();
    assert!((4 + signals..=20 + 3 * signals).contains(&pages), "{pages} pages for {signals} signals");
    // A4 is 595 by 842 points.
    let sizes: Vec<&str> = text.match_indices("/MediaBox [").map(|(at, _)| text[at..].split(']').next().unwrap()).collect();
    assert!(!sizes.is_empty() && sizes.iter().all(|s| s.contains(" 594.9") || s.contains(" 595")), "{sizes:?}");
}
