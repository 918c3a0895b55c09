//! The API description's refusals: declared once, and given to each operation by what it asks for. An operation
//! describes what it answers when all is well, and only those refusals that mean something of its own.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{
    ComponentsBuilder, Content, ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response,
    ResponseBuilder, Type,
};

use crate::problem::CONTENT_TYPE;

/// One refusal: its status, what it means, and whether the gateway gives it, too, in a form of its own.
struct Refusal {
    status: u16,
    meaning: &'static str,
    by_gateway: bool,
}

const fn refusal(status: u16, by_gateway: bool, meaning: &'static str) -> Refusal {
    Refusal {
        status,
        meaning,
        by_gateway,
    }
}

/// Every refusal that an operation can give without describing it.
#[rustfmt::skip]
const REFUSALS: &[Refusal] = &[
    refusal(400, false, "Fields, parameters or headers are missing or wrong; all are named. Or the content cannot be read."),
    refusal(401, true,  "Nobody that the service knows is asking: the sign-in or the tracking token is missing, wrong or over."),
    refusal(403, false, "You have no right to this."),
    refusal(404, false, "There is nothing of this name, or nothing that you may see."),
    refusal(409, false, "It has changed since the version that you read; `current_version` has the version now."),
    refusal(413, true,  "The content is too large."),
    refusal(415, false, "The content is not JSON in UTF-8, or is compressed."),
    refusal(422, false, "The request is well formed, and a rule refuses it; the code says which. Or the key was used before for something else."),
    refusal(428, false, "It must be said which version you saw: `If-Match`, or `If-None-Match: *` for something new."),
    refusal(429, true,  "There were too many requests."),
    refusal(431, true,  "The headers are too large."),
    refusal(500, true,  "Something went wrong on our side."),
    refusal(503, true,  "Something that the service depends on is away. Try again; nothing is done twice."),
];

/// Adds to each operation the refusals that what it asks for brings with it.
pub fn with_refusals(mut api: OpenApi) -> OpenApi {
    let items = api.paths.paths.values_mut();
    let operations = items.flat_map(|item| {
        [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
        ]
    });
    for operation in operations.flatten() {
        for status in statuses(operation) {
            let reference = Ref::from_response_name(name(status));
            let responses = &mut operation.responses.responses;
            responses
                .entry(status.to_string())
                .or_insert(RefOr::Ref(reference));
        }
    }
    let components = api
        .components
        .get_or_insert_with(|| ComponentsBuilder::new().build());
    for refusal in REFUSALS {
        let response = RefOr::T(response(refusal));
        components.responses.insert(name(refusal.status), response);
    }
    api
}

/// What an operation may refuse: by its extractors, and because a table or the whole service may be away.
fn statuses(operation: &Operation) -> Vec<u16> {
    let parameters = operation.parameters.iter().flatten();
    let parameters: Vec<_> = parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect();
    let is_in = |place: &ParameterIn| {
        let mut parameters = parameters.iter();
        parameters.any(|parameter| parameter.parameter_in == *place)
    };
    let has = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    let changes_version = has("If-Match") || has("If-None-Match");
    let may = [
        (
            operation.request_body.is_some()
                || is_in(&ParameterIn::Query)
                || has("Idempotency-Key")
                || changes_version,
            &[400][..],
        ),
        (has("Tracking-Token"), &[401]),
        (operation.security.is_some(), &[401, 403]),
        (is_in(&ParameterIn::Path), &[400, 404]),
        (operation.request_body.is_some(), &[413, 415]),
        (changes_version, &[409, 422, 428]),
        (has("Idempotency-Key"), &[422]),
        (true, &[429, 431, 500, 503]),
    ];
    let given = may.into_iter().filter(|(given, _)| *given);
    given.flat_map(|(_, statuses)| statuses).copied().collect()
}

fn name(status: u16) -> String {
    format!("Refused{status}")
}

fn response(refusal: &Refusal) -> Response {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new()
        .description(refusal.meaning)
        .content(CONTENT_TYPE, problem);
    if refusal.by_gateway {
        response.content("application/json", gateway()).build()
    } else {
        response.build()
    }
}

/// The fixed form of what API Gateway answers before a function is asked.
fn gateway() -> Content {
    let message = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .build();
    let body = ObjectBuilder::new()
        .property("message", message)
        .required("message")
        .build();
    ContentBuilder::new().schema(Some(body)).build()
}
