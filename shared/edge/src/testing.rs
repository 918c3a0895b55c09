//! What the tests of this crate share.

use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription,
    ApiGatewayV2httpRequestContext,
};
use lambda_http::request::RequestContext;

/// A request without a body, with these headers.
pub(crate) fn request(headers: &[(&str, &str)]) -> http::Request<()> {
    let mut request = http::Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

/// What API Gateway passes on after its JWT authorizer let a token with these claims through.
pub(crate) fn staff_context(claims: &[(&str, &str)]) -> RequestContext {
    let mut jwt = ApiGatewayRequestAuthorizerJwtDescription::default();
    jwt.claims = claims
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut authorizer = ApiGatewayRequestAuthorizer::default();
    authorizer.jwt = Some(jwt);
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.authorizer = Some(authorizer);
    RequestContext::ApiGatewayV2(context)
}

/// Every text that differs from this one in one character, by printable ASCII and a few others.
pub(crate) fn single_changes(text: &str) -> impl Iterator<Item = String> {
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len()).flat_map(move |at| {
        let chars = chars.clone();
        (' '..='~')
            .chain(['\0', '\n', 'é', '井', '\u{212a}'])
            .filter_map(move |c| {
                let mut changed = chars.clone();
                (std::mem::replace(&mut changed[at], c) != c).then(|| changed.into_iter().collect())
            })
    })
}
