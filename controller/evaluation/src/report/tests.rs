//! The page as a whole.

use super::*;
use model::id::IdVec;
use std::sync::OnceLock;

fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| render(&toy::report(&toy::scenario(), 3)))
}

#[test]
fn every_section_and_drawing_is_there() {
    for (id, heading) in SECTIONS {
        assert!(page().contains(&format!("<section id=\"{id}\"")) && page().contains(heading), "{id}");
    }
    let drawings =
        ["map-before", "map-after", "map-change", "time-space-0", "difference-chart", "signal-1-plan", "signal-4-plan"];
    for id in drawings {
        assert!(page().contains(&format!("<svg id=\"{id}\"")), "{id}");
    }
}

#[test]
fn the_page_loads_nothing() {
    for (at, _) in page().match_indices("http") {
        let before = &page()[..at];
        let shown_as_text = before.rfind('>') > before.rfind('<');
        assert!(before.ends_with("xmlns=\"") || before.ends_with("<meta ") || shown_as_text, "{}", &page()[at - 40..at + 40]);
    }
    for (attribute, local) in [("href=\"", "#"), ("url(", "#")] {
        for (at, _) in page().match_indices(attribute) {
            assert!(page()[at + attribute.len()..].starts_with(local));
        }
    }
    for forbidden in ["src=", "<script", "<link", "<img", "@import", "@font-face", "<iframe", "<object"] {
        assert!(!page().contains(forbidden), "{forbidden}");
    }
}

#[test]
fn names_from_data_are_escaped() {
    assert!(page().contains("&lt;script&gt;alert(&quot;Wall&quot;)&lt;/script&gt;"));
    assert!(page().contains("assumed: a &lt; b &amp; &quot;c&quot;"));
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(page(), render(&toy::report(&toy::scenario(), 3)));
}

#[test]
fn elements_are_closed_in_order_and_ids_are_unique() {
    const VOID: [&str; 1] = ["meta"];
    let (mut open, mut ids): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for tag in page().split('<').skip(2).filter_map(|t| t.split_once('>')).map(|t| t.0) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
        if let Some((_, id)) = tag.split_once(" id=\"") {
            ids.push(id.split('"').next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(count, ids.len());
}

#[test]
fn a_green_lies_where_the_plan_has_it() {
    // 536 units for 80 s from 64 on: K1 of the first signal is green from second 0 to 38.
    let plan = page().split("<svg id=\"signal-1-plan\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(plan.contains("<rect x=\"64\" y=\"27\" width=\"254.6\" height=\"13\" class=\"green\"/>"), "{plan}");
    // The third signal is turned by 55 s: its K1 goes over the end of the cycle, from 55 to 13.
    let plan = page().split("<svg id=\"signal-3-plan\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert!(plan.contains("<rect x=\"64\" y=\"27\" width=\"87.1\" height=\"13\" class=\"green\"/>"), "{plan}");
    assert!(plan.contains("<rect x=\"432.5\" y=\"27\" width=\"167.5\" height=\"13\" class=\"green\"/>"), "{plan}");
}

#[test]
fn pedestrians_have_no_amber() {
    let plan = page().split("<svg id=\"signal-1-plan\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(plan.matches("class=\"amber\"").count(), 2, "two groups of vehicles");
}

#[test]
fn an_insignificant_difference_is_called_so() {
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    // 1 s less with one seed, 1 s more with the other.
    report.variants[1].runs = report.variants[0].runs.clone();
    report.variants[1].runs[0].measures.delay_s -= 1.0;
    report.variants[1].runs[1].measures.delay_s += 1.0;
    let page = render(&report);
    assert!(
        page.contains("\u{a0}s: no significant change (95\u{a0}% interval")
            && page.contains("of the change \u{2212}12.7 to +12.7\u{a0}s)")
    );
    let table = page.split("<table class=\"differences\">").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(table.contains("class=\"open\">○ no significant change") && !table.contains("▼ better"));
}

#[test]
fn a_run_with_overlaps_is_not_trusted() {
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    report.variants[0].runs[0].measures.overlaps = 3;
    assert!(render(&report).contains("cannot be relied on: 3 overlaps"));
}

#[test]
fn a_report_without_baseline_corridor_or_signal_still_renders() {
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    (report.baselines, report.corridors) = (Vec::new(), Vec::new());
    let page = render(&report);
    assert!(page.contains("No coordinated roads") && !page.contains("map-before"));
}

#[test]
fn simulated_vehicles_move_along_the_corridor_in_their_direction() {
    let scenario = toy::scenario();
    let report = toy::report(&scenario, 2);
    let [up, down] = &report.corridors[0].directions;
    for (direction, sign) in [(up, 1.0), (down, -1.0)] {
        assert!(direction.trajectories.len() > 20, "{}", direction.trajectories.len());
        let longest = direction.trajectories.iter().map(|t| (t.points[t.points.len() - 1].1 - t.points[0].1) * sign);
        assert!(longest.fold(0.0, f64::max) > 600.0);
        for step in direction.trajectories.iter().flat_map(|t| t.points.windows(2)) {
            let speed = sign * (step[1].1 - step[0].1) / (step[1].0 - step[0].0);
            // A link's place along the corridor and its length may differ by a little.
            assert!((-0.5..20.0).contains(&speed), "{speed} m/s");
        }
    }
}

#[test]
fn a_path_along_links_counts_the_intersections_between_them() {
    let scenario = toy::scenario();
    let network = &scenario.network;
    let chain: Vec<_> =
        ["X0.0<East", "X1.0<East"].map(|name| network.links.enumerate().find(|(_, l)| l.name == name).unwrap().0).into();
    let path = trajectories::Path::along(network, &chain);
    let [first, second] = path.links() else { panic!("two links") };
    let gap = second.from_m - first.to_m;
    assert!(first.from_m == 0.0 && (10.0..60.0).contains(&gap), "{gap}");
    assert!((second.to_m - second.from_m - network.links[chain[1]].length.get()).abs() < 1e-9);
}

#[test]
fn a_scenario_without_signals_still_renders() {
    let mut scenario = toy::scenario();
    let runs = toy::report(&scenario, 2).variants.remove(0).runs;
    scenario.signals = IdVec::default();
    let plans = PlanSet { name: "none".into(), source: String::new(), plans: IdVec::default() };
    let variant = Variant { name: "none".into(), title: "No signals".into(), plans: &plans, runs };
    let page = render(&Report {
        scenario: &scenario,
        variants: vec![variant],
        chosen: 0,
        baselines: Vec::new(),
        corridors: Vec::new(),
        approaches: Vec::new(),
        warnings: Vec::new(),
        findings: Vec::new(),
        assumptions: Vec::new(),
        manifest: Manifest::default(),
    });
    assert!(page.contains("The scenario has no signals"));
}
