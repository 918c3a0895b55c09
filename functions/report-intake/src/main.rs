//! Report intake as a Lambda function.

use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_report_intake::{Intake, SERVICE, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let intake = Intake::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_http(router(intake)).await
}
