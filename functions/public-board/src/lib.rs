//! zhitiao-public-board
