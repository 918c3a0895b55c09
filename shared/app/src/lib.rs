//! Use cases that several functions share: a report is accepted, a member of staff acts, a command is executed.
//!
//! A use case takes checked values, loads and saves by the tables, and answers a value or a [`Problem`]. It knows
//! neither a route nor a form of answer: the JSON routes, the pages and the channels of others call the same function.
//! What is JSON stands apart, in [`report`].
//!
//! [`Problem`]: zhitiao_edge::Problem

pub mod board;
pub mod execute;
pub mod intake;
pub mod own_case;
pub mod own_data;
pub mod places;
pub mod privacy_notice;
pub mod public_case;
pub mod public_district;
pub mod report;
pub mod staff_session;
pub mod tracking_token;
pub mod uploads;

pub use execute::{CommandRequest, execute};
pub use intake::{Intake, IntakeRequest, NewReport, OnBehalfOf, Receipt};
pub use own_case::{OwnCaseRequest, OwnCases};
pub use own_data::own_data;
pub use public_case::PublicCases;
pub use public_district::PublicDistrict;
pub use staff_session::StaffSession;
pub use tracking_token::{TrackingKeys, TrackingSecrets, TrackingToken};
