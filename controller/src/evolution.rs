//! Evolution strategy with an adapted matrix: a search for whatever can only be evaluated.
//!
//! The matrix adaptation evolution strategy: the covariance matrix adaptation (CMA-ES) without a covariance matrix. Points of a
//! generation lie around a mean, stretched by a matrix that learns from the better half in which directions to look; the step
//! size follows the length of the path that the mean has taken. It needs no derivative and no root of a matrix.
//!
//! Source: Beyer, Sendhoff, Simplify your covariance matrix adaptation evolution strategy, IEEE Trans. Evol. Comput. 21 (2017)
//! 746-759; parameters as there, after Hansen.

/// What a search goes on with.
#[derive(Debug, Clone)]
pub struct Evolution {
    mean: Vec<f64>,
    step: f64,
    /// Row after row.
    matrix: Vec<f64>,
    path: Vec<f64>,
    weights: Vec<f64>,
    size: usize,
}

/// A point of a generation, still without its cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Where it is.
    pub point: Vec<f64>,
    /// The draws that it was made of.
    normal: Vec<f64>,
}

impl Evolution {
    /// A search around a point, with a first step as far as the best point may be away in one coordinate.
    pub fn new(mean: Vec<f64>, step: f64) -> Self {
        let n = mean.len();
        let size = 4 + (3.0 * model::maths::ln(n.max(1) as f64)) as usize;
        let better = size / 2;
        let raw = (1..=better).map(|i| model::maths::ln((better as f64 + 0.5) / i as f64));
        let whole: f64 = raw.clone().sum();
        let weights = raw.map(|w| w / whole).collect();
        let matrix = (0..n * n).map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.0 }).collect();
        Self { path: vec![0.0; n], mean, step, matrix, weights, size }
    }

    /// How many points a generation has.
    pub fn generation(&self) -> usize {
        self.size
    }

    /// How far points lie from the mean in a coordinate, before the matrix stretches them.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The points of the next generation, made of standard normal draws.
    pub fn candidates(&self, mut normal: impl FnMut() -> f64) -> Vec<Candidate> {
        let n = self.mean.len();
        let one = |_| {
            let normal: Vec<f64> = (0..n).map(|_| normal()).collect();
            let way = self.stretched(&normal);
            Candidate { point: self.mean.iter().zip(way).map(|(m, d)| m + self.step * d).collect(), normal }
        };
        (0..self.size).map(one).collect()
    }

    /// Learns from a generation and what its points cost; of points that cost the same the first counts as better.
    pub fn learn(&mut self, candidates: &[Candidate], costs: &[f64]) {
        let mut order: Vec<usize> = (0..candidates.len().min(costs.len())).collect();
        order.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
        order.truncate(self.weights.len());
        let n = self.mean.len() as f64;
        let effective = 1.0 / self.weights.iter().map(|w| w * w).sum::<f64>();
        let of_path = (effective + 2.0) / (n + effective + 5.0);
        let of_one = 2.0 / ((n + 1.3) * (n + 1.3) + effective);
        let of_many = (2.0 * (effective - 2.0 + 1.0 / effective) / ((n + 2.0) * (n + 2.0) + effective)).min(1.0 - of_one);
        let damping = 1.0 + of_path + 2.0 * (((effective - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0);
        let mean_draw: Vec<f64> = (0..self.mean.len())
            .map(|i| order.iter().zip(&self.weights).map(|(&k, w)| w * candidates[k].normal[i]).sum())
            .collect();
        let way = self.stretched(&mean_draw);
        self.mean.iter_mut().zip(way).for_each(|(m, d)| *m += self.step * d);
        let gain = (effective * of_path * (2.0 - of_path)).sqrt();
        self.path.iter_mut().zip(&mean_draw).for_each(|(p, z)| *p = (1.0 - of_path) * *p + gain * z);
        self.turn(&order, candidates, (of_one, of_many));
        let length = self.path.iter().map(|p| p * p).sum::<f64>().sqrt();
        // Mean length of a vector of standard normal draws.
        let usual = n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
        self.step *= model::maths::exp(of_path / damping * (length / usual - 1.0));
    }

    /// Turns and stretches the matrix: `M (I + c1/2 (s s' - I) + cw/2 (sum w z z' - I))`.
    fn turn(&mut self, order: &[usize], candidates: &[Candidate], (of_one, of_many): (f64, f64)) {
        let n = self.mean.len();
        let along_path = self.stretched(&self.path);
        let along: Vec<Vec<f64>> = order.iter().map(|&k| self.stretched(&candidates[k].normal)).collect();
        for row in 0..n {
            for column in 0..n {
                let many: f64 = order
                    .iter()
                    .zip(&self.weights)
                    .zip(&along)
                    .map(|((&k, w), along)| w * along[row] * candidates[k].normal[column])
                    .sum();
                let old = self.matrix[row * n + column];
                self.matrix[row * n + column] =
                    old + 0.5 * of_one * (along_path[row] * self.path[column] - old) + 0.5 * of_many * (many - old);
            }
        }
    }

    fn stretched(&self, draws: &[f64]) -> Vec<f64> {
        self.matrix.chunks(draws.len().max(1)).map(|row| row.iter().zip(draws).map(|(m, z)| m * z).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard normal draws of a small generator (Box and Muller over a linear congruence), good enough for a test.
    fn normals(mut state: u64) -> impl FnMut() -> f64 {
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        move || {
            let (a, b) = (uniform(), uniform());
            (-2.0 * model::maths::ln(a)).sqrt() * model::maths::cos(std::f64::consts::TAU * b)
        }
    }

    /// Generations until the cost falls below a billionth.
    fn generations(cost: impl Fn(&[f64]) -> f64, from: Vec<f64>, most: usize) -> Option<usize> {
        let (mut search, mut normal) = (Evolution::new(from, 1.0), normals(7));
        (0..most).find(|_| {
            let candidates = search.candidates(&mut normal);
            let costs: Vec<f64> = candidates.iter().map(|c| cost(&c.point)).collect();
            search.learn(&candidates, &costs);
            costs.iter().any(|c| *c < 1e-9)
        })
    }

    #[test]
    fn it_finds_the_bottom_of_a_bowl_and_of_a_long_narrow_turned_one() {
        let bowl = |x: &[f64]| x.iter().map(|x| (x - 3.0) * (x - 3.0)).sum::<f64>();
        assert!(generations(bowl, vec![0.0; 10], 400).is_some());
        // Axes a thousand times as steep as others, none of them along a coordinate.
        let narrow = |x: &[f64]| {
            let sum: f64 = x.iter().sum();
            1e3 * sum * sum + x.windows(2).map(|w| (w[0] - w[1] - 1.0) * (w[0] - w[1] - 1.0)).sum::<f64>()
        };
        assert!(generations(narrow, vec![2.0; 6], 1500).is_some());
    }

    #[test]
    fn it_follows_a_curved_valley() {
        let square = |x: f64| x * x;
        let rosenbrock = |x: &[f64]| x.windows(2).map(|w| 100.0 * square(w[1] - w[0] * w[0]) + square(1.0 - w[0])).sum::<f64>();
        assert!(generations(rosenbrock, vec![-1.0; 5], 3000).is_some());
    }
}
