//! From `signals.toml` and `plans/*.toml` to signals and safe plans.

use super::file::{PlanFile, Reference, SignalFile, SignalPlanFile, SignalsFile};
use super::folder::{Sourced, read_required};
use super::{Fault, Faults, PlanSet, Scenario};
use crate::id::{GroupId, IdVec, SignalId};
use crate::signal::{Grade, Green, SafePlan, Signal, SignalGroup, SignalPlan, Square, Stage};
use crate::time::Seconds;
use std::collections::BTreeMap;
use std::path::Path;

/// The longest time that a signal file may name, in seconds.
const LONGEST: u16 = 600;

/// Checks `signals.toml`; what is returned is sound only when no fault was added.
pub(super) fn check_signals(source: &Sourced<SignalsFile>, faults: &mut Vec<Fault>) -> IdVec<SignalId, Signal> {
    let mut signals: IdVec<SignalId, Signal> = IdVec::default();
    for f in &source.content.signals {
        if signals.iter().any(|s| s.name == *f.name.get_ref()) {
            faults.push(source.fault(f.name.span(), format!("signal \"{}\" stands twice", f.name.get_ref()), "rename one"));
        }
        signals.push(check_signal(source, f, faults));
    }
    signals
}

fn check_signal(source: &Sourced<SignalsFile>, f: &SignalFile, faults: &mut Vec<Fault>) -> Signal {
    let count = f.groups.len();
    let mut signal = Signal {
        name: f.name.get_ref().clone(),
        source: f.source.clone(),
        groups: IdVec::default(),
        grades: Square::new(count),
        intergreens: Square::new(count),
        stages: Vec::new(),
    };
    if count == 0 {
        faults.push(source.fault(f.name.span(), format!("signal \"{}\" has no group", signal.name), "add [[signal.group]]"));
    }
    for g in &f.groups {
        let name = g.name.get_ref();
        if signal.group(name).is_some() {
            faults.push(source.fault(g.name.span(), format!("group \"{name}\" stands twice"), "rename one of them"));
        }
        if [g.amber_s, g.red_amber_s, g.min_green_s, g.min_red_s].iter().any(|&t| t > LONGEST) {
            faults.push(source.fault(g.name.span(), format!("group \"{name}\" has a time above {LONGEST} s"), "lower it"));
        }
        if let Some(percent) = g.max_green_percent.as_ref().filter(|p| !(1..100).contains(p.get_ref())) {
            let what = format!("group \"{name}\" may be green for {} % of the cycle, allowed are 1 to 99", percent.get_ref());
            faults.push(source.fault(
                percent.span(),
                what,
                "correct max_green_percent, or leave it out where nothing limits the green",
            ));
        }
        signal.groups.push(SignalGroup {
            name: name.clone(),
            kind: g.kind,
            amber: Seconds(g.amber_s),
            red_amber: Seconds(g.red_amber_s),
            min_green: Seconds(g.min_green_s.max(1)),
            min_red: Seconds(g.min_red_s),
            may_stay_red: g.may_stay_red,
            max_green_percent: g.max_green_percent.as_ref().map(|p| *p.get_ref()),
        });
    }
    for c in &f.conflicts {
        check_conflict(source, &mut signal, c, faults);
    }
    for stage in &f.stages {
        let mut greens: Vec<GroupId> = stage.greens.iter().filter_map(|g| group(source, &signal, g, faults)).collect();
        greens.sort_unstable();
        greens.dedup();
        let clash =
            greens.iter().flat_map(|&a| greens.iter().map(move |&b| (a, b))).find(|&p| signal.grades[p] == Grade::Incompatible);
        if let Some((a, b)) = clash {
            let (a, b) = (&signal.groups[a].name, &signal.groups[b].name);
            let at = stage.greens.first().map_or(0..0, toml::Spanned::span);
            let what = format!("stage \"{}\" joins {a} and {b}, which are incompatible", stage.name);
            faults.push(source.fault(at, what, "take one of them out of the stage"));
        }
        signal.stages.push(Stage { name: stage.name.clone(), greens });
    }
    signal
}

fn check_conflict(source: &Sourced<SignalsFile>, signal: &mut Signal, c: &super::file::ConflictFile, faults: &mut Vec<Fault>) {
    let [first, second] = &c.groups;
    let (Some(a), Some(b)) = (group(source, signal, first, faults), group(source, signal, second, faults)) else { return };
    let mut say = |what: String, mend: &str| faults.push(source.fault(first.span(), what, mend));
    let pair = format!("{} and {}", first.get_ref(), second.get_ref());
    if a == b {
        say(format!("{pair} are the same group"), "name two groups");
    } else if signal.grades[(a, b)] != Grade::Compatible {
        say(format!("the conflict of {pair} stands twice"), "take one of them out");
    }
    match (c.grade, c.intergreen_s) {
        (Grade::Incompatible, None) => say(format!("{pair} are incompatible, but have no intergreens"), "give intergreen_s"),
        (_, Some(z)) if z.iter().any(|&z| z > LONGEST) => {
            say(format!("an intergreen of {pair} is above {LONGEST} s"), "lower it");
        }
        (grade, z) => {
            signal.grades[(a, b)] = grade;
            signal.grades[(b, a)] = grade;
            signal.intergreens[(a, b)] = z.map(|z| Seconds(z[0]));
            signal.intergreens[(b, a)] = z.map(|z| Seconds(z[1]));
        }
    }
}

fn group<T>(source: &Sourced<T>, signal: &Signal, name: &Reference, faults: &mut Vec<Fault>) -> Option<GroupId> {
    let found = signal.group(name.get_ref());
    if found.is_none() {
        let what = format!("signal \"{}\" has no group \"{}\"", signal.name, name.get_ref());
        faults.push(source.fault(name.span(), what, "add it as [[signal.group]] in signals.toml, or mend the name"));
    }
    found
}

/// Checks every plan file against the signals; only safe plans are returned.
pub(super) fn check_plans(
    sources: &[Sourced<PlanFile>],
    signals: &IdVec<SignalId, Signal>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, PlanSet> {
    let mut plans = BTreeMap::new();
    for source in sources {
        let Some(set) = check_plan(source, signals, faults) else { continue };
        let name = set.name.clone();
        if plans.insert(name.clone(), set).is_some() {
            faults.push(source.fault(source.key("name"), format!("plan \"{name}\" stands in two files"), "rename one of them"));
        }
    }
    plans
}

/// Checks one plan file; `None` when a fault was added.
fn check_plan(source: &Sourced<PlanFile>, signals: &IdVec<SignalId, Signal>, faults: &mut Vec<Fault>) -> Option<PlanSet> {
    let before = faults.len();
    let content = &source.content;
    let mut found: BTreeMap<SignalId, SafePlan> = BTreeMap::new();
    for f in &content.signals {
        let name = f.name.get_ref();
        let Some((id, signal)) = signals.enumerate().find(|(_, s)| s.name == *name) else {
            faults.push(source.fault(f.name.span(), format!("signal \"{name}\" does not exist"), "take its plan out"));
            continue;
        };
        let plan = signal_plan(source, signal, f, faults);
        let safe = match plan.check(signal) {
            Ok(safe) => safe,
            Err(broken) => {
                let what = |b| format!("the plan of signal \"{name}\" is unsafe: {b}");
                let say = |b| Fault { is_unsafe: true, ..source.fault(f.name.span(), what(b), "change its greens") };
                faults.extend(broken.into_iter().map(say));
                continue;
            }
        };
        if found.insert(id, safe).is_some() {
            faults.push(source.fault(f.name.span(), format!("signal \"{name}\" has two plans"), "take one of them out"));
        }
    }
    for (id, signal) in signals.enumerate() {
        if !found.contains_key(&id) && faults.len() == before {
            faults.push(source.fault(0..0, format!("signal \"{}\" has no plan", signal.name), "add it as [[signal]]"));
        }
    }
    let (name, source) = (content.name.clone(), content.source.clone());
    (faults.len() == before).then(|| PlanSet { name, source, plans: found.into_values().collect() })
}

fn signal_plan(source: &Sourced<PlanFile>, signal: &Signal, f: &SignalPlanFile, faults: &mut Vec<Fault>) -> SignalPlan {
    let cycle = Seconds(f.cycle_s);
    let mut greens = IdVec::from_fn(signal.groups.len(), |_: GroupId| Vec::new());
    for g in &f.greens {
        let Some(id) = group(source, signal, &g.group, faults) else { continue };
        if g.from_s >= f.cycle_s || g.to_s > f.cycle_s {
            let what = format!("a green of \"{}\" from {} to {} lies outside the cycle", g.group.get_ref(), g.from_s, g.to_s);
            faults.push(source.fault(g.group.span(), what, format!("keep it within 0 and {}", f.cycle_s)));
            continue;
        }
        greens[id].push(Green::between(Seconds(g.from_s), Seconds(g.to_s), cycle));
    }
    SignalPlan { cycle, offset: Seconds(f.offset_s), greens }
}

/// Reads and checks a plan file that lies outside the scenario.
pub(super) fn load_plan(scenario: &Scenario, file: &Path) -> Result<PlanSet, Faults> {
    let named = |mut fault: Fault| {
        if !file.exists() {
            fault.mend = "give the name of a plan of the scenario, or the path of a plan file".into();
        }
        fault
    };
    let source = read_required::<PlanFile>(file).map_err(|f| Faults(vec![named(f)]))?;
    let mut faults = Vec::new();
    check_plan(&source, &scenario.signals, &mut faults).ok_or(Faults(faults))
}

impl PlanSet {
    /// The plan as a file.
    pub fn to_file(&self, signals: &IdVec<SignalId, Signal>) -> PlanFile {
        let signals = signals.enumerate().map(|(id, signal)| {
            let plan = self.plans[id].plan();
            let greens = signal.groups.enumerate().flat_map(|(g, group)| {
                plan.greens[g].iter().map(|green| super::file::GreenFile {
                    group: super::file::reference(group.name.clone()),
                    from_s: green.start.0,
                    to_s: green.end(plan.cycle).0,
                })
            });
            SignalPlanFile {
                name: super::file::reference(signal.name.clone()),
                cycle_s: plan.cycle.0,
                offset_s: plan.offset.0,
                greens: greens.collect(),
            }
        });
        PlanFile { schema: super::file::SCHEMA, name: self.name.clone(), source: self.source.clone(), signals: signals.collect() }
    }
}
