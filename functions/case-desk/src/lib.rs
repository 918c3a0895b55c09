//! zhitiao-case-desk
