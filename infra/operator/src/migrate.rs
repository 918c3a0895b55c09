//! Brings the stored data to this release, step by step.

use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::Table;
use zhitiao_store::schema::migration::{Place, Registry};
use zhitiao_store::schema::{SCHEMA, STEPS};

use crate::arguments::Migrate;
use crate::say;

/// Does the steps that are not finished.
pub(crate) async fn run(order: &Migrate) -> Result<(), Error> {
    let aws = bootstrap::aws_loader().load().await;
    let place = Place {
        directory: Table::open(&aws, order.table.clone()),
        cases: Table::open(&aws, order.cases.clone()),
        district: order.district.clone(),
    };
    let stored = place.schema().await?;
    stored.require(SCHEMA)?;
    let done = stored.done;
    say(&format!("the stored data is at step {done} of {SCHEMA}"))?;
    if stored.begun > done {
        say(&format!(
            "step {} was begun and is done again",
            stored.begun
        ))?;
    }
    for step in STEPS.iter().filter(|step| step.number > done) {
        say(&format!("{}: {}", step.number, step.says))?;
    }
    let tell = |progress| {
        // Progress that cannot be written is no reason to stop.
        let _ = say(&format!("{progress}"));
    };
    place.migrate(&Registry, order.dry_run, tell).await?;
    let words = match (order.dry_run, done == SCHEMA) {
        (_, true) => "there is nothing to do",
        (true, false) => "nothing was written",
        (false, false) => "done",
    };
    say(words)
}
