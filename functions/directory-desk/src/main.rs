//! The directory desk as a Lambda function.

use zhitiao_directory_desk::{Desk, SERVICE, router};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let desk = Desk::open(bootstrap::start(SERVICE)).await?;
    zhitiao_edge::run_http(router(desk)).await
}
