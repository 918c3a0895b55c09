//! What code, template and documents promise each other.

mod access_patterns;
mod arrows;
mod capacity;
mod contexts;
mod documents;
mod environment;
mod handshake;
mod rights;
mod routes;
mod sources;
mod texts;
mod units;
mod words;
