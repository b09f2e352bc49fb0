//! What is done to roadworks: lanes are chosen, sites made, changed and taken away.

use super::replay;
use crate::desk::{Desk, Dialog, Notice};
use crate::edit::works::told;
use crate::edit::{History, Made, SiteForm, WorksEdit};
use crate::player::Player;
use crate::run::Playing;
use crate::scene::{Scene, Side};
use crate::words;
use bevy::prelude::*;
use model::id::LaneId;
use model::roadworks::{Roadwork, findings};
use model::scenario::PlanSet;
use std::sync::Arc;

/// The sites with every change that holds.
pub(crate) fn latest(scene: &Scene, history: &History) -> Arc<[Roadwork]> {
    history.works().map_or_else(|| Arc::from(&scene.scenario.roadworks[..]), Arc::clone)
}

/// The sites of the world that is drawn on a side: the one without changes has those of the scenario.
pub(crate) fn of_side(side: Side, scene: &Scene, history: &History, player: &Player, split: bool) -> Arc<[Roadwork]> {
    let original = if split { side == Side::Left } else { player.shows_original() };
    if original && player.is_comparing() { Arc::from(&scene.scenario.roadworks[..]) } else { latest(scene, history) }
}

/// Chooses a lane; without `more` a click on a site looks at the site.
pub(super) fn choose(world: &mut World, lane: LaneId, more: bool, link: bool) {
    let scene = world.resource::<Scene>();
    let network = &scene.scenario.network;
    let sites = latest(scene, world.resource::<History>());
    let closes = |site: &Roadwork| site.closures.iter().any(|c| c.lanes(network).contains(&lane));
    let here = sites.iter().position(closes).filter(|_| !more && !link);
    let meant: Vec<LaneId> = if link { network.links[network.lanes[lane].link].lanes().collect() } else { vec![lane] };
    let mut desk = world.resource_mut::<Desk>();
    if here.is_some() {
        desk.lanes.clear();
        return look_at(world, here);
    }
    let all_chosen = meant.iter().all(|l| desk.lanes.contains(l));
    if more {
        desk.lanes.retain(|l| !meant.contains(l));
    } else {
        desk.lanes.clear();
    }
    if !all_chosen {
        desk.lanes.extend(meant);
    }
    look_at(world, None);
}

/// Looks at a site, and finds out what it does to traffic.
pub(super) fn look_at(world: &mut World, site: Option<usize>) {
    let Some(scene) = world.get_resource::<Scene>() else { return };
    let sites = latest(scene, world.resource::<History>());
    let found = site.and_then(|at| sites.get(at)).map(|s| findings(&scene.scenario, &sites, s));
    let mut desk = world.resource_mut::<Desk>();
    desk.site = site.filter(|_| found.is_some());
    desk.findings = found.unwrap_or_default();
}

/// Opens the form of a site.
pub(super) fn type_site(world: &mut World, site: Option<usize>) {
    let (Some(scene), language) = (world.get_resource::<Scene>(), world.resource::<Desk>().language) else { return };
    let sites = latest(scene, world.resource::<History>());
    let now = world.non_send::<Playing>().0.now();
    let form = match site.and_then(|at| Some((at, sites.get(at)?))) {
        Some((at, site)) => SiteForm::of(at, site),
        None => SiteForm::fresh(language, &scene.scenario, &sites, now),
    };
    world.resource_mut::<Desk>().dialog = Dialog::Site(form);
}

/// Makes or changes the site that was typed; where it is refused the form stays, with the reason.
pub(super) fn put_site(world: &mut World, form: SiteForm) {
    let (Some(scene), desk) = (world.get_resource::<Scene>(), world.resource::<Desk>()) else { return };
    let sites = latest(scene, world.resource::<History>());
    let edit = form.edit(&scene.scenario.network, &sites, &desk.lanes);
    let language = desk.language;
    let done = edit.map_err(|r| words::REFUSED.with(language, &[&r.reason(language)])).and_then(|edit| change(world, &edit));
    let mut desk = world.resource_mut::<Desk>();
    match done {
        Ok(()) => (desk.dialog, desk.lanes) = (Dialog::None, Vec::new()),
        Err(reason) => desk.dialog = Dialog::Site(SiteForm { refused: Some(reason), ..form }),
    }
}

/// Checks a change of the roadworks and makes it, with a word about what it does to traffic; the run follows from the first
/// second at which it makes a difference.
///
/// # Errors
/// The reason why it is refused.
pub(super) fn change(world: &mut World, edit: &WorksEdit) -> Result<(), String> {
    let (Some(scene), history) = (world.get_resource::<Scene>(), world.resource::<History>()) else { return Ok(()) };
    let (language, scenario) = (world.resource::<Desk>().language, &scene.scenario);
    let sites = latest(scene, history);
    let refused = |r: crate::edit::WorksRefusal| words::REFUSED.with(language, &[&r.reason(language)]);
    let changed = edit.apply(scenario, &sites).map_err(refused)?;
    if changed[..] == sites[..] {
        return Ok(());
    }
    let (title, from) = (edit.title(language, scenario, &sites), edit.differs_from(scenario, &sites));
    let at = edit.site().and_then(|site| changed.iter().position(|s| s == site));
    let none = || Arc::new(PlanSet { name: String::new(), source: String::new(), plans: model::id::IdVec::default() });
    let plans = super::latest(scene, history).unwrap_or_else(none);
    world.resource_mut::<History>().make(Made { title: title.clone(), from, plans, works: Some(changed.into()) });
    replay(world, from);
    look_at(world, at);
    let scene = world.resource::<Scene>();
    let desk = world.resource::<Desk>();
    let warned: Vec<String> = desk.findings.iter().map(|f| told(language, &scene.scenario, f)).collect();
    let notice = match warned.first() {
        None => Notice::good(title),
        Some(first) if warned.len() == 1 => Notice::bad(words::WORKS_WARNED.with(language, &[&title, first])),
        Some(first) => Notice::bad(words::WORKS_WARNED_MORE.with(language, &[&title, first, &(warned.len() - 1)])),
    };
    world.resource_mut::<Desk>().notice = Some(notice);
    Ok(())
}
