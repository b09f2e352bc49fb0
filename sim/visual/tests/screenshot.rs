//! Pictures without a window, looked at pixel by pixel.
//!
//! Needs a Vulkan device; software rendering will do. Without one the test says so and checks nothing.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[expect(dead_code, reason = "these pictures are of folders, not of what is loaded from them")]
mod toy;

use bevy::asset::RenderAssetUsages;
use bevy::color::{ColorToPacked, Srgba};
use bevy::image::{CompressedImageFormats, Image, ImageSampler, ImageType};
use std::path::Path;
use std::process::{Command, Output};
use visual::palette::{self, Ink};

const SIZE: (u32, u32) = (640, 360);
/// 07:00:00 is second 0 of the cycle: the street along has green, the street across red.
const ALONG: &str = "07:02:10";
/// Second 45 of the cycle: the other way round.
const ACROSS: &str = "07:02:45";
/// Second 32: amber along.
const CLEARING: &str = "07:02:32";

fn view(scenario: &Path, file: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel-view"));
    command.arg(scenario).arg("--screenshot").arg(file).args(more);
    command.output().unwrap()
}

/// The pixels, or nothing where there is no graphics device.
fn picture(scenario: &Path, more: &[&str]) -> Option<Vec<[u8; 3]>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    let output = view(scenario, &file, &[&["--size", "640x360"], more].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("no graphics device") {
        eprintln!("SKIPPED: there is no Vulkan device, so no picture was looked at ({said})");
        return None;
    }
    assert!(output.status.success(), "{said}");
    let bytes = std::fs::read(&file).unwrap();
    let image = Image::from_buffer(
        &bytes,
        ImageType::Extension("png"),
        CompressedImageFormats::NONE,
        true,
        ImageSampler::Default,
        RenderAssetUsages::default(),
    )
    .unwrap();
    assert_eq!((image.width(), image.height()), SIZE);
    let data = image.data.unwrap();
    Some(data.as_chunks::<4>().0.iter().map(|p| [p[0], p[1], p[2]]).collect())
}

/// Pixels that have a colour, but for what smoothing changes.
fn count(pixels: &[[u8; 3]], ink: Ink) -> usize {
    let [r, g, b, _] = Srgba::from(ink.light).to_u8_array();
    let near = |p: &&[u8; 3]| p.iter().zip([r, g, b]).all(|(a, b)| a.abs_diff(b) <= 6);
    pixels.iter().filter(near).count()
}

/// The part of a picture within a distance of a pixel.
fn around(pixels: &[[u8; 3]], (x, y): (u32, u32), reach: u32) -> Vec<[u8; 3]> {
    let near = |i: usize| {
        let (px, py) = (i as u32 % SIZE.0, i as u32 / SIZE.0);
        px.abs_diff(x) <= reach && py.abs_diff(y) <= reach
    };
    pixels.iter().enumerate().filter(|&(i, _)| near(i)).map(|(_, p)| *p).collect()
}

#[test]
fn the_map_shows_roads_vehicles_bars_and_text() {
    let folder = tempfile::tempdir().unwrap();
    toy::write(folder.path());
    let Some(map) = picture(folder.path(), &["--at", ALONG]) else { return };
    let share = |colour| count(&map, colour) as f64 / map.len() as f64;
    assert!(share(palette::PAPER) > 0.5, "the sheet");
    assert!((0.01..0.3).contains(&share(palette::ASPHALT)), "the roads");
    assert!(count(&map, palette::class(model::vehicle::VehicleClass::Car)) > 60, "the cars");
    let top: Vec<[u8; 3]> = map[..(30 * SIZE.0) as usize].to_vec();
    let dark = top.iter().filter(|p| p.iter().all(|&c| c < 90)).count();
    assert!(dark > 150, "the text of the upper bar, {dark} dark pixels");
    assert_eq!(map, picture(folder.path(), &["--at", ALONG]).unwrap(), "the same moment twice");
}

#[test]
fn signals_change_their_colours() {
    let folder = tempfile::tempdir().unwrap();
    toy::write(folder.path());
    let look = ["--map-only", "--centre", "0,0", "--zoom", "0.15"];
    let at = |moment| picture(folder.path(), &[&look[..], &["--at", moment]].concat());
    let Some(along) = at(ALONG) else { return };
    let across = at(ACROSS).unwrap();
    let clearing = at(CLEARING).unwrap();
    // The stop lines lie 16 m from the middle: 107 pixels. West and south of it, to the right of each way.
    let (west, south) = ((320 - 103, 180 + 22), (320 + 11, 180 + 103));
    let shows = |pixels: &[[u8; 3]], place, colour| count(&around(pixels, place, 14), colour);
    for (name, pixels, colour_west, colour_south) in [
        ("along", &along, palette::GREEN, palette::RED),
        ("across", &across, palette::RED, palette::GREEN),
        ("clearing", &clearing, palette::AMBER, palette::RED),
    ] {
        for (place, wanted) in [(west, colour_west), (south, colour_south)] {
            assert!(shows(pixels, place, wanted) > 20, "{name}: too little of {wanted:?} at {place:?}");
            for other in [palette::RED, palette::AMBER, palette::GREEN].into_iter().filter(|&c| c != wanted) {
                // A brake light is no signal, and red only nearly.
                assert!(shows(pixels, place, other) < 12, "{name}: {other:?} at {place:?}, not only {wanted:?}");
            }
        }
    }
    assert!(count(&across, palette::BRAKE) > 20, "who waits at red shows brake lights");
}

#[test]
fn bad_input_is_told_and_nothing_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    toy::write(folder.path());
    let picture = folder.path().join("picture.png");
    let refused = |scenario: &Path, more: &[&str], what: &str| {
        let output = view(scenario, &picture, more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(what), "`{what}` is missing in: {said}");
        assert!(!said.contains("panicked") && !picture.exists());
    };
    refused(folder.path(), &["--at", "23:00:00"], "07:10:00");
    refused(folder.path(), &["--at", "soon"], "07:30:00");
    refused(folder.path(), &["--plan", "nightly"], "fixed");
    refused(folder.path(), &["--size", "9x9"], "1280x800");
    refused(&folder.path().join("nowhere"), &[], "scenario.toml: the file is missing");
    let network = folder.path().join("network.toml");
    let text = std::fs::read_to_string(&network).unwrap();
    std::fs::write(&network, text.replace("width_m = 3.25", "width_m = -3.25")).unwrap();
    refused(folder.path(), &[], "network.toml:");
}

#[test]
fn without_a_graphics_device_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    toy::write(folder.path());
    let file = folder.path().join("picture.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampel-view"));
    command.arg(folder.path()).arg("--screenshot").arg(&file);
    let output = command.env("VK_DRIVER_FILES", "/dev/null").env("VK_ICD_FILENAMES", "/dev/null").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if cfg!(target_os = "linux") {
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("no graphics device") && !said.contains("panicked"), "{said}");
        assert!(!file.exists());
    }
}
