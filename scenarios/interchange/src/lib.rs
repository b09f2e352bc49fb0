//! Foreign formats in and out, one module per format.

pub mod engineering;
pub mod gtfs;
pub mod ocit_c;
pub mod osm;
pub mod sumo;
pub mod xml;
