//! zhitiao-photos
