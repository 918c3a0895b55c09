//! Rules and words of the neighborhood service.
//!
//! Everything here is a pure function of its arguments: no AWS, no HTTP, no async, no clock, no environment, no
//! randomness. The caller passes `now`.
//!
//! Each top module is a context. A context knows [`kernel`], and what `kernel` has for telling people in [`notify`]; no
//! context knows another (a test holds it).

pub mod case;
pub mod directory;
pub mod kernel;
pub mod notify;
