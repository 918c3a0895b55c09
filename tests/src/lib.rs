//! Steps for journeys over HTTP: a district in memory with the real function binaries, residents, staff and a clock
//! that can be moved. The tests and the demo tell their stories with these.

pub mod browser;
pub mod capacity;
pub mod description;
pub mod meter;
pub mod migration;
pub mod people;
pub mod receiver;
pub mod reference;
pub mod startup;
pub mod story;
pub mod template;
pub mod world;

pub use story::{Case, Upload};
pub use world::{Answer, Caller, World};
