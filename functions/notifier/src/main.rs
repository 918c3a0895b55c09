//! The notifier as a Lambda function.

use zhitiao_edge::batch::each_record;
use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_notifier::{Notifier, SERVICE};

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
