//! What reporters send about their own case.

use serde_json::json;

use super::routes::{Field, Kind, Route, Who, photo, photo_fields};

/// The routes with a body, by the tracking token.
pub(super) fn routes() -> Vec<Route> {
    let text = |max, must| vec![Field("text", Kind::Text { max }, must)];
    let mut photos = vec![Field("photos", Kind::List { max: 9 }, true)];
    photos.extend(photo_fields([
        "photos[0].angle",
        "photos[0].content_type",
        "photos[0].bytes",
    ]));
    let contact = vec![
        Field("name", Kind::Line { max: 40 }, false),
        Field("phone", Kind::Phone, false),
    ];
    let mut judgment = vec![Field("satisfied", Kind::Flag, false)];
    judgment.extend(text(1000, false));
    [
        ("replies", json!({"text": "在东门"}), text(4000, true)),
        ("correct", json!({"text": "在西门"}), text(4000, true)),
        ("object", json!({"text": "没有修好"}), text(4000, true)),
        ("photos", json!({"photos": [photo()]}), photos),
        (
            "contact",
            json!({"name": "王", "phone": "0532-88880000"}),
            contact,
        ),
        (
            "confirm",
            json!({"satisfied": true, "text": "谢谢"}),
            judgment,
        ),
        (
            "withdraw",
            json!({"reason": "邻居修好了"}),
            vec![Field("reason", Kind::Text { max: 1000 }, false)],
        ),
    ]
    .map(|(what, sound, fields)| {
        Route::post(format!("/v1/my/case/{what}"), Who::Reporter, sound, fields)
    })
    .into()
}
