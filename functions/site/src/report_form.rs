//! The form of a report, as it is shown at first and as it comes back.

use maud::{Markup, html};
use zhitiao_app::privacy_notice;
use zhitiao_domain::case::promise::Category;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::limits;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_domain::kernel::place::{CodedPlace, PlaceCode};
use zhitiao_edge::form::KEY_FIELD;
use zhitiao_pages::case::row;
use zhitiao_pages::form::Filled;
use zhitiao_pages::{label, label_with};
use zhitiao_texts::Lang;
use zhitiao_views::BoardRowView;

/// The field that says that the reporter has seen the cases that may be the same.
pub(crate) const ALIKE: &str = "alike";

/// Its value.
const SEEN: &str = "seen";

/// The fields as they stand in the form.
const ORDER: [&str; 7] = [
    "text",
    "community",
    "place.code",
    "place.address",
    "category",
    "contact.name",
    "contact.phone",
];

/// A place whose code was scanned.
#[derive(Debug)]
pub(crate) struct ScannedPlace {
    /// The code.
    pub(crate) code: PlaceCode,
    /// The place, which takes reports.
    pub(crate) place: CodedPlace,
}

/// What is open already and may be the same: following it serves the reporter as well as a second case.
pub(crate) fn alike(rows: &[BoardRowView], lang: Lang) -> Markup {
    html! {
        @if !rows.is_empty() {
            section.alike #alike role="status" tabindex="-1" autofocus {
                h2 { (label("alike", lang)) }
                ul.rows {
                    @for one in rows { (row(one, &format!("/cases/{}", one.number), lang)) }
                }
                p { b { (label("alike.send", lang)) } }
            }
        }
    }
}

/// The form of a report.
pub(crate) struct Form<'a> {
    pub(crate) filled: Filled<'a>,
    pub(crate) key: &'a str,
    pub(crate) community: &'a str,
    /// What happened, when no field is at fault.
    pub(crate) notice: Option<Vec<String>>,
    /// The place whose code was scanned.
    pub(crate) place: Option<&'a ScannedPlace>,
    /// Open cases that may be about the same thing.
    pub(crate) alike: &'a [BoardRowView],
}

impl Form<'_> {
    /// The form, below what there is to say of it.
    pub(crate) fn content(&self, rules: &Rulebook, lang: Lang) -> Markup {
        let filled = self.filled;
        let said = |code: &str| label(code, lang);
        html! {
            @if let Some(notice) = &self.notice {
                section.errors role="alert" { @for line in notice { p { (line) } } }
            }
            (filled.summary(&ORDER, lang))
            (alike(self.alike, lang))
            form method="post" action="/report" data-report data-photos=(limits::PHOTOS)
                data-waiting=(said("photo.waiting")) data-uploading=(said("photo.uploading")) data-sent-label=(said("photo.sent"))
                data-failed=(said("photo.failed")) data-remove=(said("photo.remove")) data-sending=(said("report.sending")) data-open=(said("receipt.to_case")) {
                input type="hidden" name=(KEY_FIELD) value=(self.key);
                @if !self.alike.is_empty() { input type="hidden" name=(ALIKE) value=(SEEN); }
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
                @match self.place {
                    Some(place) => (scanned(place)),
                    None => {
                        (self.communities(rules, lang))
                        (filled.line("place.address", said("field.address"), Some(said("field.address.hint")), "text", "off"))
                    },
                }
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
                    input type="hidden" name="consents.notice" value=(privacy_notice::current());
                    p { a href="/privacy" { (said("privacy")) } }
                }
                button type="submit" { (said("report.send")) }
            }
        }
    }

    /// The categories that the community offers, and the one that was chosen before.
    fn categories<'r>(&self, rules: &'r Rulebook) -> impl Iterator<Item = &'r Category> {
        let of_community = || {
            let community = UnitId::parse(self.community);
            community.map(|id| rules.org.profile(&id).categories)
        };
        let of_place = self.place.map(|place| place.place.categories.clone());
        let of_place = of_place.filter(|categories| !categories.is_empty());
        let offered = of_place.or_else(|| of_community().ok());
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

/// Where it is, when that was scanned: nothing is left to choose.
fn scanned(here: &ScannedPlace) -> Markup {
    html! {
        input type="hidden" name="community" value=(here.place.community);
        input type="hidden" name="place.code" value=(here.code);
        p.where { (here.place.address) }
    }
}
