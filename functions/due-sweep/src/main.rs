//! The due sweep as a Lambda function.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use zhitiao_due_sweep::{SERVICE, Sweep};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let sweep = Sweep::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_events(async |event| {
        let deadline = event.context.deadline();
        let _: EventBridgeEvent = event.payload;
        Ok(sweep.run(deadline).await?)
    })
    .await
}
