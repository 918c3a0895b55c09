//! Every route with a sound request for it, and what each field of its body must be.

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::PlaceCode;

use super::reporter;
use super::wire::Raw;

mod directory;

/// What a field must be; the faults follow from it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text of several lines.
    Text { max: usize },
    /// Text of one line.
    Line { max: usize },
    /// An id of one fixed form.
    Id,
    /// One of some names.
    Choice,
    /// Digits with a few separators.
    Phone,
    /// A date with time and offset.
    Moment,
    /// A text as another system wrote it.
    Opaque,
    /// A whole number from `min` to `max`.
    Whole { min: u64, max: u64 },
    /// Degrees from `-limit` to `limit`.
    Degrees { limit: f64 },
    /// `true` or `false`.
    Flag,
    /// An object.
    Object,
    /// A list.
    List { max: usize },
}

/// A field of a body: its path as answers name it, what it must be, and whether it must be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field(pub(super) &'static str, pub(super) Kind, pub(super) bool);

/// A route that takes a body.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// A body with every field filled in, without a fault.
    pub(super) sound: Value,
    pub(super) fields: Vec<Field>,
    who: Who,
    /// Whether it takes an idempotency key.
    pub(super) has_key: bool,
    /// The version that it is asked for, where it takes one.
    pub(super) version: Option<u64>,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Who {
    Anybody,
    /// Of the case, by the tracking token.
    Reporter,
    Desk,
    Head,
    Operator,
}

/// What the catalog needs of the district.
#[derive(Debug)]
pub(super) struct Setup {
    /// Of a desk officer who may see the case.
    pub(super) staff_token: String,
    /// Of the head of the district.
    pub(super) head_token: String,
    /// Of an operator.
    pub(super) operator_token: String,
    pub(super) number: String,
    /// Of that case.
    pub(super) tracking_token: String,
    /// The number of another case.
    pub(super) other_number: String,
}

impl Route {
    /// A sound request, still without its body.
    pub(super) fn request(&self, setup: &Setup) -> Raw {
        let mut request =
            Raw::new(self.method, &self.path).header("content-type", "application/json");
        if self.has_key {
            request = request.header("idempotency-key", Uuid::new_v4().to_string());
        }
        if let Some(version) = self.version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        match self.who {
            Who::Anybody => request,
            Who::Reporter => request.header("tracking-token", setup.tracking_token.as_str()),
            Who::Desk => request.bearer(&setup.staff_token),
            Who::Head => request.bearer(&setup.head_token),
            Who::Operator => request.bearer(&setup.operator_token),
        }
    }

    pub(super) fn is_for_staff(&self) -> bool {
        !matches!(self.who, Who::Anybody | Who::Reporter)
    }

    pub(super) fn post(
        path: impl Into<String>,
        who: Who,
        sound: Value,
        fields: Vec<Field>,
    ) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            sound,
            fields,
            who,
            has_key: true,
            version: None,
        }
    }

    fn put(path: &str, sound: Value, fields: Vec<Field>) -> Self {
        Self {
            method: "PUT",
            has_key: false,
            version: Some(0),
            ..Self::post(path, Who::Operator, sound, fields)
        }
    }
}

/// All routes with a body.
pub(super) fn with_body(setup: &Setup) -> Vec<Route> {
    let mut filed = report();
    filed["channel"] = "phone".into();
    filed["received_at"] = "2026-11-22T18:00:00+08:00".into();
    filed["reason"] = "周末来电".into();
    let mut filed_fields = report_fields();
    filed_fields.extend([
        Field("channel", Kind::Choice, true),
        Field("received_at", Kind::Moment, false),
        Field("reason", Kind::Text { max: 1000 }, true),
    ]);
    let mut routes = vec![
        Route::post("/v1/reports", Who::Anybody, report(), report_fields()),
        Route::post("/v1/desk/reports", Who::Desk, filed, filed_fields),
    ];
    routes.extend(reporter::routes());
    let case = format!("/v1/desk/cases/{}", setup.number);
    routes.push(Route::post(
        format!("{case}/photos"),
        Who::Desk,
        photo(),
        photo_fields(["angle", "content_type", "bytes"]),
    ));
    for (verb, sound, fields) in all_commands(setup) {
        let path = format!("{case}/{verb}");
        routes.push(Route {
            version: Some(1),
            ..Route::post(path, Who::Desk, sound, fields)
        });
    }
    routes.push(Route::post(
        "/v1/desk/budget-lines/2026-lamps-01/approve",
        Who::Head,
        json!({"reason": "区财〔2026〕1号"}),
        vec![Field("reason", Kind::Text { max: 1000 }, true)],
    ));
    routes.extend(directory::all());
    routes.extend(availability());
    routes
}

/// Paths of all routes that are only read, with whether they are for staff.
pub(super) fn read_only(setup: &Setup) -> Vec<(String, bool)> {
    let case = format!("/v1/desk/cases/{}", setup.number);
    vec![
        ("/v1/categories".into(), false),
        ("/v1/communities".into(), false),
        ("/v1/board/cases?community=xianggang-huayuan".into(), false),
        (format!("/v1/board/cases/{}", setup.number), false),
        ("/v1/my/case".into(), false),
        ("/v1/desk/me".into(), true),
        ("/v1/desk/inbox".into(), true),
        ("/v1/desk/queue".into(), true),
        ("/v1/desk/deliveries".into(), true),
        ("/v1/directory/units".into(), true),
        ("/v1/directory/staff".into(), true),
        ("/v1/directory/staff/zhang.wei".into(), true),
        ("/v1/directory/calendars".into(), true),
        ("/v1/directory/changes".into(), true),
        ("/v1/board/holds".into(), false),
        ("/v1/desk/budget-lines/2026-lamps-01".into(), true),
        (format!("{case}/documents/1"), true),
        (format!("{case}/contact"), true),
        (format!("{case}/contact/readings"), true),
        (case, true),
    ]
}

pub(super) fn photo() -> Value {
    json!({"angle": "front", "content_type": "image/jpeg", "bytes": 1000})
}

/// A report with every field filled in.
pub(super) fn report() -> Value {
    let lamp = PlaceCode::of(&DistrictId::parse("shinan").unwrap(), "XGHY-D-12");
    json!({
        "text": "楼道灯不亮\n三楼到四楼",
        "community": "xianggang-huayuan",
        "category": "handrail",
        "place": {
            "address": "3号楼2单元", "point": {"latitude": 36.06, "longitude": 120.38}, "code": lamp,
        },
        "photos": [photo()],
        "contact": {"name": "王秀英", "phone": "138 0000 0000"},
        "consents": {"publish": true, "photo_location": false},
    })
}

fn report_fields() -> Vec<Field> {
    let mut fields = vec![
        Field("text", Kind::Text { max: 4000 }, false),
        Field("community", Kind::Id, true),
        Field("category", Kind::Id, false),
        Field("place", Kind::Object, false),
        Field("place.address", Kind::Line { max: 120 }, false),
        Field("place.code", Kind::Id, false),
        Field("place.point", Kind::Object, false),
        Field("place.point.latitude", Kind::Degrees { limit: 90.0 }, true),
        Field(
            "place.point.longitude",
            Kind::Degrees { limit: 180.0 },
            true,
        ),
        Field("photos", Kind::List { max: 9 }, false),
        Field("photos[0]", Kind::Object, false),
        Field("contact", Kind::Object, false),
        Field("contact.name", Kind::Line { max: 40 }, false),
        Field("contact.phone", Kind::Phone, false),
        Field("consents", Kind::Object, false),
        Field("consents.publish", Kind::Flag, false),
        Field("consents.photo_location", Kind::Flag, false),
    ];
    fields.extend(photo_fields([
        "photos[0].angle",
        "photos[0].content_type",
        "photos[0].bytes",
    ]));
    fields
}

pub(super) fn photo_fields([angle, content_type, bytes]: [&'static str; 3]) -> Vec<Field> {
    let size = Kind::Whole {
        min: 1,
        max: 10_485_760,
    };
    vec![
        Field(angle, Kind::Choice, true),
        Field(content_type, Kind::Choice, true),
        Field(bytes, size, true),
    ]
}

/// Every command on a case: its verb, a sound body, and the fields of the body.
fn all_commands(setup: &Setup) -> Vec<(&'static str, Value, Vec<Field>)> {
    let all = [commands(), outcomes(setup), decisions(), cooperation()];
    all.into_iter().flatten().collect()
}

fn commands() -> Vec<(&'static str, Value, Vec<Field>)> {
    let reason = |needed| Field("reason", Kind::Text { max: 1000 }, needed);
    let number = Kind::Whole { min: 0, max: 255 };
    vec![
        (
            "triage",
            json!({"category": "handrail", "publish": true, "photos": [100], "reason": "核实"}),
            vec![
                Field("category", Kind::Id, true),
                Field("publish", Kind::Flag, true),
                Field("photos", Kind::List { max: 255 }, false),
                Field("photos[0]", number, true),
                reason(false),
            ],
        ),
        (
            "publication",
            json!({
                "publish": true, "photos": [100], "hidden_photos": [101], "hidden_events": [1], "reason": "有人脸",
            }),
            vec![
                Field("publish", Kind::Flag, true),
                Field("photos", Kind::List { max: 255 }, false),
                Field("photos[0]", number, true),
                Field("hidden_photos", Kind::List { max: 255 }, false),
                Field("hidden_photos[0]", number, true),
                Field("hidden_events", Kind::List { max: 100 }, false),
                reason(false),
            ],
        ),
        (
            "assign",
            json!({"unit": "xianggang-huayuan", "person": "zhang.wei", "reason": "就近"}),
            vec![
                Field("unit", Kind::Id, true),
                Field("person", Kind::Id, false),
                reason(false),
            ],
        ),
        ("accept", json!({}), Vec::new()),
        (
            "notes",
            json!({"text": "明天来", "to": "resident"}),
            vec![
                Field("text", Kind::Text { max: 4000 }, true),
                Field("to", Kind::Choice, true),
            ],
        ),
    ]
}

/// How a unit gives a case away or ends it.
fn outcomes(setup: &Setup) -> Vec<(&'static str, Value, Vec<Field>)> {
    let reason = |needed| Field("reason", Kind::Text { max: 1000 }, needed);
    let number = Kind::Whole { min: 0, max: 255 };
    vec![
        ("return", json!({"reason": "不在范围"}), vec![reason(true)]),
        (
            "escalate",
            json!({"to": "urban-management", "reason": "需要材料"}),
            vec![Field("to", Kind::Id, false), reason(true)],
        ),
        (
            "resolve",
            json!({"reason": "已修好", "evidence": [100], "outcome": "fixed"}),
            vec![
                reason(true),
                Field("outcome", Kind::Choice, false),
                Field("evidence", Kind::List { max: 9 }, false),
                Field("evidence[0]", number, true),
            ],
        ),
        ("close", json!({"reason": "已核实"}), vec![reason(false)]),
        ("reopen", json!({"reason": "没有修好"}), vec![reason(true)]),
        (
            "refuse",
            json!({"reason": "不在范围", "code": "other_authority", "authority": "市交通局"}),
            vec![
                reason(true),
                Field("code", Kind::Choice, true),
                Field("authority", Kind::Line { max: 80 }, false),
            ],
        ),
        (
            "merge",
            json!({"into": setup.other_number, "reason": "同一件事"}),
            vec![Field("into", Kind::Id, true), reason(true)],
        ),
        (
            "hand-down",
            json!({"to": "xianggang-huayuan", "reason": "已修好"}),
            vec![Field("to", Kind::Id, true), reason(true)],
        ),
    ]
}

/// What the people of an office decide between them.
fn decisions() -> Vec<(&'static str, Value, Vec<Field>)> {
    let reason = Field("reason", Kind::Text { max: 1000 }, true);
    let matter = Field("matter", Kind::Choice, true);
    let review = Field("review_at", Kind::Moment, true);
    let days = Kind::Whole { min: 1, max: 60 };
    let name = Field("name", Kind::Line { max: 40 }, true);
    let soon = "2026-12-01T09:00:00+08:00";
    vec![
        (
            "hold",
            json!({"hold": "budget", "review_at": soon, "budget_line": "2026-lamps-01",
                "waits_for": "housing", "reason": "等待资金"}),
            vec![
                Field("hold", Kind::Choice, true),
                review,
                Field("waits_for", Kind::Id, false),
                Field("budget_line", Kind::Id, false),
                reason,
            ],
        ),
        (
            "review",
            json!({"review_at": soon, "reason": "仍在等待"}),
            vec![review, reason],
        ),
        ("resume", json!({}), Vec::new()),
        (
            "extend",
            json!({"work_days": 5, "reason": "调货"}),
            vec![Field("work_days", days, true), reason],
        ),
        ("approve", json!({"matter": "hold"}), vec![matter]),
        (
            "decline",
            json!({"matter": "hold", "reason": "不需要"}),
            vec![matter, reason],
        ),
        ("supervise", json!({"reason": "久拖未决"}), vec![reason]),
        (
            "sign",
            json!({"name": "周海燕", "sha256": "0".repeat(64)}),
            vec![name, Field("sha256", Kind::Line { max: 64 }, true)],
        ),
        (
            "directives",
            json!({"text": "抓紧办"}),
            vec![Field("text", Kind::Text { max: 1000 }, true)],
        ),
        (
            "sign-off",
            json!({"name": "周海燕", "statement": "已完工"}),
            vec![name, Field("statement", Kind::Text { max: 1000 }, true)],
        ),
    ]
}

/// What several units do for a case.
fn cooperation() -> Vec<(&'static str, Value, Vec<Field>)> {
    let reason = Field("reason", Kind::Text { max: 1000 }, true);
    let unit = Field("unit", Kind::Id, true);
    let soon = "2026-12-01T09:00:00+08:00";
    vec![
        (
            "involve",
            json!({"unit": "housing", "reason": "配合"}),
            vec![unit, reason],
        ),
        (
            "release",
            json!({"unit": "housing", "reason": "不需要"}),
            vec![unit, reason],
        ),
        ("finish-part", json!({"reason": "已疏通"}), vec![reason]),
        (
            "visit",
            json!({"from": soon, "to": "2026-12-01T11:00:00+08:00"}),
            vec![
                Field("from", Kind::Moment, true),
                Field("to", Kind::Moment, true),
            ],
        ),
        ("arrive", json!({}), Vec::new()),
        ("secure", json!({"reason": "已围挡"}), vec![reason]),
    ]
}

/// A member of staff in the directory.
const ZHANG: &str = "/v1/directory/staff/zhang.wei";

/// When a member of staff is away and wants to be disturbed.
fn availability() -> Vec<Route> {
    let absence =
        json!({"deputy": "li.jianguo", "absences": [{"from": "2026-12-01", "to": "2026-12-04"}]});
    let notifications = json!({
        "immediate": false, "digest": true, "quiet_from": "22:00", "quiet_until": "07:30", "per_hour": 3,
    });
    vec![
        Route::put(
            &format!("{ZHANG}/absence"),
            absence,
            vec![
                Field("deputy", Kind::Id, false),
                Field("absences", Kind::List { max: 50 }, true),
                Field("absences[0]", Kind::Object, false),
                Field("absences[0].from", Kind::Choice, true),
                Field("absences[0].to", Kind::Choice, true),
            ],
        ),
        Route::put(
            &format!("{ZHANG}/notifications"),
            notifications,
            vec![
                Field("immediate", Kind::Flag, true),
                Field("digest", Kind::Flag, true),
                Field("quiet_from", Kind::Choice, true),
                Field("quiet_until", Kind::Choice, true),
                Field("per_hour", Kind::Whole { min: 1, max: 60 }, true),
            ],
        ),
    ]
}
