//! The residents' pages as a Lambda function.

use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_site::{SERVICE, Site, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let site = Site::open(bootstrap::start(SERVICE)).await?;
    zhitiao_edge::run_http(router(site)).await
}
