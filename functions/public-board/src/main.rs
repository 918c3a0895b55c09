//! The public board as a Lambda function.

use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_public_board::{Board, SERVICE, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let board = Board::open(bootstrap::start(SERVICE)).await?;
    bootstrap::run_http(router(board)).await
}
