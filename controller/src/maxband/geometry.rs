//! The width of a band for given offsets, by geometry alone.

use model::quantity::Span;

/// The green that a band passes at one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GreenWindow {
    /// Start of green, at any multiple of the cycle.
    pub start: Span,
    /// Length of green, at most the cycle.
    pub length: Span,
    /// Travel time from the signal passed before; that of the first one does not matter.
    pub travel: Span,
}

/// The widest band through a sequence of greens, in the order in which they are passed.
///
/// A band that starts at φ passes signal i after its green has shown for `a_i = (φ + x_i - θ_i) mod C`, and finds
/// `g_i - a_i` left of it; the least of these over the signals is its width, the greatest over φ the result. The width
/// falls with φ but where a green begins, so only those φ are looked at: exact, where a grid is not. Zero when no band
/// passes, or without signals.
pub fn geometric_band(cycle: Span, windows: &[GreenWindow]) -> Span {
    let mut elapsed = Span::ZERO;
    let shifted: Vec<(Span, Span)> = windows
        .iter()
        .enumerate()
        .map(|(i, window)| {
            elapsed += if i == 0 { Span::ZERO } else { window.travel };
            (window.start - elapsed, window.length)
        })
        .collect();
    let width_at = |front: Span| {
        let left = shifted.iter().map(|&(start, length)| (length - shown(front - start, cycle)).max(Span::ZERO));
        left.fold(cycle, Span::min)
    };
    shifted.iter().map(|&(start, _)| width_at(start)).fold(Span::ZERO, Span::max)
}

/// How long a green has shown; a hair before its start counts as its start.
fn shown(since_start: Span, cycle: Span) -> Span {
    let share = (since_start / cycle).rem_euclid(1.0);
    if share > 1.0 - 1e-9 { Span::ZERO } else { cycle * share }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: f64, length: f64, travel: f64) -> GreenWindow {
        let s = Span::seconds_f64;
        GreenWindow { start: s(start), length: s(length), travel: s(travel) }
    }

    #[test]
    fn the_band_is_what_the_greens_share() {
        let windows = [window(0.0, 30.0, 0.0), window(75.0, 25.0, 10.0), window(20.0, 30.0, 10.0)];
        // Seen from the first signal: 0..30, 65..90 = -15..10, 0..30.
        assert!((geometric_band(Span::seconds_f64(80.0), &windows).seconds() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn greens_that_never_meet_have_no_band() {
        let windows = [window(0.0, 30.0, 0.0), window(40.0, 30.0, 0.0)];
        assert_eq!(geometric_band(Span::seconds_f64(80.0), &windows), Span::ZERO);
        assert_eq!(geometric_band(Span::seconds_f64(80.0), &[]), Span::ZERO);
    }
}
