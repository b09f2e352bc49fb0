//! The intergreen matrix (Zwischenzeitenmatrix): rows clear, columns enter.

use super::{OfSignal, Subject, fitting};
use crate::figure::Figure;
use crate::palette;
use crate::words;
use bevy_egui::egui::{Align2, Rect, pos2, vec2};
use model::id::GroupId;
use model::signal::{Grade, SafePlan};

const LEFT: f32 = 92.0;
const CELL: (f32, f32) = (44.0, 20.0);

pub(crate) fn draw(subject: &Subject<'_>, of: OfSignal<'_>) -> Figure {
    let language = subject.language();
    let count = of.signal.groups.len() as f32;
    let title = words::MATRIX_TITLE.with(language, &[&of.signal.name]);
    let width = ((subject.width - LEFT) / count.max(1.0)).clamp(28.0, CELL.0);
    let mut figure = Figure::new(LEFT + width * count, CELL.1 * (count + 1.0) + 24.0, title);
    let corner = words::CLEARS_ENTERS.of(language);
    figure.text(pos2(0.0, CELL.1 / 2.0), Align2::LEFT_CENTER, 10.0, palette::INK_SOFT, corner);
    for (k, group) in of.signal.groups.iter().enumerate() {
        let column = pos2(LEFT + width * (k as f32 + 0.5), CELL.1 / 2.0);
        figure.strong(column, Align2::CENTER_CENTER, 11.0, palette::INK, fitting(&group.name, width, 11.0));
        let row = pos2(0.0, CELL.1 * (k as f32 + 1.5));
        figure.strong(row, Align2::LEFT_CENTER, 11.0, palette::INK, fitting(&group.name, LEFT - 6.0, 11.0));
    }
    for clearing in of.signal.groups.ids() {
        for entering in of.signal.groups.ids() {
            let at = pos2(LEFT + width * entering.0 as f32, CELL.1 * (clearing.0 as f32 + 1.0));
            let area = Rect::from_min_size(at, vec2(width, CELL.1));
            cell(&mut figure, of, (clearing, entering), area);
        }
    }
    let below = pos2(LEFT, CELL.1 * (count + 1.0) + 14.0);
    figure.text(below, Align2::LEFT_CENTER, 10.0, palette::INK_SOFT, words::CONDITIONAL.of(language));
    figure
}

fn cell(figure: &mut Figure, of: OfSignal<'_>, pair: (GroupId, GroupId), area: Rect) {
    let conditional = of.signal.grades[pair] == Grade::Conditional;
    let needed = of.signal.intergreens[pair];
    if pair.0 == pair.1 {
        figure.rect(area, palette::RIM);
    } else if conditional {
        figure.rect(area, palette::AMBER.thin(0.18));
    }
    if let Some(needed) = needed {
        let gap = of.plan.and_then(|plan| least_gap(plan, pair)).filter(|_| !conditional);
        let tight = gap.is_some_and(|gap| gap <= u32::from(needed.get()));
        let short = gap.is_some_and(|gap| gap < u32::from(needed.get()));
        if short {
            figure.rect(area, palette::BRAKE.thin(0.3));
        } else if tight {
            figure.rect(area, palette::CHOSEN.thin(0.16));
        }
        let text = format!("{}{}", needed.get(), if conditional { " b" } else { "" });
        figure.text(area.center(), Align2::CENTER_CENTER, 11.0, palette::INK, text);
    }
    figure.rim(area, 0.8, palette::RIM);
}

/// The shortest time in a cycle from the end of a green to the beginning of another, in seconds.
fn least_gap(plan: &SafePlan, (clearing, entering): (GroupId, GroupId)) -> Option<u32> {
    let cycle = plan.cycle();
    let whole = u32::from(cycle.get());
    let ends = plan.plan().greens[clearing].iter().map(|g| u32::from(g.end(cycle).get()));
    let starts: Vec<u32> = plan.plan().greens[entering].iter().map(|g| u32::from(g.start.get())).collect();
    ends.flat_map(|end| starts.iter().map(move |start| (start + whole - end) % whole)).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;
    use model::id::SignalId;

    #[test]
    fn gaps_are_taken_round_the_cycle() {
        let scenario = toy::scenario();
        let plan = &scenario.plan(None).unwrap().plans[SignalId(0)];
        let (along, across) = (GroupId(0), GroupId(1));
        assert_eq!((least_gap(plan, (along, across)), least_gap(plan, (across, along))), (Some(6), Some(6)));
    }
}
