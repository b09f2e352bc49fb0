//! Pictures of every view, held against small ones that were looked at by people.
//!
//! A reference has a pixel for each ten by ten pixels of the window: smoothing and drivers change it little, a missing layer, bar
//! or diagram much. `AMPEL_UPDATE=1 cargo test -p visual --test references` makes them anew; then look at them.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod toy;

use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, Image, ImageSampler, ImageType};
use bevy::input::keyboard::KeyCode;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use model::id::SignalId;
use model::time::Seconds;
use std::path::PathBuf;
use visual::{Desk, Diagram, Layer, OpenError, Opening, Pixels, Session};

/// Pixels of the window for one of the reference, each way.
const BLOCK: u32 = 10;
/// Mean difference of a colour that is allowed, of 255.
const MEAN: f64 = 5.0;
/// A pixel differs when a colour is off by more.
const OFF: u8 = 40;
/// Share of pixels that may differ.
const SHARE: f64 = 0.02;

fn opening() -> Opening {
    let scenario = toy::scenario();
    let at = Some(f64::from(scenario.begin.0) + 250.0);
    let desk = Desk { signal: Some(SignalId(0)), ..Desk::default() };
    Opening { size: (1000, 640), at, desk, ..Opening::of(scenario) }
}

fn session(opening: Opening) -> Option<Session> {
    match Session::new(opening) {
        Ok(session) => Some(session),
        Err(OpenError::NoDevice(why)) => {
            eprintln!("SKIPPED: there is no Vulkan device, so no picture was looked at ({why})");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// The mean colour of each block.
fn small(picture: &Pixels) -> (u32, u32, Vec<u8>) {
    let (width, height) = (picture.width / BLOCK, picture.height / BLOCK);
    let mut out = Vec::new();
    for block in 0..width * height {
        let (left, top) = (block % width * BLOCK, block / width * BLOCK);
        for channel in 0..3 {
            let at = |k: u32| picture.rows[((top + k / BLOCK) * picture.width + left + k % BLOCK) as usize][channel];
            let sum: u32 = (0..BLOCK * BLOCK).map(|k| u32::from(at(k))).sum();
            out.push((sum / (BLOCK * BLOCK)) as u8);
        }
    }
    (width, height, out)
}

fn read(file: &PathBuf) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let usages = RenderAssetUsages::default();
    let kind = ImageType::Extension("png");
    let image = Image::from_buffer(&bytes, kind, CompressedImageFormats::NONE, true, ImageSampler::Default, usages).unwrap();
    image.try_into_dynamic().unwrap().to_rgb8().into_raw()
}

fn write(file: &PathBuf, (width, height, colours): (u32, u32, Vec<u8>)) {
    let data: Vec<u8> = colours.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    let size = Extent3d { width, height, depth_or_array_layers: 1 };
    let image = Image::new(size, TextureDimension::D2, data, TextureFormat::Rgba8UnormSrgb, RenderAssetUsages::default());
    image.try_into_dynamic().unwrap().to_rgb8().save(file).unwrap();
}

/// Holds what is seen against its reference.
fn look(session: &mut Session, name: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/references").join(format!("{name}.png"));
    let seen = small(&session.picture().unwrap());
    if std::env::var_os("AMPEL_UPDATE").is_some() {
        return write(&file, seen);
    }
    let wanted = read(&file);
    assert_eq!(wanted.len(), seen.2.len(), "{name}: another size");
    let differences: Vec<u8> = wanted.iter().zip(&seen.2).map(|(a, b)| a.abs_diff(*b)).collect();
    let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
    let off = differences.as_chunks::<3>().0.iter().filter(|p| p.iter().any(|&d| d > OFF)).count();
    let share = off as f64 * 3.0 / differences.len() as f64;
    assert!(mean < MEAN && share < SHARE, "{name}: {mean:.1} off in the mean, {:.1} % of it differs", share * 100.0);
}

#[test]
fn the_map_every_layer_and_every_diagram_look_as_they_did() {
    let Some(mut s) = session(opening()) else { return };
    look(&mut s, "map");
    let digits = [
        KeyCode::Digit1,
        KeyCode::Digit2,
        KeyCode::Digit3,
        KeyCode::Digit4,
        KeyCode::Digit5,
        KeyCode::Digit6,
        KeyCode::Digit7,
        KeyCode::Digit8,
    ];
    for (digit, layer) in digits.into_iter().zip(Layer::ALL) {
        s.press(digit, "", &[]);
        assert!(s.settle());
        look(&mut s, &format!("layer-{}", layer.key()));
    }
    s.press(KeyCode::Digit0, "", &[]);
    for (digit, diagram) in digits.into_iter().zip(Diagram::ALL) {
        s.press(digit, "", &[KeyCode::ShiftLeft]);
        assert!(s.settle());
        look(&mut s, &format!("diagram-{}", diagram.key()));
    }
    s.press(KeyCode::Escape, "", &[]);
    s.press(KeyCode::KeyN, "n", &[]);
    s.press(KeyCode::F2, "", &[]);
    s.frames(2);
    look(&mut s, "dark-german");
    s.press(KeyCode::F1, "", &[]);
    s.frames(2);
    look(&mut s, "help");
}

#[test]
fn an_intersection_from_near_and_two_worlds_look_as_they_did() {
    let mut opening = opening();
    let scenario = opening.scenario.clone().unwrap();
    let east = SignalId(1);
    let mut other = scenario.plan(None).unwrap().clone();
    other.name = "other".into();
    other.plans[east] = other.plans[east].plan().with_offset(Seconds(45)).check(&scenario.signals[east]).unwrap();
    opening.compared = Some(other);
    let Some(mut s) = session(opening) else { return };
    s.press(KeyCode::Tab, "", &[KeyCode::ShiftLeft]);
    s.frames(3);
    look(&mut s, "two-worlds");
    s.press(KeyCode::Tab, "", &[KeyCode::ShiftLeft]);
    s.press(KeyCode::Digit9, "", &[]);
    s.frames(3);
    look(&mut s, "layer-difference");
    s.press(KeyCode::Digit0, "", &[]);
    let place = s.place_of(model::geometry::Point::new(0.0, 0.0)).unwrap();
    s.wheel(place, 12.0);
    look(&mut s, "intersection");
}
