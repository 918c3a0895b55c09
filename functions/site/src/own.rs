//! `/my/{number}` and below: a visitor's own case, and what they can do with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde_json::json;
use zhitiao_app::own_case::{OwnCaseRequest, OwnCases, grants, read};
use zhitiao_app::uploads;
use zhitiao_domain::case::danger;
use zhitiao_domain::case::photo::{FIRST_EVIDENCE, Progress};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::Verb;
use zhitiao_domain::case::{EventKind, Visibility};
use zhitiao_domain::kernel::ids::{CaseId, CaseNumber};
use zhitiao_edge::caller::PathValue;
use zhitiao_edge::problem::ProblemBody;
use zhitiao_edge::{FormBody, NumberInPath, Problem};
use zhitiao_pages::form::Filled;
use zhitiao_pages::{Html, label, label_with, qr};
use zhitiao_store::CasePage;
use zhitiao_texts::Lang;
use zhitiao_views::PublicCaseView;

use crate::own_forms::{self, Refused};
use crate::report::wants_json;
use crate::visitor::Visitor;
use crate::{Site, case};

/// The last part of the address to which the form of a command goes.
const ACTIONS: [(&str, Verb); 10] = [
    ("reply", Verb::Reply),
    ("photos", Verb::AddPhotos),
    ("urge", Verb::Urge),
    ("correct", Verb::Correct),
    ("confirm", Verb::Confirm),
    ("object", Verb::Object),
    ("contact", Verb::SetContact),
    ("erase-contact", Verb::EraseContact),
    ("private", Verb::RevokeConsent),
    ("withdraw", Verb::Withdraw),
];

/// A case whose token the browser keeps. Without it the visitor is led to the public page, which may know the case.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    NumberInPath(id): NumberInPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    if visitor.token(id, &site.tracking).is_none() {
        return Ok(Redirect::to(&format!("/cases/{}", id.number())).into_response());
    }
    let page = site.shown.own(id).await?;
    let is_new = query.is_some_and(|query| query == "new=1");
    let shown = Shown {
        page: &page,
        is_new,
        refused: None,
    };
    Ok(site.own_page(&visitor, shown).await?.into_response())
}

/// Does what the form asks for, and leads back to the case. What is refused comes back as it was filled in.
pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    PathValue((number, action)): PathValue<(String, String)>,
    headers: HeaderMap,
    form: FormBody,
) -> Result<Response, Problem> {
    let id = number_in(&number)?;
    let verb = ACTIONS.iter().find(|(code, _)| *code == action);
    let (_, verb) = verb.ok_or_else(Problem::not_found)?;
    if visitor.token(id, &site.tracking).is_none() {
        return Err(Problem::not_found());
    }
    let own = site.own_cases();
    let body = form.clone().into_body();
    let request = form
        .key()
        .map(|key| OwnCaseRequest::new(id, key, *verb, &body));
    let command = body.read(|f| read(*verb, f));
    let done = match (request, command) {
        (Ok(request), Ok(command)) => own
            .execute(&request, command)
            .await
            .map(|page| (page, request.command_id)),
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    };
    match done {
        Ok((page, command_id)) if wants_json(&headers) => {
            let uploads = grants(&site.photos, &page, &command_id).await?;
            Ok(Json(json!({ "number": id.number(), "uploads": uploads })).into_response())
        }
        Ok((page, command_id)) => Ok(Redirect::to(&next(&page, &command_id)).into_response()),
        Err(problem) if wants_json(&headers) => Err(problem),
        Err(problem) => {
            site.refused_command(&visitor, (id, *verb), &form, &problem)
                .await
        }
    }
}

/// The form that uploads one announced photo, for a browser without a script.
pub(crate) async fn upload(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    PathValue((number, photo)): PathValue<(String, u8)>,
) -> Result<Response, Problem> {
    let id = number_in(&number)?;
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    if visitor.token(id, &site.tracking).is_none() {
        return Err(Problem::not_found());
    }
    let page = site.shown.own(id).await?;
    let case_path = format!("/my/{}", id.number());
    let recorded = page.photos.iter().find(|known| known.number == photo);
    let progress = page.case.photo_progress(recorded, site.district.now());
    let is_announced = photo < FIRST_EVIDENCE
        && usize::from(photo) < page.case.report.photos.len()
        && page.case.state.is_open();
    if !is_announced || progress != Progress::Waiting {
        return Ok(Redirect::to(&case_path).into_response());
    }
    let key = uploads::photo_key(&page.case, photo);
    let then = format!("{}{case_path}", site.public_url);
    let grant = site.photos.form(&key, &then).await?;
    let here = format!("{case_path}/photos/{photo}");
    let values = [("number", (photo + 1).to_string())];
    let content = own_forms::upload(&grant, &case_path, lang);
    let frame = site.frame(&visitor, &here, &rules);
    let title = label_with("upload", lang, &values);
    Ok(frame.page(&title, &content).into_response())
}

/// The case of a number in a path.
pub(crate) fn number_in(text: &str) -> Result<CaseId, Problem> {
    let number = CaseNumber::parse(text);
    let number = number.map_err(|_| Problem::new(StatusCode::NOT_FOUND, "case_number_invalid"))?;
    Ok(number.id())
}

/// The page after a command: of the announced photo that is to be uploaded, or else of the case.
fn next(page: &CasePage, command_id: &str) -> String {
    let number = page.case.id.number();
    let mut events = page.events.iter();
    let event = events.find(|event| event.command.as_deref() == Some(command_id));
    match event.map(|event| &event.kind) {
        Some(EventKind::PhotosAnnounced { photos }) if photos.len() == 1 => {
            format!("/my/{number}/photos/{}", photos[0])
        }
        _ => format!("/my/{number}"),
    }
}

/// What a visitor sees of their own case.
struct Shown<'a> {
    page: &'a CasePage,
    is_new: bool,
    refused: Option<Refused<'a>>,
}

impl Site {
    fn own_cases(&self) -> OwnCases<'_> {
        OwnCases {
            district: &self.district,
            cases: &self.cases,
        }
    }

    async fn own_page(&self, visitor: &Visitor, shown: Shown<'_>) -> Result<Html, Problem> {
        let (lang, rules) = (visitor.reader.lang, self.district.rules().await?);
        let view = self
            .shown
            .view(shown.page, Visibility::Resident, &rules, lang);
        let view = view.await?;
        let status = shown
            .refused
            .as_ref()
            .map_or(StatusCode::OK, |refused| refused.status);
        let content = self.own_content(visitor, &shown, &view, &rules);
        // The switches lead back to the receipt, too: it is where a reader finds the type too small.
        let mark = if shown.is_new { "?new=1" } else { "" };
        let here = format!("/my/{}{mark}", view.number);
        let frame = self.frame(visitor, &here, &rules);
        Ok(frame.page_with(status, &case::title(&view, lang), &content))
    }

    fn own_content(
        &self,
        visitor: &Visitor,
        shown: &Shown<'_>,
        view: &PublicCaseView,
        rules: &Rulebook,
    ) -> Markup {
        let lang = visitor.reader.lang;
        let token = visitor.token(shown.page.case.id, &self.tracking);
        let token = token.map_or("", |token| token.as_str());
        let possible = self.own_cases().possible(shown.page, rules);
        let forms = own_forms::Forms {
            number: &view.number,
            words: shown.page.text(),
            possible: &possible,
            refused: shown.refused.as_ref(),
        };
        html! {
            @if shown.is_new { (self.receipt(view, token, lang)) }
            (forms.problem(lang))
            (case::content(view, false, lang))
            (forms.all(lang))
            @if !shown.is_new {
                p.small { (label("field.token.other_device", lang)) " " b { (token) } }
                p { a href={ "/my/" (view.number) "/data" } { (label("data", lang)) } }
            }
        }
    }

    /// The case again, with the form as it was sent and what is wrong with it.
    async fn refused_command(
        &self,
        visitor: &Visitor,
        (id, verb): (CaseId, Verb),
        form: &FormBody,
        problem: &Problem,
    ) -> Result<Response, Problem> {
        problem.log();
        let ProblemBody {
            title,
            detail,
            errors,
            ..
        } = problem.body(visitor.reader.lang, None);
        let said = [Some(title), detail].into_iter().flatten();
        let refused = Refused {
            verb,
            status: problem.status(),
            notice: if errors.is_empty() {
                said.collect()
            } else {
                Vec::new()
            },
            filled: Filled {
                sent: Some(form),
                errors: &errors,
            },
        };
        let Ok(page) = self.shown.own(id).await else {
            return self.form_alone(visitor, id, &refused).await;
        };
        let shown = Shown {
            page: &page,
            is_new: false,
            refused: Some(refused),
        };
        Ok(self.own_page(visitor, shown).await?.into_response())
    }

    /// While the case cannot be read: the form alone, so that no word is lost.
    async fn form_alone(
        &self,
        visitor: &Visitor,
        id: CaseId,
        refused: &Refused<'_>,
    ) -> Result<Response, Problem> {
        let (lang, rules) = (visitor.reader.lang, self.district.rules().await?);
        let number = id.number().to_string();
        let forms = own_forms::Forms {
            number: &number,
            words: "",
            possible: &[refused.verb],
            refused: Some(refused),
        };
        let content = html! { (forms.problem(lang)) (forms.all(lang)) };
        let title = label_with("case", lang, &[("number", number.clone())]);
        let here = format!("/my/{number}");
        let frame = self.frame(visitor, &here, &rules);
        Ok(frame
            .page_with(refused.status, &title, &content)
            .into_response())
    }
}

impl Site {
    /// What to write down, right after the report; of danger, whom to call first.
    fn receipt(&self, view: &PublicCaseView, token: &str, lang: Lang) -> Markup {
        // What stands behind `#` stays in the browser: no server and no log sees the token.
        let follow = format!("{}/my#{token}", self.public_url);
        html! {
            @if danger::is_told(&view.text) {
                section.errors role="alert" { p { b { (label("danger", lang)) } } }
            }
            section.receipt data-sent role="status" {
                h2 { (label("receipt", lang)) }
                p.number { (view.number) }
                p { (label("field.token", lang)) " " b { (token) } }
                p { (label("receipt.keep", lang)) }
                figure { (qr::code(&follow)) figcaption { (label("receipt.scan", lang)) } }
                p { button.plain type="button" data-print hidden { (label("receipt.print", lang)) } }
            }
        }
    }
}
