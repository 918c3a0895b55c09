//! `GET /communities`, `/communities/{community}`: a community's own first page, as it presents itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::SET_COOKIE;
use maud::{Markup, html};
use zhitiao_app::board::{BoardRequest, row_view};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State as CaseState;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::limits::PAGE_ROWS;
use zhitiao_domain::kernel::org::{Unit, UnitKind};
use zhitiao_domain::kernel::profile::{ListedPhone, Profile};
use zhitiao_edge::Problem;
use zhitiao_pages::case::row;
use zhitiao_pages::{Html, label, label_with, tools};
use zhitiao_texts::Lang;
use zhitiao_views::BoardRowView;

use crate::Site;
use crate::home::{by_phone, ways};
use crate::visitor::{Visitor, remember_community};

/// Cases that a first page shows of those that were mended.
const MENDED: usize = 3;

/// The communities, to choose one's own.
pub(crate) async fn list(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let content = html! {
        p { (label("communities.choose", lang)) }
        (by_subdistrict(&rules, "/communities", lang))
    };
    let frame = site.frame(&visitor, "/communities", &rules);
    Ok(frame.page(label("communities", lang), &content))
}

/// The communities by subdistrict, each with a link below the base.
pub(crate) fn by_subdistrict(rules: &Rulebook, base: &str, lang: Lang) -> Markup {
    let org = &rules.org;
    let of = |subdistrict: &UnitId| {
        let all = org.units_of_kind(UnitKind::Community);
        let of = all.filter(|unit| !unit.retired && unit.parent.as_ref() == Some(subdistrict));
        of.collect::<Vec<_>>()
    };
    html! {
        @for subdistrict in org.units_of_kind(UnitKind::Subdistrict) {
            @let communities = of(&subdistrict.id);
            @if !communities.is_empty() {
                h2 { (subdistrict.name.get(lang)) }
                ul.rows {
                    @for community in communities {
                        li { a.row href={ (base) "/" (community.id) } { (community.name.get(lang)) } }
                    }
                }
            }
        }
    }
}

/// The first page of a community, which the browser remembers as the visitor's own.
pub(crate) async fn home(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(community): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let rules = site.district.rules().await?;
    let community = UnitId::parse(&community).map_err(|_| Problem::not_found())?;
    let known = rules.org.active_of_kind(&community, UnitKind::Community);
    let unit = known.ok_or_else(Problem::not_found)?;
    let visitor = visitor.at(community.clone());
    let here = format!("/communities/{community}");
    let page = site.community_home(&visitor, unit, &here, &rules).await?;
    let cookie = remember_community(&community, &site);
    Ok(([(SET_COOKIE, cookie)], page))
}

impl Site {
    /// The first page of a community.
    pub(crate) async fn community_home(
        &self,
        visitor: &Visitor,
        unit: &Unit,
        here: &str,
        rules: &Rulebook,
    ) -> Result<Html, Problem> {
        let lang = visitor.reader.lang;
        let profile = rules.org.profile(&unit.id);
        let mended = self.mended(&unit.id, rules, lang).await?;
        let frame = self.frame(visitor, here, rules);
        let welcome = profile.welcome.as_ref();
        let content = html! {
            p { (welcome.map_or(label("home.lead", lang), |welcome| welcome.get(lang))) }
            (ways(Some(&unit.id), &frame.dialed, lang))
            (reached(&profile, lang))
            (by_phone(&frame.hotline, lang))
            @if !mended.is_empty() {
                h2 { (label("community.mended", lang)) }
                ul.rows {
                    @for case in &mended { (row(case, &format!("/cases/{}", case.number), lang)) }
                }
            }
            (tools(true, lang))
            p { a href="/communities" { (label("communities.other", lang)) } }
        };
        Ok(frame.page(unit.name.get(lang), &content))
    }

    /// What was mended lately, of the public cases of the latest month.
    async fn mended(
        &self,
        community: &UnitId,
        rules: &Rulebook,
        lang: Lang,
    ) -> Result<Vec<BoardRowView>, Problem> {
        let list = BoardRequest {
            community: community.clone(),
            month: None,
            category: None,
            limit: PAGE_ROWS,
        };
        let now = self.district.now();
        let page = self.board.page(&list, None, now).await?;
        let is_mended = |state| matches!(state, CaseState::Resolved | CaseState::Closed);
        let mended = page.rows.into_iter().filter(|row| is_mended(row.state));
        let mended = mended.take(MENDED);
        Ok(mended.map(|row| row_view(row, rules, lang, now)).collect())
    }
}

/// When the office is open, and all telephones.
fn reached(profile: &Profile, lang: Lang) -> Markup {
    html! {
        @if let Some(hours) = &profile.hours {
            p { (label_with("community.hours", lang, &[("hours", hours.get(lang).to_owned())])) }
        }
        @if !profile.phones.is_empty() {
            ul.phones {
                @for phone in &profile.phones { (listed(phone, lang)) }
            }
        }
    }
}

fn listed(phone: &ListedPhone, lang: Lang) -> Markup {
    html! {
        li {
            (phone.name.get(lang)) " "
            @if let Some(dialed) = phone.dialed() {
                a href={ "tel:" (dialed) } { (phone.number) }
            }
        }
    }
}
