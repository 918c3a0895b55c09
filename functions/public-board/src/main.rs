//! The public board as a Lambda function.

use zhitiao_public_board::{Board, SERVICE, router};
use zhitiao_runtime::bootstrap::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let board = Board::open(bootstrap::start(SERVICE)).await?;
    zhitiao_edge::run_http(router(board)).await
}
