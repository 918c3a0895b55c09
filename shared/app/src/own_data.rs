//! What the service knows of a reporter by one of their cases, for that reporter.

use zhitiao_domain::case::photo::{FIRST_EVIDENCE, Photo};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Author, Event, Visibility};
use zhitiao_store::CasePage;
use zhitiao_texts::Lang;
use zhitiao_views::{
    OwnConsentsView, OwnDataView, OwnEntryView, OwnPhotoView, local_time, unit_name,
};

/// Everything about the reporter that is stored with the case.
pub fn own_data(page: &CasePage, rules: &Rulebook, lang: Lang) -> OwnDataView {
    let case = &page.case;
    let (report, place) = (&case.report, &case.report.place);
    let announced = page.announced_photos();
    let own = announced
        .into_iter()
        .filter(|(number, ..)| *number < FIRST_EVIDENCE);
    let photos = own.map(|(number, grant, photo)| OwnPhotoView {
        number,
        angle: grant.angle,
        stored: photo.is_some_and(Photo::is_ready),
        point: photo.and_then(Photo::point),
    });
    let by_reporter = |event: &&Event| event.author == Author::Resident;
    let entries = page.events.iter().filter(by_reporter).map(entry);
    OwnDataView {
        number: case.id.number().to_string(),
        received_at: local_time(report.at),
        channel: report.channel,
        text: page.text().to_owned(),
        community: unit_name(&place.community, rules, lang),
        address: place.address.clone(),
        point: place.point,
        place_code: place.code.map(|code| code.to_string()),
        consents: OwnConsentsView {
            publish: report.consents.publish,
            photo_location: report.consents.photo_location,
            notice: report.consents.notice.map(|notice| notice.to_string()),
        },
        has_contact: report.has_contact,
        published: case.published,
        photos: photos.collect(),
        entries: entries.collect(),
    }
}

fn entry(event: &Event) -> OwnEntryView {
    let words = event.kind.words_for(Visibility::Resident);
    OwnEntryView {
        at: local_time(event.at),
        code: event.kind.code(),
        text: words.map(str::to_owned),
    }
}
