//! Where the template is deployed.

/// The account number that every local ARN carries.
pub(crate) const ACCOUNT: &str = "000000000000";

/// Where the template is deployed: what the pseudo parameters stand for.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) stack: String,
    pub(crate) api_url: String,
    pub(crate) sqs_url: String,
}

impl Place {
    pub(crate) fn partition(&self) -> &'static str {
        if self.region.starts_with("cn-") {
            "aws-cn"
        } else {
            "aws"
        }
    }

    pub(crate) fn url_suffix(&self) -> &'static str {
        if self.region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        }
    }

    /// `arn:<partition>:<service>:<region>:<account>:<resource>`.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{ACCOUNT}:{resource}",
            self.partition(),
            self.region
        )
    }

    /// The name of a resource that has no explicit one.
    pub(crate) fn default_name(&self, logical: &str) -> String {
        format!("{}-{logical}", self.stack)
    }
}
