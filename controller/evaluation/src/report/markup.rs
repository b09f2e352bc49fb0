//! HTML and SVG text, escaped by construction.
//!
//! Attributes and text go through [`escape`] here and nowhere else, so that no drawing can forget it.

use std::fmt::{self, Display, Write};

/// Attributes of an element, in writing order.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

/// A growing piece of HTML or SVG.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// The text so far.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Text of our own that is markup already: the doctype, the style sheet.
    pub(super) fn verbatim(&mut self, text: &'static str) {
        self.0.push_str(text);
    }

    /// An element with what `inside` writes.
    pub(super) fn within(&mut self, tag: &str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        inside(self);
        self.close(tag);
    }

    /// An element with text.
    pub(super) fn element(&mut self, tag: &str, attributes: Attributes<'_>, text: impl Display) {
        self.within(tag, attributes, |m| m.text(text));
    }

    /// An element of HTML that has no content and no end, such as `meta`.
    pub(super) fn void(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.open(tag, attributes);
    }

    /// A shape of SVG.
    pub(super) fn shape(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.start(tag, attributes);
        self.0.push_str("/>");
    }

    /// Text.
    pub(super) fn text(&mut self, text: impl Display) {
        self.0.push_str(&escape(text));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: impl Display) {
        self.element("p", &[], text);
    }

    /// A drawing with a name and a description for those who cannot see it. `id` is unique in the document.
    pub(super) fn drawing(&mut self, id: &str, size: (f64, f64), words: (&str, &str), inside: impl FnOnce(&mut Self)) {
        let (name, description) = (format!("{id}-name"), format!("{id}-description"));
        let view = format!("0 0 {} {}", Px(size.0), Px(size.1));
        let labelled = format!("{name} {description}");
        let attributes: Attributes<'_> = &[
            ("id", &id),
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("viewBox", &view),
            ("width", &Px(size.0)),
            ("height", &Px(size.1)),
            ("role", &"img"),
            ("aria-labelledby", &labelled),
        ];
        self.within("svg", attributes, |m| {
            m.element("title", &[("id", &name)], words.0);
            m.element("desc", &[("id", &description)], words.1);
            inside(m);
        });
    }

    fn open(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.start(tag, attributes);
        self.0.push('>');
        if BLOCKS.contains(&tag) {
            self.0.push('\n');
        }
    }

    fn start(&mut self, tag: &str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            write!(self.0, " {name}=\"{}\"", escape(value)).expect("a String takes everything");
        }
    }

    fn close(&mut self, tag: &str) {
        write!(self.0, "</{tag}>").expect("a String takes everything");
        if BLOCKS.contains(&tag) || LINES.contains(&tag) {
            self.0.push('\n');
        }
    }
}

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 13] =
    ["html", "head", "body", "header", "main", "section", "figure", "svg", "table", "thead", "tbody", "ul", "ol"];
/// Elements after which a line ends.
const LINES: [&str; 10] = ["p", "h1", "h2", "h3", "tr", "li", "g", "figcaption", "title", "article"];

/// Text in which nothing can be taken for markup; characters that XML cannot hold become U+FFFD.
pub(super) fn escape(text: impl Display) -> String {
    let text = text.to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate of a drawing: at most two decimals, never `-0`; what is not finite becomes 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Px(pub(super) f64);

impl Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = if self.0.is_finite() { (self.0 * 100.0).round() as i64 } else { 0 };
        let (whole, part) = (hundredths.abs() / 100, hundredths.abs() % 100);
        if hundredths < 0 {
            f.write_str("-")?;
        }
        match part {
            0 => write!(f, "{whole}"),
            part if part % 10 == 0 => write!(f, "{whole}.{}", part / 10),
            part => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// A number for people: that many decimals, a true minus sign, `–` for what is not a number.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !zero { format!("\u{2212}{text}") } else { text }
}

/// A number for people that always carries its sign, but for zero.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let positive = value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
    if positive { format!("+{text}") } else { text }
}

/// A text that fits into a width of a drawing, cut with an ellipsis; by the mean width of letters.
pub(super) fn fitting(text: &str, width: f64, font_size: f64) -> String {
    let room = (width / (font_size * 0.54)).floor().max(1.0) as usize;
    if text.chars().count() <= room {
        return text.into();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The points of a line as SVG wants them.
pub(super) fn points(line: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut out = String::new();
    for (x, y) in line {
        let gap = if out.is_empty() { "" } else { " " };
        write!(out, "{gap}{},{}", Px(x), Px(y)).expect("a String takes everything");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_data_can_be_taken_for_markup() {
        let mut m = Markup::default();
        m.element("p", &[("title", &"a\"b'c")], "<script>&\u{1}");
        assert_eq!(m.into_string(), "<p title=\"a&quot;b&#39;c\">&lt;script&gt;&amp;\u{fffd}</p>\n");
    }

    #[test]
    fn coordinates_are_short_and_finite() {
        let shown: Vec<String> = [1.0, 1.5, 1.255, -0.001, -2.05, f64::NAN].map(|x| Px(x).to_string()).into();
        assert_eq!(shown, ["1", "1.5", "1.25", "0", "-2.05", "0"].map(String::from));
    }

    #[test]
    fn numbers_carry_a_true_minus_and_no_negative_zero() {
        assert_eq!(number(-4.25, 1), "\u{2212}4.2");
        assert_eq!((number(-0.01, 1), signed(0.01, 1)), ("0.0".into(), "0.0".into()));
        assert_eq!((signed(3.0, 0), number(f64::NAN, 1)), ("+3".into(), "–".into()));
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(fitting("Hiltropwall / Rheinische Straße", 60.0, 10.0), "Hiltropwal…");
        assert_eq!(fitting("Wall", 60.0, 10.0), "Wall");
    }
}
