//! The notifier as a Lambda function.

use zhitiao_notifier::{Notifier, SERVICE};
use zhitiao_runtime::batch::each_record;
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let notifier = Notifier::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_events(async |event| {
        Ok(each_record(event.payload, async |record| {
            notifier.announce(record).await
        })
        .await)
    })
    .await
}
