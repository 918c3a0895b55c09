//! `GET /my/{number}/data`: what the service knows of a visitor by their case, to read and to take along.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_DISPOSITION;
use maud::{Markup, html};
use zhitiao_app::own_data;
use zhitiao_edge::Problem;
use zhitiao_edge::caller::PathValue;
use zhitiao_pages::{label, label_with, say};
use zhitiao_texts::{Lang, text};
use zhitiao_views::OwnDataView;

use crate::Site;
use crate::own::number_in;
use crate::visitor::Visitor;

/// The data as a page, or with `?download=1` as a file.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    PathValue(number): PathValue<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = number_in(&number)?;
    if visitor.token(id, &site.tracking).is_none() {
        return Err(Problem::not_found());
    }
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let page = site.shown.own(id).await?;
    let data = own_data(&page, &rules, lang);
    if query.is_some_and(|query| query == "download=1") {
        let name = format!("attachment; filename=\"{}.json\"", data.number);
        return Ok(([(CONTENT_DISPOSITION, name)], Json(data)).into_response());
    }
    let here = format!("/my/{}/data", data.number);
    let frame = site.frame(&visitor, &here, &rules);
    let title = label_with("data.of", lang, &[("number", data.number.clone())]);
    Ok(frame.page(&title, &content(&data, lang)).into_response())
}

fn content(data: &OwnDataView, lang: Lang) -> Markup {
    let said = |code| label(code, lang);
    let agreed = |yes| said(if yes { "data.yes" } else { "data.no" });
    let contact = if data.has_contact {
        "data.contact.stored"
    } else {
        "data.contact.none"
    };
    html! {
        p { (said("data.about")) }
        dl {
            dt { (said("field.text")) } dd.words { (data.text) }
            dt { (said("field.address")) }
            dd { (data.community) @if let Some(address) = &data.address { " · " (address) } }
            @if let Some(code) = &data.place_code { dt { (said("data.place_code")) } dd { (code) } }
            @if let Some(point) = &data.point { dt { (said("data.point")) } dd { (point.latitude) ", " (point.longitude) } }
            dt { (said("field.contact")) } dd { (said(contact)) }
            dt { (said("field.consent.publish")) } dd { (agreed(data.consents.publish)) }
            dt { (said("field.consent.location")) } dd { (agreed(data.consents.photo_location)) }
            @if let Some(notice) = &data.consents.notice { dt { (said("privacy")) } dd { (notice) } }
            dt { (said("case.photos")) } dd { (data.photos.iter().filter(|photo| photo.stored).count()) }
        }
        h2 { (said("data.entries")) }
        ul {
            li { (label_with("case.received", lang, &[("at", say(&data.received_at, lang))])) }
            @for entry in &data.entries {
                li {
                    (say(&entry.at, lang)) " " (text(&format!("event.{}", entry.code), lang).unwrap_or_default())
                    @if let Some(words) = &entry.text { p.words { (words) } }
                }
            }
        }
        p { (said("data.kept")) }
        p { a.button href={ "/my/" (data.number) "/data?download=1" } download { (said("data.download")) } }
        p { a href={ "/my/" (data.number) } { (said("data.change")) } }
    }
}
