//! The API description: what all HTTP functions say of their routes, in one document.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder};

/// The description of the whole HTTP API (OpenAPI 3.1).
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("zhitiao")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Neighborhood service of a district: residents report, staff handle, reminders never stop.",
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
        whole.merge(part);
    }
    whole
}
