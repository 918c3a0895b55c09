//! What happens when something fails: requests that get lost on either side of the table, dependencies that are away,
//! processes that are killed, events that come twice or never. A caller who keeps trying gets exactly what was asked
//! for, once; what was acknowledged is there.

mod away;
mod history;
mod kills;
mod matrix;
mod people;
mod photos;
mod recalculation;
mod reminders;
mod restart;
mod sender;
mod streams;
pub(crate) mod support;
