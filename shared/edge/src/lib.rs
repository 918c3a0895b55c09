//! zhitiao-edge
