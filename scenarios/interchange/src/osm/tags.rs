//! What the tags of a way say about its lanes, turns and speeds, and what is guessed where they are silent.

use super::element::Tags;

/// The class of a road, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RoadClass {
    Motorway,
    Trunk,
    Primary,
    Secondary,
    Tertiary,
    Unclassified,
    Residential,
    LivingStreet,
    Service,
}

impl RoadClass {
    /// The class of a way that motor traffic may use.
    pub(super) fn of(tags: &Tags, services: bool) -> Option<Self> {
        let closed = |key: &str| tags.get(key).is_some_and(|v| matches!(v.as_str(), "no" | "private"));
        if closed("motor_vehicle") || closed("vehicle") || closed("access") || tags.get("area").is_some_and(|v| v == "yes") {
            return None;
        }
        Some(match tags.get("highway")?.trim_end_matches("_link") {
            "motorway" => Self::Motorway,
            "trunk" => Self::Trunk,
            "primary" => Self::Primary,
            "secondary" => Self::Secondary,
            "tertiary" => Self::Tertiary,
            "unclassified" | "road" => Self::Unclassified,
            "residential" => Self::Residential,
            "living_street" => Self::LivingStreet,
            "service" if services && !tags.contains_key("service") => Self::Service,
            _ => return None,
        })
    }

    /// Rank of the road, larger is more important.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Motorway => 9,
            Self::Trunk => 8,
            Self::Primary => 7,
            Self::Secondary => 6,
            Self::Tertiary => 5,
            Self::Unclassified => 4,
            Self::Residential => 3,
            Self::LivingStreet => 2,
            Self::Service => 1,
        }
    }

    /// Lanes in one direction where nothing is tagged.
    const fn usual_lanes(self, oneway: bool, link: bool) -> u32 {
        match self {
            _ if link => 1,
            Self::Motorway | Self::Trunk => 2,
            Self::Primary | Self::Secondary if oneway => 2,
            _ => 1,
        }
    }

    /// Speed limit where nothing is tagged, in km/h.
    const fn usual_speed(self) -> f64 {
        match self {
            Self::Motorway => 130.0,
            Self::Trunk => 100.0,
            Self::LivingStreet => 7.0,
            Self::Service => 20.0,
            _ => 50.0,
        }
    }
}

/// The directions that a lane's arrows point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Arrows {
    pub(super) left: bool,
    pub(super) through: bool,
    pub(super) right: bool,
}

impl Arrows {
    /// Whether the lane has no arrow.
    pub(super) const fn none(self) -> bool {
        !self.left && !self.through && !self.right
    }

    fn parse(text: &str) -> Self {
        let mut arrows = Self::default();
        for word in text.split(';') {
            match word.trim() {
                "left" | "slight_left" | "sharp_left" | "reverse" => arrows.left = true,
                "through" => arrows.through = true,
                "right" | "slight_right" | "sharp_right" => arrows.right = true,
                _ => {}
            }
        }
        arrows
    }
}

/// One direction of a road: its lanes and their arrows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Side {
    /// How many lanes.
    pub(super) lanes: u32,
    /// Whether their number is a guess.
    pub(super) guessed: bool,
    /// Arrows of the lanes from left to right, one per lane; empty when nothing is tagged.
    pub(super) arrows: Vec<Arrows>,
    /// Speed limit in km/h.
    pub(super) speed_kmh: f64,
}

/// A road seen from its tags.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Road {
    pub(super) forward: Option<Side>,
    pub(super) backward: Option<Side>,
    /// What was guessed or could not be understood.
    pub(super) notes: Vec<String>,
}

/// The most lanes of one direction that are believed.
const MOST_LANES: u32 = 8;

impl Road {
    /// Reads the tags of a way.
    pub(super) fn of(class: RoadClass, tags: &Tags) -> Self {
        let mut notes = Vec::new();
        let oneway = oneway(class, tags);
        let link = tags.get("highway").is_some_and(|h| h.ends_with("_link"));
        let speed = speeds(class, tags, &mut notes);
        let arrows = |key: &str| without_cycle_lanes(tags, key, arrows(tags, key));
        if ["lanes:psv", "lanes:bus", "bus:lanes", "psv:lanes", "bus", "psv"].iter().any(|k| tags.contains_key(*k)) {
            notes.push("bus lanes are kept as lanes for everybody".into());
        }
        if oneway == Oneway::No {
            let (forward, backward) = two_way(class, tags, speed, &mut notes);
            return Self { forward: Some(forward), backward: Some(backward), notes };
        }
        let arrows = match oneway {
            Oneway::Backward => arrows("turn:lanes:backward"),
            _ => arrows("turn:lanes:forward"),
        };
        let arrows =
            if arrows.is_empty() { without_cycle_lanes(tags, "turn:lanes", self::arrows(tags, "turn:lanes")) } else { arrows };
        let usual = class.usual_lanes(true, link);
        let side = one_side(count(tags, "lanes", &mut notes), arrows, usual, speed[0], &mut notes);
        match oneway {
            Oneway::Backward => Self { forward: None, backward: Some(side), notes },
            _ => Self { forward: Some(side), backward: None, notes },
        }
    }
}

#[derive(PartialEq)]
enum Oneway {
    No,
    Forward,
    Backward,
}

fn oneway(class: RoadClass, tags: &Tags) -> Oneway {
    let is = |key: &str, value: &str| tags.get(key).is_some_and(|v| v == value);
    match tags.get("oneway").map(String::as_str) {
        Some("yes" | "true" | "1") => Oneway::Forward,
        Some("-1" | "reverse") => Oneway::Backward,
        None if class == RoadClass::Motorway || is("junction", "roundabout") || is("junction", "circular") => Oneway::Forward,
        _ => Oneway::No,
    }
}

fn count(tags: &Tags, key: &str, notes: &mut Vec<String>) -> Option<u32> {
    let text = tags.get(key)?;
    // "2;3" and "1.5" are seen in the wild.
    let first = text.split(';').next().unwrap_or_default().trim();
    let found = first.parse::<f64>().ok().map(|x| x as u32).filter(|n| (1..=2 * MOST_LANES).contains(n));
    if found.is_none() {
        notes.push(format!("{key}={text} is not a number of lanes and is ignored"));
    }
    found
}

fn arrows(tags: &Tags, key: &str) -> Vec<Arrows> {
    tags.get(key).map_or_else(Vec::new, |text| text.split('|').take(MOST_LANES as usize).map(Arrows::parse).collect())
}

/// Takes out lanes that are for bicycles only: they stand in the list of arrows, but motor traffic may not use them.
fn without_cycle_lanes(tags: &Tags, key: &str, mut arrows: Vec<Arrows>) -> Vec<Arrows> {
    let Some(text) = tags.get(&key.replacen("turn", "bicycle", 1)) else { return arrows };
    let designated: Vec<bool> = text.split('|').map(|v| v.trim() == "designated").collect();
    if designated.len() == arrows.len() {
        let mut lane = designated.iter();
        arrows.retain(|_| !lane.next().is_some_and(|&d| d));
    } else if designated.contains(&true)
        && let Some(blank) = arrows.iter().position(|a| a.none())
    {
        // Lists of different lengths: the lane without an arrow is the one for bicycles.
        arrows.remove(blank);
    }
    arrows
}

fn one_side(tagged: Option<u32>, arrows: Vec<Arrows>, usual: u32, speed_kmh: f64, notes: &mut Vec<String>) -> Side {
    let marked = u32::try_from(arrows.len()).ok().filter(|&n| n > 0);
    let lanes = marked.or(tagged).unwrap_or(usual).min(MOST_LANES);
    if let (Some(tagged), Some(marked)) = (tagged, marked)
        && tagged != marked
    {
        notes.push(format!("{tagged} lanes, but arrows for {marked}: the arrows are believed"));
    }
    Side { lanes, guessed: marked.or(tagged).is_none(), arrows, speed_kmh }
}

fn two_way(class: RoadClass, tags: &Tags, speed: [f64; 2], notes: &mut Vec<String>) -> (Side, Side) {
    let usual = class.usual_lanes(false, false);
    let listed = |key: &str| without_cycle_lanes(tags, key, arrows(tags, key));
    let (ahead, back) = (listed("turn:lanes:forward"), listed("turn:lanes:backward"));
    let marked = |a: &[Arrows]| u32::try_from(a.len()).ok().filter(|&n| n > 0);
    let mut forward = count(tags, "lanes:forward", notes).or(marked(&ahead));
    let mut backward = count(tags, "lanes:backward", notes).or(marked(&back));
    if let Some(both) = count(tags, "lanes", notes) {
        match (forward, backward) {
            (Some(f), None) => backward = Some(both.saturating_sub(f).max(1)),
            (None, Some(b)) => forward = Some(both.saturating_sub(b).max(1)),
            (None, None) => {
                forward = Some(both.div_ceil(2));
                backward = Some((both / 2).max(1));
                if both % 2 == 1 && both > 1 {
                    notes.push(format!("{both} lanes both ways: {} ahead and {} back are guessed", both.div_ceil(2), both / 2));
                }
            }
            (Some(_), Some(_)) => {}
        }
    }
    (one_side(forward, ahead, usual, speed[0], notes), one_side(backward, back, usual, speed[1], notes))
}

fn speeds(class: RoadClass, tags: &Tags, notes: &mut Vec<String>) -> [f64; 2] {
    let mut of = |key: &str| {
        let text = tags.get(key)?;
        let found = speed(text);
        if found.is_none() {
            notes.push(format!("{key}={text} is not understood and is ignored"));
        }
        found
    };
    let both = of("maxspeed");
    let usual = || class.usual_speed();
    let (forward, backward) = (of("maxspeed:forward").or(both), of("maxspeed:backward").or(both));
    if forward.is_none() || backward.is_none() {
        notes.push(format!("no speed limit is tagged, {} km/h is assumed", usual()));
    }
    [forward.unwrap_or_else(usual), backward.unwrap_or_else(usual)]
}

/// A speed limit in km/h.
fn speed(text: &str) -> Option<f64> {
    let text = text.split(';').next().unwrap_or_default().trim();
    let known = match text.rsplit(':').next().unwrap_or_default() {
        "urban" => Some(50.0),
        "rural" => Some(100.0),
        "walk" | "living_street" => Some(7.0),
        "motorway" | "none" => Some(130.0),
        "signals" | "variable" => Some(80.0),
        _ => None,
    };
    let number = || match text.strip_suffix("mph") {
        Some(miles) => miles.trim().parse::<f64>().ok().map(|v| v * 1.609_344),
        None => text.trim_end_matches("km/h").trim().parse::<f64>().ok(),
    };
    known.or_else(number).filter(|v| (1.0..=150.0).contains(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[(&str, &str)]) -> Tags {
        list.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn arrows_are_read_from_left_to_right() {
        let road = Road::of(RoadClass::Primary, &tags(&[("oneway", "yes"), ("turn:lanes", "left|through;left||right")]));
        let side = road.forward.unwrap();
        assert_eq!((side.lanes, side.guessed), (4, false));
        assert!(side.arrows[0].left && !side.arrows[0].through);
        assert!(side.arrows[1].left && side.arrows[1].through);
        assert!(side.arrows[2].none() && side.arrows[3].right);
        assert!(road.backward.is_none());
    }

    #[test]
    fn cycle_lanes_are_not_for_motor_traffic() {
        let list = [("oneway", "yes"), ("lanes", "4"), ("turn:lanes", "left|left|through|none|right")];
        let mut with = tags(&list);
        with.insert("bicycle:lanes".into(), "yes|yes|yes|designated|yes".into());
        let side = Road::of(RoadClass::Secondary, &with).forward.unwrap();
        assert_eq!((side.lanes, side.arrows[3].right), (4, true));
        with.insert("bicycle:lanes".into(), "yes|yes|designated|yes".into());
        assert_eq!(Road::of(RoadClass::Secondary, &with).forward.unwrap().lanes, 4);
    }

    #[test]
    fn lanes_of_both_directions_add_up() {
        let road = Road::of(RoadClass::Secondary, &tags(&[("lanes", "3"), ("turn:lanes:forward", "left|through;right")]));
        assert_eq!((road.forward.unwrap().lanes, road.backward.unwrap().lanes), (2, 1));
    }

    #[test]
    fn speed_limits_are_numbers_or_words() {
        assert_eq!(speed("30"), Some(30.0));
        assert_eq!(speed("DE:urban"), Some(50.0));
        assert_eq!(speed("walk"), Some(7.0));
        assert_eq!(speed("fast"), None);
        assert!((speed("30 mph").unwrap() - 48.28).abs() < 0.01);
    }

    #[test]
    fn what_is_not_tagged_is_guessed_and_said() {
        let road = Road::of(RoadClass::Primary, &tags(&[("oneway", "yes")]));
        assert!(road.forward.as_ref().unwrap().guessed && road.forward.unwrap().lanes == 2);
        assert!(road.notes.iter().any(|n| n.contains("speed limit")));
    }
}
