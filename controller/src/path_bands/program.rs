//! The linear relaxation within bounds on the integers.

use super::loops::{Integers, ends, share};
use super::problem::{BandAim, PathNetwork, Station};
use crate::branching::Ranges;
use crate::maxband::BandError;
use good_lp::{
    Constraint, Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, constraint, microlp, variable,
};

/// Values of every variable at an optimum of the relaxation; times are shares of the cycle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) objective: f64,
    pub(super) cycle: f64,
    pub(super) offsets: Vec<f64>,
    /// By path.
    pub(super) widths: Vec<f64>,
    /// By path and station: from the start of the green to the front of the band.
    pub(super) into_green: Vec<Vec<f64>>,
    /// By path and hop: how much later the band comes, clearance included.
    pub(super) later: Vec<Vec<f64>>,
    pub(super) integers: Vec<f64>,
}

/// The program's variables.
struct Columns {
    /// Cycle rate times the shortest cycle: between shortest over longest and 1.
    rate: Variable,
    offsets: Vec<Variable>,
    widths: Vec<Variable>,
    into_green: Vec<Vec<Variable>>,
    /// By path and hop, where the travel time is free: the share of the way from the shortest to the longest, times the rate.
    slower: Vec<Vec<Option<Variable>>>,
    /// The narrowest band, where it is the aim.
    narrowest: Option<Variable>,
    integers: Vec<Variable>,
}

/// Whether integers have to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    No,
    #[cfg(feature = "highs")]
    Yes,
}

impl Columns {
    fn new(network: &PathNetwork, integers: &Integers, (ranges, whole): (&Ranges, Whole), vars: &mut ProblemVariables) -> Self {
        let rate = vars.add(variable().bounds(network.cycle.0.seconds() / network.cycle.1.seconds()..=1.0));
        let offset = |root: bool| if root { variable().bounds(0.0..=0.0) } else { variable() };
        let offsets = integers.parents.iter().map(|parent| vars.add(offset(parent.is_none()))).collect();
        let widths = network.paths.iter().map(|path| vars.add(variable().bounds(0.0..=path.widest()))).collect();
        let (mut into_green, mut slower) = (Vec::new(), Vec::new());
        for (p, path) in network.paths.iter().enumerate() {
            let room = |s: &Station| if network.requires(p) { s.longest_green() } else { 1.0 };
            into_green.push(path.stations.iter().map(|s| vars.add(variable().bounds(0.0..=room(s)))).collect());
            let free = |s: &Station| s.travel.0 < s.travel.1;
            let hops = path.stations[1..].iter();
            slower.push(hops.map(|s| free(s).then(|| vars.add(variable().bounds(0.0..=1.0)))).collect());
        }
        let narrowest = (network.aim == BandAim::Narrowest).then(|| vars.add(variable().bounds(0.0..=1.0)));
        let integer = |&(low, high): &(i32, i32)| {
            let within = variable().bounds(f64::from(low)..=f64::from(high));
            if whole == Whole::No { within } else { within.integer() }
        };
        let integers = ranges.iter().map(|range| vars.add(integer(range))).collect();
        Self { rate, offsets, widths, into_green, slower, narrowest, integers }
    }
}

/// The program of one relaxation.
struct Program<'a> {
    network: &'a PathNetwork,
    integers: &'a Integers,
    columns: Columns,
}

/// Solves the linear relaxation within bounds on the integers; `None` when there is no solution.
pub(super) fn relax(network: &PathNetwork, integers: &Integers, ranges: &Ranges) -> Result<Option<Point>, BandError> {
    let mut vars = ProblemVariables::new();
    let columns = Columns::new(network, integers, (ranges, Whole::No), &mut vars);
    let program = Program { network, integers, columns };
    let objective = program.objective();
    let mut model = vars.maximise(objective.clone()).using(microlp);
    for row in program.rows() {
        model.add_constraint(row);
    }
    match model.solve() {
        Ok(solution) => Ok(Some(program.read(&objective, &solution))),
        Err(ResolutionError::Infeasible) => Ok(None),
        Err(error) => Err(BandError::Solver(error.to_string())),
    }
}

/// Solves the whole program with `HiGHS`, which looks at so many nodes at most: what it found, and what none can exceed; `None` when
/// there is no solution, or none was found.
///
/// One thread and no limit of time, so that the same program has the same solution.
#[cfg(feature = "highs")]
pub(super) fn solve_whole(network: &PathNetwork, integers: &Integers) -> Result<Option<(Point, f64)>, BandError> {
    let mut vars = ProblemVariables::new();
    let columns = Columns::new(network, integers, (&integers.bounds, Whole::Yes), &mut vars);
    let order: Vec<Variable> = vars.iter_variables_with_def().map(|(variable, _)| variable).collect();
    let program = Program { network, integers, columns };
    let objective = program.objective();
    let mut problem = vars.maximise(objective.clone()).using(good_lp::highs);
    for row in program.rows() {
        problem.add_constraint(row);
    }
    let failed = |error: String| BandError::Solver(format!("HiGHS: {error}"));
    let mut model = problem.try_into_inner().map_err(|e| failed(e.to_string()))?;
    model.set_option("threads", 1);
    model.set_option("mip_rel_gap", 0.0);
    model.set_option("mip_max_nodes", i32::try_from(network.node_limit).unwrap_or(i32::MAX));
    let solved = model.try_solve().map_err(|e| failed(format!("{e:?}")))?;
    let gap = solved.mip_gap();
    let solution = solved.get_solution();
    if !gap.is_finite() || solution.columns().is_empty() {
        return Ok(None);
    }
    let point = program.read(&objective, &Found { order: &order, values: solution.columns() });
    let bound = point.objective + gap.max(0.0) * point.objective.abs();
    Ok(Some((point, bound)))
}

/// Values of variables.
#[cfg(feature = "highs")]
struct Found<'a> {
    order: &'a [Variable],
    values: &'a [f64],
}

#[cfg(feature = "highs")]
impl Solution for Found<'_> {
    fn status(&self) -> good_lp::solvers::SolutionStatus {
        good_lp::solvers::SolutionStatus::Optimal
    }

    fn value(&self, variable: Variable) -> f64 {
        let place = self.order.iter().position(|v| *v == variable);
        place.and_then(|at| self.values.get(at)).copied().unwrap_or(f64::NAN)
    }
}

impl Program<'_> {
    fn objective(&self) -> Expression {
        match self.columns.narrowest {
            Some(narrowest) => narrowest.into(),
            None => self.network.paths.iter().zip(&self.columns.widths).map(|(path, &width)| path.weight * width).sum(),
        }
    }

    fn rows(&self) -> Vec<Constraint> {
        let mut rows = Vec::new();
        for signal in &self.integers.patterns {
            if signal.len() > 1 {
                rows.push(constraint!(signal.iter().map(|&i| self.columns.integers[i]).sum::<Expression>() <= 1.0));
            }
        }
        for p in 0..self.network.paths.len() {
            self.band_rows(p, &mut rows);
            self.hop_rows(p, &mut rows);
        }
        rows
    }

    /// The band of a path lies within every green, or there is none.
    fn band_rows(&self, p: usize, rows: &mut Vec<Constraint>) {
        let (path, width) = (&self.network.paths[p], self.columns.widths[p]);
        let has_band: Option<Variable> = self.integers.has_band[p].map(|i| self.columns.integers[i]);
        match has_band {
            Some(y) => {
                rows.push(constraint!(width <= path.widest() * y));
                if path.least > 0.0 {
                    rows.push(constraint!(width >= path.least * y));
                }
            }
            None if path.least > 0.0 => rows.push(constraint!(width >= path.least)),
            None => {}
        }
        if let Some(narrowest) = self.columns.narrowest {
            rows.push(constraint!(narrowest <= width));
        }
        for (i, station) in path.stations.iter().enumerate() {
            let mut room = self.of_pattern(station, |g| g.length);
            if let Some(y) = has_band {
                // Without a band the front may be at any second: with the shortest green, 1 - γ more than enough.
                let shortest = station.greens.iter().map(|g| g.length).fold(1.0, f64::min);
                room += (1.0 - shortest) * (1.0 - Expression::from(y));
            }
            rows.push(constraint!(self.columns.into_green[p][i] + width <= room));
        }
    }

    /// The band comes from each station to the next.
    fn hop_rows(&self, p: usize, rows: &mut Vec<Constraint>) {
        let (columns, stations) = (&self.columns, &self.network.paths[p].stations);
        let shortest = self.network.cycle.0.seconds();
        for (i, next) in stations[1..].iter().enumerate() {
            let mut difference = self.front(p, i) - self.front(p, i + 1);
            difference += next.later().0.seconds() / shortest * columns.rate;
            if let Some(slower) = columns.slower[p][i] {
                let more = (next.travel.1 - next.travel.0).seconds() / shortest;
                difference += more * slower;
                if self.network.cycle.0 < self.network.cycle.1 {
                    rows.push(constraint!(slower <= columns.rate));
                }
            }
            if let Some(index) = self.integers.loops[p][i] {
                difference -= columns.integers[index];
            }
            rows.push(constraint!(difference == 0.0));
        }
    }

    /// `θ + σ + w + h/2` of a station.
    fn front(&self, p: usize, i: usize) -> Expression {
        let (columns, station) = (&self.columns, &self.network.paths[p].stations[i]);
        let mut front = self.of_pattern(station, |g| g.start) + columns.offsets[station.signal] + columns.into_green[p][i];
        if let Some(index) = self.integers.second[p][i] {
            front += 0.5 * columns.integers[index];
        }
        front
    }

    /// A property of the green of the pattern that is chosen.
    fn of_pattern(&self, station: &Station, property: impl Fn(&crate::GreenShare) -> f64) -> Expression {
        let first = property(&station.greens[0]);
        let mut value = Expression::from(first);
        for (green, &index) in station.greens[1..].iter().zip(&self.integers.patterns[station.signal]) {
            value += (property(green) - first) * self.columns.integers[index];
        }
        value
    }

    fn read(&self, objective: &Expression, solution: &impl Solution) -> Point {
        let columns = &self.columns;
        let values = |variables: &[Variable]| variables.iter().map(|&v| solution.value(v)).collect::<Vec<f64>>();
        let rate = solution.value(columns.rate);
        let cycle = self.network.cycle.0 * (1.0 / rate);
        let later = self.network.paths.iter().zip(&columns.slower).map(|(path, slower)| {
            let hops = path.stations[1..].iter().zip(slower);
            hops.map(|(s, slower)| share(s.later(), slower.map_or(0.0, |v| solution.value(v) / rate), cycle)).collect()
        });
        Point {
            objective: solution.eval(objective),
            cycle: cycle.seconds(),
            offsets: values(&columns.offsets),
            widths: values(&columns.widths),
            into_green: columns.into_green.iter().map(|v| values(v)).collect(),
            later: later.collect(),
            integers: values(&columns.integers),
        }
    }
}

/// How far the rows between stations and those of greens are missed, in cycles; 0 where none is.
pub(super) fn missed(network: &PathNetwork, integers: &Integers, point: &Point) -> f64 {
    let mut worst = 0.0_f64;
    for (p, path) in network.paths.iter().enumerate() {
        if integers.has_band[p].is_some_and(|i| point.integers[i] < 0.5) {
            continue;
        }
        let green = |i: usize| path.stations[i].greens[pattern(integers, point, path.stations[i].signal)];
        let w = &point.into_green[p];
        for i in 0..path.stations.len() {
            worst = worst.max(-w[i]).max(w[i] + point.widths[p] - green(i).length);
            if i > 0 {
                let (from, to) = ends(network, super::loops::Hop { path: p, station: i - 1 });
                let front = |i: usize, s: usize| point.offsets[s] + green(i).start + w[i];
                let off = front(i - 1, from) + point.later[p][i - 1] - front(i, to);
                let steps = if network.signals[from].twice || network.signals[to].twice { 2.0 } else { 1.0 };
                worst = worst.max((off * steps - (off * steps).round()).abs() / steps);
            }
        }
    }
    worst
}

/// The pattern of a signal.
pub(super) fn pattern(integers: &Integers, point: &Point, signal: usize) -> usize {
    integers.patterns[signal].iter().position(|&i| point.integers[i] > 0.5).map_or(0, |k| k + 1)
}
