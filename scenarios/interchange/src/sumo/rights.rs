//! Right of way: which connection is which row of its junction's table, and what the bits say.

use super::notes::{Complaints, Notes};
use super::raw::{Connection, Junction, Net};
use std::collections::BTreeMap;

/// For every connection of the network, and after them every crossing: to which others it yields, and which it meets.
#[derive(Debug)]
pub(super) struct Rights {
    pub(super) yields: Vec<Vec<usize>>,
    pub(super) foes: Vec<Vec<usize>>,
}

/// Reads the right-of-way tables; `at` are the connections of each junction, in file order.
pub(super) fn read(net: &Net, at: &[Vec<usize>], complaints: &mut Complaints, notes: &mut Notes) -> Rights {
    let count = net.connections.len() + net.crossings.len();
    let mut rights = Rights { yields: vec![Vec::new(); count], foes: vec![Vec::new(); count] };
    let crossings = net.crossings.iter().enumerate().map(|(x, c)| (c.id.as_str(), x)).collect();
    for (junction, connections) in net.junctions.iter().zip(at) {
        if junction.requests.is_empty() {
            if connections.len() > 1 && junction.kind != "unregulated" && junction.kind != "dead_end" {
                notes.add("Without a right-of-way table nobody yields: junction", junction.id.clone());
            }
            continue;
        }
        let rows = rows(net, junction, connections, &crossings, complaints);
        if is_sound(junction, rows.len(), complaints) {
            fill(junction, &rows, &mut rights);
        }
    }
    rights
}

/// The connection or crossing of every row of the table; `None` for what is not imported.
fn rows(
    net: &Net,
    junction: &Junction,
    connections: &[usize],
    crossings: &BTreeMap<&str, usize>,
    complaints: &mut Complaints,
) -> Vec<Option<usize>> {
    if junction.inside.is_empty() {
        return rows_by_lane(net, junction, connections);
    }
    let mut rows = vec![None; junction.inside.len()];
    let position: BTreeMap<&str, usize> = junction.inside.iter().enumerate().map(|(i, l)| (l.as_str(), i)).collect();
    for (row, lane) in rows.iter_mut().zip(&junction.inside) {
        *row = crossings.get(lane.as_str()).map(|x| net.connections.len() + x);
    }
    for &c in connections {
        let connection = &net.connections[c];
        match chain(net, connection).iter().find_map(|lane| position.get(lane)) {
            Some(&row) => rows[row] = Some(c),
            None => complaints.say(
                connection.line,
                format!("the connection's inner lane is not among those of junction \"{}\"", junction.id),
                "name one of the junction's intLanes in via",
            ),
        }
    }
    rows
}

/// Without inner lanes, rows follow the arriving lanes, and on each lane the order of the file.
fn rows_by_lane(net: &Net, junction: &Junction, connections: &[usize]) -> Vec<Option<usize>> {
    let mut of_lane: BTreeMap<String, Vec<Option<usize>>> = BTreeMap::new();
    for &c in connections {
        let connection = &net.connections[c];
        of_lane.entry(format!("{}_{}", connection.from, connection.from_lane)).or_default().push(Some(c));
    }
    junction.arriving.iter().flat_map(|lane| of_lane.remove(lane).unwrap_or_default()).collect()
}

/// The inner lanes that a connection leads over, in order; empty when the network has none.
pub(super) fn chain<'a>(net: &'a Net, connection: &'a Connection) -> Vec<&'a str> {
    let mut lanes: Vec<&str> = Vec::new();
    let mut next = connection.via.as_deref();
    while let Some(lane) = next {
        // An honest chain has two lanes, seldom three; a longer one goes round in circles.
        if lanes.len() == 8 {
            break;
        }
        lanes.push(lane);
        next = net.onward.get(&(lane.to_owned(), connection.to.clone(), connection.to_lane)).map(String::as_str);
    }
    lanes
}

fn is_sound(junction: &Junction, rows: usize, complaints: &mut Complaints) -> bool {
    let id = &junction.id;
    if junction.requests.len() != rows {
        let what = format!(
            "the right-of-way table of junction \"{id}\" has {} rows, but {rows} ways lead over it",
            junction.requests.len()
        );
        complaints.say(junction.line, what, "write the network again with netconvert");
        return false;
    }
    let mut seen = vec![false; rows];
    let mut sound = true;
    for request in &junction.requests {
        let bits = |text: &str| text.len() == rows && text.bytes().all(|b| b == b'0' || b == b'1');
        let fresh = seen.get_mut(request.index).is_some_and(|s| !std::mem::replace(s, true));
        if !fresh {
            let what =
                format!("row {} of the right-of-way table of junction \"{id}\" stands twice or lies outside it", request.index);
            complaints.say(request.line, what, format!("number the rows from 0 to {}", rows - 1));
        } else if !bits(&request.response) || !bits(&request.foes) {
            let what = format!("row {} of the right-of-way table of junction \"{id}\" has not {rows} bits", request.index);
            complaints.say(request.line, what, "write the network again with netconvert");
        } else {
            continue;
        }
        sound = false;
    }
    sound
}

fn fill(junction: &Junction, rows: &[Option<usize>], rights: &mut Rights) {
    for request in &junction.requests {
        let Some(own) = rows[request.index] else { continue };
        let others = |bits: &str| -> Vec<usize> {
            let set = bits.bytes().rev().enumerate().filter(|&(_, b)| b == b'1');
            set.filter_map(|(row, _)| rows[row]).filter(|&other| other != own).collect()
        };
        rights.yields[own] = others(&request.response);
        rights.foes[own] = others(&request.foes);
    }
}
