//! The panels around the map: functions of what lies on the desk and of the run, which return what they are asked for.

mod dialogs;
mod drawer;
mod left;
mod overlay;
mod right;
mod time;
mod top;
mod works;

pub(crate) use dialogs::moment;

use crate::desk::{Action, Actions, Desk, Dialog, Trial};
use crate::edit::History;
use crate::icons::Icons;
use crate::letters;
use crate::map::roads::Shown;
use crate::obey::shown_plans;
use crate::open::{Faulty, Shelf};
use crate::palette::{self, Theme};
use crate::player::Player;
use crate::run::Playing;
use crate::scene::Scene;
use crate::view::{MapArea, View};
use bevy::prelude::*;
use bevy_egui::egui::{self, Color32, CornerRadius, Frame, LayerId, Margin, Panel, Stroke, TextStyle, Ui, UiBuilder};
use bevy_egui::{EguiContext, EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass, PrimaryEguiContext};
use evaluation::report::Language;
use model::scenario::PlanSet;
use std::sync::Arc;

/// Narrower than this there is no room for panels at the sides, in pixels.
const NARROW: f32 = 760.0;

/// What panels are functions of.
struct Seen<'a> {
    desk: &'a Desk,
    scene: &'a Scene,
    player: &'a Player,
    history: &'a History,
    view: &'a View,
    shown: &'a Shown,
    icons: &'a Icons,
    theme: Theme,
    /// The plans that are shown, and whether they are only tried.
    plans: Option<Arc<PlanSet>>,
    tried: bool,
}

impl Seen<'_> {
    fn language(&self) -> Language {
        self.desk.language
    }

    fn ink(&self, ink: palette::Ink) -> Color32 {
        ink.egui(self.theme)
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default())
        .add_systems(EguiPrimaryContextPass, show)
        .add_systems(PreUpdate, lend_keyboard.before(EguiPreUpdateSet::ProcessInput));
}

/// Keys are the window's own, but while something is typed; else Tab would wander over the buttons.
fn lend_keyboard(desk: Res<'_, Desk>, scene: Option<Res<'_, Scene>>, mut settings: ResMut<'_, EguiGlobalSettings>) {
    let types = !matches!(desk.dialog, Dialog::None | Dialog::Help) || scene.is_none();
    let settings = &mut settings.bypass_change_detection().input_system_settings;
    settings.run_write_keyboard_input_messages_system = types;
}

/// What the panels keep for themselves: icons and the drawing that was made last.
#[derive(Default)]
struct Kept {
    icons: Option<Icons>,
    theme: Option<Theme>,
    drawer: drawer::Cache,
}

fn show(
    mut contexts: Query<'_, '_, &mut EguiContext, With<PrimaryEguiContext>>,
    desk: Res<'_, Desk>,
    (scene, playing): (Option<Res<'_, Scene>>, Option<NonSend<'_, Playing>>),
    (history, theme, view, shown): (Res<'_, History>, Res<'_, Theme>, Res<'_, View>, Res<'_, Shown>),
    (faulty, shelf): (Option<Res<'_, Faulty>>, Res<'_, Shelf>),
    (mut actions, mut trial, mut area): (ResMut<'_, Actions>, ResMut<'_, Trial>, ResMut<'_, MapArea>),
    mut kept: Local<'_, Kept>,
) {
    let Ok(mut context) = contexts.single_mut() else { return };
    let context = context.get_mut().clone();
    if !prepare(&context, *theme, &mut kept) {
        return;
    }
    let root = UiBuilder::new().layer_id(LayerId::background()).max_rect(context.viewport_rect());
    let mut ui = Ui::new(context.clone(), "window".into(), root);
    let Kept { icons: Some(icons), drawer, .. } = &mut *kept else { return };
    let mut asked = Vec::new();
    if let (Some(scene), Some(playing)) = (&scene, &playing) {
        let (plans, tried) = shown_plans(scene, &history, &trial, &playing.0);
        let seen = Seen {
            desk: &desk,
            scene,
            player: &playing.0,
            history: &history,
            view: &view,
            shown: &shown,
            icons,
            theme: *theme,
            plans,
            tried,
        };
        around(&mut ui, &seen, &mut trial, drawer, &mut asked);
        let left = ui.available_rect_before_wrap();
        let told = MapArea { min: Vec2::new(left.min.x, left.min.y), size: Vec2::new(left.width(), left.height()), known: true };
        area.set_if_neq(told);
        overlay::show(&context, &seen, &told);
        dialogs::show(&context, &seen, &mut asked);
    } else {
        ui.painter().rect_filled(context.viewport_rect(), CornerRadius::ZERO, palette::PAPER.egui(*theme));
    }
    if scene.is_none() || matches!(desk.dialog, Dialog::Open(_)) || faulty.is_some() {
        let welcome =
            dialogs::Welcome { desk: &desk, theme: *theme, faulty: faulty.as_deref(), shelf: &shelf, first: scene.is_none() };
        dialogs::open(&context, &welcome, &mut asked);
    }
    actions.0.extend(asked);
}

/// The panels at the edges, from the outermost in.
fn around(ui: &mut Ui, seen: &Seen<'_>, trial: &mut Trial, drawer: &mut drawer::Cache, asked: &mut Vec<Action>) {
    if !seen.desk.panels {
        return;
    }
    let wide = ui.available_width() >= NARROW;
    let frame = |x: i8, y: i8| Frame::new().fill(seen.ink(palette::PANEL)).inner_margin(Margin::symmetric(x, y));
    Panel::top("top").frame(frame(10, 3)).show(ui, |ui| top::show(ui, seen, asked));
    Panel::bottom("time").frame(frame(10, 3)).show(ui, |ui| time::show(ui, seen, asked));
    Panel::bottom("tabs").frame(frame(10, 2)).show(ui, |ui| drawer::tabs(ui, seen, asked));
    if let Some(diagram) = seen.desk.diagram {
        let height = drawer::height(seen, diagram).min(ui.available_height() * 0.62);
        Panel::bottom(format!("drawer {} {:?}", diagram.key(), seen.desk.signal))
            .frame(frame(10, 6))
            .resizable(true)
            .default_size(height)
            .size_range(120.0..=ui.available_height() - 120.0)
            .show(ui, |ui| drawer::show(ui, seen, diagram, trial, drawer, asked));
    }
    if wide {
        Panel::left("left").frame(frame(10, 8)).exact_size(188.0).show(ui, |ui| left::show(ui, seen, asked));
        let desk = seen.desk;
        if desk.signal.is_some() || desk.vehicle.is_some() || desk.works || seen.player.is_comparing() {
            Panel::right("right").frame(frame(10, 8)).exact_size(268.0).show(ui, |ui| right::show(ui, seen, asked));
        }
    }
}

/// Typeface, icons and colours, when they are not there yet or others; says whether all is ready. A typeface is there from the
/// next frame on.
fn prepare(context: &egui::Context, theme: Theme, kept: &mut Kept) -> bool {
    let ready = kept.icons.is_some();
    if !ready {
        letters::teach(context);
        kept.icons = Some(Icons::new(context));
    }
    if kept.theme != Some(theme) {
        kept.theme = Some(theme);
        style(context, theme);
    }
    ready
}

fn style(context: &egui::Context, theme: Theme) {
    let mut style = (*context.global_style()).clone();
    style.visuals = if theme == Theme::Light { egui::Visuals::light() } else { egui::Visuals::dark() };
    let (ink, panel, rim) = (palette::INK.egui(theme), palette::PANEL.egui(theme), palette::RIM.egui(theme));
    let visuals = &mut style.visuals;
    visuals.override_text_color = Some(ink);
    visuals.panel_fill = panel;
    visuals.window_fill = panel;
    visuals.window_stroke = Stroke::new(1.0, rim);
    visuals.extreme_bg_color = palette::PAPER.egui(theme);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, rim);
    visuals.widgets.inactive.weak_bg_fill = palette::RIM.thin(0.5).egui(theme);
    visuals.selection.bg_fill = palette::CHOSEN.thin(0.22).egui(theme);
    visuals.selection.stroke = Stroke::new(1.0, palette::CHOSEN.egui(theme));
    for (kind, size) in [(TextStyle::Body, 13.0), (TextStyle::Button, 13.0), (TextStyle::Small, 11.0)] {
        style.text_styles.insert(kind, letters::font(size, false));
    }
    style.text_styles.insert(TextStyle::Heading, letters::font(15.0, true));
    style.spacing.item_spacing = egui::vec2(6.0, 4.0);
    style.interaction.tooltip_delay = 0.25;
    // What is shown is there at once, in pictures too.
    style.animation_time = 0.0;
    context.set_global_style(style);
}

/// A line of more weight.
fn strong(ui: &mut Ui, text: impl Into<String>, size: f32) {
    ui.label(egui::RichText::new(text).font(letters::font(size, true)));
}

/// A line of lesser weight.
fn soft(ui: &mut Ui, theme: Theme, text: impl Into<String>, size: f32) {
    ui.label(egui::RichText::new(text).font(letters::font(size, false)).color(palette::INK_SOFT.egui(theme)));
}
