//! zhitiao-photo-intake
