//! The resource types that have a local behavior, and the properties that are understood.
//!
//! A property that is neither understood nor on the type's `ignored` list refuses to start: what the
//! local cloud cannot imitate must not look as if it worked.

mod sqs;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use sqs::{QueueMappingProps, QueueProps, RedrivePermission};

/// A supported resource type.
#[derive(Debug)]
pub(crate) struct Kind {
    /// CloudFormation's name of the type.
    pub(crate) name: &'static str,
    /// The property that holds the resource's own name.
    pub(crate) name_property: Option<&'static str>,
    /// Properties that change nothing that can be seen from inside the application.
    pub(crate) ignored: &'static [&'static str],
}

pub(crate) const FUNCTION: Kind = Kind {
    name: "AWS::Serverless::Function",
    name_property: Some("FunctionName"),
    ignored: &[
        "Architectures",
        // A version is what runs anyway: the template is read once.
        "AutoPublishCodeSha256",
        "DeploymentPreference",
        "Description",
        "EphemeralStorage",
        "FunctionName",
        "Handler",
        "KmsKeyArn",
        "LoggingConfig",
        "PackageType",
        "PropagateTags",
        "Runtime",
        "Tags",
        "Tracing",
    ],
};
pub(crate) const INVOKE_CONFIG: Kind = Kind {
    name: "AWS::Lambda::EventInvokeConfig",
    name_property: None,
    ignored: &[],
};
pub(crate) const STREAM_MAPPING: Kind = Kind {
    name: "AWS::Lambda::EventSourceMapping",
    name_property: None,
    // A window only delays, and one lane per shard is the strictest order: both may be left out.
    ignored: &[
        "MaximumBatchingWindowInSeconds",
        "ParallelizationFactor",
        "Tags",
    ],
};
pub(crate) const QUEUE_MAPPING: Kind = Kind {
    name: STREAM_MAPPING.name,
    name_property: None,
    ignored: &["Tags"],
};
pub(crate) const TABLE: Kind = Kind {
    name: "AWS::DynamoDB::Table",
    name_property: Some("TableName"),
    ignored: &[
        "ContributorInsightsSpecification",
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "TableClass",
        "TableName",
        "Tags",
    ],
};
pub(crate) const BUCKET: Kind = Kind {
    name: "AWS::S3::Bucket",
    name_property: Some("BucketName"),
    ignored: &[
        "BucketEncryption",
        "BucketName",
        "LoggingConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "ReplicationConfiguration",
        "Tags",
        "VersioningConfiguration",
    ],
};
pub(crate) const QUEUE: Kind = Kind {
    name: "AWS::SQS::Queue",
    name_property: Some("QueueName"),
    ignored: &[
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "QueueName",
        "SqsManagedSseEnabled",
        "Tags",
    ],
};
pub(crate) const SECRET: Kind = Kind {
    name: "AWS::SecretsManager::Secret",
    name_property: Some("Name"),
    ignored: &["Description", "KmsKeyId", "Name", "ReplicaRegions", "Tags"],
};
pub(crate) const SCHEDULE: Kind = Kind {
    name: "AWS::Scheduler::Schedule",
    name_property: Some("Name"),
    ignored: &[
        "Description",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "Name",
    ],
};
pub(crate) const API: Kind = Kind {
    name: "AWS::ApiGatewayV2::Api",
    name_property: Some("Name"),
    ignored: &["Description", "DisableExecuteApiEndpoint", "Name", "Tags"],
};
pub(crate) const STAGE: Kind = Kind {
    name: "AWS::ApiGatewayV2::Stage",
    name_property: Some("StageName"),
    ignored: &["AccessLogSettings", "Description", "Tags"],
};
pub(crate) const INTEGRATION: Kind = Kind {
    name: "AWS::ApiGatewayV2::Integration",
    name_property: None,
    ignored: &["Description", "IntegrationMethod"],
};
pub(crate) const ROUTE: Kind = Kind {
    name: "AWS::ApiGatewayV2::Route",
    name_property: None,
    ignored: &["OperationName"],
};
pub(crate) const AUTHORIZER: Kind = Kind {
    name: "AWS::ApiGatewayV2::Authorizer",
    name_property: None,
    ignored: &["Name"],
};

const SUPPORTED: &[Kind] = &[
    FUNCTION,
    INVOKE_CONFIG,
    STREAM_MAPPING,
    TABLE,
    BUCKET,
    QUEUE,
    SECRET,
    SCHEDULE,
    API,
    STAGE,
    INTEGRATION,
    ROUTE,
    AUTHORIZER,
];

/// Types that nothing inside the application can notice, or that only the permission check reads.
const SKIPPED: &[&str] = &[
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Events::ApiDestination",
    "AWS::Events::Connection",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
];

/// The supported type of that name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    SUPPORTED.iter().find(|kind| kind.name == name)
}

/// Whether a type is known to need no local behavior.
pub(crate) fn is_skipped(name: &str) -> bool {
    SKIPPED.contains(&name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FunctionProps {
    pub(crate) code_uri: String,
    #[serde(default = "default_memory")]
    pub(crate) memory_size: u32,
    #[serde(default = "default_timeout")]
    pub(crate) timeout: u64,
    #[serde(default)]
    pub(crate) environment: Environment,
    pub(crate) role: Option<String>,
    pub(crate) auto_publish_alias: Option<String>,
    pub(crate) reserved_concurrent_executions: Option<u32>,
    pub(crate) event_invoke_config: Option<SamInvokeConfig>,
}

impl FunctionProps {
    /// The short name: the folder of the package, the binary, the log.
    pub(crate) fn short_name(&self) -> String {
        let folder = self.code_uri.trim_end_matches('/').rsplit('/').next();
        folder.unwrap_or_default().to_owned()
    }
}

/// Lambda's defaults: 128 MB and 3 seconds.
fn default_memory() -> u32 {
    128
}

fn default_timeout() -> u64 {
    3
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Environment {
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SamInvokeConfig {
    pub(crate) maximum_retry_attempts: Option<u32>,
    #[serde(rename = "MaximumEventAgeInSeconds")]
    pub(crate) _maximum_event_age: Option<u32>,
    pub(crate) destination_config: Option<DestinationConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct InvokeConfigProps {
    pub(crate) function_name: String,
    pub(crate) qualifier: String,
    pub(crate) maximum_retry_attempts: Option<u32>,
    #[serde(rename = "MaximumEventAgeInSeconds")]
    pub(crate) _maximum_event_age: Option<u32>,
    pub(crate) destination_config: Option<DestinationConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DestinationConfig {
    pub(crate) on_failure: Option<Destination>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Destination {
    pub(crate) destination: String,
    #[serde(rename = "Type")]
    pub(crate) _type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct MappingProps {
    pub(crate) event_source_arn: String,
    pub(crate) function_name: String,
    pub(crate) starting_position: StartingPosition,
    #[serde(default = "default_batch")]
    pub(crate) batch_size: usize,
    #[serde(default)]
    pub(crate) bisect_batch_on_function_error: bool,
    #[serde(default = "endless")]
    pub(crate) maximum_retry_attempts: i64,
    #[serde(default = "endless")]
    pub(crate) maximum_record_age_in_seconds: i64,
    #[serde(default)]
    pub(crate) function_response_types: Vec<String>,
    pub(crate) destination_config: Option<DestinationConfig>,
    pub(crate) filter_criteria: Option<FilterCriteria>,
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

/// Lambda's default for DynamoDB streams.
fn default_batch() -> usize {
    100
}

/// Lambda's default: retry until the record leaves the stream.
fn endless() -> i64 {
    -1
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum StartingPosition {
    TrimHorizon,
    Latest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FilterCriteria {
    pub(crate) filters: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Filter {
    pub(crate) pattern: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "CloudFormation's names")]
pub(crate) struct BucketProps {
    pub(crate) notification_configuration: Option<NotificationConfiguration>,
    pub(crate) cors_configuration: Option<BucketCors>,
    pub(crate) lifecycle_configuration: Option<Lifecycle>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct NotificationConfiguration {
    #[serde(default)]
    pub(crate) lambda_configurations: Vec<LambdaConfiguration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LambdaConfiguration {
    pub(crate) event: String,
    pub(crate) function: String,
    pub(crate) filter: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct BucketCors {
    pub(crate) cors_rules: Vec<CorsRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CorsRule {
    #[serde(default)]
    pub(crate) allowed_origins: Vec<String>,
    #[serde(default)]
    pub(crate) allowed_methods: Vec<String>,
    #[serde(default)]
    pub(crate) allowed_headers: Vec<String>,
    #[serde(default)]
    pub(crate) exposed_headers: Vec<String>,
    pub(crate) max_age: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Lifecycle {
    pub(crate) rules: Vec<LifecycleRule>,
}

/// Parts of an upload that broke off are no objects here, and no bucket keeps older versions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LifecycleRule {
    #[serde(rename = "Id")]
    _id: Option<String>,
    #[serde(rename = "AbortIncompleteMultipartUpload")]
    _abort: Option<Value>,
    #[serde(rename = "NoncurrentVersionExpiration")]
    _noncurrent: Option<Value>,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) expiration_in_days: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SecretProps {
    pub(crate) secret_string: Option<String>,
    pub(crate) generate_secret_string: Option<GenerateSecret>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "CloudFormation's switches")]
pub(crate) struct GenerateSecret {
    #[serde(default = "default_password_length")]
    pub(crate) password_length: usize,
    #[serde(default)]
    pub(crate) exclude_characters: String,
    #[serde(default)]
    pub(crate) exclude_lowercase: bool,
    #[serde(default)]
    pub(crate) exclude_uppercase: bool,
    #[serde(default)]
    pub(crate) exclude_numbers: bool,
    #[serde(default)]
    pub(crate) exclude_punctuation: bool,
    #[serde(rename = "IncludeSpace", default)]
    pub(crate) _include_space: bool,
    #[serde(rename = "RequireEachIncludedType", default)]
    pub(crate) _require_each_included_type: bool,
    pub(crate) secret_string_template: Option<String>,
    pub(crate) generate_string_key: Option<String>,
}

/// Secrets Manager's default.
fn default_password_length() -> usize {
    32
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ScheduleProps {
    pub(crate) schedule_expression: String,
    pub(crate) state: Option<String>,
    pub(crate) target: ScheduleTarget,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ScheduleTarget {
    pub(crate) arn: String,
    pub(crate) role_arn: String,
    pub(crate) input: Option<String>,
    #[serde(rename = "RetryPolicy")]
    pub(crate) _retry_policy: Option<Value>,
    #[serde(rename = "DeadLetterConfig")]
    pub(crate) _dead_letter_config: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ApiProps {
    pub(crate) protocol_type: String,
    pub(crate) cors_configuration: Option<ApiCors>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ApiCors {
    #[serde(default)]
    pub(crate) allow_origins: Vec<String>,
    #[serde(default)]
    pub(crate) allow_methods: Vec<String>,
    #[serde(default)]
    pub(crate) allow_headers: Vec<String>,
    #[serde(default)]
    pub(crate) expose_headers: Vec<String>,
    #[serde(default)]
    pub(crate) allow_credentials: bool,
    pub(crate) max_age: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct StageProps {
    pub(crate) api_id: String,
    pub(crate) stage_name: String,
    #[serde(default)]
    pub(crate) auto_deploy: bool,
    #[serde(default)]
    pub(crate) default_route_settings: RouteSettings,
    #[serde(default)]
    pub(crate) route_settings: BTreeMap<String, RouteSettings>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RouteSettings {
    pub(crate) throttling_burst_limit: Option<u32>,
    pub(crate) throttling_rate_limit: Option<f64>,
    #[serde(rename = "DetailedMetricsEnabled")]
    pub(crate) _detailed_metrics: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct IntegrationProps {
    pub(crate) api_id: String,
    pub(crate) integration_type: String,
    pub(crate) integration_uri: String,
    pub(crate) payload_format_version: String,
    pub(crate) timeout_in_millis: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RouteProps {
    pub(crate) api_id: String,
    pub(crate) route_key: String,
    pub(crate) target: String,
    pub(crate) authorization_type: Option<String>,
    pub(crate) authorizer_id: Option<String>,
    #[serde(default)]
    pub(crate) authorization_scopes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct AuthorizerProps {
    pub(crate) api_id: String,
    pub(crate) authorizer_type: String,
    pub(crate) identity_source: Vec<String>,
    pub(crate) jwt_configuration: JwtConfiguration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct JwtConfiguration {
    pub(crate) issuer: String,
    pub(crate) audience: Vec<String>,
}
