//! The one place where everything is done that keys, clicks and drags ask for.

pub(crate) mod works;

use crate::desk::{Action, Actions, Desk, Dialog, Notice, Trial};
use crate::edit::{Edit, History, Made, WorksEdit};
use crate::layers::Layer;
use crate::open::{self, Faulty};
use crate::palette::Theme;
use crate::player::Player;
use crate::run::Playing;
use crate::scene::{Part, Scene};
use crate::view::View;
use crate::words;
use crate::{export, pick, save};
use bevy::prelude::*;
use evaluation::report::Language;
use model::roadworks::Roadwork;
use model::scenario::PlanSet;
use model::time::DaySecond;
use std::sync::Arc;

/// A change holds from so many seconds before the moment at which it is made, so that its effect is seen at once.
const LOOK_BACK: f64 = 300.0;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Actions>()
        .init_resource::<History>()
        .init_resource::<Trial>()
        .add_systems(Update, (obey, fade).chain().in_set(Part::Obey));
}

fn obey(world: &mut World) {
    let actions = std::mem::take(&mut world.resource_mut::<Actions>().0);
    for action in actions {
        one(world, action);
    }
}

/// What was told goes after a while.
fn fade(time: Res<'_, Time<Real>>, mut desk: ResMut<'_, Desk>) {
    let Some(left) = desk.notice.as_ref().map(|n| n.left_s - time.delta_secs().min(0.25)) else { return };
    let desk = desk.bypass_change_detection();
    match &mut desk.notice {
        Some(notice) if left > 0.0 => notice.left_s = left,
        _ => desk.notice = None,
    }
}

fn one(world: &mut World, action: Action) {
    match action {
        Action::Theme => {
            let mut theme = world.resource_mut::<Theme>();
            *theme = theme.other();
        }
        Action::Open(folder) => open::folder(world, &folder),
        Action::Leave => leave(world),
        Action::Edit(edit) => change(world, &edit),
        Action::EditWorks(edit) => told_of_works(world, &edit),
        Action::Choose { lane, more, link } => works::choose(world, lane, more, link),
        Action::Site(site) => works::look_at(world, site),
        Action::TypeSite(site) => works::type_site(world, site),
        Action::PutSite(form) => works::put_site(world, form),
        Action::Undo => turn_back(world, History::undo),
        Action::Redo => turn_back(world, History::redo),
        Action::FromStart => from_start(world),
        Action::Save(name) => told(world, |world, language| {
            let saved = save::changes(world, language, &name)?;
            world.resource_mut::<History>().note_saved();
            Ok(saved)
        }),
        Action::Export => told(world, export::diagram),
        Action::LookAt(place) => world.resource_mut::<View>().centre = place,
        Action::FollowOrNot => follow_or_not(world),
        other => {
            if world.contains_resource::<Scene>() {
                time(&mut world.non_send_mut::<Playing>().0, &other);
            }
            if other == Action::Dialog(Dialog::None) && world.contains_resource::<Scene>() {
                world.remove_resource::<Faulty>();
            }
            let compares = world.get_non_send::<Playing>().is_some_and(|p| p.0.is_comparing());
            lay(&mut world.resource_mut::<Desk>(), other, compares);
        }
    }
}

/// Actions that change the run's time.
fn time(player: &mut Player, action: &Action) {
    match *action {
        Action::RunOrPause => player.set_running(!player.is_running()),
        Action::Forward(span) if span <= 0.0 => {
            player.set_running(false);
            player.step();
        }
        Action::Forward(span) => {
            player.set_running(false);
            player.seek(player.now() + span);
        }
        Action::GoTo(second) => player.seek(second),
        Action::GiveUp => player.give_up(),
        Action::Faster => player.faster(),
        Action::Slower => player.slower(),
        Action::Swap => player.swap(),
        _ => {}
    }
}

/// Actions that change what lies on the desk.
fn lay(desk: &mut Desk, action: Action, compares: bool) {
    match action {
        Action::Layer(layer) => {
            if layer == Some(Layer::Difference) && !compares {
                desk.notice = Some(Notice::bad(words::NEEDS_TWO.of(desk.language).into()));
            }
            desk.layer = layer;
        }
        Action::Diagram(diagram) => desk.diagram = if desk.diagram == Some(diagram) { None } else { Some(diagram) },
        Action::CloseDiagram => desk.diagram = None,
        Action::Corridor(corridor) => desk.corridor = corridor,
        Action::Series(series) => desk.series = series,
        Action::Signal(signal) => desk.signal = signal,
        Action::Works => (desk.works, desk.lanes, desk.site) = (!desk.works, Vec::new(), None),
        Action::ChooseNone => desk.lanes.clear(),
        Action::Follow(vehicle) => desk.vehicle = vehicle,
        Action::Swap | Action::Split if !compares => {
            desk.notice = Some(Notice::bad(words::NEEDS_TWO.of(desk.language).into()));
        }
        Action::Split => desk.split = !desk.split,
        Action::Dialog(dialog) => desk.dialog = dialog,
        Action::Legend => desk.legend = !desk.legend,
        Action::Panels => desk.panels = !desk.panels,
        Action::Tell(notice) => desk.notice = Some(notice),
        Action::Language => {
            desk.language = match desk.language {
                Language::English => Language::German,
                Language::German => Language::English,
            };
        }
        _ => {}
    }
}

fn follow_or_not(world: &mut World) {
    let chosen = match (world.resource::<Desk>().vehicle, world.get_resource::<Scene>()) {
        (None, Some(scene)) => {
            let playing = world.non_send::<Playing>();
            pick::nearest_vehicle(world.resource::<View>(), scene, &playing.0)
        }
        _ => None,
    };
    world.resource_mut::<Desk>().vehicle = chosen;
}

/// Does something that ends in a sentence, good or bad, and tells it.
/// Leaves the window; where changes are not saved, only when asked a second time.
fn leave(world: &mut World) {
    let warning = words::UNSAVED.of(world.resource::<Desk>().language);
    let is_unsaved = world.get_resource::<History>().is_some_and(History::is_unsaved);
    let mut desk = world.resource_mut::<Desk>();
    let is_warned = desk.notice.as_ref().is_some_and(|n| n.text == warning);
    if is_unsaved && !is_warned {
        desk.notice = Some(Notice::bad(warning.into()));
    } else {
        world.write_message(AppExit::Success);
    }
}

fn told(world: &mut World, what: impl FnOnce(&mut World, Language) -> Result<String, String>) {
    let language = world.resource::<Desk>().language;
    if !world.contains_resource::<Scene>() {
        return;
    }
    let done = what(world, language);
    world.resource_mut::<Desk>().notice = Some(done.map_or_else(Notice::bad, Notice::good));
}

/// The plans with every change that holds.
pub(crate) fn latest(scene: &Scene, history: &History) -> Option<Arc<PlanSet>> {
    let plan = scene.plan.as_ref()?;
    Some(history.last().map_or_else(|| Arc::clone(plan), |made| Arc::clone(&made.plans)))
}

/// What comes of a change: the plans with it, or why it is refused.
pub(crate) fn tried(language: Language, scene: &Scene, history: &History, edit: &Edit) -> Result<Arc<PlanSet>, String> {
    let plans = latest(scene, history).ok_or_else(|| words::NO_SIGNALS.of(language).to_owned())?;
    let applied = edit.apply(&scene.scenario, &plans);
    applied.map(Arc::new).map_err(|refusal| words::REFUSED.with(language, &[&refusal.reason(language)]))
}

/// Checks a change and makes it, or tells why not; the run follows from a few minutes ago.
fn change(world: &mut World, edit: &Edit) {
    world.resource_mut::<Trial>().0 = None;
    let language = world.resource::<Desk>().language;
    let (Some(scene), history) = (world.get_resource::<Scene>(), world.resource::<History>()) else { return };
    let Some(old) = latest(scene, history) else { return };
    let made = match tried(language, scene, history, edit) {
        Ok(plans) if *plans == *old => return,
        Ok(plans) => plans,
        Err(reason) => {
            world.resource_mut::<Desk>().notice = Some(Notice::bad(reason));
            return;
        }
    };
    let title = edit.title(language, &scene.scenario, &old);
    let player = &world.non_send::<Playing>().0;
    let from = player.edited().past().state_before((player.now() - LOOK_BACK).max(f64::from(scene.scenario.start().0)));
    let from = from.map_or(scene.scenario.start().0, |(second, _)| second);
    let plans = Arc::new(PlanSet { name: "edited".into(), source: "changed by hand".into(), ..(*made).clone() });
    world.resource_mut::<Desk>().notice = Some(Notice::good(title.clone()));
    world.resource_mut::<History>().make(Made { title, from, plans, works: None });
    replay(world, from);
}

/// Changes roadworks, or tells why not.
fn told_of_works(world: &mut World, edit: &WorksEdit) {
    if let Err(reason) = works::change(world, edit) {
        world.resource_mut::<Desk>().notice = Some(Notice::bad(reason));
    }
}

/// Takes a change back or makes it again.
fn turn_back(world: &mut World, turn: impl FnOnce(&mut History) -> Option<u32>) {
    if let Some(from) = turn(&mut world.resource_mut::<History>()) {
        replay(world, from);
        works::look_at(world, None);
    }
}

/// Lets the last change hold from the first second on.
fn from_start(world: &mut World) {
    let Some(start) = world.get_resource::<Scene>().map(|s| s.scenario.start().0) else { return };
    if world.resource::<History>().last().is_some() {
        world.resource_mut::<History>().begin_at(start);
        replay(world, start);
    }
}

/// Runs what has been changed again, from the first second at which it makes a difference to the moment that is shown. With a
/// change there are two worlds, without any one.
pub(crate) fn replay(world: &mut World, from: u32) {
    let scene = world.resource::<Scene>();
    let history = world.resource::<History>();
    let changes = scene.plan.as_ref().map(|original| history.changes(original)).unwrap_or_default();
    let sites: Arc<[Roadwork]> = works::latest(scene, history);
    let needs_two = !history.done().is_empty();
    let is_comparing = world.non_send::<Playing>().0.is_comparing();
    let fresh = (needs_two && !is_comparing).then(|| scene.world());
    let mut playing = world.non_send_mut::<Playing>();
    let player = &mut playing.0;
    if let Some(fresh) = fresh {
        player.branch(fresh);
    }
    player.replan(from, changes, &sites);
    if !needs_two {
        player.merge();
        world.resource_mut::<Desk>().split = false;
    }
}

/// The plans that are shown: with the change that is tried, if any.
pub(crate) fn shown_plans(scene: &Scene, history: &History, trial: &Trial, player: &Player) -> (Option<Arc<PlanSet>>, bool) {
    if let Some(Ok(plans)) = trial.0.as_ref().map(|t| &t.result) {
        return (Some(Arc::clone(plans)), true);
    }
    if player.shows_original() {
        return (scene.plan.clone(), false);
    }
    let played = player.edited().programme().at(DaySecond(player.now() as u32));
    (latest(scene, history).or(played), false)
}
