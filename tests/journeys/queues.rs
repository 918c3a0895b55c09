//! Lists: paged without loss, filtered, limited.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::world::{moment, options};
use zhitiao_tests::{Caller, World};

/// A world whose gateway does not hold back a test's burst.
async fn busy_world(start: &str) -> World {
    let options = options().start_at(moment(start));
    World::start_with(
        options
            .parameter("RouteRate", "10000")
            .parameter("RouteBurst", "5000"),
    )
    .await
}

async fn file(world: &World, community: &str, category: &str, count: usize) -> Vec<String> {
    let body = report("垃圾没有人清运", community, category);
    let resident = world.anyone();
    let filed = join_all((0..count).map(|_| resident.post("/v1/reports", &body))).await;
    filed
        .into_iter()
        .map(|answer| answer.expect(201)["number"].as_str().unwrap().to_owned())
        .collect()
}

fn column(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter()
        .map(|row| row[name].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Reads a list page by page to its end; `between` happens after each page.
async fn pages(caller: &Caller<'_>, path: &str, between: impl AsyncFn()) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = caller.get(&format!("{path}{cursor}")).await.expect(200);
        pages.push(page["rows"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            return pages;
        };
        cursor = format!("&cursor={next}");
        assert!(pages.len() < 100, "the list does not end");
        between().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subdistricts_queue_of_more_than_a_hundred_cases_is_paged_without_loss() {
    let world = busy_world("2026-11-23T09:00:00+08:00").await;
    let filed: BTreeSet<String> = file(&world, "xianggang-huayuan", "litter", 130)
        .await
        .into_iter()
        .collect();
    let other: BTreeSet<String> = file(&world, "hongdao-lu", "litter", 7)
        .await
        .into_iter()
        .collect();
    file(&world, "donghai-zhonglu", "litter", 3).await;

    let subdistrict = world.staff("chen.jing");
    for limit in [1, 10, 100] {
        // One row a page is the hardest case and the slowest: the community's seven are enough for it.
        let (caller, path, expected) = match limit {
            1 => (
                &subdistrict,
                "/v1/desk/queue?unit=hongdao-lu&limit=1".to_owned(),
                other.clone(),
            ),
            _ => (
                &subdistrict,
                format!("/v1/desk/queue?unit=badaguan&limit={limit}"),
                filed.union(&other).cloned().collect(),
            ),
        };
        let pages = pages(caller, &path, async || ()).await;
        assert!(
            pages.iter().rev().skip(1).all(|page| page.len() == limit),
            "only the last page is short"
        );
        let rows = pages.concat();
        let numbers = column(&rows, "number");
        assert_eq!(numbers.len(), expected.len(), "no row comes twice");
        assert_eq!(
            numbers.into_iter().collect::<BTreeSet<_>>(),
            expected,
            "no row is lost"
        );
        let received = column(&rows, "received_at");
        assert!(received.is_sorted(), "oldest first");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_district_merges_its_subdistricts_while_cases_come_and_go() {
    let world = busy_world("2026-11-23T09:00:00+08:00").await;
    let mut filed = BTreeSet::new();
    for round in 0..3 {
        for community in ["xianggang-huayuan", "donghai-zhonglu", "taihu-lu"] {
            filed.extend(file(&world, community, "litter", 5 + round).await);
        }
    }
    // While a person turns the pages, new cases arrive and an old one is taken on.
    let district = world.staff("han.wen");
    let touched = filed.first().unwrap().clone();
    let between = async || {
        file(&world, "hongdao-lu", "litter", 1).await;
        let note = json!({"text": "已关注", "to": "internal"});
        district.command(&touched, "notes", note).await.expect(200);
    };
    let rows = pages(&district, "/v1/desk/queue?unit=shinan&limit=10", between)
        .await
        .concat();
    let numbers = column(&rows, "number");
    let distinct: BTreeSet<String> = numbers.iter().cloned().collect();
    assert_eq!(distinct.len(), numbers.len(), "no row comes twice");
    assert!(
        filed.is_subset(&distinct),
        "none that stood there at the start is lost"
    );
    assert!(column(&rows, "received_at").is_sorted(), "oldest first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_filtered_by_state_lateness_age_and_category() {
    let world = busy_world("2026-11-23T09:00:00+08:00").await;
    let old = file(&world, "xianggang-huayuan", "handrail", 2).await;
    let desk = world.staff("wang.fang");
    desk.deal_out(&old[1], "handrail", "xianggang-huayuan")
        .await;
    world.wait_until("2026-12-01T10:00:00+08:00").await;
    let fresh = file(&world, "xianggang-huayuan", "litter", 1).await;
    let danger = file(&world, "xianggang-huayuan", "manhole-cover", 1).await;
    world.wait_until("2026-12-01T10:01:00+08:00").await;

    let numbers = async |query: &str| -> BTreeSet<String> {
        let page = desk
            .get(&format!("/v1/desk/queue?{query}"))
            .await
            .expect(200);
        column(page["rows"].as_array().unwrap(), "number")
            .into_iter()
            .collect()
    };
    let set = |lists: &[&[String]]| lists.concat().into_iter().collect::<BTreeSet<String>>();
    for (query, expected) in [
        ("", set(&[&old, &fresh, &danger])),
        ("state=submitted", set(&[&old[..1], &fresh, &danger])),
        ("state=assigned", set(&[&old[1..]])),
        ("state=closed", set(&[])),
        ("overdue=true", set(&[&old])),
        ("overdue=false", set(&[&old, &fresh, &danger])),
        ("min_age_days=8", set(&[&old])),
        ("min_age_days=9", set(&[])),
        ("min_age_days=0", set(&[&old, &fresh, &danger])),
        ("category=manhole-cover", set(&[&danger])),
        (
            "overdue=true&state=assigned&min_age_days=1&category=handrail",
            set(&[&old[1..]]),
        ),
    ] {
        assert_eq!(numbers(query).await, expected, "{query}");
    }
    let page = desk.get("/v1/desk/queue?overdue=true").await.expect(200);
    assert!(
        page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["overdue"] == true),
        "{page:#}"
    );

    // Every faulty parameter is named, and none is ignored.
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("state=lost", "state"),
        ("overdue=perhaps", "overdue"),
        ("min_age_days=-1", "min_age_days"),
        ("category=NOT-AN-ID", "category"),
        ("sort=newest", "sort"),
    ] {
        let refused = desk
            .get(&format!("/v1/desk/queue?{query}"))
            .await
            .expect(400);
        assert_eq!(refused["errors"][0]["field"], field, "{refused:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_shows_a_month_newest_first_and_months_end_at_midnight_in_china() {
    let world = busy_world("2026-11-30T23:50:00+08:00").await;
    let desk = world.staff("wang.fang");
    let publish = async |numbers: &[String]| {
        for number in numbers {
            let body = json!({"category": "litter", "publish": true});
            desk.command(number, "triage", body).await.expect(200);
        }
    };
    let november = file(&world, "xianggang-huayuan", "litter", 12).await;
    publish(&november).await;
    let hidden = file(&world, "xianggang-huayuan", "litter", 1).await;
    world.wait_until("2026-12-01T00:00:01+08:00").await;
    let december = file(&world, "xianggang-huayuan", "litter", 2).await;
    publish(&december).await;

    let board = "/v1/board/cases?community=xianggang-huayuan";
    let resident = world.anyone();
    let rows = pages(
        &resident,
        &format!("{board}&month=202611&limit=5"),
        async || (),
    )
    .await
    .concat();
    let numbers = column(&rows, "number");
    assert_eq!(numbers.len(), 12);
    assert_eq!(
        numbers.iter().collect::<BTreeSet<_>>(),
        november.iter().collect()
    );
    assert!(
        column(&rows, "received_at").iter().rev().is_sorted(),
        "newest first"
    );
    assert!(!numbers.contains(&hidden[0]), "nobody has published it");

    // The current month is the default; a category narrows it; another community's board is another board.
    let now = resident.get(board).await.expect(200);
    assert_eq!(now["month"], "202612");
    assert_eq!(now["rows"].as_array().unwrap().len(), 2);
    let lamps = resident
        .get(&format!("{board}&category=street-lamp"))
        .await
        .expect(200);
    assert_eq!(lamps["rows"], json!([]));
    let elsewhere = resident
        .get("/v1/board/cases?community=hongdao-lu")
        .await
        .expect(200);
    assert_eq!(elsewhere["rows"], json!([]));
    for (query, field) in [
        ("community=badaguan", "community"),
        ("community=xianggang-huayuan&month=202613", "month"),
        ("community=xianggang-huayuan&limit=101", "limit"),
        ("month=202611", "community"),
    ] {
        let refused = resident
            .get(&format!("/v1/board/cases?{query}"))
            .await
            .expect(400);
        assert_eq!(refused["errors"][0]["field"], field, "{refused:#}");
    }
}
