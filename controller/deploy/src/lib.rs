//! From a safe plan to the street: field protocols, rollout with a way back, journal, virtual controllers.

pub mod clock;
pub mod net;
mod port;
pub mod rollout;
pub mod rsmp;
pub mod safety;
mod secret;
mod setting;
pub mod tlc;

pub use port::{Device, Picture, Port, PortError};
pub use secret::{Secret, read_secrets};
pub use setting::{MOST_BANDS, Setting, SettingFault};
