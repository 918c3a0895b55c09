//! The API description: what all HTTP functions say of their routes, in one document.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};

/// The description of the whole HTTP API (OpenAPI 3.1).
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("zhitiao")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Neighborhood service of a district: residents report, staff handle, reminders never stop. \
             An address that is not described here is answered 404, a method that an address does not have 404 or 405.",
        ))
        .license(Some(License::new("Apache-2.0")))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("staff", SecurityScheme::Http(bearer))
        .build();
    let mut whole = OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build();
    for part in [
        zhitiao_report_intake::openapi(),
        zhitiao_case_desk::openapi(),
        zhitiao_directory_desk::openapi(),
        zhitiao_public_board::openapi(),
    ] {
        assert_schemas_agree(&whole, &part);
        whole.merge(part);
    }
    whole
}

/// Fails where two functions give one name to different schemas: merging would lose one of them without a word.
fn assert_schemas_agree(whole: &OpenApi, part: &OpenApi) {
    let schemas = |api: &OpenApi| {
        let api = serde_json::to_value(api).unwrap_or_default();
        api["components"]["schemas"].clone()
    };
    let known = schemas(whole);
    for (name, schema) in schemas(part).as_object().into_iter().flatten() {
        if let Some(other) = known.get(name) {
            assert_eq!(other, schema, "two schemas are called {name}");
        }
    }
}

/// An operation: its method, the segments of its path, and the statuses that it describes.
struct Described {
    method: String,
    segments: Vec<String>,
    statuses: BTreeSet<u16>,
}

static DESCRIBED: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let whole = serde_json::to_value(openapi()).unwrap_or_default();
    let paths = whole["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| Described::of(method, path, operation))
    });
    operations.collect()
});

impl Described {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let statuses = operation["responses"].as_object().into_iter().flatten();
        Self {
            method: method.to_uppercase(),
            segments: path.split('/').map(str::to_owned).collect(),
            statuses: statuses
                .filter_map(|(status, _)| status.parse().ok())
                .collect(),
        }
    }

    /// How many segments of the path the operation names; nothing when it is another one's.
    fn fits(&self, method: &str, path: &str) -> Option<usize> {
        let given: Vec<&str> = path.split('/').collect();
        let is_parameter = |segment: &String| segment.starts_with('{');
        let mut pairs = self.segments.iter().zip(&given);
        let fits = self.method == method
            && self.segments.len() == given.len()
            && pairs.all(|(own, given)| is_parameter(own) || own == given);
        fits.then(|| {
            self.segments
                .iter()
                .filter(|own| !is_parameter(own))
                .count()
        })
    }
}

/// Whether the description has a status among the answers of the operation that a request meets; a request that meets
/// none may be answered anything.
pub fn describes(method: &str, path: &str, status: u16) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let fitting = DESCRIBED
        .iter()
        .filter_map(|one| Some((one.fits(method, path)?, one)));
    let best = fitting.max_by_key(|(named, _)| *named);
    best.is_none_or(|(_, one)| one.statuses.contains(&status))
}
