//! zhitiao-local
