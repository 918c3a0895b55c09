//! `GET` and `POST /report`: the form, and what becomes of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use http::header::{ACCEPT, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use uuid::Uuid;
use zhitiao_app::report::ReportBody;
use zhitiao_app::{IntakeRequest, Receipt, TrackingToken, report};
use zhitiao_domain::case::promise::Category;
use zhitiao_domain::case::report::Channel;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::limits;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::form::KEY_FIELD;
use zhitiao_edge::{FormBody, Problem, idempotency};
use zhitiao_pages::form::Filled;
use zhitiao_pages::{label, label_with};
use zhitiao_texts::Lang;

use crate::Site;
use crate::visitor::{Visitor, end_of_draft, remember_sent};

/// The empty form, under the key of this browser's next report: however often it is sent, and from however many tabs,
/// it makes one case.
pub(crate) async fn form(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let rules = site.district.rules().await?;
    let asked = query.as_deref();
    let asked = asked.and_then(|query| query.strip_prefix("community="));
    let own = visitor.community(&rules.org).map(|unit| unit.id.as_str());
    let (key, cookie) = visitor.draft(&site);
    let page = Form {
        filled: Filled::default(),
        key: &key,
        community: asked.or(own).unwrap_or_default(),
        notice: None,
    };
    let frame = site.frame(&visitor, "/report", &rules);
    let lang = visitor.reader.lang;
    let page = frame.page(label("report", lang), &page.content(&rules, lang));
    Ok(([(SET_COOKIE, cookie)], page))
}

/// Accepts the report and leads to its page. What is refused comes back as it was filled in, with every reason.
pub(crate) async fn submit(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    form: FormBody,
) -> Result<Response, Problem> {
    let rules = site.district.rules().await?;
    let (key, receipt) = match site.accept(&visitor, &form, &rules).await {
        Ok(accepted) => accepted,
        Err(problem) if wants_json(&headers) => return Err(problem),
        Err(problem) => return Ok(site.refused(&visitor, &form, &problem, &rules)),
    };
    let number = receipt.case.id.number();
    let kept = TrackingToken::parse(&receipt.token).map(|token| visitor.keep(&token, &site));
    let over = [end_of_draft(&site), remember_sent(key, &mark(&form), &site)];
    let cookies = kept.into_iter().chain(over);
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    let answer = if wants_json(&headers) {
        (
            idempotency::status(receipt.is_new),
            Json(receipt.view(visitor.reader.lang)),
        )
            .into_response()
    } else {
        Redirect::to(&format!("/my/{number}?new=1")).into_response()
    };
    Ok((cookies, answer).into_response())
}

/// By what the words of a report are known again.
fn mark(form: &FormBody) -> String {
    let whole = report::fingerprints(&form.clone().into_body()).repeatable;
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    format!("{:032x}", u128::from_be_bytes(first))
}

/// Whether the script asks, which goes on by itself.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted == Some("application/json")
}

impl Site {
    /// The receipt of a report, and the key under which it was accepted.
    async fn accept(
        &self,
        visitor: &Visitor,
        form: &FormBody,
        rules: &Rulebook,
    ) -> Result<(Uuid, Receipt), Problem> {
        let body = form.clone().into_body();
        let fingerprints = report::fingerprints(&body);
        let report = body.read(|f| ReportBody::report(f, rules));
        let (key, report) = match (form.key(), report) {
            (Ok(key), Ok(report)) => (visitor.sent_as(&mark(form)).unwrap_or(key.0), report),
            (Err(key), Err(fields)) => {
                let all = [key.faults(), fields.faults()].concat();
                return Err(Problem::invalid_fields(all));
            }
            (Err(problem), _) | (_, Err(problem)) => return Err(problem),
        };
        let written = key.to_string();
        let request = IntakeRequest {
            district: self.district.id(),
            scope: "POST /report",
            key: &written,
            fingerprints,
            report,
            channel: Channel::Web,
            on_behalf_of: None,
        };
        let now = self.district.now();
        let receipt = self.intake.accept(request, rules, now).await?;
        Ok((key, receipt))
    }

    /// The form again, as it was sent, under the same key.
    fn refused(
        &self,
        visitor: &Visitor,
        form: &FormBody,
        problem: &Problem,
        rules: &Rulebook,
    ) -> Response {
        let lang = visitor.reader.lang;
        let body = problem.body(lang, None);
        let fresh = Uuid::new_v4().to_string();
        let is_used = problem.status() == StatusCode::UNPROCESSABLE_ENTITY;
        let key = form.value(KEY_FIELD).filter(|_| !is_used);
        let said = [Some(body.title), body.detail].into_iter().flatten();
        let page = Form {
            filled: Filled {
                sent: Some(form),
                errors: &body.errors,
            },
            key: key.unwrap_or(&fresh),
            community: form.value("community").unwrap_or_default(),
            notice: body.errors.is_empty().then(|| said.collect()),
        };
        problem.log();
        let frame = self.frame(visitor, "/report", rules);
        let content = page.content(rules, lang);
        frame
            .page_with(problem.status(), label("report", lang), &content)
            .into_response()
    }
}

/// The form of a report.
struct Form<'a> {
    filled: Filled<'a>,
    key: &'a str,
    community: &'a str,
    /// What happened, when no field is at fault.
    notice: Option<Vec<String>>,
}

impl Form<'_> {
    fn content(&self, rules: &Rulebook, lang: Lang) -> Markup {
        let filled = self.filled;
        let said = |code: &str| label(code, lang);
        html! {
            @if let Some(notice) = &self.notice {
                section.errors role="alert" { @for line in notice { p { (line) } } }
            }
            (filled.summary(lang))
            form method="post" action="/report" data-report data-photos=(limits::PHOTOS)
                data-waiting=(said("photo.waiting")) data-uploading=(said("photo.uploading")) data-sent-label=(said("photo.sent"))
                data-failed=(said("photo.failed")) data-remove=(said("photo.remove")) data-sending=(said("report.sending")) data-open=(said("receipt.to_case")) {
                input type="hidden" name=(KEY_FIELD) value=(self.key);
                (filled.field("text", said("field.text"), Some(said("field.text.hint")), |id, note| html! {
                    textarea id=(id) name="text" rows="5" aria-describedby=[note] aria-invalid=[filled.invalid("text")] { (filled.value("text")) }
                }))
                div.field #photo-field hidden {
                    label for="photo-files" { (label_with("field.photos", lang, &[("count", limits::PHOTOS.to_string())])) }
                    p.note { (said("field.photos.hint")) }
                    input #photo-files type="file" accept="image/jpeg,image/png,image/heic,image/*" multiple;
                    ul #photo-list .photos aria-live="polite" {}
                }
                noscript { p { (said("field.photos.later")) } }
                (self.communities(rules, lang))
                (filled.line("place.address", said("field.address"), Some(said("field.address.hint")), "text", "off"))
                (filled.field("category", said("field.category"), None, |id, note| html! {
                    select id=(id) name="category" aria-describedby=[note] aria-invalid=[filled.invalid("category")] {
                        option value="" { (said("field.category.none")) }
                        @for category in self.categories(rules) {
                            option value=(category.id) selected[filled.value("category") == category.id.as_str()] { (category.name.get(lang)) }
                        }
                    }
                }))
                fieldset {
                    legend { (said("field.contact")) }
                    (filled.line("contact.name", said("field.name"), None, "text", "name"))
                    (filled.line("contact.phone", said("field.phone"), None, "tel", "tel"))
                }
                fieldset {
                    legend { (said("field.consents")) }
                    (filled.tick("consents.publish", said("field.consent.publish")))
                    (filled.tick("consents.photo_location", said("field.consent.location")))
                    p.small { a href="/privacy" { (said("privacy")) } }
                }
                button type="submit" { (said("report.send")) }
            }
        }
    }

    /// The categories that the community offers, and the one that was chosen before.
    fn categories<'r>(&self, rules: &'r Rulebook) -> impl Iterator<Item = &'r Category> {
        let community = UnitId::parse(self.community);
        let offered = community.map(|id| rules.org.profile(&id).categories);
        let offered = offered.unwrap_or_default();
        let chosen = self.filled.value("category");
        rules.categories().filter(move |category| {
            let id = &category.id;
            offered.is_empty() || offered.contains(id) || id.as_str() == chosen
        })
    }

    /// The communities, by subdistrict.
    fn communities(&self, rules: &Rulebook, lang: Lang) -> Markup {
        let org = &rules.org;
        let hint = label("field.community.choose", lang);
        let said = label("field.community", lang);
        self.filled.field("community", said, None, |id, note| {
            html! {
                select id=(id) name="community" required aria-describedby=[note] aria-invalid=[self.filled.invalid("community")] {
                    option value="" { (hint) }
                    @for subdistrict in org.units_of_kind(UnitKind::Subdistrict) {
                        optgroup label=(subdistrict.name.get(lang)) {
                            @for community in org.units_of_kind(UnitKind::Community) {
                                @if !community.retired && community.parent.as_ref() == Some(&subdistrict.id) {
                                    option value=(community.id) selected[self.community == community.id.as_str()] { (community.name.get(lang)) }
                                }
                            }
                        }
                    }
                }
            }
        })
    }
}
