//! Report intake as a Lambda function.

use zhitiao_report_intake::{Intake, SERVICE, router};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let intake = Intake::open(bootstrap::start(SERVICE)).await?;
    zhitiao_edge::run_http(router(intake)).await
}
