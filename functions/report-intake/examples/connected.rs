//! The smallest function that has read something from its table before its first invocation: what report-intake's start
//! takes beyond this one is its own, the rest is the SDK's and TLS's (`make bench-startup`).

use serde_json::{Value, json};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::CaseTable;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = bootstrap::start("connected");
    let table = env.read(|env| env.required("CASES_TABLE"))?;
    let cases = CaseTable::new(&bootstrap::aws_config().await, table);
    cases
        .head(&DistrictId::parse("nowhere")?, CaseId::parse("00000000")?)
        .await?;
    bootstrap::run_events(async |_: lambda_runtime::LambdaEvent<Value>| Ok(json!({}))).await
}
