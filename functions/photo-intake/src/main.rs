//! Photo intake as a Lambda function.

use zhitiao_photo_intake::{PhotoIntake, SERVICE};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let intake = PhotoIntake::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_events(async |event| {
        Ok(intake.run(event.payload, event.context.deadline()).await?)
    })
    .await
}
