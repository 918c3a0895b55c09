//! zhitiao-overdue-sweep
