//! Vehicle types, trips and flows as SUMO routes.

use super::{Ids, begin, unique};
use crate::sumo::classes::key;
use model::demand::{Arrivals, DepartLane, DepartSpeed, Departure, Itinerary, Stream};
use model::id::Id;
use model::scenario::Scenario;
use model::vehicle::{FollowingModel, VehicleType};
use std::fmt::Write;

/// The demand, sorted by departure as SUMO wants it.
pub(super) fn routes(scenario: &Scenario, ids: &Ids) -> String {
    let demand = &scenario.demand;
    let flows: Vec<Stream> = demand.flows.iter().flat_map(Stream::steady_parts).collect();
    let mut text = begin("routes");
    let names = demand.types.iter().map(|t| t.name.as_str()).chain(flows.iter().map(|f| f.name.as_str()));
    let type_names = unique(names);
    let (types, mixes) = type_names.split_at(demand.types.len());
    for (vehicle, name) in demand.types.iter().zip(types) {
        text.push_str(&vehicle_type(vehicle, name));
    }
    for (flow, name) in flows.iter().zip(mixes) {
        text.push_str(&mix(flow, name, types));
    }
    let names = demand.trips.iter().map(|t| t.name.as_str()).chain(flows.iter().map(|f| f.name.as_str()));
    let names = unique(names);
    let mut due: Vec<(f64, String)> = Vec::new();
    for (trip, name) in demand.trips.iter().zip(&names) {
        let depart = trip.depart.seconds();
        let rest = format!("type=\"{}\" depart=\"{depart:.2}\" {}", types[trip.vehicle.index()], how(trip.departure));
        let tag = if matches!(trip.itinerary, Itinerary::Links(_)) { "vehicle" } else { "trip" };
        due.push((depart, element(tag, name, &rest, &trip.itinerary, ids)));
    }
    for ((flow, name), mix) in flows.iter().zip(&names[demand.trips.len()..]).zip(mixes) {
        let begin = flow.begin.seconds();
        if flow.flow.get() > 0.0 {
            due.push((begin, element("flow", name, &density(flow, mix), &flow.itinerary, ids)));
        }
    }
    due.sort_by(|a, b| a.0.total_cmp(&b.0));
    text.extend(due.into_iter().map(|(_, element)| element));
    text + "</routes>\n"
}

fn vehicle_type(t: &VehicleType, name: &str) -> String {
    let (mean, deviation) = (t.speed_factor, t.speed_factor_deviation);
    let (least, most) = ((mean - 2.0 * deviation).max(0.01), mean + 2.0 * deviation);
    format!(
        "    <vType id=\"{name}\" vClass=\"{}\" carFollowModel=\"{}\" length=\"{}\" width=\"{}\" minGap=\"{}\" maxSpeed=\"{:.4}\" \
         accel=\"{}\" decel=\"{}\" tau=\"{}\" sigma=\"{}\" emissionClass=\"{}\" speedFactor=\"normc({mean},{deviation},{least:.4},{most:.4})\"/>\n",
        key(t.class),
        if t.following.model == FollowingModel::Krauss { "Krauss" } else { "IDM" },
        t.length.get(),
        t.width.get(),
        t.min_gap.get(),
        t.max_speed.get(),
        t.following.acceleration.get(),
        t.following.deceleration.get(),
        t.following.time_gap.seconds(),
        t.following.imperfection,
        t.emission.name(),
    )
}

/// A flow's types with their shares; a flow of one type needs it too, so that all flows read alike.
fn mix(flow: &Stream, name: &str, types: &[String]) -> String {
    let names: Vec<&str> = flow.mix.iter().map(|m| types[m.0.index()].as_str()).collect();
    let shares: Vec<String> = flow.mix.iter().map(|m| m.1.to_string()).collect();
    format!("    <vTypeDistribution id=\"{name}\" vTypes=\"{}\" probabilities=\"{}\"/>\n", names.join(" "), shares.join(" "))
}

fn density(flow: &Stream, mix: &str) -> String {
    let density = match flow.arrivals {
        // SUMO has no platoons of its own.
        Arrivals::Poisson | Arrivals::Platoon => format!("period=\"exp({})\"", flow.flow.get()),
        Arrivals::Even => format!("vehsPerHour=\"{}\"", flow.flow.in_veh_per_h()),
    };
    let (begin, end) = (flow.begin.seconds(), flow.end.seconds());
    format!("type=\"{mix}\" begin=\"{begin:.2}\" end=\"{end:.2}\" {density} {}", how(flow.departure))
}

fn how(departure: Departure) -> String {
    let lane = match departure.lane {
        DepartLane::First => "first",
        DepartLane::Best => "best",
    };
    let speed = match departure.speed {
        DepartSpeed::Zero => "0",
        DepartSpeed::Desired => "max",
    };
    format!("departLane=\"{lane}\" departSpeed=\"{speed}\"")
}

fn element(tag: &str, name: &str, rest: &str, way: &Itinerary, ids: &Ids) -> String {
    let mut text = String::new();
    let _ = match way {
        Itinerary::Fastest { from, to } => {
            writeln!(text, "    <{tag} id=\"{name}\" {rest} from=\"{}\" to=\"{}\"/>", ids.links[*from], ids.links[*to])
        }
        Itinerary::Links(links) => {
            let edges: Vec<&str> = links.iter().map(|&l| ids.links[l].as_str()).collect();
            writeln!(text, "    <{tag} id=\"{name}\" {rest}><route edges=\"{}\"/></{tag}>", edges.join(" "))
        }
    };
    text
}
