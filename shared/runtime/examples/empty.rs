//! The smallest function that there can be: what every start is compared with (`make bench-startup`).

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let answer = async |_: LambdaEvent<Value>| Ok::<_, Error>(json!({}));
    lambda_runtime::run(service_fn(answer)).await
}
