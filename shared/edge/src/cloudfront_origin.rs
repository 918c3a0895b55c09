//! Keeps callers from going around what stands in front of the API.
//!
//! An HTTP API has an address of its own that CloudFront, or another CDN, cannot hide. So the CDN sends a secret along,
//! and where the template gives the same secret to a function, a request without it is refused before anything else is
//! read. The variable may list several: while the secret is replaced, requests with the old and the new one are served.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use crate::negotiation::Client;
use crate::problem::Problem;
use zhitiao_runtime::config::{ConfigError, Env, Secret};
use zhitiao_runtime::mac;

/// The header that CloudFront adds; `Edge` in the template names it too.
const HEADER: &str = "origin-verify";

/// The variable with the secret; without it every caller is let in.
const VARIABLE: &str = "ORIGIN_SECRET";

/// Puts the check before everything else, where the environment has the secret.
pub(crate) fn guarded(router: Router, env: Env) -> Result<Router, ConfigError> {
    let secret = match env.optional(VARIABLE) {
        Some(_) => Some(env.read(|env| env.secret(VARIABLE))?),
        None => None,
    };
    Ok(match secret {
        Some(secret) => router.layer(from_fn_with_state(secret.parts().into(), check)),
        None => router,
    })
}

async fn check(State(secrets): State<Arc<[Secret]>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(HEADER);
    let is_ours = |given: &[u8]| secrets.iter().any(|secret| is_same(secret, given));
    if given.is_some_and(|given| is_ours(given.as_bytes())) {
        return next.run(request).await;
    }
    Problem::forbidden().render(&Client::of(&request))
}

/// Compares in a time that tells nothing about where two texts differ.
fn is_same(secret: &Secret, given: &[u8]) -> bool {
    let wanted = mac::sign(secret, HEADER, &[secret.expose().as_bytes()]);
    mac::verifies(secret, HEADER, &[given], &wanted)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    const SECRET: &str = "correct horse battery staple";

    fn router(secret: Option<&'static str>) -> Result<Router, ConfigError> {
        let router = Router::new().route("/", get(async || "in"));
        let env = Env::from(move |name| secret.filter(|_| name == VARIABLE).map(str::to_owned));
        guarded(router, env)
    }

    async fn status(router: Router, header: Option<&str>) -> StatusCode {
        let mut request = http::Request::get("/");
        if let Some(value) = header {
            request = request.header(HEADER, value);
        }
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn only_who_comes_through_the_front_gets_in() {
        for (header, expected) in [
            (Some(SECRET), StatusCode::OK),
            (None, StatusCode::FORBIDDEN),
            (Some(""), StatusCode::FORBIDDEN),
            (Some("correct horse battery stapl"), StatusCode::FORBIDDEN),
            (Some("correct horse battery staplf"), StatusCode::FORBIDDEN),
        ] {
            let router = router(Some(SECRET)).unwrap();
            assert_eq!(status(router, header).await, expected, "{header:?}");
        }
    }

    #[tokio::test]
    async fn while_the_secret_is_replaced_both_get_in() {
        const BOTH: &str = "correct horse battery staple,another horse battery staple";
        for (header, expected) in [
            (SECRET, StatusCode::OK),
            ("another horse battery staple", StatusCode::OK),
            (BOTH, StatusCode::FORBIDDEN),
            ("correct horse", StatusCode::FORBIDDEN),
            ("", StatusCode::FORBIDDEN),
        ] {
            let router = router(Some(BOTH)).unwrap();
            assert_eq!(status(router, Some(header)).await, expected, "{header:?}");
        }
    }

    #[tokio::test]
    async fn without_a_front_everybody_gets_in() {
        assert_eq!(status(router(None).unwrap(), None).await, StatusCode::OK);
        assert_eq!(
            status(router(Some("")).unwrap(), None).await,
            StatusCode::OK
        );
    }

    #[test]
    fn a_secret_that_could_be_guessed_keeps_the_function_from_starting() {
        let error = router(Some("short")).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "configuration: ORIGIN_SECRET is invalid");
    }
}
