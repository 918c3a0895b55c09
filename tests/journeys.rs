//! Stories in given/when/then over HTTP, against the local cloud with the real function binaries.

mod main_job;
