//! The channel sender as a Lambda function.

use zhitiao_channel_sender::{SERVICE, Sender};
use zhitiao_runtime::batch::each_message;
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sender = Sender::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_events(async |event| {
        Ok(each_message(event.payload, async |body| sender.make(&body).await).await)
    })
    .await
}
