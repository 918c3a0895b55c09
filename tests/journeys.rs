//! Stories in given/when/then over HTTP, against the local cloud with the real function binaries.

mod board;
mod chain;
mod channels;
mod deliveries;
mod desk;
mod digest;
mod directory;
mod eighteen_buildings;
mod first_minutes;
mod idempotency;
mod lateness;
mod main_job;
mod merged;
mod metrics;
mod operator;
mod outcomes;
mod own_case;
mod pages;
mod parts;
mod people;
mod photos;
mod privacy;
mod publication;
mod queues;
mod reminders;
mod typed;
