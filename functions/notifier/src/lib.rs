//! zhitiao-notifier
