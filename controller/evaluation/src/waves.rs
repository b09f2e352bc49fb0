//! The widest green bands along a corridor (MAXBAND), section by section where none reach all along it.

use crate::bands::{SLOWEST, stretch};
use crate::corridor::Route;
use controller::{Arterial, BandLink, BandSignal, Both, GreenWave, SpeedRange, green_wave};
use model::id::SignalId;
use model::quantity::{Length, Span};
use model::scenario::Scenario;
use model::signal::Green;
use model::time::Seconds;
use std::collections::BTreeMap;

/// The widest bands along a corridor.
#[derive(Debug, Clone)]
pub struct CorridorWave {
    /// The corridor and its ways.
    pub route: Route,
    /// Its sections in order: one where bands reach all along it.
    pub sections: Vec<Section>,
}

/// A part of a corridor with bands of its own; neighbouring sections share a signal.
#[derive(Debug, Clone)]
pub struct Section {
    /// Places of its first and last signal in the corridor; the first once more at the end of a ring.
    pub from: usize,
    /// See `from`.
    pub to: usize,
    /// Its bands and their proof.
    pub wave: GreenWave,
}

/// The green of the through movement in each direction; `None` where a direction does not pass the signal.
pub(crate) type Greens = [Option<Green>; 2];

/// A band narrower than this is no band to drive on, in seconds: the corridor is parted instead.
pub(crate) const NARROWEST: f64 = 5.0;

/// The bands of a corridor: of all of it if they are wide enough, else of its halves, and so on.
pub(crate) fn sections(route: &Route, greens: &[Greens], cycle: Seconds) -> Vec<Section> {
    let last = if route.corridor.ring { greens.len() } else { greens.len().saturating_sub(1) };
    if !route.corridor.ring {
        return parted(route, greens, cycle, (0, last));
    }
    if let Some(wave) = wide_enough(&ring(route, greens, cycle)) {
        return vec![Section { from: 0, to: last, wave }];
    }
    let mut found = parted(route, greens, cycle, (0, last));
    // The first section has set the first signal: what comes round to it ends one signal before.
    if found.first().is_some_and(|s| s.from == 0)
        && let Some(closing) = found.pop_if(|s| s.to == last)
    {
        found.extend(parted(route, greens, cycle, (closing.from, last - 1)));
    }
    found
}

fn parted(route: &Route, greens: &[Greens], cycle: Seconds, (from, to): (usize, usize)) -> Vec<Section> {
    if from >= to {
        return Vec::new();
    }
    if let Some(wave) = wide_enough(&open(route, greens, cycle, (from, to))) {
        return vec![Section { from, to, wave }];
    }
    if to - from == 1 {
        return Vec::new();
    }
    let middle = usize::midpoint(from, to);
    [parted(route, greens, cycle, (from, middle)), parted(route, greens, cycle, (middle, to))].concat()
}

fn wide_enough(arterial: &Arterial) -> Option<GreenWave> {
    let wave = green_wave(arterial).ok()?;
    let width = wave.width();
    (width.outbound.get().min(width.inbound.get()) >= NARROWEST).then_some(wave)
}

/// Offsets along the sections, one after the other: each begins where the one before has put their common signal.
pub(crate) fn offsets(route: &Route, greens: &[Greens], sections: &[Section], cycle: Seconds) -> Vec<(SignalId, Seconds)> {
    let (signals, cycle) = (&route.corridor.signals, f64::from(cycle.0));
    let mut set: BTreeMap<usize, f64> = BTreeMap::new();
    for section in sections {
        let wanted = |place: usize| {
            let (i, green) = (place - section.from, greens[place % signals.len()]);
            let wave = &section.wave;
            match green {
                [Some(outbound), _] => wave.starts.outbound[i % wave.starts.outbound.len()].get() - f64::from(outbound.start.0),
                [None, Some(inbound)] => wave.starts.inbound[i % wave.starts.inbound.len()].get() - f64::from(inbound.start.0),
                [None, None] => 0.0,
            }
        };
        let shift = set.get(&section.from).map_or(0.0, |before| before - wanted(section.from));
        for place in section.from..=section.to {
            set.entry(place % signals.len()).or_insert_with(|| wanted(place) + shift);
        }
    }
    set.into_iter().map(|(place, offset)| (signals[place], Seconds(offset.round().rem_euclid(cycle) as u16))).collect()
}

/// What MAXBAND proved along a corridor, and where it found nothing.
pub(crate) fn in_words(scenario: &Scenario, wave: &CorridorWave, cycle: Seconds) -> String {
    let corridor = &wave.route.corridor;
    let signals = &corridor.signals;
    let name = |place: usize| scenario.signals[signals[place % signals.len()]].name.as_str();
    let stretch = |from: usize, to: usize| format!("{} to {}", name(from), name(to));
    let unproven = wave.sections.iter().filter(|s| !s.wave.proof.is_optimal()).count();
    let proven = match (wave.sections.len(), unproven) {
        (0, _) => return format!("{}, cycle {} s: no green bands of {NARROWEST} s or more both ways.", corridor.name, cycle.0),
        (1, 0) => "proven optimal".into(),
        (_, 0) => "section by section, each proven optimal".into(),
        (all, unproven) => format!("section by section, {} of {all} proven optimal", all - unproven),
    };
    let bands = wave.sections.iter().map(|s| {
        let width = s.wave.width();
        let (out, back) = (width.outbound.get(), width.inbound.get());
        let [there, thence] = &corridor.directions;
        format!("{} {out:.1} s {there} and {back:.1} s {thence}", stretch(s.from, s.to))
    });
    let bands: Vec<String> = bands.collect();
    let text = format!("{}, cycle {} s, widest green bands, {proven}: {}.", corridor.name, cycle.0, bands.join("; "));
    let without: Vec<String> = wave.without_bands().into_iter().map(|(from, to)| stretch(from, to)).collect();
    if without.is_empty() {
        return text;
    }
    format!("{text} Without bands of {NARROWEST} s or more both ways: {}.", without.join(", "))
}

impl CorridorWave {
    /// Stretches from place to place that no section covers, in order.
    fn without_bands(&self) -> Vec<(usize, usize)> {
        let count = self.route.corridor.signals.len();
        let last = if self.route.corridor.ring { count } else { count.saturating_sub(1) };
        let begins = self.sections.iter().map(|s| s.from).chain([last]);
        let ends = std::iter::once(0).chain(self.sections.iter().map(|s| s.to));
        ends.zip(begins).filter(|(end, begin)| end < begin).collect()
    }
}

/// A whole ring as the band program wants it.
fn ring(route: &Route, greens: &[Greens], cycle: Seconds) -> Arterial {
    let links = (0..greens.len()).map(|i| band_link(route, i)).collect();
    let span = Span::seconds_f64(f64::from(cycle.0));
    Arterial::ring(greens.iter().map(|&g| band_signal(g, cycle)).collect(), links, (span, span))
}

/// A part of a corridor as the band program wants it.
fn open(route: &Route, greens: &[Greens], cycle: Seconds, (from, to): (usize, usize)) -> Arterial {
    let signals = (from..=to).map(|i| band_signal(greens[i % greens.len()], cycle)).collect();
    let span = Span::seconds_f64(f64::from(cycle.0));
    Arterial::open(signals, (from..to).map(|i| band_link(route, i)).collect(), (span, span))
}

/// A direction that does not pass a signal has no red there.
fn band_signal([outbound, inbound]: Greens, cycle: Seconds) -> BandSignal {
    let whole = Green { start: Seconds(0), duration: cycle };
    match (outbound, inbound) {
        (Some(a), Some(b)) => BandSignal::of_greens(a, b, cycle),
        (a, b) => BandSignal { internal_offset: 0.0, ..BandSignal::of_greens(a.unwrap_or(whole), b.unwrap_or(whole), cycle) },
    }
}

/// The link from a place of a corridor to the next. Progression speeds are 85 to 100 % of the limit, as is usual.
fn band_link(route: &Route, place: usize) -> BandLink {
    let ids = &route.corridor.signals;
    let (a, b) = (ids[place % ids.len()], ids[(place + 1) % ids.len()]);
    let (out, inward) = (stretch(route, 0, a, b), stretch(route, 1, b, a));
    let (out, inward) = (out.or(inward).unwrap_or(FALLBACK), inward.or(out).unwrap_or(FALLBACK));
    let speed = |(length, time): (Length, Span)| SpeedRange { slowest: length / time * SLOWEST, fastest: length / time };
    BandLink { length: Both { outbound: out.0, inbound: inward.0 }, speed: Both { outbound: speed(out), inbound: speed(inward) } }
}

/// What stands for a stretch that neither direction drives: 100 m at 50 km/h.
const FALLBACK: (Length, Span) = (Length::metres(100.0), Span::seconds_f64(100.0 / (50.0 / 3.6)));
