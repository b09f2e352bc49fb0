//! Foreign formats in and out, one module per format.

pub mod engineering;
pub mod osm;
pub mod sumo;
pub mod xml;
