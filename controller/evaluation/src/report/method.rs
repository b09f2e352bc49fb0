//! How the figures came about, what they rest on, and how to make them again.

use super::Report;
use super::markup::Markup;
use super::words::{counted, listed, period};

/// The section on the method.
pub(super) fn section(m: &mut Markup, report: &Report<'_>) {
    steps(m, report);
    if !report.findings.is_empty() {
        m.element("h3", &[], "This run");
        m.within("ul", &[], |m| report.findings.iter().for_each(|f| m.element("li", &[], f)));
    }
    m.element("h3", &[], "How to make it again");
    m.paragraph(
        "The result is a function of the scenario, the program and the seeds: the same command gives the same figures on any machine \
         and with any number of processor cores.",
    );
    m.within("pre", &[], |m| m.text(&report.manifest.command));
    facts(m, report);
}

fn steps(m: &mut Markup, report: &Report<'_>) {
    let bands = report.corridors.iter().any(|c| !c.sections.is_empty());
    m.within("ol", &[("class", &"steps")], |m| {
        for (name, text) in STEPS.iter().filter(|step| bands || *step != &GREEN_WAVES) {
            m.within("li", &[], |m| {
                m.element("strong", &[], name);
                m.text(" ");
                m.text(text);
            });
        }
    });
}

/// A step of the method: its name, and what is done.
type MethodStep = (&'static str, &'static str);

/// The step that is left out where no road has bands.
const GREEN_WAVES: MethodStep = (
    "Green waves (MAXBAND).",
    "Offsets are chosen so that the green bands in both directions along the road are as wide as possible (Little, Kelson and \
     Gartner 1981). Where no band wide enough reaches all along it, the road is parted into sections, each with bands of its own. \
     The problem is solved as a mixed-integer program, which proves how good the bands are. Bands know nothing of queues and of \
     traffic that turns in.",
);

const STEPS: [MethodStep; 7] = [
    (
        "Green times (Webster).",
        "For every signal the green is shared out between the stages in proportion to their critical flows, and the cycle is \
         chosen so that the delay of random arrivals is least (Webster 1958). Intergreens and minimum greens come first.",
    ),
    GREEN_WAVES,
    (
        "Search in a platoon model.",
        "A macroscopic model carries flows from signal to signal: platoons stretch on their way (Robertson 1969), queues grow on \
         red and reach back where the lanes are full, left turns go through gaps, and chance adds to queues as in the Highway \
         Capacity Manual. It takes a millisecond for a plan, so thousands of plans are tried: cycle, green times, offsets and \
         orders of stages, by hill-climb (as TRANSYT does) and by an evolution strategy, with the demand as it is and with 15 % \
         more.",
    ),
    (
        "Refinement in simulation.",
        "The best of these plans and of the one that the scenario itself has is changed step by step in the microscopic \
         simulation, in which every vehicle keeps its distance, changes lanes, yields and waits: offsets, green times and cycles. \
         A change is kept when delay and stops together become less over several seeds, with 15 % more and less demand and, \
         where steps are of a second, with half of that, where there is time for it; where there is not, when they do with both of two seeds. All candidates meet the same vehicles and \
         drivers (common random numbers).",
    ),
    (
        "Comparison.",
        "The plans are compared over seeds of their own, none of which the search has used. For each seed the difference between \
         two plans is taken; from these differences come the mean and its 95 % confidence interval by Student’s t (paired t \
         interval); one seed gives none. Were the comparison repeated with other seeds many times, 95 of 100 such intervals would \
         contain the true difference.",
    ),
    (
        "Safety.",
        "Every plan was checked before it was simulated: intergreens, minimum greens and reds, amber and red-amber, no \
         conflicting greens, in every second of the cycle. A plan that fails cannot be simulated, written or reported.",
    ),
    (
        "Measures.",
        "Delay is the time lost against driving freely at the desired speed, with the time that vehicles wait to enter, per \
         vehicle due. A stop is a fall below 0.1 m/s after having driven faster than 5 km/h; waiting is time below 0.1 m/s. Carbon \
         dioxide follows from speed and acceleration of every vehicle (HBEFA 3 polynomials).",
    ),
];

fn facts(m: &mut Markup, report: &Report<'_>) {
    let (manifest, scenario) = (&report.manifest, report.scenario);
    let simulated = format!("{}, after {} s to fill the network", period(scenario), scenario.warm_up.get());
    let network = format!(
        "{}, {}, {}",
        counted(scenario.network.links.len(), "link"),
        counted(scenario.network.intersections.len(), "intersection"),
        counted(scenario.signals.len(), "signal")
    );
    let named = |name: &str, value: String| (name.to_owned(), value);
    let rows = [
        named("Program", format!("ampel {}", manifest.version)),
        named("Scenario", format!("{}: {}", scenario.name, scenario.title)),
        named("Scenario, BLAKE3", manifest.scenario_hash.clone()),
        named("Period", simulated),
        named("Network", network),
        named("Seeds of the comparison", seeds(&manifest.seeds)),
    ];
    let inputs: Vec<_> = manifest.inputs.iter().map(|(file, hash)| named(&format!("{file}, BLAKE3"), hash.clone())).collect();
    m.within("table", &[("class", &"facts-table")], |m| {
        m.element("caption", &[], "What went in");
        m.within("tbody", &[], |m| {
            for (name, value) in rows.iter().chain(&manifest.options).chain(&inputs) {
                m.within("tr", &[], |m| {
                    m.element("th", &[("scope", &"row")], name);
                    m.element("td", &[("class", &"wrap")], value);
                });
            }
        });
    });
}

/// `1 to 10` when they are consecutive, otherwise each.
fn seeds(seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] if seeds.windows(2).all(|w| w[0].checked_add(1) == Some(w[1])) => format!("{first} to {last}"),
        _ => listed(&seeds.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

/// The section on assumptions, sources and attribution.
pub(super) fn sources(m: &mut Markup, report: &Report<'_>) {
    m.element("h3", &[], "Assumptions");
    if report.assumptions.is_empty() {
        m.paragraph("None were declared.");
    } else {
        m.paragraph("These figures are assumed, not measured; results change with them.");
        m.within("ul", &[("class", &"assumptions")], |m| report.assumptions.iter().for_each(|a| m.element("li", &[], a)));
    }
    m.element("h3", &[], "Where the data come from");
    m.within("ul", &[], |m| {
        if !report.scenario.demand.source.is_empty() {
            m.element("li", &[], format!("Demand: {}", report.scenario.demand.source));
        }
        for variant in &report.variants {
            m.element("li", &[], format!("Plan “{}” ({}): {}", variant.title, variant.name, variant.plans.source));
        }
        for (source, signals) in signal_sources(report) {
            m.element("li", &[], format!("Groups and intergreens of {}: {source}", counted(signals, "signal")));
        }
    });
    m.element("h3", &[], "Literature");
    let literature = [
        "F. V. Webster: Traffic Signal Settings. Road Research Technical Paper 39, London 1958.",
        "J. D. C. Little, M. D. Kelson, N. H. Gartner: MAXBAND. Transportation Research Record 795, 1981.",
        "D. I. Robertson: TRANSYT, a traffic network study tool. RRL Report LR 253, Crowthorne 1969.",
        "H.-G. Beyer, B. Sendhoff: Simplify Your Covariance Matrix Adaptation Evolution Strategy. IEEE TEVC 21, 2017.",
        "FGSV: Richtlinien für Lichtsignalanlagen (RiLSA); Handbuch für die Bemessung von Straßenverkehrsanlagen (HBS).",
        "M. Treiber, A. Kesting: Traffic Flow Dynamics. Springer 2013.",
    ];
    m.within("ul", &[], |m| literature.iter().for_each(|l| m.element("li", &[], l)));
    if !report.scenario.attribution.is_empty() {
        m.element("h3", &[], "Attribution");
        m.paragraph(&report.scenario.attribution);
    }
}

/// Sources of the signals with how many have them, in order of their first signal.
fn signal_sources<'a>(report: &Report<'a>) -> Vec<(&'a str, usize)> {
    let mut sources: Vec<(&str, usize)> = Vec::new();
    for signal in &report.scenario.signals {
        match sources.iter_mut().find(|s| s.0 == signal.source) {
            Some(source) => source.1 += 1,
            None => sources.push((&signal.source, 1)),
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_seeds_are_a_range() {
        assert_eq!((seeds(&[1, 2, 3]), seeds(&[1, 3]), seeds(&[7])), ("1 to 3".into(), "1 and 3".into(), "7".into()));
        assert_eq!(seeds(&[u64::MAX, 0]), format!("{} and 0", u64::MAX));
    }
}
