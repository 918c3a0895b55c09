//! Report intake as a Lambda function.

use zhitiao_report_intake::{PublicEntry, SERVICE, router};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let entry = PublicEntry::open(bootstrap::start(SERVICE)).await?;
    zhitiao_edge::run_http(router(entry)).await
}
