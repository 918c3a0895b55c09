//! zhitiao-report-intake
