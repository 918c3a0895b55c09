//! Everything that is proved from outside: one binary, grouped by what is proved.

mod journeys;
