//! Drawings as files: SVG text, and PNG pixels of it in the typeface of the window.

use super::{Figure, Mark};
use crate::palette::{self, Ink};
use bevy_egui::egui::{Align, Align2, Pos2, Rect};
use resvg::{tiny_skia, usvg};
use std::fmt::Write;
use std::sync::Arc;

/// Around the drawing, in points.
const MARGIN: f32 = 12.0;
/// Height of the line with the title.
const TITLE: f32 = 22.0;
/// Pixels of a PNG for each point.
const SHARPNESS: f32 = 2.0;

/// The drawing as SVG on white paper, with its title above it.
pub(crate) fn svg(figure: &Figure) -> String {
    let (width, height) = (figure.size.x + 2.0 * MARGIN, figure.size.y + 2.0 * MARGIN + TITLE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Inter, Helvetica, Arial, sans-serif\" font-weight=\"500\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(&figure.title)
    );
    let title = Mark::Text {
        at: Pos2::new(0.0, -TITLE + 4.0),
        anchor: Align2::LEFT_TOP,
        size: 13.0,
        bold: true,
        ink: palette::INK,
        text: figure.title.clone(),
    };
    if let Some((cut, _)) = &figure.cut {
        push(&mut out, format_args!("<clipPath id=\"cut\"><rect {}/></clipPath>\n", rect(*cut)));
    }
    push(&mut out, format_args!("<g transform=\"translate({MARGIN} {})\">\n", MARGIN + TITLE));
    mark(&mut out, &title);
    for (k, one) in figure.marks.iter().enumerate() {
        let within = figure.cut.as_ref().map(|(_, marks)| marks);
        if within.is_some_and(|m| m.start == k && !m.is_empty()) {
            out.push_str("<g clip-path=\"url(#cut)\">\n");
        }
        mark(&mut out, one);
        if within.is_some_and(|m| m.end == k + 1 && !m.is_empty()) {
            out.push_str("</g>\n");
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes everything");
}

fn rect(area: Rect) -> String {
    format!("x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\"", area.min.x, area.min.y, area.width(), area.height())
}

fn fill(ink: Ink) -> String {
    let opacity = ink.opacity();
    let thin = if opacity < 1.0 { format!(" fill-opacity=\"{opacity:.2}\"") } else { String::new() };
    format!("fill=\"{}\"{thin}", ink.hex())
}

fn stroke(ink: Ink, width: f32) -> String {
    let opacity = ink.opacity();
    let thin = if opacity < 1.0 { format!(" stroke-opacity=\"{opacity:.2}\"") } else { String::new() };
    format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.2}\"{thin}", ink.hex())
}

fn points(points: &[Pos2]) -> String {
    points.iter().map(|p| format!("{:.2},{:.2}", p.x, p.y)).collect::<Vec<_>>().join(" ")
}

fn mark(out: &mut String, mark: &Mark) {
    match mark {
        Mark::Rect { area, ink } => push(out, format_args!("<rect {} {}/>\n", rect(*area), fill(*ink))),
        Mark::Rim { area, width, ink } => push(out, format_args!("<rect {} {}/>\n", rect(*area), stroke(*ink, *width))),
        Mark::Area { points: all, ink } => push(out, format_args!("<polygon points=\"{}\" {}/>\n", points(all), fill(*ink))),
        Mark::Line { points: all, width, ink, dashed } => {
            let dash = if *dashed { " stroke-dasharray=\"4 3\"" } else { "" };
            push(out, format_args!("<polyline points=\"{}\" {}{dash}/>\n", points(all), stroke(*ink, *width)));
        }
        Mark::Text { at, anchor, size, bold, ink, text } => {
            let side = match anchor.x() {
                Align::Min => "start",
                Align::Center => "middle",
                Align::Max => "end",
            };
            // From the anchor to the baseline, by the height of capitals.
            let down = match anchor.y() {
                Align::Min => 0.95,
                Align::Center => 0.36,
                Align::Max => -0.22,
            };
            let weight = if *bold { " font-weight=\"600\"" } else { "" };
            let (x, y) = (at.x, at.y + down * size);
            push(
                out,
                format_args!(
                    "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{side}\" {}{weight}>{}</text>\n",
                    fill(*ink),
                    escape(text)
                ),
            );
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// SVG text as PNG.
///
/// # Errors
/// In words, when it is no drawing or too large.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut fonts = usvg::fontdb::Database::new();
    for face in crate::letters::FACES {
        fonts.load_font_data(face.to_vec());
    }
    let options = usvg::Options { font_family: "Inter".into(), fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size();
    let (width, height) = ((size.width() * SHARPNESS).ceil() as u32, (size.height() * SHARPNESS).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or("the drawing is too large")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SHARPNESS, SHARPNESS), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::signal::Aspect;

    #[test]
    fn a_drawing_is_text_and_pixels() {
        let mut figure = Figure::new(120.0, 30.0, "K1 < K2 & more");
        figure.aspect(Aspect::Green, (10.0, 60.0), 15.0, 12.0);
        figure.text(Pos2::new(70.0, 15.0), Align2::LEFT_CENTER, 11.0, palette::INK, "Grün ä");
        let text = svg(&figure);
        assert!(text.contains("K1 &lt; K2 &amp; more") && text.contains("fill=\"#12b76a\""));
        let pixels = tiny_skia::Pixmap::decode_png(&png(&text).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (288, 152));
        let count =
            |wanted: fn(u8, u8, u8) -> bool| pixels.pixels().iter().filter(|p| wanted(p.red(), p.green(), p.blue())).count();
        assert!(count(|r, g, b| (r, g, b) == (18, 183, 106)) > 1500, "the green bar");
        assert!(count(|r, g, b| r < 90 && g < 90 && b < 90) > 150, "text");
        assert!(png("no drawing").is_err());
    }
}
