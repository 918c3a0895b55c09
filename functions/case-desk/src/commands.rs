//! The commands on a case. Each carries an `Idempotency-Key`, by which a repetition is recognized, and `If-Match` with
//! the version that the person saw; another person's change in between is a 409 and changes nothing.
//!
//! The routes stand by subject: [`assignment`], [`publication`], the [`promise`], [`supervision`], [`cooperation`],
//! the [`outcome`].

use axum::Json;
use zhitiao_app::{CommandRequest, execute};
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::{ETag, Problem, StaffCaller, body};
use zhitiao_texts::Lang;

use crate::Desk;
use crate::case_view::CaseView;

type Answer = Result<(ETag, Json<CaseView>), Problem>;

impl Desk {
    /// Executes a person's command and answers the case after it.
    async fn execute(
        &self,
        caller: StaffCaller,
        request: &CommandRequest,
        command: Command,
        lang: Lang,
    ) -> Answer {
        let session = self.session(caller).await?;
        let page = execute(&self.cases, &self.clock, &session, request, command).await?;
        self.view(&session, &page, lang).await
    }
}

body! {
    /// A reason. The public timeline may show it: write no names and no telephone numbers.
    pub(crate) struct ReasonBody {
        /// Up to 1,000 characters.
        reason: String = required text(1..=REASON_CHARS),
    }
}

/// Declares one command route: its path, its body, and the command that the body makes, unless the body is that
/// command.
macro_rules! command {
    ($(#[$doc:meta])* $name:ident, $path:literal, $body:ident $(, $command:expr)?) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "staff", security(("staff" = [])), request_body = $body,
            params(
                ("number" = String, Path, example = json!(zhitiao_domain::kernel::ids::CaseNumber::EXAMPLE)),
                ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
                ("If-Match" = String, Header, description = "The version that you read.", example = "\"3\""),
            ),
            responses(
                (status = 200, description = "The case after the command.", body = crate::case_view::CaseView),
                (status = 403, description = "You have no right to this.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 404, description = "There is no such case, or none that you may see.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 409, description = "The case has changed since the version in `If-Match`, or a photo arrived; `current_version` has the version now.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 422, description = "The rules refuse it.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
            ))]
        pub(crate) async fn $name(
            axum::extract::State(desk): axum::extract::State<std::sync::Arc<crate::Desk>>,
            zhitiao_edge::Language(lang): zhitiao_edge::Language,
            caller: zhitiao_edge::StaffCaller,
            zhitiao_edge::NumberInPath(id): zhitiao_edge::NumberInPath,
            key: zhitiao_edge::IdempotencyKey,
            zhitiao_edge::IfMatch(seen): zhitiao_edge::IfMatch,
            body: zhitiao_edge::JsonBody,
        ) -> super::Answer {
            let command_id = key.command_id(caller.subject.as_str(), $path, &body.fingerprint());
            let command = body.read($body::read)$(.map($command))??;
            let request = zhitiao_app::CommandRequest { id, key, command_id, seen };
            desk.execute(caller, &request, command, lang).await
        }
    };
}

pub(crate) mod assignment;
pub(crate) mod cooperation;
pub(crate) mod outcome;
pub(crate) mod promise;
pub(crate) mod publication;
pub(crate) mod supervision;
