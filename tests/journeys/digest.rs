//! The digest of the working morning: for each reader one, on working days only, and of today after an outage.

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::people::{GatewayCall, SECRET, with_channels, with_gateway, with_staff};
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::{report, to_unit};
use zhitiao_tests::world::{moment, options};

const COMMUNITY: &str = "xianggang-huayuan";

async fn dark_lamp(world: &World) -> String {
    let body = report("东门的灯坏了", COMMUNITY, "street-lamp");
    let case = world.reports(body, &[]).await;
    world.settle().await;
    case.number
}

fn days(calls: &[GatewayCall]) -> Vec<&str> {
    let days = calls
        .iter()
        .filter_map(|call| call.id.strip_prefix("digest-"));
    days.filter_map(|id| id.split('@').next())
        .map(|day| day.trim_end_matches('-'))
        .collect()
}

/// The digests in a unit's inbox: to whom, and the words.
fn in_inbox(world: &World, unit: &str) -> Vec<(Value, String)> {
    let stored = world.stored();
    let messages = to_unit(&stored, unit).into_iter();
    let digests = messages.filter(|message| message["code"] == "digest");
    digests
        .map(|one| {
            (
                one["roles"].clone(),
                one["text"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

/// Who works finds the case in the first digest after the holidays, who leads finds the week's table, and nobody else
/// hears anything.
fn assert_each_reads_their_own(gateway: &Receiver, number: &str) {
    for (person, heading) in [
        // The desk and those who work find the case, leaders only the table of the week.
        ("wang.fang", "新收到 1 件"),
        ("zhang.wei", "新收到 1 件"),
        ("wu.xin", "新收到 1 件"),
        ("li.jianguo", "在办 1，超期 0，挂起 0"),
        ("zhou.haiyan", "香港花园社区：在办 1"),
        ("han.wen", "八大关街道"),
    ] {
        let digests = gateway.calls(person, "digest");
        assert_eq!(digests.len(), 1, "{person}: {digests:?}");
        let text = digests[0].text();
        assert!(text.contains(heading), "{person}: {text}");
        assert!(text.contains("/v1/desk/queue"), "{person}: {text}");
        assert!(
            !text.contains("东门"),
            "the reporter's words stay where they are: {text}"
        );
        assert_eq!(
            text.contains(number),
            heading.contains("新收到"),
            "{person}: {text}"
        );
        assert_eq!(digests[0].body["critical"], false);
    }
    for nobody in ["chen.jing", "deng.shumin", "liu.yang", "zhao.min"] {
        assert!(
            gateway.calls(nobody, "digest").is_empty(),
            "{nobody} has nothing to read, or does not want to"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_digest_comes_on_working_mornings_also_on_a_worked_saturday_and_never_on_a_holiday() {
    let gateway = Receiver::start().await;
    let robot = Receiver::start().await;
    robot.answer(200, r#"{"errcode":0,"errmsg":"ok"}"#);
    let channels = json!({
        "people": {"url": gateway.url, "secret": SECRET},
        "wecom": {COMMUNITY: robot.url},
    });
    let options = with_channels(options(), &channels).start_at(moment("2026-09-30T10:00:00+08:00"));
    let undisturbed = json!({"notifications": {"digest": false}});
    let world = World::start_with(with_staff(options, &[("chen.jing", undisturbed)])).await;
    let number = dark_lamp(&world).await;
    world
        .staff("wang.fang")
        .deal_out(&number, "street-lamp", COMMUNITY)
        .await;
    world.settle().await;

    world.wait_until("2026-10-08T08:44:00+08:00").await;
    assert!(
        gateway.seen().is_empty(),
        "a week of holidays: {:?}",
        gateway.seen()
    );
    world.wait_until("2026-10-08T08:46:00+08:00").await;
    assert_each_reads_their_own(&gateway, &number);
    let inbox = in_inbox(&world, COMMUNITY);
    let roles: Vec<_> = inbox.iter().map(|(roles, _)| roles).collect();
    assert_eq!(
        roles,
        [
            &json!(["community_director"]),
            &json!(["desk_officer", "handler"])
        ]
    );
    assert_eq!(
        robot
            .seen()
            .iter()
            .filter(|one| one.body.contains("今日待办"))
            .count(),
        1
    );
    let read = world
        .staff("zhang.wei")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    let codes: Vec<_> = read["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == "digest").count(),
        1,
        "{codes:?}"
    );
    assert_eq!(read["messages"][0]["number"], Value::Null);

    // Friday, the Saturday that is worked, then Monday.
    world.wait_until("2026-10-12T08:46:00+08:00").await;
    let digests = gateway.calls("wang.fang", "digest");
    assert_eq!(
        days(&digests),
        ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-12"]
    );
    assert!(
        digests[1].text().contains("等您处理 1 件"),
        "{}",
        digests[1].text()
    );
    let late = digests[3].text();
    assert!(
        late.contains("下一个工作日前到期 1 件") || late.contains("红牌"),
        "{late}"
    );
    // Of all this no person got anything twice.
    assert!(
        gateway.arrivals().values().all(|times| *times == 1),
        "{:?}",
        gateway.arrivals()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_over_several_mornings_one_digest_comes_of_today() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    let number = dark_lamp(&world).await;
    world
        .cloud
        .outage_until(moment("2026-11-26T10:00:00+08:00"))
        .await
        .unwrap();
    for _ in 0..3 {
        world.cloud.tick().await;
    }
    world.settle().await;
    let digests = gateway.calls("wang.fang", "digest");
    assert_eq!(days(&digests), ["2026-11-26"]);
    assert!(digests[0].text().contains(&number));
    // The next one is on time again.
    world.wait_until("2026-11-27T08:46:00+08:00").await;
    assert_eq!(
        days(&gateway.calls("wang.fang", "digest")),
        ["2026-11-26", "2026-11-27"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_until_the_evening_swallows_the_digest_of_the_day() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    let number = dark_lamp(&world).await;
    world
        .cloud
        .outage_until(moment("2026-11-24T18:00:00+08:00"))
        .await
        .unwrap();
    world.cloud.tick().await;
    world.settle().await;
    assert!(gateway.calls("wang.fang", "digest").is_empty());
    world.wait_until("2026-11-25T08:46:00+08:00").await;
    let digests = gateway.calls("wang.fang", "digest");
    assert_eq!(days(&digests), ["2026-11-25"]);
    let text = digests[0].text();
    assert!(
        text.contains("新收到 1 件") && text.contains(&number),
        "new since the last one that was sent: {text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_names_twenty_cases_and_counts_the_rest() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    for _ in 0..23 {
        dark_lamp(&world).await;
    }
    world.wait_until("2026-11-24T08:46:00+08:00").await;
    let digests = gateway.calls("wang.fang", "digest");
    let text = digests[0].text();
    assert_eq!(text.matches("编号 ").count(), 20, "{text}");
    assert!(
        text.contains("新收到 23 件") && text.contains("还有 3 件"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_in_a_group_chat_fits_with_whole_lines_their_count_and_the_whole_link() {
    let robot = Receiver::start().await;
    robot.answer(200, r#"{"errcode":0,"errmsg":"ok"}"#);
    let options = with_channels(options(), &json!({"wecom": {COMMUNITY: robot.url}}));
    let public = "https://zhitiao.shinan.qingdao.example.cn";
    let world = World::start_with(options.parameter("PublicUrl", public)).await;
    world.cloud.tick().await;
    for _ in 0..23 {
        dark_lamp(&world).await;
    }
    world.wait_until("2026-11-24T08:46:00+08:00").await;
    let posted: Value = serde_json::from_str(&robot.seen()[0].body).unwrap();
    let text = posted["text"]["content"].as_str().unwrap();
    assert!(text.len() <= 2_048, "{}: {text}", text.len());
    let link = format!("打开：{public}/v1/desk/queue");
    assert!(text.ends_with(&link), "{text}");
    assert!(text.contains("新收到 23 件"), "{text}");
    let named = text.matches("编号 ").count();
    assert!(text.contains(&format!("还有 {} 件", 23 - named)), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_that_failed_is_sent_again_as_it_is_then() {
    let gateway = Receiver::start().await;
    gateway.answer(503, "");
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    let number = dark_lamp(&world).await;
    world.wait_until("2026-11-24T08:45:10+08:00").await;
    let tried = gateway.calls("wang.fang", "digest");
    assert_eq!(tried.len(), 1);
    gateway.answer(204, "");
    world
        .staff("wang.fang")
        .deal_out(&number, "street-lamp", "street-lighting")
        .await;
    world.wait_until("2026-11-24T08:50:00+08:00").await;
    let digests = gateway.calls("wang.fang", "digest");
    assert_eq!(digests.len(), 2);
    assert_eq!(digests[0].id, digests[1].id);
    assert!(digests[1].text().contains(&number));
}
