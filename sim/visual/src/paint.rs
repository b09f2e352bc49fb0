//! Coloured triangles, gathered in drawing order into one mesh.

use crate::palette::{Ink, Theme};
use bevy::asset::RenderAssetUsages;
use bevy::math::Vec2;
use bevy::mesh::{Indices, Mesh, PrimitiveTopology};

/// Triangles of one mesh; later ones cover earlier ones.
#[derive(Debug, Default, Clone)]
pub(crate) struct Paint {
    pub(crate) theme: Theme,
    positions: Vec<[f32; 3]>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

impl Paint {
    pub(crate) fn new(theme: Theme) -> Self {
        Self { theme, ..Self::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.positions.clear();
        self.colours.clear();
        self.indices.clear();
    }

    fn corner(&mut self, at: Vec2, colour: [f32; 4]) -> u32 {
        let index = self.positions.len() as u32;
        self.positions.push([at.x, at.y, 0.0]);
        self.colours.push(colour);
        index
    }

    /// A polygon seen whole from its first corner, such as a convex one.
    pub(crate) fn fan(&mut self, corners: &[Vec2], ink: Ink) {
        let colour = ink.vertex(self.theme);
        let first = self.positions.len() as u32;
        for &at in corners {
            self.corner(at, colour);
        }
        for k in 2..corners.len() as u32 {
            self.indices.extend([first, first + k - 1, first + k]);
        }
    }

    /// A ring of corners around a point that sees all of them.
    pub(crate) fn star(&mut self, centre: Vec2, ring: &[Vec2], ink: Ink) {
        let colour = ink.vertex(self.theme);
        let hub = self.corner(centre, colour);
        for &at in ring {
            self.corner(at, colour);
        }
        let count = ring.len() as u32;
        for k in 0..count {
            self.indices.extend([hub, hub + 1 + k, hub + 1 + (k + 1) % count]);
        }
    }

    /// The area between two lines of as many points.
    pub(crate) fn ribbon(&mut self, left: &[Vec2], right: &[Vec2], ink: Ink) {
        let colour = ink.vertex(self.theme);
        let first = self.positions.len() as u32;
        for (&l, &r) in left.iter().zip(right) {
            self.corner(l, colour);
            self.corner(r, colour);
        }
        for k in 1..left.len().min(right.len()) as u32 {
            let at = first + 2 * k;
            self.indices.extend([at - 2, at - 1, at, at - 1, at + 1, at]);
        }
    }

    /// A line with a width, mitred at its bends.
    pub(crate) fn line(&mut self, points: &[Vec2], width: f32, ink: Ink) {
        let (left, right) = sides(points, width / 2.0, width / 2.0);
        self.ribbon(&left, &right, ink);
    }

    /// A rectangle by its middle, the unit vector along it, half its length and half its width.
    pub(crate) fn bar(&mut self, middle: Vec2, along: Vec2, half: Vec2, ink: Ink) {
        let (a, l) = (along * half.x, along.perp() * half.y);
        self.fan(&[middle + a + l, middle - a + l, middle - a - l, middle + a - l], ink);
    }

    /// A mesh of the triangles, kept only where it is drawn.
    pub(crate) fn into_mesh(mut self) -> Mesh {
        let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD);
        self.pour(&mut mesh);
        mesh
    }

    /// An empty mesh that [`Paint::pour`] may fill again and again.
    pub(crate) fn dynamic_mesh() -> Mesh {
        let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default());
        Self::default().pour(&mut mesh);
        mesh
    }

    /// Moves the triangles into a mesh in place of what it held.
    pub(crate) fn pour(&mut self, mesh: &mut Mesh) {
        if self.indices.is_empty() {
            // A mesh without corners cannot be stored; a triangle without area is not seen.
            let hidden = self.corner(Vec2::ZERO, [0.0; 4]);
            self.indices.extend([hidden; 3]);
        }
        mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, std::mem::take(&mut self.positions));
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, std::mem::take(&mut self.colours));
        mesh.insert_indices(Indices::U32(std::mem::take(&mut self.indices)));
    }
}

/// The lines `left` and `right` of a line, mitred at its bends; a mitre is at most twice as long as the distance.
pub(crate) fn sides(points: &[Vec2], left: f32, right: f32) -> (Vec<Vec2>, Vec<Vec2>) {
    let heading = |k: usize| (points[k + 1] - points[k]).normalize_or_zero();
    let mitres = (0..points.len()).map(|k| {
        let before = heading(k.saturating_sub(1).min(points.len().saturating_sub(2)));
        let after = heading(k.min(points.len().saturating_sub(2)));
        let middle = (before + after).normalize_or(after);
        middle.perp() / middle.dot(after).max(0.5)
    });
    let mitres: Vec<Vec2> = if points.len() < 2 { Vec::new() } else { mitres.collect() };
    let side = |d: f32| points.iter().zip(&mitres).map(|(&p, &m)| p + m * d).collect();
    (side(left), side(-right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette;

    #[test]
    fn the_sides_of_a_corner_keep_their_distance() {
        let (left, right) = sides(&[Vec2::ZERO, Vec2::new(10.0, 0.0), Vec2::new(10.0, 10.0)], 2.0, 1.0);
        assert!(left[1].distance(Vec2::new(8.0, 2.0)) < 1e-4);
        assert!(right[1].distance(Vec2::new(11.0, -1.0)) < 1e-4);
    }

    #[test]
    fn a_line_back_on_itself_stays_finite() {
        let (left, _) = sides(&[Vec2::ZERO, Vec2::new(10.0, 0.0), Vec2::ZERO], 2.0, 2.0);
        assert!(left.iter().all(|p| p.is_finite() && p.length() < 20.0));
    }

    #[test]
    fn nothing_painted_is_still_a_mesh() {
        assert_eq!(Paint::default().into_mesh().count_vertices(), 1);
    }

    #[test]
    fn a_bar_is_two_triangles() {
        let mut paint = Paint::default();
        paint.bar(Vec2::ZERO, Vec2::X, Vec2::new(2.0, 1.0), palette::MARKING);
        assert_eq!((paint.positions.len(), paint.indices.len()), (4, 6));
    }
}
