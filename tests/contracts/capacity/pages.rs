//! What pages read.

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_tests::Case;
use zhitiao_tests::browser::Browser;

use super::Lab;

/// A visitor goes through the pages, in a community of which one case is public.
pub(super) async fn reading(lab: &mut Lab<'_>, case: &Case) {
    let browser = Browser::new(lab.world);
    browser.open("/board/xianggang-huayuan").await;
    lab.note("Open the page of a board", "site").await;
    browser.open("/board/xianggang-huayuan/map").await;
    lab.note("Download the map of a board", "site").await;
    let code = PlaceCode::of(&DistrictId::parse("shinan").unwrap(), "XGHY-3-2-T");
    browser.open(&format!("/p/{code}")).await;
    lab.note("Open the page of a place", "site").await;
    let key = browser.open("/report").await.hidden("idempotency_key");
    lab.pause().await;
    let like = [
        ("idempotency_key", &*key),
        ("community", "xianggang-huayuan"),
        ("text", "三号楼二单元门口的窨井盖松了"),
    ];
    assert_eq!(browser.submit("/report", &like).await.status, 200);
    let offered = "Offer like cases before a report is taken";
    lab.note(offered, "site").await;
    browser.submit("/my", &[("token", &case.token)]).await;
    browser.open("/my").await;
    lab.note("Open the page of my cases", "site").await;
    browser.open(&format!("/my/{}", case.number)).await;
    lab.note("Open the page of a case", "site").await;
}
