//! What strangers send: every route is thrown a generated catalog of malformed, oversized and forged requests. Each
//! must be refused in our form, in time, naming what is wrong, and together they must change nothing.

mod bodies;
mod catalog;
mod credentials;
mod forms;
mod headers;
mod paths;
mod photos;
mod reporter;
mod routes;
mod wire;
