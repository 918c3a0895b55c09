//! Writes the files of a directory into the table.

use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::Directory;
use zhitiao_store::directory::seeding::Plan;

use crate::arguments::Order;
use crate::{check, say};

/// Writes what differs, when that is allowed.
pub(crate) async fn run(order: &Order) -> Result<(), Error> {
    let source = &order.source;
    let data = check::read(source)?;
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.table.clone());
    let plan = directory.plan(&source.district, &data).await?;
    show(&plan)?;
    if let Some(refusal) = refusal(order, &plan) {
        return Err(refusal.into());
    }
    if order.dry_run || plan.is_done() {
        return say("nothing was written");
    }
    let total = plan.writes();
    directory
        .carry_out(plan, |done| {
            // Progress that nobody reads is no reason to stop.
            let _ = say(&format!("{done} of {total} written"));
        })
        .await?;
    say("done: functions know it within a minute")
}

fn show(plan: &Plan) -> Result<(), Error> {
    for (sign, keys) in [
        ("+", &plan.added),
        ("~", &plan.changed),
        ("-", &plan.removed),
    ] {
        for key in keys {
            say(&format!("{sign} {key}"))?;
        }
    }
    say(&format!(
        "{} to add, {} to change, {} to remove, {} as they are",
        plan.added.len(),
        plan.changed.len(),
        plan.removed.len(),
        plan.unchanged
    ))
}

/// Why this must not be done, if so.
fn refusal(order: &Order, plan: &Plan) -> Option<String> {
    if !plan.rewritten.is_empty() {
        let versions = plan.rewritten.join(", ");
        return Some(format!(
            "{versions}: stored with another content, and cases are promised under it; raise `version` in the file"
        ));
    }
    (plan.stored > 0 && !plan.is_done() && !order.replace && !order.dry_run).then(|| {
        format!(
            "{} has a directory already: say --replace to change it",
            order.source.district
        )
    })
}
