//! What the first TLS handshake of a process costs: a provider that gathers entropy of its own would take 40 ms of CPU.

use std::time::Duration;

use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_store::DirectoryData;
use zhitiao_tests::startup::{Authority, Host, Process, Tables, environment};
use zhitiao_tests::world::{binaries, workspace};

/// Processes of each kind; the cheapest one counts, for nothing makes a start cheaper than it is.
const STARTS: usize = 5;

/// A directory that takes one page of a few kilobytes: this is not about reading it.
fn small_directory() -> DirectoryData {
    let mut data = DirectoryData::from_folder(&workspace().join("infra/seed")).unwrap();
    let kept = [UnitKind::District, UnitKind::Department];
    data.units.retain(|unit| kept.contains(&unit.kind));
    data.staff.clear();
    data
}

#[tokio::test]
async fn the_first_tls_handshake_costs_less_than_15_ms_of_cpu() {
    let authority = Authority::new();
    let tables = Tables::start(small_directory(), &authority).await;
    let host = Host::start().await;
    let binary = binaries().join("report-intake");
    let mut cheapest = [Duration::MAX; 2];
    for _ in 0..STARTS {
        for (cheapest, tables) in cheapest.iter_mut().zip([&tables.plain, &tables.tls]) {
            let environment = environment(tables, authority.bundle());
            let (_process, spent) = Process::start(&host, &binary, &environment).await;
            *cheapest = spent.cpu.min(*cheapest);
        }
    }
    let [plain, tls] = cheapest;
    // Each process has read the directory by the time that it asks for work: over TLS where that is the endpoint.
    let handshake = tls.saturating_sub(plain);
    assert!(
        handshake < Duration::from_millis(15),
        "{handshake:?}: {plain:?} without TLS, {tls:?} with it"
    );
}
