//! The JSON form of a report: its reader, and its description for the API.

use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use zhitiao_domain::case::report::{Consents, Contact, PhotoGrant, Place, Point};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::bounds::Bounds;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::limits;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_domain::kernel::phone::Phone;
use zhitiao_edge::{Field, FieldErrors, Fields, JsonBody};

use crate::intake::{Fingerprints, NewReport};

/// The fingerprints of a JSON body. The first leaves out the type and the length of the photos, because a photo that
/// was refused may be sent again in another form.
pub fn fingerprints(body: &JsonBody) -> Fingerprints {
    Fingerprints {
        repeatable: body.fingerprint_without("photos", &["bytes", "content_type"]),
        whole: body.fingerprint(),
    }
}

/// Reads the fields of a report; the community and the category must be ones of the district.
///
/// # Errors
/// The field errors are noted in `f`: all of them.
pub fn read(f: &mut Fields, rules: &Rulebook) -> Result<NewReport, FieldErrors> {
    let text = f.optional("text", |v| v.text(0..=limits::TEXT_CHARS));
    let community = f.required("community", |v| v.parsed(|id| community(id, rules)));
    let category = f.optional("category", |v| v.parsed(|id| category(id, rules)));
    let bounds = rules.org.bounds();
    let place = f.optional("place", |v| v.object(|f| place(f, bounds)));
    let photos = f.optional("photos", |v| {
        v.list(0..=limits::PHOTOS, |v| v.object(photo))
    });
    let consents = f.optional("consents", |v| v.object(consents));
    let contact = f.optional("contact", |v| v.object(contact));
    let (text, photos) = (text?.unwrap_or_default(), photos?.unwrap_or_default());
    if text.is_empty() && photos.is_empty() {
        return Err(f.refuse("text", "required"));
    }
    let (address, point) = place?.unwrap_or_default();
    Ok(NewReport {
        text,
        place: Place {
            community: community?,
            address,
            point,
        },
        photos,
        consents: consents?.unwrap_or_default(),
        category: category?,
        contact: contact?.flatten(),
    })
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

fn place(
    f: &mut Fields,
    bounds: Option<Bounds>,
) -> Result<(Option<String>, Option<Point>), FieldErrors> {
    let address = f.optional("address", |v| v.line(1..=limits::ADDRESS_CHARS));
    let point = f.optional("point", |v| v.object(point));
    let (address, point) = (address?, point?);
    if let Some(point) = point {
        if point.is_null() {
            return Err(f.refuse("point", "no_position"));
        }
        if bounds.is_some_and(|bounds| !bounds.contains(point)) {
            return Err(f.refuse("point", "outside_the_district"));
        }
    }
    Ok((address, point))
}

fn point(f: &mut Fields) -> Result<Point, FieldErrors> {
    let latitude = f.required("latitude", |v| v.number(-90.0..=90.0));
    let longitude = f.required("longitude", |v| v.number(-180.0..=180.0));
    Ok(Point {
        latitude: latitude?,
        longitude: longitude?,
    })
}

/// Reads one announced photo; evidence by staff is announced alike.
///
/// # Errors
/// The field errors are noted in `f`.
pub fn photo(f: &mut Fields) -> Result<PhotoGrant, FieldErrors> {
    let angle = f.required("angle", Field::one_of);
    let content_type = f.required("content_type", Field::one_of);
    let bytes = f.required("bytes", |v| v.integer(1..=limits::PHOTO_BYTES));
    Ok(PhotoGrant {
        angle: angle?,
        content_type: content_type?,
        bytes: bytes?,
    })
}

fn consents(f: &mut Fields) -> Result<Consents, FieldErrors> {
    let publish = f.optional("publish", Field::boolean);
    let photo_location = f.optional("photo_location", Field::boolean);
    Ok(Consents {
        publish: publish?.unwrap_or_default(),
        photo_location: photo_location?.unwrap_or_default(),
    })
}

fn contact(f: &mut Fields) -> Result<Option<Contact>, FieldErrors> {
    let name = f.optional("name", |v| v.line(1..=limits::NAME_CHARS));
    let phone = f.optional("phone", |v| {
        v.parsed_or(Phone::parse, |v, _| v.refuse("not_a_phone"))
    });
    let (name, phone) = (name?, phone?);
    Ok((name.is_some() || phone.is_some()).then_some(Contact { name, phone }))
}

/// The body of a report, for the API description.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub struct ReportBody {
    /// What is wrong, up to 4,000 characters. May be left out when photos say it.
    #[schema(max_length = 4000, example = "楼下井盖没了，晚上很危险")]
    text: Option<String>,
    /// The community, from `GET /v1/communities`.
    #[schema(example = "xianggang-huayuan")]
    community: String,
    /// The category, from `GET /v1/categories`; the desk names one when it is left out.
    #[schema(example = "manhole-cover")]
    category: Option<String>,
    /// Where exactly.
    place: Option<PlaceBody>,
    /// The photos that will be uploaded, up to 9.
    #[schema(max_items = 9)]
    photos: Option<Vec<PhotoBody>>,
    /// How to reach the reporter; anonymous when left out.
    contact: Option<ContactBody>,
    /// What the reporter agrees to; nothing when left out.
    consents: Option<ConsentsBody>,
}

/// Where exactly.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire")]
pub struct PlaceBody {
    /// Building or address.
    #[schema(max_length = 120, example = "东海中路18号3单元门前")]
    address: Option<String>,
    /// A position in the district.
    point: Option<PointBody>,
}

/// A position in degrees, WGS 84.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire")]
pub struct PointBody {
    /// -90 to 90.
    latitude: f64,
    /// -180 to 180.
    longitude: f64,
}

/// A photo that will be uploaded.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire")]
pub struct PhotoBody {
    /// `front`, `side`, `surroundings` or `detail`.
    #[schema(example = "front")]
    angle: String,
    /// `image/jpeg`, `image/png` or `image/webp`.
    #[schema(example = "image/jpeg")]
    content_type: String,
    #[schema(schema_with = photo_bytes_schema)]
    bytes: u32,
}

/// The schema of a photo's length, which names every limit of a photo.
pub fn photo_bytes_schema() -> Object {
    let description = format!(
        "Its length in bytes, at most {} MiB; exactly so many must be uploaded. The picture may have {} pixels, and {} \
         on its longest side.",
        limits::PHOTO_BYTES >> 20,
        limits::PHOTO_PIXELS,
        limits::PHOTO_SIDE,
    );
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1_u32))
        .maximum(Some(limits::PHOTO_BYTES))
        .description(Some(description))
        .build()
}

/// How to reach the reporter.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire")]
pub struct ContactBody {
    /// A name.
    #[schema(max_length = 40)]
    name: Option<String>,
    /// 5 to 20 digits with the usual separators and brackets, and an extension behind `转`, `ext.` or `x`.
    #[schema(example = "0532-88888888 转 801")]
    phone: Option<String>,
}

/// What the reporter agrees to.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the wire")]
pub struct ConsentsBody {
    /// The report may stand on the public board once the desk has looked at it.
    publish: Option<bool>,
    /// The position inside the photos may be kept.
    photo_location: Option<bool>,
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
        .read(|f| read(f, &rules()))
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
            .read(|f| read(f, &rules()))
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
