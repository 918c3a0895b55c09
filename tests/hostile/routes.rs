//! Every route with a sound request for it, and what each field of its body must be.

use serde_json::{Value, json};

use super::wire::Raw;

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
    pub(super) path: String,
    /// A body with every field filled in, without a fault.
    pub(super) sound: Value,
    pub(super) fields: Vec<Field>,
    needs: Needs,
}

/// What a request needs beside its body.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    Staff,
    StaffAndVersion,
}

/// What the catalog needs of the district.
#[derive(Debug)]
pub(super) struct Ground {
    /// Of a desk officer who may see the case.
    pub(super) staff_token: String,
    pub(super) number: String,
    /// Of that case.
    pub(super) tracking_token: String,
    /// The number of another case.
    pub(super) other_number: String,
}

impl Route {
    /// A sound request, still without its body.
    pub(super) fn request(&self, ground: &Ground) -> Raw {
        let request = Raw::post(&self.path);
        match self.needs {
            Needs::Nothing => request,
            Needs::Staff => request.bearer(&ground.staff_token),
            Needs::StaffAndVersion => request
                .bearer(&ground.staff_token)
                .header("if-match", "\"1\""),
        }
    }

    pub(super) fn is_for_staff(&self) -> bool {
        self.needs != Needs::Nothing
    }

    pub(super) fn is_command(&self) -> bool {
        self.needs == Needs::StaffAndVersion
    }

    fn of(path: impl Into<String>, needs: Needs, sound: Value, fields: Vec<Field>) -> Self {
        Self {
            path: path.into(),
            sound,
            fields,
            needs,
        }
    }
}

/// All routes with a body.
pub(super) fn with_body(ground: &Ground) -> Vec<Route> {
    let mut filed = report();
    filed["channel"] = "phone".into();
    let mut filed_fields = report_fields();
    filed_fields.push(Field("channel", Kind::Choice, true));
    let mut routes = vec![
        Route::of("/v1/reports", Needs::Nothing, report(), report_fields()),
        Route::of("/v1/desk/reports", Needs::Staff, filed, filed_fields),
    ];
    let case = format!("/v1/desk/cases/{}", ground.number);
    routes.push(Route::of(
        format!("{case}/photos"),
        Needs::Staff,
        photo(),
        photo_fields(["angle", "content_type", "bytes"]),
    ));
    for (verb, sound, fields) in commands() {
        let path = format!("{case}/{verb}");
        routes.push(Route::of(path, Needs::StaffAndVersion, sound, fields));
    }
    routes
}

/// Paths of all routes that are only read, with whether they are for staff.
pub(super) fn read_only(ground: &Ground) -> Vec<(String, bool)> {
    let case = format!("/v1/desk/cases/{}", ground.number);
    vec![
        ("/v1/categories".into(), false),
        ("/v1/communities".into(), false),
        ("/v1/board/cases?community=xianggang-huayuan".into(), false),
        (format!("/v1/board/cases/{}", ground.number), false),
        ("/v1/my/case".into(), false),
        ("/v1/desk/me".into(), true),
        ("/v1/desk/inbox".into(), true),
        ("/v1/desk/queue".into(), true),
        ("/v1/desk/deliveries".into(), true),
        (format!("{case}/contact"), true),
        (case, true),
    ]
}

fn photo() -> Value {
    json!({"angle": "front", "content_type": "image/jpeg", "bytes": 1000})
}

/// A report with every field filled in.
pub(super) fn report() -> Value {
    json!({
        "text": "楼道灯不亮\n三楼到四楼",
        "community": "xianggang-huayuan",
        "category": "handrail",
        "place": {"address": "3号楼2单元", "point": {"latitude": 36.06, "longitude": 120.38}},
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

fn photo_fields([angle, content_type, bytes]: [&'static str; 3]) -> Vec<Field> {
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

fn commands() -> Vec<(&'static str, Value, Vec<Field>)> {
    let reason = |needed| Field("reason", Kind::Text { max: 1000 }, needed);
    let number = Kind::Whole { min: 0, max: 255 };
    vec![
        (
            "triage",
            json!({"category": "handrail", "publish": true, "reason": "核实"}),
            vec![
                Field("category", Kind::Id, true),
                Field("publish", Kind::Flag, true),
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
        ("return", json!({"reason": "不在范围"}), vec![reason(true)]),
        (
            "escalate",
            json!({"to": "urban-management", "reason": "需要材料"}),
            vec![Field("to", Kind::Id, false), reason(true)],
        ),
        (
            "resolve",
            json!({"reason": "已修好", "evidence": [100]}),
            vec![
                reason(true),
                Field("evidence", Kind::List { max: 9 }, false),
                Field("evidence[0]", number, true),
            ],
        ),
        ("close", json!({"reason": "已核实"}), vec![reason(false)]),
    ]
}
