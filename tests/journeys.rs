//! Stories in given/when/then over HTTP, against the local cloud with the real function binaries.

mod chain;
mod channels;
mod deliveries;
mod desk;
mod digest;
mod directory;
mod eighteen_buildings;
mod first_minutes;
mod idempotency;
mod main_job;
mod metrics;
mod operator;
mod outcomes;
mod people;
mod photos;
mod privacy;
mod publication;
mod queues;
mod reminders;
