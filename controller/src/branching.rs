//! What the branch and bound of both programs of bands have in common.

/// The integers that a node allows, from and to, by their index.
pub(crate) type Ranges = Vec<(i32, i32)>;

/// An integer counts as whole within this distance.
pub(crate) const WHOLE: f64 = 1e-6;

/// A node is cut off unless its bound is better than the best bands by this much, in cycles of objective.
pub(crate) const BETTER: f64 = 1e-7;

/// A node that is still to be looked at.
pub(crate) struct Open {
    /// The integers that it allows.
    pub(crate) ranges: Ranges,
    /// The objective of the parent's relaxation.
    pub(crate) bound: f64,
}

/// Opens both sides of an integer that is not whole in a relaxation with an objective of `bound`, the nearer one last so that it
/// is taken first.
pub(crate) fn push_children(open: &mut Vec<Open>, ranges: Ranges, (index, value): (usize, f64), bound: f64) {
    let below = value.floor() as i32;
    let (mut lower, mut upper) = (ranges.clone(), ranges);
    lower[index].1 = below;
    upper[index].0 = below + 1;
    let (first, second) = if value - value.floor() < 0.5 { (lower, upper) } else { (upper, lower) };
    open.push(Open { ranges: second, bound });
    open.push(Open { ranges: first, bound });
}
