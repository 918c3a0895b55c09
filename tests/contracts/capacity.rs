//! Capacity: what each operation asks of the tables, counted on the wire and priced by AWS's rules. The figures stand
//! in docs/access-patterns.md, and the promises among them here.

mod casework;
mod pages;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use zhitiao_pictures::sanitize;
use zhitiao_pictures::scene::{Subject, View};
use zhitiao_tests::capacity::item_size;
use zhitiao_tests::meter::{Bill, Meter};
use zhitiao_tests::people::{with_channels, with_gateway};
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::{calendar_with_day_off, report};
use zhitiao_tests::world::{moment, options};
use zhitiao_tests::{Case, Upload, World};

use super::access_patterns::{Figures, are_described, are_documented, figure};

/// What residents write when they take their time: 197 characters.
const WORDS: &str = "三号楼二单元门口的窨井盖缺了一块，已经有一个多星期。晚上楼道口没有路灯，老人和孩子下楼经过这里，\
    很容易踩空摔伤。前天傍晚隔壁王阿姨就在这里崴了脚，幸好旁边有人扶住。下雨时积水漫过井口，更看不清楚。\
    我们几户邻居临时搬了一块木板盖着，但是车一压就移位，还是不安全。请尽快派人来看看，换一个结实的新井盖，\
    最好在旁边再立一个提示牌。另外单元门前的地砖也有几块松了，踩上去会溅水，能不能一起修一下。谢谢！";

/// The communities of the subdistrict 八大关, which the queue is read for.
const COMMUNITIES: [&str; 7] = [
    "xianggang-huayuan",
    "hongdao-lu",
    "taipingjiao",
    "huiquan",
    "wendeng-lu",
    "yueyang-lu",
    "wuchang-lu",
];

/// A report with three photos, a category, an address and both consents.
fn full_report() -> Value {
    let mut body = report(WORDS, "xianggang-huayuan", "manhole-cover");
    body["consents"]["photo_location"] = json!(true);
    body["place"] = json!({"address": "东海中路18号3单元门前"});
    body["photos"] = [
        ("front", 3_482_113),
        ("side", 3_155_872),
        ("surroundings", 4_021_990),
    ]
    .map(|(angle, bytes)| json!({"angle": angle, "content_type": "image/jpeg", "bytes": bytes}))
    .into();
    body
}

/// A district with a meter on its wire, and what was measured.
struct Lab<'w> {
    world: &'w World,
    meter: Meter<'w>,
    figures: Figures,
}

impl<'w> Lab<'w> {
    /// Every function has read the directory, as it does once a minute.
    async fn open(world: &'w World) -> Self {
        world.anyone().get("/v1/communities").await.expect(200);
        world
            .anyone()
            .get("/v1/board/cases?community=huiquan")
            .await
            .expect(200);
        world
            .staff("wang.fang")
            .get("/v1/desk/me")
            .await
            .expect(200);
        world.cloud.tick().await;
        world.wake_notifier().await;
        let meter = Meter::start(world).await;
        Self {
            world,
            meter,
            figures: Figures::new(),
        }
    }

    /// Waits for quiet and forgets what was asked so far.
    async fn pause(&mut self) {
        self.world.settle().await;
        self.meter.read().await;
    }

    /// Waits for quiet and writes down what a function asked of the cases since.
    async fn note(&mut self, operation: &str, function: &str) -> Bill {
        self.world.settle().await;
        let bill = self.meter.read().await.of(function, "CasesTable");
        self.figures
            .insert(operation.to_owned(), figure(function, &bill));
        bill
    }

    /// Writes down what two functions did in the same moment.
    async fn note_both(&mut self, [first, second]: [(&str, &str); 2]) -> [Bill; 2] {
        self.world.settle().await;
        let whole = self.meter.read().await;
        [first, second].map(|(operation, function)| {
            let bill = whole.of(function, "CasesTable");
            self.figures
                .insert(operation.to_owned(), figure(function, &bill));
            bill
        })
    }

    /// Files a report that is not measured.
    async fn case(&mut self, body: Value) -> Case {
        let case = self.world.reports(body, &[]).await;
        self.pause().await;
        case
    }

    /// Moves the clock to the next moment at which something is due.
    async fn to_the_next_due(&self) {
        let stored = self.world.stored();
        let due = stored.iter().filter_map(|item| item["dn"].as_i64()).min();
        let due = Timestamp::from_millisecond(due.unwrap()).unwrap();
        self.world.cloud.advance_to(due).await.unwrap();
    }

    /// A minute later, the person executes a command on the version of the case that is stored: in the same second
    /// no clock would move, and the index of due moments would cost nothing.
    async fn command(&mut self, case: &Case, who: &str, verb: &str, body: Value) {
        let later = self.world.cloud.now() + SignedDuration::from_mins(1);
        self.world.cloud.outage_until(later).await.unwrap();
        let head = &self.world.stored_of(case, "#")[0];
        let version = head["v"].as_u64().unwrap();
        let staff = self.world.staff(who);
        staff
            .command_at(&case.number, version, verb, body)
            .await
            .expect(200);
    }
}

async fn accepting() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    accept(&mut lab).await;
    accept_with_contact(&mut lab).await;
    accept_late(&mut lab).await;
    are_described(&world.stored());
    lab.figures
}

/// A report costs one write, and so does its repetition, which fails.
async fn accept(lab: &mut Lab<'_>) {
    let anyone = lab.world.anyone();
    let key = "0b0e7a5c-6f0e-4c53-9a53-7a3a8b6d1c11";
    let report = full_report();
    let sent = anyone.post_with_key("/v1/reports", key, &report).await;
    sent.expect(201);
    let intake = ("Accept a report", "report-intake");
    let [accepted, told] = lab
        .note_both([intake, ("Tell of a new case", "notifier")])
        .await;
    assert_eq!(accepted.requests(), ["PutItem"]);
    assert!(accepted.units().write <= 3.0 && accepted.units().read <= 0.0);
    assert!(
        told.units().write <= 3.0,
        "one message per unit up the chain"
    );
    let head = lab
        .meter
        .items("CasesTable")
        .find(|item| item["sk"]["S"] == "#")
        .unwrap();
    assert!(item_size(head) <= 1024, "{} B: {head:#}", item_size(head));

    let again = anyone.post_with_key("/v1/reports", key, &report).await;
    again.expect(200);
    let replay = lab.note("Accept a repeated report", "report-intake").await;
    assert_eq!(
        (replay.requests(), replay.0[0].status),
        (vec!["PutItem".to_owned()], 400)
    );
}

async fn accept_with_contact(lab: &mut Lab<'_>) {
    let anyone = lab.world.anyone();
    let mut body = full_report();
    body["contact"] = json!({"name": "王女士", "phone": "13800000000"});
    let key = "1b0e7a5c-6f0e-4c53-9a53-7a3a8b6d1c11";
    let sent = anyone.post_with_key("/v1/reports", key, &body).await;
    sent.expect(201);
    let operation = "Accept a report with contact details";
    let accepted = lab.note(operation, "report-intake").await;
    assert_eq!(accepted.requests(), ["TransactWriteItems"]);
    assert!(accepted.units().write <= 6.0);
    let again = anyone.post_with_key("/v1/reports", key, &body).await;
    again.expect(200);
    let operation = "Accept a repeated report with contact details";
    let replay = lab.note(operation, "report-intake").await;
    assert_eq!(replay.requests(), ["TransactWriteItems"], "no read");
}

async fn accept_late(lab: &mut Lab<'_>) {
    let mut slip = full_report();
    slip["channel"] = json!("paper_slip");
    slip["received_at"] = json!("2026-11-20T16:00:00+08:00");
    slip["reason"] = json!("周五投进意见箱");
    let desk = lab.world.staff("wang.fang");
    desk.post("/v1/desk/reports", &slip).await.expect(201);
    let operation = "File a slip that came in earlier";
    let filed = lab.note(operation, "case-desk").await;
    assert_eq!(filed.requests(), ["TransactWriteItems"]);
}

/// Files so many reports at once, spread over the communities of a subdistrict.
async fn fill(world: &World, reports: usize) {
    for chunk in (0..reports).collect::<Vec<_>>().chunks(16) {
        let filed = chunk.iter().map(|number| async move {
            let community = COMMUNITIES[number % COMMUNITIES.len()];
            let body = report(&format!("{number}号楼{WORDS}"), community, "manhole-cover");
            world.anyone().post("/v1/reports", &body).await.expect(201)
        });
        join_all(filed).await;
        world.settle().await;
    }
}

/// What staff read in lists: operation, person, path.
#[rustfmt::skip]
const LISTS: [(&str, &str, &str); 6] = [
    ("Read the queue of a subdistrict", "zhou.haiyan", "/v1/desk/queue?unit=badaguan"),
    ("Read the queue of a community", "wang.fang", "/v1/desk/queue?unit=xianggang-huayuan"),
    ("Read the overdue cases of a subdistrict", "zhou.haiyan", "/v1/desk/queue?unit=badaguan&overdue=true"),
    ("Read the queue of the district", "han.wen", "/v1/desk/queue?unit=shinan"),
    ("Read an inbox", "wang.fang", "/v1/desk/inbox"),
    ("List parked deliveries", "wang.fang", "/v1/desk/deliveries"),
];

/// A subdistrict of seven communities with 65 open cases each, one of them public.
async fn reading() -> Figures {
    let gates = options().parameter("RouteRate", "10000");
    let world = World::start_with(gates.parameter("RouteBurst", "5000")).await;
    let case = world.reports(full_report(), &[]).await;
    fill(&world, 7 * 65 - 1).await;
    let mut lab = Lab::open(&world).await;
    let triage = json!({"category": "manhole-cover", "publish": true});
    lab.command(&case, "wang.fang", "triage", triage).await;
    lab.pause().await;

    for (operation, who, path) in LISTS {
        world.staff(who).get(path).await.expect(200);
        let bill = lab.note(operation, "case-desk").await;
        assert!(bill.units().read <= 20.0, "{operation}: {bill:?}");
    }
    let path = "/v1/board/cases?community=xianggang-huayuan";
    world.anyone().get(path).await.expect(200);
    lab.note("Read a page of the board", "public-board").await;
    let path = "/v1/board/cases?community=huiquan";
    world.anyone().get(path).await.expect(200);
    let empty = "Read a board on which nothing is public";
    lab.note(empty, "public-board").await;

    world
        .cloud
        .advance_to(moment("2026-11-23T09:07:00+08:00"))
        .await
        .unwrap();
    lab.note("Count open cases, once an hour", "due-sweep")
        .await;

    pages::reading(&mut lab, &case).await;

    // A case page is one query, for every reader.
    let path = format!("/v1/board/cases/{}", case.number);
    world.anyone().get(&path).await.expect(200);
    let public = lab.note("Read a public case", "public-board").await;
    world.follow(&case).await;
    let own = lab.note("Follow a reporter's case", "public-board").await;
    world.staff("wang.fang").case(&case.number).await;
    let desk = lab.note("Read a case", "case-desk").await;
    for page in [public, own, desk] {
        assert_eq!(page.requests(), ["Query"]);
    }
    lab.figures
}

/// From the desk to the case's end, and the photos on the way.
async fn handling() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    let case = lab.case(full_report()).await;
    commands(&mut lab, &case).await;
    let taken = Upload::of(Subject::LeaningWall, View::Front, 1);
    let photo = Upload {
        jpeg: sanitize(&taken.jpeg).unwrap().small.jpeg,
        ..taken
    };
    evidence(&mut lab, &case, &photo).await;
    from_the_reporter(&mut lab, &photo).await;
    are_described(&world.stored());
    lab.figures
}

async fn commands(lab: &mut Lab<'_>, case: &Case) {
    let (desk, handler) = ("wang.fang", "zhang.wei");
    let triage = json!({"category": "manhole-cover", "publish": true});
    let community = json!({"unit": "xianggang-huayuan"});
    let department = json!({"unit": "urban-management"});
    let note = json!({"text": "已联系居民，明天上午去看。", "to": "resident"});
    for (operation, who, verb, body) in [
        ("Triage a case and publish it", desk, "triage", triage),
        ("Assign a case to the community", desk, "assign", community),
        ("Accept a case for a unit", handler, "accept", json!({})),
        ("Write a note", handler, "notes", note),
        ("Assign a case to a department", desk, "assign", department),
    ] {
        lab.command(case, who, verb, body).await;
        let bill = lab.note(operation, "case-desk").await;
        let requests = ["Query", "TransactWriteItems"];
        assert_eq!(bill.requests(), requests, "{operation}");
    }
    let row = &lab.world.stored_of(case, "ASSIGN#")[0];
    let snippet = row["s"].as_str().unwrap();
    assert!(WORDS.starts_with(snippet) && snippet.len() > 60, "{row}");
}

/// The community takes the case back and proves that it is done.
async fn evidence(lab: &mut Lab<'_>, case: &Case, photo: &Upload) {
    let (desk, handler) = ("wang.fang", "zhang.wei");
    let community = json!({"unit": "xianggang-huayuan"});
    lab.command(case, desk, "assign", community).await;
    lab.command(case, handler, "accept", json!({})).await;
    lab.pause().await;

    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let announcement = photo.announcement();
    let granted = lab.world.staff(handler).post(&path, &announcement).await;
    let grant = granted.expect(201);
    lab.note("Announce evidence", "case-desk").await;
    lab.world.upload(&grant, &photo.jpeg).await.expect(200);
    lab.note("Process evidence", "photo-intake").await;
    let body = json!({"reason": "已换新井盖。", "evidence": [grant["number"]]});
    lab.command(case, handler, "resolve", body).await;
    lab.note("Resolve a case", "case-desk").await;
    lab.command(case, desk, "close", json!({})).await;
    lab.note("Close a case", "case-desk").await;
}

/// A photo that comes with a report, and the contact details that come with it.
async fn from_the_reporter(lab: &mut Lab<'_>, photo: &Upload) {
    let mut body = report(WORDS, "huiquan", "manhole-cover");
    body["photos"] = json!([photo.announcement()]);
    body["contact"] = json!({"name": "王女士", "phone": "13800000000"});
    let received = lab.world.anyone().post("/v1/reports", &body).await;
    let case = Case::of(received.expect(201));
    lab.pause().await;
    let grant = &case.receipt["uploads"][0];
    lab.world.upload(grant, &photo.jpeg).await.expect(200);
    lab.note("Process a reporter's photo", "photo-intake").await;
    late_and_public(lab, photo).await;
    own_commands(lab, photo).await;
    let path = format!("/v1/desk/cases/{}/contact", case.number);
    lab.world.staff("zheng.yuzhen").get(&path).await.expect(200);
    lab.note("Read contact details", "case-desk").await;
    let log = format!("{path}/readings");
    lab.world.staff("han.wen").get(&log).await.expect(200);
    let readings = "Read who opened the contact details";
    lab.note(readings, "case-desk").await;
}

/// What a reporter does with their own case, each a minute after the one before.
async fn own_commands(lab: &mut Lab<'_>, photo: &Upload) {
    let case = lab.case(report(WORDS, "huiquan", "manhole-cover")).await;
    let reporter = lab.world.anyone().with("tracking-token", &case.token);
    let photos = json!({"photos": [photo.announcement()]});
    let text = json!({"text": "在东门那一侧。"});
    let contact = json!({"name": "王女士", "phone": "13800000000"});
    for (operation, path, body) in [
        ("Correct a report of one's own", "correct", text.clone()),
        ("Answer the office", "replies", text),
        ("Add a photo to a case of one's own", "photos", photos),
        ("Urge a case of one's own", "urge", json!({})),
        ("Say how to be reached", "contact", contact),
        ("Erase how to be reached", "erase-contact", json!({})),
        ("Revoke the consent to publish", "revoke-consent", json!({})),
        ("Withdraw a case of one's own", "withdraw", json!({})),
    ] {
        let later = lab.world.cloud.now() + SignedDuration::from_mins(1);
        lab.world.cloud.outage_until(later).await.unwrap();
        let path = format!("/v1/my/case/{path}");
        reporter.post(&path, &body).await.expect(200);
        let bill = lab.note(operation, "report-intake").await;
        let requests = ["Query", "TransactWriteItems"];
        assert_eq!(bill.requests(), requests, "{operation}");
    }
}

/// A photo that comes after the desk has acted, and the desk's decision to show it.
async fn late_and_public(lab: &mut Lab<'_>, photo: &Upload) {
    let mut body = report(WORDS, "xianggang-huayuan", "manhole-cover");
    body["photos"] = json!([photo.announcement()]);
    let received = lab.world.anyone().post("/v1/reports", &body).await;
    let case = Case::of(received.expect(201));
    let triage = json!({"category": "manhole-cover", "publish": true});
    lab.command(&case, "wang.fang", "triage", triage).await;
    lab.pause().await;
    let grant = &case.receipt["uploads"][0];
    lab.world.upload(grant, &photo.jpeg).await.expect(200);
    let taken = ("Process a photo that comes later", "photo-intake");
    lab.note_both([taken, ("Tell of a photo that comes later", "notifier")])
        .await;
    let desk = lab.world.staff("wang.fang");
    let named = json!({"publish": true, "photos": [0]});
    // The version grew by the triage and by the photo.
    let shown = desk.command_at(&case.number, 3, "publication", named);
    shown.await.expect(200);
    lab.note("Decide what everyone sees", "case-desk").await;
}

/// The sweep at rest, and messages over a channel that does not answer.
async fn sweeping() -> Figures {
    let hook =
        json!({"url": "http://127.0.0.1:9/", "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"});
    let channels = json!({"webhooks": {"xianggang-huayuan": hook}});
    let world = World::start_with(with_channels(options(), &channels)).await;
    let mut lab = Lab::open(&world).await;
    world.cloud.tick().await;
    let idle = lab.note("Sweep with nothing due", "due-sweep").await;
    assert_eq!(idle.requests(), ["Query due"]);
    assert!(idle.units().read <= 0.5);

    world.reports(full_report(), &[]).await;
    let told = ("Tell of a new case, one unit with a webhook", "notifier");
    let called = ("Make a call that is not answered", "channel-sender");
    lab.note_both([told, called]).await;
    lab.to_the_next_due().await;
    let retried = ("Ask for a delivery again", "due-sweep");
    lab.note_both([retried, ("Queue a delivery again", "notifier")])
        .await;
    are_described(&world.stored());
    lab.figures
}

/// A case with a department, which does not accept it.
async fn reminding() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    let case = lab.case(full_report()).await;
    let triage = json!({"category": "manhole-cover", "publish": true});
    lab.command(&case, "wang.fang", "triage", triage).await;
    lab.command(&case, "wang.fang", "assign", json!({"unit": "housing"}))
        .await;
    lab.pause().await;
    lab.to_the_next_due().await;
    let fired = ("Fire a reminder", "due-sweep");
    let [fired, _] = lab
        .note_both([fired, ("Tell of a reminder", "notifier")])
        .await;
    assert_eq!(
        fired.requests(),
        ["Query due", "GetItem", "TransactWriteItems"]
    );
    assert!(fired.units().write <= 7.0);
    lab.figures
}

/// The morning's digests, and a message to a person.
async fn personal() -> Figures {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    let mut lab = Lab::open(&world).await;
    let lamp = report(WORDS, "xianggang-huayuan", "street-lamp");
    lab.case(lamp).await;
    let order = json!({
        "pk": {"S": "shinan#DIGEST"},
        "sk": {"S": "DIGEST#2026-11-23#xianggang-huayuan"},
        "since": {"N": "0"},
        "ttl": {"N": "1800000000"},
    });
    world.put_item(&order).await;
    lab.note("Write the digests of a community", "notifier")
        .await;
    assert_eq!(
        gateway.seen().len(),
        2,
        "to the desk officer and the director"
    );

    lab.to_the_next_due().await;
    let ordered = lab.note("Order the digests of a morning", "due-sweep");
    assert!(ordered.await.units().write <= 110.0, "one write a unit");
    // The desk does not deal the case out, and its officer hears of that.
    lab.to_the_next_due().await;
    lab.note("Tell of a reminder, and one person of it", "notifier")
        .await;
    assert_eq!(gateway.calls("wang.fang", "notice").len(), 1);
    are_described(&world.stored());
    lab.figures
}

/// A household in need, whose reports come faster than people can read, and danger of which thirty people tell.
async fn holding_back() -> Figures {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-11-23T10:05:00+08:00"));
    let world = World::start_with(options).await;
    let mut lab = Lab::open(&world).await;
    let pipe = || report(WORDS, "xianggang-huayuan", "burst-pipe");
    for _ in 0..7 {
        lab.case(pipe()).await;
    }
    world.reports(pipe(), &[]).await;
    let early = lab.note("Hold a new case back from five persons", "notifier");
    let early = early.await;
    for _ in 0..40 {
        lab.case(pipe()).await;
    }
    world.reports(pipe(), &[]).await;
    let late = lab.note("Hold a new case back from five persons", "notifier");
    let late = late.await;
    assert_eq!(early.units(), late.units(), "however many there were");

    let cover = || report(WORDS, "xianggang-huayuan", "manhole-cover");
    lab.case(cover()).await;
    world.reports(cover(), &[]).await;
    lab.note("Hold danger back behind the same incident", "notifier")
        .await;
    are_described(&world.stored());
    lab.figures
}

/// A change of the directory, and a calendar that moves one promise.
async fn keeping() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    lab.case(full_report()).await;
    lab.case(report(WORDS, "xianggang-huayuan", "handrail"))
        .await;
    let operator = world.staff("he.lei");
    let body = json!({"name": "王芳", "posts": [{"unit": "huiquan", "role": "desk_officer"}]});
    let changed = operator.put("/v1/directory/staff/wang.fang", Some(0), &body);
    changed.await.expect(200);
    world.settle().await;
    let bill = lab
        .meter
        .read()
        .await
        .of("directory-desk", "DirectoryTable");
    assert!(
        bill.units().write <= 4.0,
        "the item and its entry in the log"
    );
    let change = figure("directory-desk", &bill);
    lab.figures
        .insert("Change the directory".to_owned(), change);

    let calendar = calendar_with_day_off("2026-11-26");
    let preview = operator.post("/v1/directory/calendars/preview", &calendar);
    assert_eq!(preview.await.expect(200)["promises_moved"], 1);
    lab.note("Preview a calendar, two open cases", "directory-desk")
        .await;
    let seen = operator.with("if-match", "\"1\"");
    seen.post("/v1/directory/calendars", &calendar)
        .await
        .expect(201);
    lab.pause().await;
    lab.to_the_next_due().await;
    lab.note("Count two open cases by a new calendar", "due-sweep")
        .await;
    are_described(&world.stored());
    lab.figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_costs_what_the_document_says() {
    // Four districts at once: eight that start together keep each other waiting for longer than the tables' time-out.
    let people = tokio::join!(accepting(), reading(), handling(), casework::deciding());
    let time = tokio::join!(sweeping(), reminding(), personal(), keeping());
    let casework = casework::working().await;
    let held_back = holding_back().await;
    let parts = [
        people.0, people.1, people.2, people.3, time.0, time.1, time.2, time.3, casework, held_back,
    ];
    let measured: Figures = parts.into_iter().flatten().collect();
    are_documented(&measured);
}
