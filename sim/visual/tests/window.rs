//! The window driven as a user drives it: keys, wheel, clicks and drags go in, and state and picture are looked at.
//!
//! Needs a Vulkan device; software rendering will do. Without one each test says so and checks nothing.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod toy;

use bevy::color::{ColorToPacked, Srgba};
use bevy::input::keyboard::KeyCode;
use model::control::FixedTime;
use model::geometry::Point;
use model::id::{LaneId, LinkId, SignalId};
use model::roadworks::{Closed, Roadwork};
use model::scenario::Scenario;
use model::time::{DaySecond, Seconds};
use sim::{Options, Simulation};
use std::path::Path;
use visual::palette::{self, Ink};
use visual::{Desk, Diagram, Dialog, Layer, OpenError, Opening, Pixels, Rate, Session};

const SIZE: (u32, u32) = (1000, 640);
const WEST: SignalId = SignalId(0);
const EAST: SignalId = SignalId(1);
const SHIFT: &[KeyCode] = &[KeyCode::ShiftLeft];
const CONTROL: &[KeyCode] = &[KeyCode::ControlLeft];

/// A toy in a folder, looked at from the third minute on.
fn opening(folder: &Path) -> Opening {
    toy::write(folder);
    let scenario = model::scenario::load(folder).unwrap();
    let at = Some(f64::from(scenario.begin.0) + 150.0);
    Opening { folder: Some(folder.into()), size: SIZE, at, outbox: folder.into(), ..Opening::of(scenario) }
}

/// The window, or nothing where there is no graphics device.
fn session(opening: Opening) -> Option<Session> {
    match Session::new(opening) {
        Ok(session) => Some(session),
        Err(OpenError::NoDevice(why)) => {
            eprintln!("SKIPPED: there is no Vulkan device, so nothing was driven ({why})");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

fn count(picture: &Pixels, ink: Ink) -> usize {
    within(picture, ink, (0, 0, picture.width, picture.height))
}

/// Pixels of a colour within left, top, right and bottom.
fn within(picture: &Pixels, ink: Ink, (left, top, right, bottom): (u32, u32, u32, u32)) -> usize {
    let [r, g, b, _] = Srgba::from(ink.light).to_u8_array();
    let near = |p: &[u8; 3]| p.iter().zip([r, g, b]).all(|(a, b)| a.abs_diff(b) <= 8);
    let inside = |i: usize| {
        let (x, y) = (i as u32 % picture.width, i as u32 / picture.width);
        (left..right).contains(&x) && (top..bottom).contains(&y)
    };
    picture.rows.iter().enumerate().filter(|(i, p)| inside(*i) && near(p)).count()
}

fn headless(scenario: &Scenario, until: f64) -> String {
    let plan = scenario.plan(None).unwrap();
    let mut run = Simulation::new(scenario, Box::new(FixedTime::new(plan.plans.clone())), Some(plan), Options::default());
    while run.now() < until {
        run.step();
    }
    run.hash()
}

fn now(session: &Session) -> f64 {
    session.player().unwrap().now()
}

#[test]
fn a_run_with_pauses_and_rewinds_has_the_hash_of_the_headless_one() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let start = now(&s);
    s.press(KeyCode::Space, " ", &[]);
    s.frames(50);
    assert!(s.player().unwrap().is_running() && now(&s) > start + 1.0, "{}", now(&s));
    s.press(KeyCode::BracketRight, "]", &[]);
    s.press(KeyCode::PageUp, "", &[]);
    assert_eq!(s.player().unwrap().rate(), Rate::Five);
    s.frames(50);
    s.press(KeyCode::Space, " ", &[]);
    let paused = now(&s);
    s.frames(10);
    assert_eq!(now(&s), paused);
    let ahead = s.picture().unwrap();
    // Back by a minute, and to the same second again.
    s.press(KeyCode::Comma, ",", SHIFT);
    assert!(s.settle());
    assert!((now(&s) - paused + 60.0).abs() < 1.0, "{} {paused}", now(&s));
    assert_ne!(s.picture().unwrap(), ahead);
    s.press(KeyCode::Period, ".", CONTROL);
    assert!(s.settle());
    let run = s.player().unwrap().simulation();
    let scenario = toy::scenario();
    assert_eq!(run.hash(), headless(&scenario, run.now()));
    s.press(KeyCode::KeyR, "r", &[]);
    assert!(s.settle());
    assert_eq!(now(&s), f64::from(scenario.begin.0));
    let run = s.player().unwrap().simulation();
    assert_eq!(run.hash(), headless(&scenario, run.now()));
}

#[test]
fn a_rewound_picture_is_the_picture_of_that_moment() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    s.press(KeyCode::Digit4, "4", &[]);
    s.press(KeyCode::Comma, ",", &[]);
    assert!(s.settle());
    let (moment, before) = (now(&s), s.picture().unwrap());
    s.press(KeyCode::KeyT, "t", &[]);
    assert_eq!(s.desk().dialog, Dialog::Jump(String::new()));
    s.type_in("07:06");
    s.press(KeyCode::Enter, "", &[]);
    assert!(s.settle());
    assert_eq!((now(&s), &s.desk().dialog), (25_560.0, &Dialog::None));
    s.press(KeyCode::KeyT, "t", &[]);
    s.type_in(&format!("{moment:.0}"));
    s.press(KeyCode::Enter, "", &[]);
    assert!(s.settle());
    assert_eq!(now(&s), moment);
    let again = s.picture().unwrap();
    // The time bar knows more of the run than before; the map does not.
    let differing = |rows: std::ops::Range<usize>| {
        let row = |k: usize| k * SIZE.0 as usize..(k + 1) * SIZE.0 as usize;
        rows.flat_map(row).filter(|&i| before.rows[i] != again.rows[i]).count()
    };
    assert_eq!(differing(40..560), 0);
}

#[test]
fn the_time_slider_goes_there_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let y = SIZE.1 as f32 - 15.0;
    s.drag((500.0, y), (800.0, y));
    assert!(s.settle());
    let late = now(&s);
    s.drag((800.0, y), (500.0, y));
    assert!(s.settle());
    assert!(late > now(&s) + 100.0 && now(&s) > 25_200.0, "{late} {}", now(&s));
    let run = s.player().unwrap().simulation();
    assert_eq!(run.hash(), headless(&toy::scenario(), run.now()));
}

#[test]
fn the_wheel_zooms_and_a_drag_moves_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let (scale, middle) = (s.scale(), (600.0, 300.0));
    s.wheel(middle, 5.0);
    assert!(s.scale() < scale * 0.6, "{} {scale}", s.scale());
    let before = s.place_of(Point::new(0.0, 0.0)).unwrap();
    s.drag(middle, (660.0, 340.0));
    let after = s.place_of(Point::new(0.0, 0.0)).unwrap();
    assert!((after.0 - before.0 - 60.0).abs() < 1.5 && (after.1 - before.1 - 40.0).abs() < 1.5, "{before:?} {after:?}");
    s.press(KeyCode::Home, "", &[]);
    assert!((s.scale() - scale).abs() < 1e-3);
    // Over a panel the wheel does not zoom.
    s.wheel((60.0, 300.0), 5.0);
    assert!((s.scale() - scale).abs() < 1e-3);
}

#[test]
fn a_click_on_a_signal_explains_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let place = s.place_of(Point::new(0.0, 0.0)).unwrap();
    let before = s.picture().unwrap();
    s.click(place);
    assert_eq!(s.desk().signal, Some(WEST));
    let after = s.picture().unwrap();
    let right = (SIZE.0 - 268, 60, SIZE.0, SIZE.1 - 60);
    assert!(within(&after, palette::PANEL, right) > within(&before, palette::PANEL, right) + 20_000, "the panel of the signal");
    s.press(KeyCode::Escape, "", &[]);
    assert_eq!(s.desk().signal, None);
    s.press(KeyCode::Escape, "", &[]);
    s.frames(2);
    assert_eq!(s.desk().signal, None, "nothing is open, and the window is still there");
}

#[test]
fn the_time_space_diagram_shows_what_has_been_also_while_time_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    s.press(KeyCode::Digit3, "", SHIFT);
    assert!(s.settle());
    let picture = s.picture().unwrap();
    // Vehicles along the road are thin lines in the colours of the bands, which themselves are pale.
    let is_line = |p: &&[u8; 3]| p[2] > p[0].saturating_add(60) && p[2] > p[1].saturating_add(25);
    let drawer = picture.rows.iter().skip(((SIZE.1 - 330) * SIZE.0) as usize);
    let lines = drawer.filter(is_line).count();
    // Without vehicles the bands alone have about 400 such pixels, with them 740.
    assert!(lines > 570, "{lines} pixels of lines");
}

#[test]
fn an_offset_is_dragged_undone_redone_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { signal: Some(EAST), diagram: Some(Diagram::Plan), ..Desk::default() };
    let Some(mut s) = session(Opening { desk, ..opening(folder.path()) }) else { return };
    let moment = now(&s);
    let unedited = s.player().unwrap().simulation().hash();
    let offset = |s: &Session| s.history().last().map(|m| m.plans.plans[EAST].offset());
    assert_eq!(offset(&s), None);
    // The ruler of the plan: the second row of the drawer.
    let y = ruler(&mut s);
    s.drag((500.0, y), (560.0, y));
    assert!(s.settle());
    let moved = offset(&s).expect("the offset was changed");
    assert!(moved.0 > 15 && moved.0 < 40, "{moved:?}");
    let player = s.player().unwrap();
    assert!(player.is_comparing() && now(&s) == moment);
    assert_ne!(player.edited().simulation().hash(), player.original().simulation().hash());
    assert_eq!(player.original().simulation().hash(), unedited);
    s.press(KeyCode::KeyZ, "z", CONTROL);
    assert!(s.settle());
    assert_eq!((offset(&s), s.player().unwrap().is_comparing()), (None, false));
    assert_eq!(s.player().unwrap().simulation().hash(), unedited, "what is undone never was");
    s.press(KeyCode::KeyY, "y", CONTROL);
    assert!(s.settle());
    assert_eq!(offset(&s), Some(moved));
    s.press(KeyCode::KeyQ, "q", CONTROL);
    s.frames(2);
    let warned = s.desk().notice.clone().expect("leaving with what is not saved is warned of");
    assert!(warned.bad && warned.text.contains("not saved"), "{warned:?}");
    s.press(KeyCode::KeyS, "s", CONTROL);
    s.type_in("mine");
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    let again = model::scenario::load(folder.path()).unwrap();
    assert_eq!(again.plan(Some("mine")).unwrap().plans[EAST].offset(), moved);
    assert_eq!(again.plan(None).unwrap().plans[EAST].offset(), Seconds(15));
    // The same name again is refused, and the file stays.
    s.press(KeyCode::KeyS, "s", CONTROL);
    s.type_in("mine");
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    assert!(s.desk().notice.as_ref().is_some_and(|n| n.bad));
}

/// Where the ruler of the signal plan is: the uppermost row of the drawer in which the line of now is seen.
fn ruler(s: &mut Session) -> f32 {
    let picture = s.picture().unwrap();
    let drawer = (190, SIZE.1 - 300, SIZE.0 - 280, SIZE.1 - 66);
    let rows = drawer.1..drawer.3;
    let found = rows.filter(|&y| within(&picture, palette::GREEN, (drawer.0, y, drawer.2, y + 1)) > 60).min();
    found.expect("green bars are drawn") as f32 - 16.0
}

#[test]
fn an_edge_that_breaks_an_intergreen_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { signal: Some(WEST), diagram: Some(Diagram::Plan), ..Desk::default() };
    let Some(mut s) = session(Opening { desk, ..opening(folder.path()) }) else { return };
    let row = ruler(&mut s) + 22.0;
    let picture = s.picture().unwrap();
    let last = (200..SIZE.0 - 280).rev().find(|&x| within(&picture, palette::GREEN, (x, row as u32, x + 1, row as u32 + 1)) > 0);
    let edge = (last.unwrap() as f32 + 1.0, row);
    // With Alt the end of this green alone: the other street would have green too early.
    s.drag_with(KeyCode::AltLeft, edge, (edge.0 + 40.0, row));
    assert!(s.settle());
    let notice = s.desk().notice.clone().expect("it is told");
    assert!(notice.bad && notice.text.contains("intergreen"), "{notice:?}");
    assert!(s.history().last().is_none() && !s.player().unwrap().is_comparing());
    // Without it the change to the next stage moves, and that is safe.
    s.drag(edge, (edge.0 + 30.0, row));
    assert!(s.settle());
    assert!(s.history().last().is_some());
}

#[test]
fn a_strip_of_the_time_space_diagram_is_dragged_and_bands_follow_while_it_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { diagram: Some(Diagram::TimeSpace), ..Desk::default() };
    let Some(mut s) = session(Opening { desk, ..opening(folder.path()) }) else { return };
    assert!(s.settle());
    let before = s.picture().unwrap();
    // The lowest strip is that of the first signal of the corridor.
    let drawer = (140, SIZE.1 - 250, SIZE.0 - 60, SIZE.1 - 66);
    let rows = (drawer.1..drawer.3).rev();
    let found = rows.into_iter().find(|&y| within(&before, palette::GREEN, (drawer.0, y, drawer.2, y + 1)) > 60);
    let y = found.expect("strips are drawn") as f32 - 1.0;
    s.hold((400.0, y), (480.0, y));
    let held = s.picture().unwrap();
    assert_ne!(held, before, "what is held is shown");
    assert!(s.history().last().is_none(), "and not made yet");
    s.let_go();
    assert!(s.settle());
    let offset = s.history().last().expect("the offset was changed").plans.plans[WEST].offset();
    assert!((5..40).contains(&offset.0), "{offset:?}");
    assert!(s.player().unwrap().is_comparing());
}

#[test]
fn two_worlds_are_swapped_and_split() {
    let folder = tempfile::tempdir().unwrap();
    let mut opening = opening(folder.path());
    let scenario = opening.scenario.clone().unwrap();
    let mut other = scenario.plan(None).unwrap().clone();
    other.name = "other".into();
    other.plans[EAST] = other.plans[EAST].plan().with_offset(Seconds(40)).check(&scenario.signals[EAST]).unwrap();
    opening.compared = Some(other);
    let Some(mut s) = session(opening) else { return };
    assert!(s.player().unwrap().is_comparing() && !s.player().unwrap().shows_original());
    let after = s.picture().unwrap();
    s.press(KeyCode::Tab, "", &[]);
    assert!(s.player().unwrap().shows_original());
    assert_ne!(s.picture().unwrap(), after);
    s.press(KeyCode::Tab, "", SHIFT);
    s.frames(3);
    assert!(s.desk().split);
    let both = s.picture().unwrap();
    assert!(count(&both, palette::ASPHALT) > 500);
    // Both worlds have the same vehicles and one clock.
    s.press(KeyCode::Space, " ", &[]);
    s.frames(30);
    let player = s.player().unwrap();
    assert_eq!(player.original().simulation().tick(), player.edited().simulation().tick());
    assert_eq!(player.original().simulation().measures().due, player.edited().simulation().measures().due);
    s.press(KeyCode::Digit9, "9", &[]);
    assert_eq!(s.desk().layer, Some(Layer::Difference));
}

#[test]
fn every_layer_colours_the_roads_and_has_a_legend() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let digits = [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4, KeyCode::Digit5, KeyCode::Digit6];
    let digits = digits.into_iter().chain([KeyCode::Digit7, KeyCode::Digit8]);
    let plain = s.picture().unwrap();
    let map = (190, 60, SIZE.0, SIZE.1 - 70);
    for (digit, layer) in digits.zip(Layer::ALL) {
        s.press(digit, "", &[]);
        s.frames(2);
        assert_eq!(s.desk().layer, Some(layer));
        let picture = s.picture().unwrap();
        let asphalt = |p| within(p, palette::ASPHALT, map);
        assert!(asphalt(&picture) * 2 < asphalt(&plain), "{layer:?}: {} of {}", asphalt(&picture), asphalt(&plain));
        let legend = (0, 60, 190, SIZE.1 - 70);
        let inks = if matches!(layer, Layer::Flow | Layer::Emissions) { palette::AMOUNTS } else { palette::GRADES };
        assert!(inks.iter().all(|&ink| within(&picture, ink, legend) > 60), "{layer:?}: the legend");
    }
    s.press(KeyCode::Digit0, "", &[]);
    assert_eq!(s.desk().layer, None);
}

#[test]
fn every_diagram_is_drawn_and_saved_as_svg_and_png() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { signal: Some(WEST), ..Desk::default() };
    let Some(mut s) = session(Opening { desk, ..opening(folder.path()) }) else { return };
    let digits = [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4, KeyCode::Digit5, KeyCode::Digit6];
    for (digit, diagram) in digits.into_iter().zip(Diagram::ALL) {
        s.press(digit, "", SHIFT);
        assert!(s.settle());
        assert_eq!(s.desk().diagram, Some(diagram));
        let picture = s.picture().unwrap();
        let drawer = (190, SIZE.1 - 290, SIZE.0 - 268, SIZE.1 - 66);
        let sheet = if diagram == Diagram::Series { palette::PAPER } else { palette::PANEL };
        assert!(within(&picture, sheet, drawer) > 30_000, "{diagram:?}: the drawer");
        if matches!(diagram, Diagram::Live | Diagram::Plan | Diagram::TimeSpace) {
            assert!(within(&picture, palette::GREEN, drawer) > 400, "{diagram:?}: greens");
        }
        s.press(KeyCode::KeyE, "e", &[]);
        s.frames(2);
        let stem = format!("ampel-{}-001", diagram.key());
        let svg = std::fs::read_to_string(folder.path().join(format!("{stem}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.len() > 700, "{diagram:?}");
        let png = std::fs::read(folder.path().join(format!("{stem}.png"))).unwrap();
        assert_eq!(&png[1..4], b"PNG", "{diagram:?}");
    }
}

#[test]
fn signals_are_found_by_name_and_the_language_changes() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    s.press(KeyCode::KeyF, "f", CONTROL);
    s.type_in("eas");
    s.press(KeyCode::Enter, "", &[]);
    s.frames(2);
    assert_eq!((s.desk().signal, &s.desk().dialog), (Some(EAST), &Dialog::None));
    let english = s.picture().unwrap();
    s.press(KeyCode::F2, "", &[]);
    s.frames(2);
    assert_ne!(s.picture().unwrap(), english);
    s.press(KeyCode::KeyN, "n", &[]);
    s.frames(2);
    assert!(count(&s.picture().unwrap(), palette::PAPER) < 500, "the dark theme has no light paper");
    s.press(KeyCode::Slash, "?", SHIFT);
    assert_eq!(s.desk().dialog, Dialog::Help);
    s.press(KeyCode::Escape, "", &[]);
    assert_eq!(s.desk().dialog, Dialog::None);
}

#[test]
fn a_vehicle_is_followed_and_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    s.press(KeyCode::KeyF, "f", &[]);
    let vehicle = s.desk().vehicle.expect("there is one");
    s.press(KeyCode::Space, " ", &[]);
    s.frames(20);
    let at = s.player().unwrap().shown().vehicles.iter().find(|v| v.vehicle == vehicle).map(|v| v.centre);
    if let Some(place) = at.and_then(|at| s.place_of(at)) {
        assert!((place.0 - 594.0).abs() < 200.0 && (place.1 - 300.0).abs() < 120.0, "{place:?}");
    }
    s.press(KeyCode::KeyF, "f", &[]);
    assert_eq!(s.desk().vehicle, None);
}

#[test]
fn a_broken_scenario_shows_its_faults_and_another_can_be_opened() {
    let shelf = tempfile::tempdir().unwrap();
    let (broken, sound) = (shelf.path().join("broken"), shelf.path().join("sound"));
    for folder in [&broken, &sound] {
        std::fs::create_dir(folder).unwrap();
        toy::write(folder);
    }
    let network = std::fs::read_to_string(broken.join("network.toml")).unwrap();
    std::fs::write(broken.join("network.toml"), network.replace("width_m = 3.25", "width_m = -3.25")).unwrap();
    let faults = model::scenario::load(&broken).unwrap_err();
    let opening =
        Opening { faults: Some(faults), folder: Some(broken), size: SIZE, shelf: shelf.path().into(), ..Opening::default() };
    let Some(mut s) = session(opening) else { return };
    assert!(s.player().is_none());
    let picture = s.picture().unwrap();
    assert!(count(&picture, palette::BRAKE) > 20, "the faults are told in red");
    s.type_in(sound.to_str().unwrap());
    s.press(KeyCode::Enter, "", &[]);
    s.frames(4);
    assert_eq!(now(&s), f64::from(DaySecond(25_200).0));
    assert!(count(&s.picture().unwrap(), palette::ASPHALT) > 2000, "the map of the other scenario");
}

/// The middle of a lane, in the window.
fn middle_of(s: &Session, scenario: &Scenario, lane: LaneId) -> (f32, f32) {
    let shape = &scenario.network.lanes[lane].shape;
    s.place_of(shape.pose(shape.length() * 0.5).at).unwrap()
}

fn link(scenario: &Scenario, name: &str) -> LinkId {
    scenario.network.links.enumerate().find(|(_, l)| l.name == name).unwrap().0
}

/// Pixels of the map that are more or less orange: stripes are thin from far away.
fn orange(picture: &Pixels) -> usize {
    let on_map = |i: usize| {
        let (x, y) = (i as u32 % picture.width, i as u32 / picture.width);
        (190..SIZE.0 - 270).contains(&x) && (60..SIZE.1 - 70).contains(&y)
    };
    let is_orange = |p: &[u8; 3]| p[0] > p[2].saturating_add(40) && p[0] > p[1].saturating_add(12);
    picture.rows.iter().enumerate().filter(|(i, p)| on_map(*i) && is_orange(p)).count()
}

/// The sites of the world with changes.
fn sites(s: &Session) -> Vec<Roadwork> {
    s.history().works().map(|w| w.to_vec()).unwrap_or_default()
}

#[test]
fn a_lane_is_closed_on_the_map_undone_redone_saved_and_loaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let scenario = toy::scenario();
    let lane = scenario.network.links[link(&scenario, "west-east")].lane(1).unwrap();
    let (moment, unedited) = (now(&s), s.player().unwrap().simulation().hash());
    s.press(KeyCode::KeyB, "b", &[]);
    let place = middle_of(&s, &scenario, lane);
    s.click(place);
    assert_eq!(s.desk().lanes, [lane]);
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    assert!(matches!(s.desk().dialog, Dialog::Site(_)), "{:?}", s.desk().dialog);
    s.type_in(" gas");
    s.press(KeyCode::Enter, "", &[]);
    assert!(s.settle());
    assert_eq!(s.desk().dialog, Dialog::None);
    let made = sites(&s);
    assert_eq!((made.len(), made[0].name.as_str(), made[0].closures.len()), (1, "site 1 gas", 1));
    assert_eq!(made[0].closures[0].what, Closed::Lanes(vec![lane]));
    assert_eq!((made[0].closures[0].begin.get(), now(&s)), (25_320.0, moment), "since the whole minute");
    let player = s.player().unwrap();
    assert!(player.is_comparing());
    assert_eq!(player.original().simulation().hash(), unedited);
    let edited = player.edited().simulation().hash();
    assert_ne!(edited, unedited);
    // Hatched in the world with the change, and not in the one without it.
    s.press(KeyCode::KeyB, "b", &[]);
    let hatched = orange(&s.picture().unwrap());
    s.press(KeyCode::Tab, "", &[]);
    s.frames(3);
    let before = orange(&s.picture().unwrap());
    s.press(KeyCode::Tab, "", &[]);
    assert!(hatched > before + 100, "{hatched} {before}");
    s.press(KeyCode::KeyZ, "z", CONTROL);
    assert!(s.settle());
    assert!(sites(&s).is_empty() && !s.player().unwrap().is_comparing());
    assert_eq!(s.player().unwrap().simulation().hash(), unedited, "what is undone never was");
    s.press(KeyCode::KeyY, "y", CONTROL);
    assert!(s.settle());
    assert_eq!((sites(&s), s.player().unwrap().edited().simulation().hash()), (made.clone(), edited));
    // A minute on, and saved.
    s.press(KeyCode::KeyT, "t", &[]);
    s.type_in("07:04");
    s.press(KeyCode::Enter, "", &[]);
    assert!(s.settle());
    s.press(KeyCode::KeyS, "s", CONTROL);
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    assert!(!s.history().is_unsaved(), "{:?}", s.desk().notice);
    let again = model::scenario::load(folder.path()).unwrap();
    assert_eq!(again.roadworks, made);
    let run = s.player().unwrap().edited().simulation();
    assert_eq!(run.hash(), headless(&again, run.now()), "the run of the window is the headless run of what was saved");
}

#[test]
fn a_site_that_cannot_be_is_refused_and_its_times_are_dragged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut s) = session(opening(folder.path())) else { return };
    let scenario = toy::scenario();
    let link = link(&scenario, "west-east");
    s.press(KeyCode::KeyB, "b", &[]);
    let place = middle_of(&s, &scenario, scenario.network.links[link].first_lane);
    // With Control the whole link; with Shift it is chosen no longer.
    s.click_with(KeyCode::ControlLeft, place);
    assert_eq!(s.desk().lanes.len(), 2);
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    s.press(KeyCode::Tab, "", &[]);
    s.type_in("x");
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    let Dialog::Site(form) = s.desk().dialog.clone() else { panic!("the form is gone: {:?}", s.desk().dialog) };
    assert!(form.refused.as_ref().is_some_and(|r| r.contains("no time of day")), "{form:?}");
    assert!(sites(&s).is_empty());
    s.press(KeyCode::Escape, "", &[]);
    s.press(KeyCode::Enter, "", &[]);
    s.frames(3);
    s.press(KeyCode::Enter, "", &[]);
    assert!(s.settle());
    assert_eq!(sites(&s)[0].closures[0].what, Closed::Link(link));
    // Who has no way any more is told.
    let notice = s.desk().notice.clone().expect("it is told");
    assert!(notice.text.contains("no way") || notice.text.contains("green for nobody"), "{notice:?}");
    // The end of its bar, dragged to the left.
    let picture = s.picture().unwrap();
    let panel = (SIZE.0 - 268, 60, SIZE.0, SIZE.1 - 70);
    let on = |x: u32, y: u32| within(&picture, palette::BRAKE, (x, y, x + 1, y + 1)) > 0;
    let y = (panel.1..panel.3).find(|&y| (panel.0..panel.2).filter(|&x| on(x, y)).count() > 60).expect("the bar is drawn") + 4;
    let right = (panel.0..panel.2).rev().find(|&x| on(x, y)).unwrap();
    let end = sites(&s)[0].closures[0].end.get();
    s.drag((right as f32 - 3.0, y as f32), (right as f32 - 73.0, y as f32));
    assert!(s.settle());
    let moved = sites(&s)[0].closures[0].end.get();
    assert!(moved < end - 120.0 && moved % 60.0 == 0.0, "{end} {moved}");
    // Taken away, and all of it taken back.
    s.press(KeyCode::Delete, "", &[]);
    assert!(s.settle());
    assert!(sites(&s).is_empty() && s.history().done().len() == 3);
    for left in [1, 1, 0] {
        s.press(KeyCode::KeyZ, "z", CONTROL);
        assert!(s.settle());
        assert_eq!(sites(&s).len(), left);
    }
}
