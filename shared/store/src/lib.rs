//! zhitiao-store
