//! The page as a whole.

use super::*;
use model::id::{Id, IdVec};
use std::sync::OnceLock;

fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| render(&toy::report(&toy::scenario(), 3)))
}

#[test]
fn every_section_and_drawing_is_there() {
    for (id, heading) in SECTIONS {
        let heading = Language::English.of(heading);
        assert!(page().contains(&format!("<section id=\"{id}\"")) && page().contains(heading), "{id}");
    }
    let drawings = [
        "map-before",
        "map-after",
        "map-change",
        "time-space-0",
        "difference-chart",
        "signal-1-plan",
        "signal-4-plan",
        "signal-4-stages",
    ];
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
    assert!(page.contains("No coordinated roads") && !page.contains("map-before") && page.contains("class=\"streams\""));
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
        language: Language::English,
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

/// The street of the toy as a corridor, with the sections and the two plans of a search that changes next to nothing but
/// the offsets.
fn optimised() -> &'static (Scenario, crate::Optimised) {
    struct Silent;
    impl crate::Progress for Silent {
        fn begin(&self, _: &str, _: u64) {}
        fn tick(&self) {}
    }
    static FOUND: OnceLock<(Scenario, crate::Optimised)> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut scenario = model::toy::Grid { columns: 4, duration_s: 600, ..model::toy::Grid::default() }.scenario();
        let directions = ["eastbound", "westbound"].map(String::from);
        let signals = scenario.signals.ids().collect();
        scenario.corridors.push(model::scenario::Corridor { name: "street".into(), directions, ring: false, signals });
        let effort = crate::Effort {
            cycles: vec![model::time::Seconds(80)],
            updates: 100_000,
            steps: Vec::new(),
            ..crate::Effort::compared_over(vec![1])
        };
        let mut found = crate::optimise(&scenario, &effort, &Setup::default(), &Silent).unwrap();
        // Plans that differ at every signal, whatever a search would have found.
        let turned = |(i, plan): (usize, &model::signal::SafePlan)| {
            let id = SignalId::from_index(i);
            let offset = model::time::Seconds(plan.offset().0 + 11 * (1 + i as u16));
            plan.plan().with_offset(offset).check(&scenario.signals[id]).unwrap()
        };
        found.refined.plan.plans = found.banded.plan.plans.iter().enumerate().map(turned).collect();
        (scenario, found)
    })
}

fn drawn() -> [Corridor<'static>; 2] {
    let (scenario, found) = optimised();
    let wave = &found.waves[0];
    [(&found.banded, true), (&found.refined, false)].map(|(e, proven)| {
        let sections = crate::space_time::Sections::Computed { sections: &wave.sections, proven };
        let shown = crate::space_time::Shown { route: &wave.route, sections, plan: &e.plan, title: &e.title };
        crate::space_time::draw(scenario, &shown, 1, &Setup::default())
    })
}

fn drawn_page() -> String {
    let (scenario, found) = optimised();
    let variant = |e: &'static crate::Evaluated| Variant {
        name: e.plan.name.clone(),
        title: e.title.clone(),
        plans: &e.plan,
        runs: e.runs.clone(),
    };
    render(&Report {
        language: Language::English,
        scenario,
        variants: [&found.banded, &found.refined].map(variant).into(),
        chosen: 1,
        baselines: vec![0],
        corridors: drawn().into(),
        approaches: saturation(scenario, &found.refined.plan),
        warnings: vec!["worse & worse".into()],
        findings: Vec::new(),
        assumptions: Vec::new(),
        manifest: Manifest::default(),
    })
}

/// The drawing of an id.
fn svg<'a>(page: &'a str, id: &str) -> &'a str {
    page.split(&format!("<svg id=\"{id}\"")).nth(1).unwrap().split("</svg>").next().unwrap()
}

/// The number in an attribute.
fn attribute(tag: &str, name: &str) -> f64 {
    tag.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

#[test]
fn strips_and_offsets_of_a_diagram_are_those_of_the_plan_it_names() {
    let page = drawn_page();
    for (index, corridor) in drawn().iter().enumerate() {
        let drawing = svg(&page, &format!("time-space-{index}"));
        assert!(page.contains(&format!("street: {}", corridor.plan_title)), "{}", corridor.plan_title);
        let mut strips = drawing.split("<g class=\"strip\">").skip(1).map(|s| s.split("</g>").next().unwrap());
        for station in &corridor.stations {
            let plan = &corridor.plans.plans[station.signal];
            assert!(drawing.contains(&format!("offset {}<", plan.offset())), "{}", plan.offset());
            for group in station.groups.into_iter().flatten() {
                let strip = strips.next().unwrap();
                // 494 units for two cycles of 80 s from 150 on.
                let green = |tag: &str| ((attribute(tag, "x") - 150.0) / 494.0 * 160.0, attribute(tag, "width") / 494.0 * 160.0);
                let drawn: f64 = strip.split("<rect").filter(|t| t.contains("class=\"green\"")).map(|t| green(t).1).sum();
                assert!((drawn - 2.0 * f64::from(plan.plan().green_time(group).0)).abs() < 0.2, "{drawn} s");
                for (begin, length) in strip.split("<rect").filter(|t| t.contains("class=\"green\"")).map(green) {
                    let second = DaySecond(corridor.from.0 + (begin + length / 2.0) as u32);
                    assert_eq!(plan.aspect_at(group, second), model::signal::Aspect::Green);
                }
            }
        }
        assert_eq!(strips.count(), 0);
    }
}

/// How many vehicles cross a station's stop line, and how many of them in a red strip of a plan.
fn crossings(corridor: &Corridor<'_>, plans: &PlanSet) -> (usize, usize) {
    let (mut all, mut red) = (0, 0);
    for (station, way) in corridor.stations.iter().flat_map(|s| [(s, 0), (s, 1)]) {
        let Some(group) = station.groups[way] else { continue };
        let steps = corridor.directions[way].trajectories.iter().flat_map(|t| t.points.windows(2));
        for step in steps {
            let [before, after] = [step[0].1, step[1].1].map(|m| (m - station.position_m) * [1.0, -1.0][way]);
            if before <= 0.0 && after > 0.0 {
                let moment = step[0].0 + (step[1].0 - step[0].0) * before.abs() / (after - before);
                // Between two samples a second apart the line is straight and the vehicle may not be.
                let shown = |s: f64| plans.plans[station.signal].aspect_at(group, DaySecond(s as u32));
                let stopped = |s: f64| shown(s) == model::signal::Aspect::Red;
                all += 1;
                red += usize::from([-0.7, 0.0, 0.7].iter().all(|d| stopped(moment + d)));
            }
        }
    }
    (all, red)
}

#[test]
fn no_trajectory_crosses_a_stop_line_inside_a_red_strip() {
    let [banded, refined] = drawn();
    for corridor in [&banded, &refined] {
        let (all, red) = crossings(corridor, corridor.plans);
        assert!(all > 50 && red == 0, "{red} of {all}");
    }
    // Under the strips of the other plan it would be seen.
    assert!(crossings(&banded, refined.plans).1 > 5);
}

#[test]
fn the_bands_of_every_section_are_drawn_and_their_widths_stated() {
    let (page, corridors) = (drawn_page(), drawn());
    for (index, corridor) in corridors.iter().enumerate() {
        assert!(!corridor.sections.is_empty());
        let bands: Vec<&Band> = corridor.sections.iter().flat_map(|s| &s.bands).flatten().collect();
        let drawing = svg(&page, &format!("time-space-{index}"));
        assert!(drawing.matches("<polygon").count() >= 2 * bands.len());
        let table = page.split("<table class=\"bands\">").nth(index + 1).unwrap().split("</table>").next().unwrap();
        for band in bands {
            assert!(table.contains(&format!(">{}<", markup::number(band.width_s, 1))), "{} in {table}", band.width_s);
        }
    }
    assert!(corridors[0].sections[0].bands.iter().all(Option::is_some));
    assert!(svg(&page, "time-space-0").contains("<polygon"));
}

#[test]
fn one_seed_is_said_to_give_no_interval() {
    let page = drawn_page();
    let summary = page.split("<section id=\"summary\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(summary.contains("with one seed, which gives no interval.") && summary.contains("– one seed: no verdict"));
    assert!(!page.contains("inf") || !summary.contains("inf"), "{summary}");
    assert!(!summary.contains("95\u{a0}% interval") && !summary.contains("no significant change"));
}

#[test]
fn warnings_come_first_and_approaches_over_capacity_are_counted() {
    let page = drawn_page();
    assert!(page.find("role=\"alert\">worse &amp; worse").unwrap() < page.find("class=\"headline").unwrap());
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    report.approaches.truncate(0);
    assert!(!render(&report).contains("approaches to signals"));
}

#[test]
fn degrees_of_saturation_above_the_mark_are_marked() {
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    report.approaches.iter_mut().for_each(|a| a.degree = 0.5);
    (report.approaches[0].degree, report.approaches[1].degree) = (1.2, 0.96);
    let page = render(&report);
    assert!(page.contains("1 of 16 approaches to signals is over capacity"), "{}", report.approaches.len());
    assert!(page.contains("and 1 more lie above 0.95") && page.contains("▲ 1.20 ("));
}

/// The part of a page between two marks.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split(from).nth(1).unwrap_or_else(|| panic!("{from}")).split(to).next().unwrap()
}

#[test]
fn levels_of_service_are_those_of_the_delays_beside_them() {
    let streams = between(page(), "<table class=\"streams\">", "</table>");
    let mut rows = 0;
    for row in streams.split("<tr>").skip(2) {
        let cells: Vec<&str> =
            row.split("<td").skip(1).map(|c| c.split('>').nth(1).unwrap().split('<').next().unwrap()).collect();
        let both = |cell: &str| -> [String; 2] { cell.split(" → ").map(String::from).collect::<Vec<_>>().try_into().unwrap() };
        let (waits, levels) = (both(cells[2]), both(cells[3]));
        for i in 0..2 {
            let wait: f64 = waits[i].parse().unwrap();
            let expected = if cells[0].starts_with("on foot") {
                crate::Level::of_longest_wait(wait)
            } else {
                let degrees = both(cells[5].trim_start_matches("▲ "));
                crate::Level::of_mean_delay(wait, degrees[i].parse::<f64>().unwrap() > 1.0)
            };
            assert_eq!(levels[i], expected.letter(), "{row}");
        }
        rows += 1;
    }
    // Ten streams with traffic, for nobody turns here on the way west, and those on foot.
    assert_eq!(rows, 11, "{streams}");
    assert!(page().contains("as commonly quoted, not verified against the HBS"));
}

#[test]
fn nobody_walks_in_the_simulation_so_the_longest_red_of_the_plan_stands_for_the_wait() {
    // 30 of 80 s are green for those on foot.
    let streams = between(page(), "<table class=\"streams\">", "</table>");
    assert!(
        streams.contains("on foot: longest red</td><td class=\"number\">–</td><td class=\"number\">50 → 50</td>"),
        "{streams}"
    );
}

#[test]
fn arrivals_on_green_and_platoon_ratio_agree_with_the_runs() {
    let scenario = toy::scenario();
    let report = toy::report(&scenario, 3);
    let station = &report.corridors[0].stations[1];
    let [before, after] = quality::shares_on_green(&report, station, 0).map(Option::unwrap);
    // The wave brings the platoon at green; together it does not.
    assert!(after > before + 0.1, "{before} {after}");
    let table = between(page(), "<table class=\"arrivals\">", "</table>");
    let row = table.split("<tr>").nth(4).unwrap();
    let percent = |p: f64| markup::number(100.0 * p, 0);
    assert!(row.contains(&format!(">{} → {}\u{a0}%<", percent(before), percent(after))), "{row}");
    assert!(row.contains(&format!("→ {}<", markup::number(after / (38.0 / 80.0), 2))), "{row}");
}

#[test]
fn what_changes_is_told_with_its_figures() {
    let article = between(page(), "<article class=\"intersection\" id=\"signal-2\">", "</article>");
    let changed = between(article, "<table class=\"changed\">", "</table>");
    assert!(changed.contains("<td>0</td><td class=\"chosen\">24</td>"), "{changed}");
    assert!(changed.contains("K1 36, K2 32") && changed.contains("K1 38, K2 30"), "{changed}");
    let reasons = between(article, "<ul class=\"changes\">", "</ul>");
    assert!(reasons.contains("All motor vehicles at this signal: mean delay "), "{reasons}");
    assert!(reasons.contains("The green of K1 grows from 45 % to 48 % of the cycle: the degree of saturation"), "{reasons}");
    assert!(reasons.contains("The offset goes from 0 s to 24 s.") && reasons.contains("Arrivals on green on Südwall eastbound"));
    // The first signal keeps its offset but not its greens.
    assert!(!page().contains("Nothing changes.") && !reasons.contains("The cycle is"));
}

#[test]
fn queues_are_held_against_their_room() {
    let queues = between(page(), "<table class=\"queues\">", "</table>");
    assert!(queues.matches("within the storage").count() + queues.matches("▲ reaches").count() == 4, "{queues}");
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    for run in report.variants.iter_mut().flat_map(|v| v.runs.iter_mut()) {
        for approach in &mut run.quality.as_mut().unwrap().approaches {
            approach.queues_m = vec![approach.storage_m; 3];
        }
    }
    let page = render(&report);
    assert_eq!(page.matches("<td class=\"worse\">▲ reaches the intersection before").count(), 16);
    assert!(page.contains("on 16 of 16 approaches under"));
}

#[test]
fn a_report_of_runs_that_were_not_observed_says_so() {
    let scenario = toy::scenario();
    let mut report = toy::report(&scenario, 2);
    report.variants.iter_mut().flat_map(|v| v.runs.iter_mut()).for_each(|r| r.quality = None);
    let page = render(&report);
    assert!(page.contains("was not observed in these runs") && !page.contains("<table class=\"streams\">"));
    assert!(page.contains("<table class=\"changed\">"), "plans can be compared all the same");
}

#[test]
fn efficiency_and_attainability_are_shares_of_cycle_and_green() {
    // 20 s of 80 s, and of 38 s of green.
    let bands = between(page(), "<table class=\"bands\">", "</table>");
    assert!(
        bands
            .contains(">20.0</td><td class=\"number\">45</td><td class=\"number\">25\u{a0}%</td><td class=\"number\">53\u{a0}%<"),
        "{bands}"
    );
    assert_eq!((bands.matches(">cyclists<").count(), bands.matches(">none<").count()), (1, 1));
}

#[test]
fn the_german_page_is_german_throughout() {
    let scenario = toy::scenario();
    let report = Report { language: Language::German, ..toy::report(&scenario, 3) };
    let page = render(&report);
    assert!(page.contains("<html lang=\"de\">") && page.contains("Phasenfolgeplan") && page.contains("Auslastungsgrad"));
    // What people read: text between tags, without what comes from the scenario and from the literature.
    let text = page.split("<h3>Literatur</h3>").next().unwrap();
    let body = text.split("</style>").nth(1).unwrap();
    let data = [
        "A toy street with four signals",
        "The offsets were set by hand.",
        "assumed: by hand",
        "Wave &amp; more",
        "All together",
        "assumed: everything; this is a toy",
    ];
    let body = data.iter().fold(body.to_owned(), |b, d| b.replace(d, ""));
    let words: Vec<&str> = body.split('<').filter_map(|t| t.split_once('>')).flat_map(|t| t.1.split_whitespace()).collect();
    for english in
        ["the", "of", "and", "is", "are", "per", "with", "green", "cycle", "stage", "delay", "from", "to", "none", "under"]
    {
        let found = words.iter().position(|w| *w == english).map(|i| words[i.saturating_sub(4)..].join(" "));
        assert!(found.is_none(), "{english}: {:.90}", found.unwrap_or_default());
    }
    // Decimal commas: no figure of the tables has a point.
    let tables = body.split("<td class=\"number\">").skip(1).map(|c| c.split('<').next().unwrap());
    assert!(
        tables.clone().any(|c| c.contains(',')) && tables.clone().all(|c| !c.contains('.')),
        "{:?}",
        tables.collect::<Vec<_>>()
    );
}

#[test]
fn every_title_that_the_optimiser_gives_is_translated() {
    let found = &optimised().1;
    let titles = found.references().into_iter().chain([&found.refined]).map(|e| e.title.as_str());
    for title in titles {
        assert_ne!(Language::German.title(title), title);
    }
}

#[test]
fn sections_of_a_plan_are_those_in_which_it_has_bands_both_ways() {
    let (scenario, found) = optimised();
    let wave = &found.waves[0];
    let shown = crate::space_time::Shown {
        route: &wave.route,
        sections: crate::space_time::Sections::OfPlan,
        plan: &found.banded.plan,
        title: "bands",
    };
    let corridor = crate::space_time::draw(scenario, &shown, 1, &Setup::default());
    assert!(!corridor.sections.is_empty());
    for section in &corridor.sections {
        assert!(section.bands.iter().flatten().filter(|b| b.width_s >= 5.0).count() == 2, "{section:?}");
    }
}
