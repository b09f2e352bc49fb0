//! Foreign formats in and out, one module per format.

pub mod sumo;
pub mod xml;
