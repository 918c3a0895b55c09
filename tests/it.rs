//! Everything that is proved from outside.
