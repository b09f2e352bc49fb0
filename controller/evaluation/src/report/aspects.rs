//! Signal images along a time axis: green a wide bar, red a thin line, amber hatched, red-amber a short mixed field.

use super::markup::{Markup, Px};
use model::signal::Aspect;

/// A stretch of time in which a group shows the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) aspect: Aspect,
    /// First second.
    pub(super) from: u32,
    /// First second after it.
    pub(super) to: u32,
}

/// The stretches of the seconds from 0 to `seconds`.
pub(super) fn stretches(seconds: u32, shown: impl Fn(u32) -> Aspect) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for s in 0..seconds {
        let aspect = shown(s);
        match all.last_mut() {
            Some(last) if last.aspect == aspect => last.to = s + 1,
            _ => all.push(Stretch { aspect, from: s, to: s + 1 }),
        }
    }
    all
}

/// Where a row of signal images lies in a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Left end of second 0.
    pub(super) left: f64,
    /// Width of a second.
    pub(super) second: f64,
    /// Middle of the row.
    pub(super) middle: f64,
    /// Height of a green bar.
    pub(super) height: f64,
}

impl Row {
    /// Where a second begins.
    pub(super) fn x(&self, second: f64) -> f64 {
        self.left + self.second * second
    }

    /// Draws one stretch. `hatch` is the id of the pattern that [`hatch`] has defined in the same drawing.
    pub(super) fn draw(&self, m: &mut Markup, stretch: &Stretch, hatch: &str) {
        let (x, width) = (self.x(f64::from(stretch.from)), self.second * f64::from(stretch.to - stretch.from));
        let top = self.middle - self.height / 2.0;
        let field = |m: &mut Markup, class: &str, top: f64, height: f64| {
            m.shape("rect", &[("x", &Px(x)), ("y", &Px(top)), ("width", &Px(width)), ("height", &Px(height)), ("class", &class)]);
        };
        match stretch.aspect {
            Aspect::Green => field(m, "green", top, self.height),
            Aspect::Red => {
                let thin = (self.height / 6.0).clamp(1.2, 2.0);
                field(m, "red", self.middle - thin / 2.0, thin);
            }
            Aspect::Amber => {
                let fill = format!("url(#{hatch})");
                m.shape(
                    "rect",
                    &[
                        ("x", &Px(x)),
                        ("y", &Px(top)),
                        ("width", &Px(width)),
                        ("height", &Px(self.height)),
                        ("fill", &fill),
                        ("class", &"amber"),
                    ],
                );
            }
            Aspect::RedAmber => {
                field(m, "red-amber-upper", top, self.height / 2.0);
                field(m, "red-amber-lower", self.middle, self.height / 2.0);
            }
        }
    }
}

/// Defines the diagonal hatch of amber under an id.
pub(super) fn hatch(m: &mut Markup, id: &str) {
    m.within("defs", &[], |m| {
        let tile: [(&str, &dyn std::fmt::Display); 5] = [
            ("id", &id),
            ("width", &4),
            ("height", &4),
            ("patternUnits", &"userSpaceOnUse"),
            ("patternTransform", &"rotate(45)"),
        ];
        m.within("pattern", &tile, |m| {
            m.shape("rect", &[("width", &4), ("height", &4), ("class", &"hatch-ground")]);
            m.shape("rect", &[("width", &1.7), ("height", &4), ("class", &"hatch-line")]);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seconds_make_one_stretch() {
        let shown = |s| if s < 3 { Aspect::Green } else { Aspect::Red };
        let green = Stretch { aspect: Aspect::Green, from: 0, to: 3 };
        assert_eq!(stretches(10, shown), [green, Stretch { aspect: Aspect::Red, from: 3, to: 10 }]);
    }

    #[test]
    fn a_green_bar_covers_its_seconds() {
        let mut m = Markup::default();
        let row = Row { left: 100.0, second: 5.0, middle: 20.0, height: 12.0 };
        row.draw(&mut m, &Stretch { aspect: Aspect::Green, from: 10, to: 32 }, "h");
        assert_eq!(m.into_string(), "<rect x=\"150\" y=\"14\" width=\"110\" height=\"12\" class=\"green\"/>");
    }
}
