//! Every key and what it does: one list for the help and for people who read the code.

use crate::desk::{Action, Actions, Desk, Diagram, Dialog};
use crate::edit::WorksEdit;
use crate::layers::Layer;
use crate::run::Playing;
use crate::scene::{Part, Scene};
use crate::words::Text;
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

/// Keys and their meaning, in the order of the help; groups are parted by empty lines.
pub(crate) const KEYS: [(&str, Text); 28] = {
    const fn t(en: &'static str, de: &'static str) -> Text {
        Text::new(en, de)
    }
    [
        ("Space", t("run, pause", "starten, anhalten")),
        (".   Shift .   Ctrl .", t("one step, second, cycle on", "ein Schritt, eine Sekunde, ein Umlauf weiter")),
        (",   Shift ,", t("one second, one minute back", "eine Sekunde, eine Minute zurück")),
        ("[  ]   Page Down, Page Up", t("slower, faster: 1× 2× 5× 10× 60× max", "langsamer, schneller: 1× 2× 5× 10× 60× max")),
        ("T", t("jump to a time", "zu einer Zeit springen")),
        (
            "R   Shift R",
            t("back to the start; run the changed plan from there", "zum Anfang; geändertes Programm von dort rechnen"),
        ),
        ("Wheel   +  −", t("zoom", "vergrößern, verkleinern")),
        ("Drag, arrows, W A S D", t("move the map", "Karte verschieben")),
        ("Home", t("the whole network", "das ganze Netz")),
        ("Ctrl F", t("find a signal, street or vehicle", "Signal, Straße oder Fahrzeug suchen")),
        ("Click", t("a signal: what it shows and why; a vehicle: choose it", "Signal: was es zeigt und warum; Fahrzeug: wählen")),
        ("F", t("follow the chosen vehicle, or the one in the middle", "dem gewählten oder mittleren Fahrzeug folgen")),
        ("1 … 9   0", t("layers: speed … difference; none", "Ebenen: Geschwindigkeit … Unterschied; keine")),
        ("L", t("legend", "Legende")),
        (
            "Shift 1 … 6",
            t(
                "diagrams: live, plan, time–space, stages, intergreens, series",
                "Diagramme: live, Plan, Zeit-Weg, Phasen, Zwischenzeiten, Ganglinie",
            ),
        ),
        ("E", t("save the diagram as SVG and PNG", "Diagramm als SVG und PNG sichern")),
        ("Ctrl Z   Ctrl Y", t("undo, redo a change", "Änderung rückgängig, wiederholen")),
        ("Ctrl S", t("save what is changed in the scenario", "Änderungen im Szenario sichern")),
        (
            "B",
            t(
                "roadworks: click lanes (Shift: more, Ctrl: whole link), Enter: close them, Del: remove",
                "Baustellen: Fahrstreifen klicken (Umschalt: mehr, Strg: ganze Strecke), Enter: sperren, Entf: löschen",
            ),
        ),
        ("Tab   Shift Tab", t("swap before and after; side by side", "vorher und nachher tauschen; nebeneinander")),
        ("Ctrl O", t("open a scenario", "Szenario öffnen")),
        ("N", t("light or dark", "hell oder dunkel")),
        ("F2", t("Deutsch", "English")),
        ("P", t("panels on and off", "Tafeln ein und aus")),
        ("F12", t("picture into the current folder", "Bild in den aktuellen Ordner")),
        ("?   F1", t("this help", "diese Hilfe")),
        ("Esc", t("cancel or close what is open", "abbrechen oder schließen, was offen ist")),
        ("Ctrl Q", t("leave", "beenden")),
    ]
};

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, obey_keys.in_set(Part::Input));
}

/// What is pressed together with a key.
#[derive(Debug, Clone, Copy)]
struct With {
    shift: bool,
    control: bool,
}

fn obey_keys(
    keys: Res<'_, ButtonInput<KeyCode>>,
    letters: Res<'_, ButtonInput<Key>>,
    wants: Res<'_, EguiWantsInput>,
    desk: Res<'_, Desk>,
    scene: Option<Res<'_, Scene>>,
    playing: Option<NonSend<'_, Playing>>,
    mut actions: ResMut<'_, Actions>,
) {
    let with = With {
        shift: keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]),
        control: keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]),
    };
    if keys.just_pressed(KeyCode::Escape) {
        actions.0.extend(escape(&desk, playing.as_deref()));
        return;
    }
    if wants.wants_any_keyboard_input() {
        return;
    }
    for key in keys.get_just_pressed() {
        actions.0.extend(general(*key, with, &desk));
        if let (Some(scene), Some(playing)) = (scene.as_deref(), playing.as_deref()) {
            actions.0.extend(of_run(*key, with, &desk, scene, playing));
        }
    }
    // By what is printed on the key, whatever the layout; a German keyboard has brackets beside AltGr only.
    let typed = |letter: &str| letters.just_pressed(Key::Character(letter.into()));
    if typed("?") {
        actions.push(toggled(&desk, Dialog::Help));
    }
    if scene.is_some() && typed("[") {
        actions.push(Action::Slower);
    }
    if scene.is_some() && typed("]") {
        actions.push(Action::Faster);
    }
}

/// Closes what was opened last; the window itself is left by other keys.
fn escape(desk: &Desk, playing: Option<&Playing>) -> Option<Action> {
    Some(match () {
        () if playing.is_some_and(|p| p.0.progress().is_some()) => Action::GiveUp,
        () if desk.dialog != Dialog::None => Action::Dialog(Dialog::None),
        () if desk.diagram.is_some() => Action::CloseDiagram,
        () if !desk.lanes.is_empty() => Action::ChooseNone,
        () if desk.site.is_some() => Action::Site(None),
        () if desk.works => Action::Works,
        () if desk.vehicle.is_some() => Action::Follow(None),
        () if desk.signal.is_some() => Action::Signal(None),
        () => return None,
    })
}

fn toggled(desk: &Desk, dialog: Dialog) -> Action {
    Action::Dialog(if desk.dialog == dialog { Dialog::None } else { dialog })
}

/// Keys that need no run.
fn general(key: KeyCode, with: With, desk: &Desk) -> Option<Action> {
    Some(match key {
        KeyCode::F1 => toggled(desk, Dialog::Help),
        KeyCode::F2 => Action::Language,
        KeyCode::KeyO if with.control => Action::Dialog(Dialog::Open(String::new())),
        KeyCode::KeyQ if with.control => Action::Leave,
        KeyCode::KeyN if !with.control => Action::Theme,
        _ => return None,
    })
}

/// Keys of the run, the map and the plans.
fn of_run(key: KeyCode, with: With, desk: &Desk, scene: &Scene, playing: &Playing) -> Option<Action> {
    let now = playing.0.now();
    Some(match (key, with.control) {
        (KeyCode::KeyZ, true) if with.shift => Action::Redo,
        (KeyCode::KeyZ, true) => Action::Undo,
        (KeyCode::KeyY, true) => Action::Redo,
        (KeyCode::KeyF, true) => Action::Dialog(Dialog::Find(String::new())),
        (KeyCode::KeyS, true) => Action::Dialog(Dialog::Save(String::new())),
        (KeyCode::Period, true) => Action::Forward(cycle(desk, scene, playing)),
        (_, true) => return None,
        (KeyCode::Space, _) => Action::RunOrPause,
        (KeyCode::Period | KeyCode::NumpadDecimal, _) => Action::Forward(if with.shift { 1.0 } else { 0.0 }),
        (KeyCode::Comma, _) => Action::GoTo(now - if with.shift { 60.0 } else { 1.0 }),
        (KeyCode::PageDown, _) => Action::Slower,
        (KeyCode::PageUp, _) => Action::Faster,
        (KeyCode::KeyT, _) => Action::Dialog(Dialog::Jump(String::new())),
        (KeyCode::KeyR, _) if with.shift => Action::FromStart,
        (KeyCode::KeyR, _) => Action::GoTo(f64::from(scene.scenario.start().0)),
        (KeyCode::KeyE, _) => Action::Export,
        (KeyCode::KeyF, _) => Action::FollowOrNot,
        (KeyCode::KeyL, _) => Action::Legend,
        (KeyCode::KeyP, _) => Action::Panels,
        (KeyCode::KeyB, _) => Action::Works,
        (KeyCode::Enter | KeyCode::NumpadEnter, _) if desk.works && !desk.lanes.is_empty() => Action::TypeSite(None),
        (KeyCode::Enter | KeyCode::NumpadEnter, _) if desk.works && desk.site.is_some() => Action::TypeSite(desk.site),
        (KeyCode::Delete, _) if desk.works => Action::EditWorks(WorksEdit::Remove(desk.site?)),
        (KeyCode::Tab, _) => {
            if with.shift {
                Action::Split
            } else {
                Action::Swap
            }
        }
        _ => return digit(key).map(|k| numbered(k, with.shift, desk)),
    })
}

fn digit(key: KeyCode) -> Option<usize> {
    const DIGITS: [KeyCode; 10] = [
        KeyCode::Digit0,
        KeyCode::Digit1,
        KeyCode::Digit2,
        KeyCode::Digit3,
        KeyCode::Digit4,
        KeyCode::Digit5,
        KeyCode::Digit6,
        KeyCode::Digit7,
        KeyCode::Digit8,
        KeyCode::Digit9,
    ];
    DIGITS.iter().position(|&d| d == key)
}

/// Digits choose layers, with Shift diagrams.
fn numbered(digit: usize, shift: bool, desk: &Desk) -> Action {
    if shift {
        return Diagram::ALL.get(digit.wrapping_sub(1)).map_or(Action::CloseDiagram, |&d| Action::Diagram(d));
    }
    let layer = Layer::ALL.get(digit.wrapping_sub(1)).copied();
    Action::Layer(layer.filter(|_| layer != desk.layer))
}

/// The cycle of the signal that is looked at, or of the first one, in seconds.
pub(crate) fn cycle(desk: &Desk, scene: &Scene, playing: &Playing) -> f64 {
    let second = model::time::DaySecond(playing.0.now() as u32);
    let plans = playing.0.world().programme().at(second).or_else(|| scene.plan.clone());
    let signal = desk.signal.unwrap_or(model::id::SignalId(0));
    plans.and_then(|p| p.plans.get(signal).map(|s| f64::from(s.cycle().get()))).unwrap_or(60.0)
}
