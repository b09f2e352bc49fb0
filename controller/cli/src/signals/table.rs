//! Signals as text: groups with their intergreen matrix (Zwischenzeitenmatrix), and how each intergreen came about.

use super::Sheet;
use model::id::GroupId;
use model::network::{LongVehicle, Turn};
use model::signal::derivation::{Difference, Need, Way};
use model::signal::{Grade, GroupKind};
use std::fmt::Write;

/// Columns of a terminal.
const COLUMNS: usize = 100;

/// Every signal, and a summary.
pub(super) fn pages(sheets: &[Sheet<'_>], derive: bool) -> String {
    let mut text = String::new();
    for sheet in sheets {
        head(&mut text, sheet);
        matrix(&mut text, sheet);
        comparison(&mut text, sheet);
        if derive {
            ways(&mut text, sheet);
            derivations(&mut text, sheet);
            tight(&mut text, sheet);
        }
        text.push('\n');
    }
    text.push_str("All times in s. Intergreens: the row clears, the column enters.\n");
    text.push_str("-  compatible, none needed   b  conditional: they may go together, one gives way   !  too short\n\n");
    text + &summary(sheets)
}

fn head(text: &mut String, sheet: &Sheet<'_>) {
    let _ = writeln!(text, "{}", format!("{}  {}", sheet.signal.name, sheet.title).trim_end());
    let _ = writeln!(text, "{}\n", sheet.signal.source);
}

const fn kind(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Vehicles => "vehicles",
        GroupKind::Pedestrians => "on foot",
        GroupKind::Cyclists => "cyclists",
        GroupKind::PublicTransport => "transit",
    }
}

/// The groups with their times, and beside them the matrix.
fn matrix(text: &mut String, sheet: &Sheet<'_>) {
    let groups = &sheet.signal.groups;
    let name = groups.iter().map(|g| g.name.chars().count()).max().unwrap_or(0).max(2);
    let roomy = 33 + name + groups.len() * (name.max(3) + 2) <= COLUMNS;
    let width = name.max(3) + usize::from(roomy);
    let _ = writeln!(text, "  {:name$}  {:8}{:>6}{:>6}{:>6}  │ enters →", "", "", "", "red-", "min.");
    let _ = write!(text, "  {:<1$}{2:>6}{3:>6}{4:>6}  │", "clears ↓", name + 10, "amber", "amber", "green");
    let names: Vec<String> = groups.iter().map(|g| format!("{:>width$}", g.name)).collect();
    let _ = writeln!(text, "{}", names.join(" "));
    let _ = writeln!(text, "  {}┼{}", "─".repeat(name + 30), "─".repeat(groups.len() * (width + 1)));
    for (row, group) in groups.enumerate() {
        let [amber, red_amber] =
            [group.amber, group.red_amber].map(|s| if s.get() == 0 { String::new() } else { s.get().to_string() });
        let green = group.min_green.get();
        let _ = write!(text, "  {:<name$}  {:8}{amber:>6}{red_amber:>6}{green:>6}  │", group.name, kind(group.kind));
        let cells: String = groups.ids().map(|column| cell(sheet, row, column, width)).collect();
        let _ = writeln!(text, "{}", cells.trim_end());
    }
    text.push('\n');
    for group in groups {
        let Some(percent) = group.max_green_percent else { continue };
        let _ = writeln!(text, "  {} is held back: plans give it green for at most {percent} % of the cycle.", group.name);
    }
}

/// A figure, and one place for its mark.
fn cell(sheet: &Sheet<'_>, row: GroupId, column: GroupId, width: usize) -> String {
    let pair = (row, column);
    let short = sheet.difference(row, column).is_some_and(Difference::is_short);
    let mark = match sheet.signal.grades[pair] {
        _ if short => '!',
        Grade::Conditional => 'b',
        _ => ' ',
    };
    let figure = match sheet.signal.intergreens[pair] {
        _ if row == column => "■".into(),
        Some(z) => z.get().to_string(),
        None if sheet.signal.grades[pair] == Grade::Compatible => "-".into(),
        None => String::new(),
    };
    format!("{figure:>width$}{mark}")
}

/// What the geometry makes of the matrix.
fn comparison(text: &mut String, sheet: &Sheet<'_>) {
    let (meeting, unknown) = sheet.derivation.count();
    let differing = sheet.differences.iter().filter(|d| d.needs.is_some()).count();
    let equal = meeting - unknown - differing;
    let _ = match (meeting, sheet.differences.len() + unknown) {
        (_, 0) => writeln!(text, "  The geometry asks for the same {equal} intergreens."),
        _ => writeln!(text, "  The geometry asks for {meeting} intergreens; {equal} are as the scenario has them."),
    };
    for d in &sheet.differences {
        let pair = format!("{} to {}", sheet.group(d.clearing).name, sheet.group(d.entering).name);
        let has = d.has.map_or("none".into(), |z| z.to_string());
        let needs = match (d.needs, d.is_short()) {
            (Some(z), true) => format!("{z} needed: too short"),
            (Some(z), false) => format!("{z} would do"),
            (None, _) => "the geometry sees no conflict".into(),
        };
        let _ = writeln!(text, "    {pair:<12} {has:>5}   {needs}");
    }
    if sheet.shipped && sheet.differences.iter().any(Difference::is_short) {
        text.push_str("  The times are shipped with somebody else's programs: what is too short is said, and is no finding.\n");
    }
    if unknown > 0 {
        let who = "trams, and buses on signals of their own, whose figures are not known";
        let _ = writeln!(text, "  {unknown} cannot be derived: {who}.");
    }
}

/// A movement or crossing by its group and a number: `K1.2`.
fn code(sheet: &Sheet<'_>, way: usize) -> String {
    let mut groups = sheet.derivation.groups.enumerate();
    let found = groups.find_map(|(g, ways)| Some((g, ways.len(), ways.iter().position(|&w| w == way)?)));
    match found {
        Some((g, 1, _)) => sheet.group(g).name.clone(),
        Some((g, _, i)) => format!("{}.{}", sheet.group(g).name, i + 1),
        None => String::new(),
    }
}

/// What obeys which group, how long its way is, and how far a bus cuts its bend.
fn ways(text: &mut String, sheet: &Sheet<'_>) {
    let _ = writeln!(text, "\n  {:<7}{:<10}{:>8}{:>10}   movement or crossing", "", "", "length", "bus cuts");
    for &way in sheet.derivation.groups.iter().flatten() {
        let (what, length, cut) = match sheet.derivation.ways[way] {
            Way::Crossing(c) => ("on foot", sheet.network.crossings[c].shape.length(), None),
            Way::Movement(m) => {
                let m = &sheet.network.movements[m];
                (turn(m.turn), m.length, Some(LongVehicle::BUS.off_tracking(&m.shape)))
            }
        };
        let cut = cut.map_or_else(String::new, |c| format!("{:.1} m", c.in_metres()));
        let (code, length) = (code(sheet, way), length.in_metres());
        let _ = writeln!(text, "  {code:<7}{what:<10}{length:>6.1} m{cut:>10}   {}", sheet.way(way));
    }
}

const fn turn(turn: Turn) -> &'static str {
    match turn {
        Turn::Right => "right",
        Turn::Straight => "straight",
        Turn::Left => "left",
        Turn::UTurn => "back",
    }
}

/// The calculation of every intergreen.
fn derivations(text: &mut String, sheet: &Sheet<'_>) {
    let _ = writeln!(
        text,
        "\n  {:<8}{:<8}│{:>7}{:>4}{:>6}{:>5}{:>7} │{:>7}{:>6}{:>6} │{:>7}{:>8}{:>6}",
        "clears", "enters", "s_0", "l", "v_r", "t_ü", "t_r", "s_e", "v_e", "t_e", "t_z", "needed", "has"
    );
    let _ = writeln!(
        text,
        "  {:<16}│{:>7}{:>4}{:>6}{:>5}{:>7} │{:>7}{:>6}{:>6} │{:>7}{:>8}{:>6}",
        "", "m", "m", "m/s", "s", "s", "m", "m/s", "s", "s", "s", "s"
    );
    let rule = |n| "─".repeat(n);
    let _ = writeln!(text, "  {}┼{}┼{}┼{}", rule(16), rule(30), rule(20), rule(21));
    let ids = || sheet.signal.groups.ids();
    for pair in ids().flat_map(|a| ids().map(move |b| (a, b))) {
        if let Some(need) = sheet.derivation.needs[pair] {
            derivation(text, sheet, pair, need);
        }
    }
    text.push_str("\n  t_z = t_ü + t_r - t_e   t_r = (s_0 + l) / v_r   t_e = s_e / v_e   needed: rounded up, 1 s or more\n");
}

fn derivation(text: &mut String, sheet: &Sheet<'_>, (clearing, entering): (GroupId, GroupId), need: Need) {
    let has = sheet.signal.intergreens[(clearing, entering)].map_or("-".into(), |z| z.get().to_string());
    let Some(g) = need.governing else {
        let (a, b) = (&sheet.group(clearing).name, &sheet.group(entering).name);
        let _ = writeln!(text, "  {a:<8}{b:<8}│ cannot be derived: figures of trams or buses are not known {has:>15}");
        return;
    };
    let c = g.calculation;
    let (r, e) = (c.clearing, c.entering);
    let _ = write!(text, "  {:<8}{:<8}│", code(sheet, g.clearing), code(sheet, g.entering));
    let _ = write!(text, "{:>7.1}{:>4.0}{:>6.1}", c.clearing_distance.get(), r.length().get(), r.speed().get());
    let _ = write!(text, "{:>5.0}{:>7.2} │", r.crossing_time().get(), c.clearing_time().get());
    let v_e = e.speed().map_or("-".into(), |v| format!("{:.1}", v.get()));
    let _ = write!(text, "{:>7.1}{v_e:>6}{:>6.2} │", c.entering_distance.get(), c.entering_time().get());
    let lacking = if need.lacking { "   trams too: may need more" } else { "" };
    let _ = writeln!(text, "{:>7.2}{:>8}{has:>6}{lacking}", c.exact().get(), c.intergreen().get());
}

/// Groups that do not meet, but for a bus that turns.
fn tight(text: &mut String, sheet: &Sheet<'_>) {
    let tight = sheet.derivation.tight();
    if tight.is_empty() {
        return;
    }
    text.push_str("\n  Not in the intergreens: a bus of 12 m that turns leaves no room for a car on the way beside it,\n");
    text.push_str("  as long as its front axle keeps to the centre line.\n");
    for t in &tight {
        let (turning, beside) = (code(sheet, t.turning), code(sheet, t.beside));
        let room = t.room.in_metres();
        let _ = writeln!(text, "    {turning:<7} beside {beside:<7} {room:.2} m from its side to the other's centre line");
    }
}

fn summary(sheets: &[Sheet<'_>]) -> String {
    let differences = || sheets.iter().flat_map(|s| &s.differences);
    let (meeting, unknown) = sheets.iter().map(|s| s.derivation.count()).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let short = differences().filter(|d| d.is_short()).count();
    let longer = differences().filter(|d| d.needs.is_some() && !d.is_short()).count();
    let groundless = match differences().filter(|d| d.needs.is_none()).count() {
        0 => String::new(),
        n => format!("\n{n} more in the scenario where the geometry sees no conflict"),
    };
    let signals = if sheets.len() == 1 { "1 signal".into() } else { format!("{} signals", sheets.len()) };
    let same = meeting - unknown - short - longer;
    let first = format!("{signals}, {meeting} intergreens by the geometry");
    format!("{first}: {same} the same in the scenario,\n{longer} longer, {short} shorter, {unknown} not derivable{groundless}")
}
