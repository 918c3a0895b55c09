//! A run of a step that no release has, over the directory of a district: what the journey on migrations starts, kills
//! and starts again. Arguments: table, district. After each page it waits for a line, or for the end of its input.

use std::io::Write;

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_runtime::bootstrap;
use zhitiao_store::Table;
use zhitiao_store::schema::migration::{Place, Progress};
use zhitiao_tests::migration::Marking;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("table, district");
    let (table, district) = (next(), next());
    let aws = bootstrap::aws_loader().load().await;
    let place = Place {
        directory: Table::open(&aws, table.clone()),
        cases: Table::open(&aws, table),
        district: DistrictId::parse(&district).expect("a district"),
    };
    let tell = |progress: Progress| {
        let mut out = std::io::stdout();
        writeln!(out, "{progress}").expect("standard output");
        out.flush().expect("standard output");
        let read = std::io::stdin().read_line(&mut String::new());
        read.expect("standard input");
    };
    place
        .migrate(&Marking, false, tell)
        .await
        .expect("the step");
}
