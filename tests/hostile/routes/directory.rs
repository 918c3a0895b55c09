//! What operators write.

use serde_json::json;

use super::{Field, Kind, Route, Who, ZHANG};

/// Each sound body differs from what is there, and the calendar lacks years.
pub(super) fn all() -> Vec<Route> {
    let mut routes = vec![unit(), person()];
    routes.extend(calendars());
    routes
}

fn unit() -> Route {
    let unit = json!({
        "kind": "community", "name": {"zh": "香港花园", "en": "Garden"}, "parent": "badaguan", "retired": false,
        "bounds": {"south": 36.0, "west": 120.3, "north": 36.1, "east": 120.4},
        "profile": {
            "color": "blue", "logo": "香", "phones": [{"name": {"zh": "值班", "en": "Office"}, "number": "0532-88880000"}],
            "hours": {"zh": "每天 8 点到 20 点", "en": "8 to 20"}, "welcome": {"zh": "您好", "en": "Hello"},
            "categories": ["manhole-cover"],
        },
    });
    Route::put(
        "/v1/directory/units/xianggang-huayuan",
        unit,
        vec![
            Field("kind", Kind::Choice, true),
            Field("name", Kind::Object, true),
            Field("name.zh", Kind::Line { max: 80 }, true),
            Field("name.en", Kind::Line { max: 80 }, true),
            Field("parent", Kind::Id, false),
            Field("retired", Kind::Flag, false),
            Field("bounds", Kind::Object, false),
            Field("bounds.south", Kind::Degrees { limit: 90.0 }, true),
            Field("bounds.west", Kind::Degrees { limit: 180.0 }, true),
            Field("bounds.north", Kind::Degrees { limit: 90.0 }, true),
            Field("bounds.east", Kind::Degrees { limit: 180.0 }, true),
            Field("profile", Kind::Object, false),
            Field("profile.color", Kind::Choice, false),
            Field("profile.logo", Kind::Line { max: 2 }, false),
            Field("profile.phones", Kind::List { max: 8 }, false),
            Field("profile.phones[0]", Kind::Object, false),
            Field("profile.phones[0].name", Kind::Object, true),
            Field("profile.phones[0].name.zh", Kind::Line { max: 80 }, true),
            Field("profile.phones[0].number", Kind::Phone, true),
            Field("profile.hours", Kind::Object, false),
            Field("profile.hours.zh", Kind::Line { max: 80 }, true),
            Field("profile.welcome", Kind::Object, false),
            Field("profile.welcome.en", Kind::Line { max: 300 }, true),
            Field("profile.categories", Kind::List { max: 100 }, false),
            Field("profile.categories[0]", Kind::Id, false),
        ],
    )
}

fn person() -> Route {
    let person = json!({"name": "张小伟", "subject": "auth0|5f7c",
        "posts": [{"unit": "huiquan", "role": "handler"}]});
    let name = Kind::Line { max: 40 };
    Route::put(
        ZHANG,
        person,
        vec![
            Field("name", name, true),
            Field("subject", Kind::Opaque, false),
            Field("posts", Kind::List { max: 20 }, true),
            Field("posts[0]", Kind::Object, false),
            Field("posts[0].unit", Kind::Id, true),
            Field("posts[0].role", Kind::Choice, true),
        ],
    )
}

fn calendars() -> [Route; 2] {
    let calendar = json!({
        "source": "通知",
        "years": [{"year": 2026, "off": ["2026-01-01"], "off_weekend": ["2026-01-03"], "work": ["2026-01-04"]}],
    });
    [
        Route {
            version: Some(1),
            ..Route::post(
                "/v1/directory/calendars",
                Who::Operator,
                calendar.clone(),
                calendar_fields(),
            )
        },
        Route {
            has_key: false,
            ..Route::post(
                "/v1/directory/calendars/preview",
                Who::Operator,
                calendar,
                calendar_fields(),
            )
        },
    ]
}

fn calendar_fields() -> Vec<Field> {
    let year = Kind::Whole {
        min: 2000,
        max: 2999,
    };
    let days = Kind::List { max: 366 };
    vec![
        Field("source", Kind::Line { max: 200 }, true),
        Field("years", Kind::List { max: 50 }, true),
        Field("years[0]", Kind::Object, false),
        Field("years[0].year", year, true),
        Field("years[0].off", days, true),
        Field("years[0].off[0]", Kind::Choice, true),
        Field("years[0].off_weekend", days, true),
        Field("years[0].work", days, true),
        Field("years[0].work[0]", Kind::Choice, true),
    ]
}
