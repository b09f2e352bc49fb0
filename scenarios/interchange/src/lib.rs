//! Foreign formats in and out, one module per format.

pub mod engineering;
pub mod gtfs;
pub mod osm;
pub mod sumo;
pub mod xml;
