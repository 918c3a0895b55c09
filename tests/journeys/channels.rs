//! Five ways in, one stream of cases: what staff enter for residents who do not use the web.

use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, World};

fn slip(channel: &str, community: &str) -> Value {
    let mut body = report("三号楼西侧路灯不亮", community, "street-lamp");
    body["channel"] = json!(channel);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slips_calls_and_qq_messages_become_cases_that_residents_follow_by_token() {
    let world = World::start().await;
    // The grid worker finds slips, the desk answers the phone, the director reads the QQ group.
    for (person, channel) in [
        ("zhao.min", "paper_slip"),
        ("wang.fang", "phone"),
        ("li.jianguo", "qq"),
        ("chen.jing", "phone"),
    ] {
        let filed = world
            .staff(person)
            .post("/v1/desk/reports", &slip(channel, "xianggang-huayuan"))
            .await;
        let case = Case::of(filed.expect(201));

        // The number on the printed slip is like any other, and the resident's token opens the case.
        let shape: Vec<usize> = case.number.split('-').map(str::len).collect();
        assert_eq!(shape, [4, 4, 1], "{}", case.number);
        let mine = world.follow(&case).await;
        assert_eq!(mine["number"], case.number.as_str());
        assert_eq!(
            mine["promise"]["resolve_due_at"],
            "2026-11-30T17:30:00+08:00"
        );

        // Staff see the way by which it came, and who entered it; the resident sees neither.
        let seen = world.staff("chen.jing").case(&case.number).await;
        let me = world.staff(person).get("/v1/desk/me").await.expect(200);
        assert_eq!(seen["channel"], channel);
        assert_eq!(seen["on_behalf_by"], me["name"]);
        for name in [me["name"].as_str().unwrap(), person, "on_behalf"] {
            assert!(!mine.to_string().contains(name), "{name}: {mine:#}");
        }
    }

    // They stand in one queue with what came by the web.
    world
        .reports(report("垃圾堆积", "xianggang-huayuan", "litter"), &[])
        .await;
    let queue = world
        .staff("wang.fang")
        .get("/v1/desk/queue")
        .await
        .expect(200);
    assert_eq!(queue["rows"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_file_for_their_own_communities_only() {
    let world = World::start().await;
    for (person, community) in [
        ("zhao.min", "donghai-zhonglu"),
        ("wang.fang", "hongdao-lu"),
        ("li.jianguo", "donghai-zhonglu"),
        ("chen.jing", "donghai-zhonglu"),
        // Neither those who work on cases nor those who watch or run the service file any.
        ("zhang.wei", "xianggang-huayuan"),
        ("yu.yongfu", "xianggang-huayuan"),
        ("xu.li", "xianggang-huayuan"),
        ("zhou.haiyan", "xianggang-huayuan"),
        ("han.wen", "xianggang-huayuan"),
        ("he.lei", "xianggang-huayuan"),
    ] {
        let refused = world
            .staff(person)
            .post("/v1/desk/reports", &slip("phone", community))
            .await;
        assert_eq!(refused.problem(403), "forbidden", "{person} in {community}");
    }
    // A grid worker of several grids, a desk above several communities, and the district's own desk.
    for (person, community) in [
        ("tang.bo", "xianggang-huayuan"),
        ("chen.jing", "hongdao-lu"),
        ("wu.xin", "donghai-zhonglu"),
    ] {
        let filed = world
            .staff(person)
            .post("/v1/desk/reports", &slip("phone", community))
            .await;
        filed.expect(201);
    }
    assert_eq!(world.heads().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_staff_do_not_enter_is_named_as_a_fault() {
    let world = World::start().await;
    for channel in ["web", "wechat", "open311", "fax", ""] {
        let refused = world
            .staff("wang.fang")
            .post("/v1/desk/reports", &slip(channel, "xianggang-huayuan"))
            .await;
        let body = refused.expect(400);
        assert_eq!(body["errors"][0]["field"], "channel", "{body:#}");
    }
    // A caller without a token is stopped before the function; a caller who only claims a role has none.
    let outsider = world
        .anyone()
        .post("/v1/desk/reports", &slip("phone", "xianggang-huayuan"))
        .await;
    assert_eq!(outsider.status, 401);
    let stranger = world
        .staff("nobody")
        .post("/v1/desk/reports", &slip("phone", "xianggang-huayuan"))
        .await;
    assert_eq!(stranger.problem(403), "unknown_subject");
    assert!(world.heads().is_empty());
}
