//! The JSON form of a report.

use zhitiao_domain::case::report::{
    Angle, Consents, Contact, NoticeVersion, PhotoGrant, PhotoType, Place, Point,
};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseNumber, CategoryId, UnitId};
use zhitiao_domain::kernel::limits;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_domain::kernel::phone::Phone;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_edge::{Field, FieldErrors, Fields, JsonBody, body};

use crate::intake::{Fingerprints, NewReport};
use crate::privacy_notice;

/// The fingerprints of a JSON body. The first leaves out the type and the length of the photos, because a photo that
/// was refused may be sent again in another form.
pub fn fingerprints(body: &JsonBody) -> Fingerprints {
    Fingerprints {
        repeatable: body.fingerprint_without("photos", &["bytes", "content_type"]),
        whole: body.fingerprint(),
    }
}

body! {
    /// A report.
    pub struct ReportBody with (rules: &Rulebook) {
        /// The community, from `GET /v1/communities`.
        #[example("xianggang-huayuan")]
        community: UnitId = required parsed(|id| community(id, rules)),
        /// The category, from `GET /v1/categories`; the desk names one when it is left out.
        #[example("manhole-cover")]
        category: Option<CategoryId> = optional parsed(|id| category(id, rules)),
        /// Where exactly.
        place: Option<PlaceBody> = optional object(PlaceBody::in_district, rules),
        /// How to reach the reporter; anonymous when left out.
        contact: Option<Contact> = optional object(ContactBody::read),
        /// What the reporter agrees to; nothing when left out.
        consents: Consents = optional object(ConsentsBody::read) or Consents::default(),
        ..content: ContentBody = ContentBody::some(),
    }
}

body! {
    /// What a report says, in words or photos.
    pub struct ContentBody {
        /// What is wrong, up to 4,000 characters. May be left out when photos say it.
        #[example("楼下井盖没了，晚上很危险")]
        text: String = optional text(0..=limits::TEXT_CHARS) or String::new(),
        /// The photos that will be uploaded, up to 9.
        photos: Vec<PhotoGrant> = optional list(0..=limits::PHOTOS, object(PhotoBody::read)) or Vec::new(),
    }
}

body! {
    /// Where exactly.
    pub struct PlaceBody {
        /// Building or address.
        #[example("东海中路18号3单元门前")]
        address: Option<String> = optional line(1..=limits::ADDRESS_CHARS),
        /// A position in the district.
        point: Option<Point> = optional object(PointBody::read),
        /// The code that the reporter scanned there.
        #[example(CaseNumber::EXAMPLE)]
        code: Option<PlaceCode> = optional parsed(PlaceCode::parse),
    }
}

body! {
    /// A position in degrees, WGS 84.
    pub struct PointBody => Point {
        /// -90 to 90.
        latitude: f64 = required number(-90.0..=90.0),
        /// -180 to 180.
        longitude: f64 = required number(-180.0..=180.0),
    }
}

body! {
    /// A photo that will be uploaded.
    pub struct PhotoBody => PhotoGrant {
        /// `front`, `side`, `surroundings` or `detail`.
        #[example("front")]
        angle: Angle = required one_of(),
        /// `image/jpeg`, `image/png` or `image/webp`.
        #[example("image/jpeg")]
        content_type: PhotoType = required one_of(),
        #[doc = photo_limits()]
        bytes: u32 = required integer(1..=limits::PHOTO_BYTES),
    }
}

body! {
    /// How to reach the reporter.
    pub struct ContactBody => Contact {
        /// A name.
        name: Option<String> = optional line(1..=limits::NAME_CHARS),
        /// 5 to 20 digits with the usual separators and brackets, and an extension behind `转`, `ext.` or `x`.
        #[example("0532-88888888 转 801")]
        phone: Option<Phone> = optional parsed_or(Phone::parse, |v, _| v.refuse("not_a_phone")),
    }
}

body! {
    /// What the reporter agrees to.
    pub struct ConsentsBody => Consents {
        /// The report may appear on the public board once the desk has looked at it.
        publish: bool = optional boolean() or false,
        /// The position inside the photos may be kept.
        photo_location: bool = optional boolean() or false,
        /// The version of the privacy notice that the reporter had before them, where a form showed one.
        #[example("5f7c01ab")]
        notice: Option<NoticeVersion> = optional parsed_or(notice, Field::refuse),
    }
}

/// Every limit of a photo.
fn photo_limits() -> String {
    format!(
        "Its length in bytes, at most {} MiB; exactly so many must be uploaded. The picture may have {} pixels, and {} \
         on its longest side.",
        limits::PHOTO_BYTES >> 20,
        limits::PHOTO_PIXELS,
        limits::PHOTO_SIDE,
    )
}

impl ReportBody {
    /// Reads a report; the community and the category must be ones of the district.
    ///
    /// # Errors
    /// Every field error is noted in `f`.
    pub fn report(f: &mut Fields, rules: &Rulebook) -> Result<NewReport, FieldErrors> {
        let body = Self::read(f, rules)?;
        let (address, point, code) = body.place.map_or((None, None, None), |place| {
            (place.address, place.point, place.code)
        });
        let has_contact = |contact: &Contact| contact.name.is_some() || contact.phone.is_some();
        Ok(NewReport {
            text: body.content.text,
            place: Place {
                community: body.community,
                address,
                point,
                code,
            },
            photos: body.content.photos,
            consents: body.consents,
            category: body.category,
            contact: body.contact.filter(has_contact),
        })
    }
}

impl ContactBody {
    /// Contact details of which there are some.
    ///
    /// # Errors
    /// Every field error is noted in `f`.
    pub fn given(f: &mut Fields) -> Result<Contact, FieldErrors> {
        let contact = Self::read(f)?;
        if contact.name.is_none() && contact.phone.is_none() {
            return Err(f.refuse("phone", "required"));
        }
        Ok(contact)
    }
}

impl ContentBody {
    fn some(f: &mut Fields) -> Result<Self, FieldErrors> {
        let content = Self::read(f)?;
        if content.text.is_empty() && content.photos.is_empty() {
            return Err(f.refuse("text", "required"));
        }
        Ok(content)
    }
}

impl PlaceBody {
    fn in_district(f: &mut Fields, rules: &Rulebook) -> Result<Self, FieldErrors> {
        let place = Self::read(f)?;
        let bounds = rules.org.bounds();
        match place.point {
            Some(point) if point.is_null() => Err(f.refuse("point", "no_position")),
            Some(point) if bounds.is_some_and(|bounds| !bounds.contains(point)) => {
                Err(f.refuse("point", "outside_the_district"))
            }
            _ => Ok(place),
        }
    }
}

/// A notice that reads otherwise today is shown again.
fn notice(version: &str) -> Result<NoticeVersion, &'static str> {
    match NoticeVersion::parse(version) {
        Ok(version) if version == privacy_notice::current() => Ok(version),
        Ok(_) => Err("notice_changed"),
        Err(_) => Err("not_recognized"),
    }
}

fn community(id: &str, rules: &Rulebook) -> Result<UnitId, ()> {
    let id = UnitId::parse(id).map_err(|_| ())?;
    rules
        .org
        .active_of_kind(&id, UnitKind::Community)
        .map(|_| id.clone())
        .ok_or(())
}

fn category(id: &str, rules: &Rulebook) -> Result<CategoryId, ()> {
    let id = CategoryId::parse(id).map_err(|_| ())?;
    rules.category(&id).map(|_| id.clone()).ok_or(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zhitiao_store::DirectoryData;

    use super::*;

    fn rules() -> Rulebook {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/seed");
        DirectoryData::from_folder(&seed)
            .unwrap()
            .rulebook()
            .unwrap()
    }

    fn body(json: &str) -> JsonBody {
        JsonBody::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_report_is_read_whole() {
        let report = body(
            r#"{
                "text": "井盖没了", "community": "xianggang-huayuan", "category": "manhole-cover",
                "place": {"address": "东海中路18号"},
                "photos": [{"angle": "front", "content_type": "image/jpeg", "bytes": 1000}],
                "contact": {"name": "王", "phone": ""}, "consents": {"publish": true}
            }"#,
        )
        .read(|f| ReportBody::report(f, &rules()))
        .unwrap();
        assert_eq!(report.text, "井盖没了");
        assert_eq!(report.place.community.as_str(), "xianggang-huayuan");
        assert_eq!(report.place.address.as_deref(), Some("东海中路18号"));
        assert_eq!(report.photos.len(), 1);
        assert!(report.consents.publish && !report.consents.photo_location);
        assert!(report.category.is_some());
        assert!(report.contact.unwrap().phone.is_none());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let problem = body(r#"{"community": "nowhere", "category": "?", "role": "admin"}"#)
            .read(|f| ReportBody::report(f, &rules()))
            .unwrap_err();
        let named: Vec<_> = problem
            .faults()
            .iter()
            .map(|e| (&*e.field, e.code))
            .collect();
        let expected = [
            ("community", "not_recognized"),
            ("category", "not_recognized"),
            ("text", "required"),
            ("role", "unknown_field"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn a_photo_may_come_again_in_another_form_under_the_same_fingerprint() {
        let of = |content_type: &str, bytes: u32| {
            let photo =
                format!(r#"{{"angle":"front","content_type":"{content_type}","bytes":{bytes}}}"#);
            fingerprints(&body(&format!(r#"{{"text":"x","photos":[{photo}]}}"#)))
        };
        let (one, other) = (of("image/jpeg", 1), of("image/png", 2));
        assert_eq!(one.repeatable, other.repeatable);
        assert_ne!(one.whole, other.whole);
    }
}
