//! Where points of a scenario lie on the Earth.

use super::ItsError;
use model::geometry::Point;
use model::maths::{cos, sin};
use model::network::Origin;
use proj4rs::Proj;
use proj4rs::transform::transform;

/// A place on the Earth, latitude and longitude in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// From metres of a scenario to places. ETRS89 is taken for WGS84: since 1989 they have moved apart by less than a metre.
#[derive(Debug)]
pub(super) struct GeoReference {
    origin: Origin,
    utm: Proj,
    geographic: Proj,
}

/// Half the longer axis of the ellipsoid GRS80 in metres, and its flattening.
const ELLIPSOID: (f64, f64) = (6_378_137.0, 1.0 / 298.257_222_101);

impl GeoReference {
    /// Of a scenario whose origin lies in a zone of UTM: EPSG 25828 to 25838 (ETRS89) and 32601 to 32660 (WGS84, north).
    pub(super) fn of(origin: Origin) -> Result<Self, ItsError> {
        let zone = match origin.epsg {
            epsg @ (25_828..=25_838 | 32_601..=32_660) => epsg % 100,
            epsg => return Err(ItsError::NoPlace { epsg }),
        };
        let projection = |text: &str| Proj::from_proj_string(text).map_err(|e| ItsError::Projection(e.to_string()));
        let utm = projection(&format!("+proj=utm +zone={zone} +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs"))?;
        let geographic = projection("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs")?;
        Ok(Self { origin, utm, geographic })
    }

    pub(super) fn place(&self, point: Point) -> Result<Place, ItsError> {
        let mut p = (self.origin.east_m + point.x, self.origin.north_m + point.y, 0.0);
        transform(&self.utm, &self.geographic, &mut p).map_err(|e| ItsError::Projection(e.to_string()))?;
        if p.0.is_finite() && p.1.is_finite() {
            return Ok(Place { latitude: p.1, longitude: p.0 });
        }
        Err(ItsError::Projection(format!("the point {} m east, {} m north of the origin is nowhere", point.x, point.y)))
    }
}

impl Place {
    /// Metres from the middle of the Earth, along the axes to the meridian of Greenwich, to 90° east and to the pole.
    fn centred(self) -> [f64; 3] {
        let (axis, flattening) = ELLIPSOID;
        let squared_eccentricity = flattening * (2.0 - flattening);
        let (s, c) = (sin(self.latitude), cos(self.latitude));
        let normal = axis / (1.0 - squared_eccentricity * s * s).sqrt();
        [normal * c * cos(self.longitude), normal * c * sin(self.longitude), normal * (1.0 - squared_eccentricity) * s]
    }

    /// Metres to the east and to the north of here, in the plane that touches the ellipsoid here.
    pub(super) fn offset_to(self, other: Self) -> (f64, f64) {
        let (here, there) = (self.centred(), other.centred());
        let [x, y, z] = [0, 1, 2].map(|axis| there[axis] - here[axis]);
        let [(sin_lat, cos_lat), (sin_lon, cos_lon)] = [self.latitude, self.longitude].map(|angle| (sin(angle), cos(angle)));
        (cos_lon * y - sin_lon * x, cos_lat * z - sin_lat * (cos_lon * x + sin_lon * y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 51.506° north a thousandth of a degree of longitude has 69.434 m: 6,391,258 m of normal, times the cosine. And north of the
    /// map is not north: it points 1.2° to the west of it in the west of zone 32, where a metre of the map is 1.00026 m. Source:
    /// series of the transverse Mercator projection.
    #[test]
    fn metres_of_the_map_become_places_and_metres_of_the_plane() {
        let origin = Origin { epsg: 25832, east_m: 393_000.0, north_m: 5_707_000.0 };
        let earth = GeoReference::of(origin).unwrap();
        let [here, up] = [Point::new(0.0, 0.0), Point::new(0.0, 1000.0)].map(|p| earth.place(p).unwrap());
        assert!(
            (here.latitude.to_degrees() - 51.506).abs() < 0.01 && (here.longitude.to_degrees() - 7.459).abs() < 0.01,
            "{here:?}"
        );
        let (east, north) = here.offset_to(up);
        assert!((east + 21.1).abs() < 0.2 && (north - 1000.0).abs() < 0.1, "{east} {north}");
        let (east, _) = here.offset_to(Place { longitude: here.longitude + 0.001_f64.to_radians(), ..here });
        assert!((east - 69.434).abs() < 0.005, "{east}");
    }

    #[test]
    fn a_scenario_of_nowhere_is_refused() {
        let error = GeoReference::of(Origin { epsg: 0, east_m: 0.0, north_m: 0.0 }).unwrap_err().to_string();
        assert!(error.contains("EPSG 0") && error.contains("mend:"), "{error}");
    }
}
