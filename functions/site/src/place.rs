//! `GET /p/{code}`: what a code on a lamp or a lift leads to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use maud::html;
use zhitiao_app::board::row_view;
use zhitiao_domain::kernel::phone::Phone;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_edge::Problem;
use zhitiao_pages::case::row;
use zhitiao_pages::form::Filled;
use zhitiao_pages::{label, label_with};

use crate::Site;
use crate::report_form::{Form, ScannedPlace};
use crate::visitor::Visitor;

/// What is open at this very place, and the form of a report that needs neither community nor address. Where the thing
/// is gone, the form of its community stays.
pub(crate) async fn report(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let code = PlaceCode::parse(&code).map_err(|_| Problem::not_found())?;
    let place = site.district.place(code).await?;
    let visitor = visitor.at(place.community.clone());
    let now = site.district.now();
    let open = site.board.open(&place.community, now).await?;
    let open = open.into_iter().filter(|row| row.place == Some(code));
    let open: Vec<_> = open.map(|row| row_view(row, &rules, lang, now)).collect();
    let scanned = ScannedPlace { code, place };
    let place = &scanned.place;
    let (key, cookie) = visitor.draft(&site);
    let form = Form {
        filled: Filled::default(),
        key: &key,
        community: place.community.as_str(),
        notice: None,
        place: (!place.retired).then_some(&scanned),
        alike: &[],
    };
    let phone = place.phone.as_deref();
    let phone = phone.and_then(|typed| Some((typed, Phone::parse(typed).ok()?)));
    let here = format!("/p/{code}");
    let frame = site.frame(&visitor, &here, &rules);
    let community = rules.org.unit(&place.community);
    let content = html! {
        p { (community.map_or("", |unit| unit.name.get(lang))) " · " (label(&format!("place.{}", place.asset.code()), lang)) }
        @if place.retired { p { b { (label("place.retired", lang)) } } }
        @if let Some((typed, phone)) = phone {
            p { a.button href={ "tel:" (phone.dialed()) } { (label_with("place.emergency", lang, &[("phone", typed.to_owned())])) } }
        }
        @if !open.is_empty() {
            section.alike {
                h2 { (label_with("place.open", lang, &[("count", open.len().to_string())])) }
                ul.rows { @for one in &open { (row(one, &format!("/cases/{}", one.number), lang)) } }
            }
        }
        (form.content(&rules, lang))
    };
    let page = frame.page(&place.address, &content);
    Ok(([(SET_COOKIE, cookie)], page).into_response())
}
