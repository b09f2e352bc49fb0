//! Layers: what colours the roads, link by link, from the simulation's own measures.
//!
//! Speed, queue and spillback are those of the moment; all others are sums over the last five minutes, or since the run
//! began where that is less. What is summed is held against the saved sums of the run, so that a layer shows the same
//! after going back.

use crate::palette::{self, Ink};
use crate::past::Sums;
use crate::words::{self, Text, number};
use crate::world::World;
use evaluation::report::Language;
use evaluation::{Level, interval};
use model::id::{Id, IdVec, LinkId};
use model::network::{Link, Network};
use sim::DrawnVehicle;

/// The span of layers that are sums, in seconds.
const SPAN: f64 = 300.0;
/// Whoever is slower than this is in the queue, in m/s (5 km/h).
const QUEUED: f64 = 5.0 / 3.6;
/// A queue begins this near to the stop line or to the vehicle before, in metres.
const NEAR: f64 = 20.0;

/// What colours the roads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Mean speed as a share of the limit.
    Speed,
    /// Time lost per vehicle (Wartezeit).
    Delay,
    /// Length of the queue (Rückstaulänge).
    Queue,
    /// Level of service (Qualitätsstufe), A to F.
    Level,
    /// Vehicles per hour (Verkehrsstärke).
    Flow,
    /// Carbon dioxide.
    Emissions,
    /// Share of vehicles that come while it is green.
    Arrivals,
    /// How much of a link is queue (Überstauung).
    Spillback,
    /// How much more time is lost with the changes than without.
    Difference,
}

/// How a layer is told to people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) name: Text,
    pub(crate) unit: Text,
    /// Limits between the grades.
    pub(crate) limits: &'static [f64],
    pub(crate) inks: &'static [Ink],
}

impl Layer {
    /// Every layer, in the order of their keys.
    pub const ALL: [Self; 9] = [
        Self::Speed,
        Self::Delay,
        Self::Queue,
        Self::Level,
        Self::Flow,
        Self::Emissions,
        Self::Arrivals,
        Self::Spillback,
        Self::Difference,
    ];

    /// Its name on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Delay => "delay",
            Self::Queue => "queue",
            Self::Level => "level",
            Self::Flow => "flow",
            Self::Emissions => "emissions",
            Self::Arrivals => "arrivals",
            Self::Spillback => "spillback",
            Self::Difference => "difference",
        }
    }

    pub(crate) const fn scale(self) -> Scale {
        let (name, unit, limits): (_, _, &[f64]) = match self {
            // Falling: what is above the first limit is best.
            Self::Speed => (words::SPEED, words::SPEED_UNIT, &[80.0, 65.0, 50.0, 35.0, 20.0]),
            Self::Delay => (words::DELAY, words::DELAY_UNIT, &[5.0, 15.0, 30.0, 50.0, 80.0]),
            Self::Queue => (words::QUEUE, words::QUEUE_UNIT, &[5.0, 20.0, 40.0, 70.0, 120.0]),
            Self::Level => (words::LEVEL, words::LEVEL_UNIT, &[20.0, 35.0, 50.0, 70.0, 140.0]),
            Self::Flow => (words::FLOW, words::FLOW_UNIT, &[100.0, 300.0, 600.0, 1000.0, 1500.0]),
            Self::Emissions => (words::EMISSIONS, words::EMISSIONS_UNIT, &[20.0, 60.0, 120.0, 250.0, 500.0]),
            Self::Arrivals => (words::ARRIVALS, words::ARRIVALS_UNIT, &[75.0, 60.0, 50.0, 40.0, 25.0]),
            Self::Spillback => (words::SPILLBACK, words::SPILLBACK_UNIT, &[10.0, 30.0, 50.0, 75.0, 95.0]),
            Self::Difference => (words::DIFFERENCE, words::DIFFERENCE_UNIT, &[-10.0, -1.0, 1.0, 10.0]),
        };
        let inks: &[Ink] = match self {
            Self::Flow | Self::Emissions => &palette::AMOUNTS,
            Self::Difference => &palette::DIFFERENCES,
            _ => &palette::GRADES,
        };
        Scale { name, unit, limits, inks }
    }
}

impl Scale {
    /// The grade of a value, 0 for the first colour.
    pub(crate) fn grade(&self, value: f64) -> usize {
        let falling = self.limits.first() > self.limits.last();
        self.limits.iter().filter(|&&limit| if falling { value < limit } else { value > limit }).count()
    }

    /// What each colour stands for.
    pub(crate) fn labels(&self, layer: Layer, language: Language) -> Vec<String> {
        let limit = |k: usize| number(language, self.limits[k], 0);
        let last = self.limits.len();
        let falling = self.limits.first() > self.limits.last();
        let (below, above) = if falling { ("≥", "<") } else { ("≤", ">") };
        let range = |k: usize| match k {
            0 => format!("{below} {}", limit(0)),
            k if k == last => format!("{above} {}", limit(last - 1)),
            k => format!("{} … {}", limit(k - 1), limit(k)),
        };
        let label = |k: usize| match layer {
            Layer::Level if k < 5 => format!("{}   {}", Level::ALL[k].letter(), range(k)),
            Layer::Level => words::LEVEL_F.with(language, &[&limit(4)]),
            Layer::Difference if k == 2 => words::INSIGNIFICANT.of(language).into(),
            _ => range(k),
        };
        (0..self.inks.len()).map(label).collect()
    }
}

/// The value of every link; `None` where there is nothing to say.
pub(crate) type Values = IdVec<LinkId, Option<f64>>;

/// The values of a layer in a world at a moment; for the difference, against a world without the changes.
pub(crate) fn values(layer: Layer, network: &Network, world: &World, original: Option<&World>) -> Values {
    let vehicles = &world.after.vehicles;
    match layer {
        Layer::Speed => speeds(network, vehicles),
        Layer::Queue => queues(network, vehicles).into_iter().map(|q| (*q > 0.0).then_some(*q)).collect(),
        Layer::Spillback => {
            let share = |(link, queue): (LinkId, &f64)| 100.0 * (queue / network.links[link].length.get()).min(1.0);
            queues(network, vehicles).enumerate().map(|q| (*q.1 > 0.0).then(|| share(q))).collect()
        }
        Layer::Difference => original.map_or_else(|| nothing(network), |o| differences(network, world, o)),
        _ => summed(layer, network, world),
    }
}

fn nothing(network: &Network) -> Values {
    IdVec::from_fn(network.links.len(), |_| None)
}

fn speeds(network: &Network, vehicles: &[DrawnVehicle]) -> Values {
    let mut sums = IdVec::from_fn(network.links.len(), |_: LinkId| (0.0, 0.0));
    for v in vehicles {
        let (sum, count) = &mut sums[v.link];
        *sum += v.speed / network.links[v.link].speed_limit.get();
        *count += 1.0;
    }
    sums.iter().map(|&(sum, count)| (count > 0.0).then(|| 100.0 * sum / count)).collect()
}

/// Length of the queue on every link, in metres: from the stop line to the rear of the last vehicle that joins it.
pub(crate) fn queues(network: &Network, vehicles: &[DrawnVehicle]) -> IdVec<LinkId, f64> {
    let mut standing: IdVec<LinkId, Vec<(f64, f64)>> = IdVec::from_fn(network.links.len(), |_| Vec::new());
    for v in vehicles.iter().filter(|v| v.speed < QUEUED) {
        let from_end = network.links[v.link].length.get() - v.position;
        standing[v.link].push((from_end.max(0.0), v.length));
    }
    let reach = |rows: &mut Vec<(f64, f64)>| {
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows.iter().fold(0.0, |end, &(front, length)| if front <= end + NEAR { f64::max(end, front + length) } else { end })
    };
    standing.iter_mut().map(reach).collect()
}

/// Sums over the last minutes.
fn summed(layer: Layer, network: &Network, world: &World) -> Values {
    let now = world.sums();
    let Some(then) = world.past().sums_before(now.now - SPAN).or_else(|| world.past().sums_until(f64::INFINITY).next()) else {
        return nothing(network);
    };
    let hours = (now.now - then.now) / 3600.0;
    network.links.enumerate().map(|(id, link)| of_link(layer, network, (id, link), [then, &now], hours)).collect()
}

fn of_link(layer: Layer, network: &Network, (id, link): (LinkId, &Link), [then, now]: [&Sums; 2], hours: f64) -> Option<f64> {
    let vehicles = f64::from(now.link_flow[id] - then.link_flow[id].min(now.link_flow[id]));
    let signal = network.intersections[link.to].signal.is_some();
    match layer {
        Layer::Delay => (vehicles > 0.0).then(|| (now.link_delay[id] - then.link_delay[id]) / vehicles),
        Layer::Level if signal => (vehicles > 0.0).then(|| (now.link_delay[id] - then.link_delay[id]) / vehicles),
        Layer::Flow => (vehicles > 0.0 && hours > 0.0).then(|| vehicles / hours),
        Layer::Emissions => {
            let grams = now.link_co2[id] - then.link_co2[id];
            (grams > 0.0 && hours > 0.0).then(|| grams / hours / link.length.get().max(10.0))
        }
        Layer::Arrivals if signal => {
            let leaving = link.lanes().flat_map(|l| &network.lanes[l].leaving).filter(|&&m| network.movements[m].head.is_some());
            let (mut came, mut on_green) = (0, 0);
            for &m in leaving {
                let (a, b) = (now.movements.get(m)?, then.movements.get(m)?);
                came += a.arrivals - b.arrivals;
                on_green += a.arrivals_on_green - b.arrivals_on_green;
            }
            (came > 0).then(|| 100.0 * f64::from(on_green) / f64::from(came))
        }
        _ => None,
    }
}

/// How much more time vehicles lose on each link than without the changes, in seconds per vehicle; 0 where the interval over the
/// minutes since the worlds part does not say which way.
fn differences(network: &Network, world: &World, original: &World) -> Values {
    let until = world.simulation().now().min(original.simulation().now());
    let series = |w: &World| w.past().sums_until(until).cloned().collect::<Vec<Sums>>();
    let (after, before) = (series(world), series(original));
    let minutes: Vec<usize> = (1..after.len().min(before.len())).collect();
    let parted = minutes.iter().copied().find(|&k| after[k].link_delay.as_slice() != before[k].link_delay.as_slice());
    let Some(parted) = parted else { return nothing(network) };
    let difference = |id: LinkId| {
        let more = |k: usize, sums: &[Sums]| sums[k].link_delay[id] - sums[k - 1].link_delay[id];
        let paired: Vec<f64> = (parted..=minutes.len()).map(|k| more(k, &after) - more(k, &before)).collect();
        let (first, last) = (parted - 1, minutes.len());
        let vehicles = f64::from(before[last].link_flow[id] - before[first].link_flow[id]);
        if vehicles == 0.0 {
            return None;
        }
        let all = interval(&paired);
        let clear = all.low.is_finite() && all.high.is_finite() && all.is_clear_of_zero();
        Some(if clear { paired.iter().sum::<f64>() / vehicles } else { 0.0 })
    };
    network.links.ids().map(difference).collect()
}

/// The links of a network that some ids name, as a table.
pub(crate) fn marked(network: &Network, links: impl IntoIterator<Item = LinkId>) -> IdVec<LinkId, bool> {
    let mut table = IdVec::from_fn(network.links.len(), |_| false);
    for link in links.into_iter().filter(|l| l.index() < network.links.len()) {
        table[link] = true;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy;
    use model::vehicle::VehicleClass;

    #[test]
    fn a_value_at_a_limit_belongs_to_the_better_grade() {
        let delay = Layer::Delay.scale();
        assert_eq!([0.0, 5.0, 5.1, 80.0, 81.0].map(|v| delay.grade(v)), [0, 0, 1, 4, 5]);
        let speed = Layer::Speed.scale();
        assert_eq!([95.0, 80.0, 79.0, 20.0, 5.0].map(|v| speed.grade(v)), [0, 0, 1, 4, 5]);
        let difference = Layer::Difference.scale();
        assert_eq!([-20.0, -5.0, 0.0, 5.0, 20.0].map(|v| difference.grade(v)), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn every_layer_has_a_colour_and_a_label_for_every_grade() {
        for layer in Layer::ALL {
            let scale = layer.scale();
            assert_eq!(scale.inks.len(), scale.limits.len() + 1, "{layer:?}");
            for language in [Language::English, Language::German] {
                assert_eq!(scale.labels(layer, language).len(), scale.inks.len());
            }
        }
    }

    #[test]
    fn a_queue_reaches_from_the_stop_line_to_its_last_vehicle() {
        let network = toy::scenario().network;
        let link = LinkId(0);
        let length = network.links[link].length.get();
        let vehicle = |from_end: f64, speed: f64| DrawnVehicle {
            vehicle: model::id::VehicleId(0),
            class: VehicleClass::Car,
            centre: model::geometry::Point::default(),
            front: model::geometry::Point::default(),
            heading: (1.0, 0.0),
            length: 4.5,
            width: 1.8,
            speed,
            acceleration: 0.0,
            link,
            position: length - from_end,
            movement: None,
        };
        let rows = [vehicle(1.0, 0.0), vehicle(9.0, 0.5), vehicle(17.0, 0.0), vehicle(30.0, 9.0), vehicle(90.0, 0.0)];
        assert!((queues(&network, &rows)[link] - 21.5).abs() < 1e-9);
        assert_eq!(queues(&network, &rows)[LinkId(1)], 0.0);
    }
}
