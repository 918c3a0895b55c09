"""Settings of AWS that deploy well and are wrong all the same, as one table: a new one is a row, not a rule."""

import re
from dataclasses import dataclass
from math import inf

from cfnlint.rules import CloudFormationLintRule
from rules.walk import FUNCTION, choices, fault, found, named, numbers

STREAM, SCHEDULE, BUCKET = "AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule", "AWS::S3::Bucket"
TABLE, QUEUE, STAGE = "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::ApiGatewayV2::Stage"


@dataclass(frozen=True)
class Between:
    """A number within bounds; absent things count as a number, or as fine where none is given."""

    least: float
    most: float
    absent: float | None = None

    def fits(self, cfn, value):
        if value is None and self.absent is None:
            return True
        return all(self.least <= one <= self.most for one in numbers(cfn, value, absent=self.absent))

    def __str__(self):
        return f"between {self.least:g} and {self.most:g}" if self.most < inf else f"at least {self.least:g}"


@dataclass(frozen=True)
class OneOf:
    """One of some values; None among them means that it may be left out."""

    values: tuple

    def fits(self, cfn, value):
        return all(_plain(one) in self.values for one in choices(cfn, value))

    def __str__(self):
        return " or ".join("nothing" if one is None else str(one) for one in self.values)


@dataclass(frozen=True)
class Like:
    """A text that fits a pattern, as it is written; None fits as well."""

    pattern: str

    def fits(self, cfn, value):
        text = value.get("Fn::Sub", "") if isinstance(value, dict) else value
        return value is None or re.fullmatch(self.pattern, str(text)) is not None

    def __str__(self):
        return f"like {self.pattern}"


def spread(value, path):
    """All that may stand at a path, also within each entry of the lists on the way."""
    for one in found(value):
        if isinstance(one, list):
            for entry in one:
                yield from spread(entry, path)
        elif not path:
            yield one
        else:
            yield from spread(one.get(path[0]) if isinstance(one, dict) else None, path[1:])


def is_of_queue(cfn, mapping):
    """Whether a mapping reads a queue, which has no position."""
    return bool(named(found(mapping, "Properties", "EventSourceArn")) & set(cfn.get_resources([QUEUE])))


def _plain(value):
    return str(value).lower() if isinstance(value, bool) else value


NOTHING = OneOf((None,))

# Types, the path of a setting, what it may be, and why.
SETTINGS = (
    ((STREAM,), ("StartingPosition",), OneOf(("TRIM_HORIZON",)), "LATEST loses what was written while the mapping was made"),
    ((STREAM,), ("BatchSize",), Between(1, 100), "a batch must be handled within the function's time-out"),
    ((STREAM,), ("MaximumBatchingWindowInSeconds",), Between(0, 1, 0), "a notice must not wait for others"),
    ((STREAM,), ("MaximumRetryAttempts",), Between(3, 100), "a dependency that is away for a minute must not cost a record"),
    ((STREAM,), ("MaximumRecordAgeInSeconds",), Between(3600, 86_399), "an hour's outage must not cost records, nor a day's block them"),
    ((STREAM,), ("ParallelizationFactor",), Between(1, 10, 1), "Lambda takes 1 to 10"),
    ((STREAM,), ("TumblingWindowInSeconds",), NOTHING, "the functions keep no state between batches"),
    ((SCHEDULE,), ("FlexibleTimeWindow", "Mode"), OneOf(("OFF",)), "a tick that may wait makes reminders late"),
    ((SCHEDULE,), ("ScheduleExpression",), Like(r"rate\((1 minute|5 minutes|15 minutes)\)"), "what is due waits for the next tick"),
    ((SCHEDULE,), ("StartDate",), NOTHING, "ticks begin with the deployment"),
    ((SCHEDULE,), ("EndDate",), NOTHING, "reminders never stop"),
    ((SCHEDULE,), ("Target", "RetryPolicy", "MaximumEventAgeInSeconds"), Between(60, 900), "an old tick is overtaken by the next"),
    ((SCHEDULE,), ("Target", "RetryPolicy", "MaximumRetryAttempts"), Between(1, 10), "a tick is tried again, and not for ever"),
    ((SCHEDULE,), ("Target", "Input"), NOTHING, "the functions know the event of a schedule by what Scheduler sends itself"),
    (("AWS::Lambda::EventInvokeConfig",), ("MaximumEventAgeInSeconds",), Between(60, 21_600), "below 60 Lambda refuses it, beyond it acts on the past"),
    (("AWS::Lambda::EventInvokeConfig",), ("Qualifier",), OneOf(("live",)), "the sources call the function by its alias"),
    (FUNCTION, ("Timeout",), Between(5, 120), "a cold start takes seconds, and nothing here takes minutes"),
    (FUNCTION, ("MemorySize",), Between(256, 3008, 128), "CPU grows with memory; China takes 3008 at most"),
    (FUNCTION, ("EphemeralStorage", "Size"), Between(512, 512, 512), "nothing here writes files"),
    (FUNCTION, ("Runtime",), OneOf(("provided.al2023",)), "the functions are built for its glibc"),
    (FUNCTION, ("Layers",), NOTHING, "the archive is all that runs"),
    (FUNCTION, ("VpcConfig",), NOTHING, "without a VPC there is no way to lose the network"),
    ((BUCKET,), ("LoggingConfiguration",), NOTHING, "an access log keeps the address of every reader"),
    ((BUCKET,), ("ObjectLockEnabled",), OneOf((None, "false")), "what must be erased could not be"),
    ((BUCKET,), ("ObjectLockConfiguration",), NOTHING, "what must be erased could not be"),
    ((BUCKET,), ("IntelligentTieringConfigurations",), NOTHING, "photos are read for years, and archives answer in hours"),
    ((BUCKET,), ("AccelerateConfiguration",), NOTHING, "there is none in China"),
    ((BUCKET,), ("OwnershipControls", "Rules", "ObjectOwnership"), OneOf(("BucketOwnerEnforced",)), "a list of rights on an object could make it public"),
    ((BUCKET,), ("NotificationConfiguration", "LambdaConfigurations", "Event"), OneOf((None, "s3:ObjectCreated:*")), "an upload in another way would lie unseen"),
    ((BUCKET,), ("NotificationConfiguration", "LambdaConfigurations", "Filter"), NOTHING, "uploads under another key would lie unseen"),
    ((TABLE,), ("BillingMode",), OneOf(("PAY_PER_REQUEST",)), "a fixed capacity throttles the one busy morning"),
    ((TABLE,), ("TableClass",), OneOf((None, "STANDARD")), "the infrequent class costs more for what is read daily"),
    ((TABLE,), ("GlobalSecondaryIndexes", "Projection", "ProjectionType"), OneOf((None, "INCLUDE", "KEYS_ONLY")), "a copy of everything doubles each write, and shows what only the head may hold"),
    ((TABLE,), ("KinesisStreamSpecification",), NOTHING, "nobody reads it"),
    ((QUEUE,), ("DelaySeconds",), Between(0, 0, 0), "what was put in is worked on at once"),
    ((QUEUE,), ("ReceiveMessageWaitTimeSeconds",), Between(0, 20, 0), "SQS takes 20 at most"),
    ((STAGE,), ("StageName",), OneOf(("$default",)), "addresses have no stage in front"),
    ((STAGE,), ("AutoDeploy",), OneOf(("true",)), "a new route would answer nothing"),
    ((STAGE,), ("DefaultRouteSettings", "DetailedMetricsEnabled"), OneOf(("true",)), "the dashboard shows routes"),
    ((STAGE,), ("RouteSettings",), NOTHING, "a route with limits of its own escapes RouteRate"),
    (("AWS::ApiGatewayV2::Api",), ("DisableExecuteApiEndpoint",), OneOf((None, "false")), "CloudFront and the output ApiUrl lead there"),
    (("AWS::ApiGatewayV2::Api",), ("CorsConfiguration", "AllowCredentials"), OneOf((None, "false")), "no cookie is ever used"),
    (("AWS::ApiGatewayV2::Api",), ("CorsConfiguration", "MaxAge"), Between(60, 7200), "a preflight for each call doubles the requests"),
    (("AWS::ApiGatewayV2::Integration",), ("TimeoutInMillis",), Between(10_001, 30_000), "the function answers within ten seconds"),
    (("AWS::ApiGatewayV2::Authorizer",), ("IdentitySource",), OneOf(("$request.header.Authorization",)), "a token in an address gets logged"),
    (("AWS::ApiGatewayV2::Authorizer",), ("JwtConfiguration", "Audience"), OneOf(("zhitiao-desk",)), "a token for another application must not open the desk"),
    (("AWS::SNS::Subscription",), ("Protocol",), OneOf(("email",)), "nobody confirms another kind"),
    (("AWS::Budgets::Budget",), ("Budget", "CostFilters", "TagKeyValue"), OneOf(("user:application$zhitiao",)), "it would count what the rest of the account costs"),
    (("AWS::Budgets::Budget",), ("NotificationsWithSubscribers", "Notification", "Threshold"), Between(50, 100), "beyond it the money is spent"),
    (("AWS::Logs::MetricFilter",), ("MetricTransformations", "MetricNamespace"), Like(r"Zhitiao/\$\{AWS::StackName\}"), "alarms look there"),
    (("AWS::KMS::Key",), ("RotationPeriodInDays",), Between(90, 365, 365), "the description promises a year"),
    (("AWS::KMS::Key",), ("PendingWindowInDays",), Between(30, 30, 30), "a person who deletes the key by mistake needs the time"),
    (("AWS::KMS::Key",), ("Enabled",), OneOf((None, "true")), "nothing could be read"),
    (("AWS::KMS::Key",), ("KeySpec",), OneOf((None, "SYMMETRIC_DEFAULT")), "services encrypt by symmetric keys only"),
    (("AWS::KMS::Key",), ("MultiRegion",), OneOf((None, "false")), "a copy in another region takes the data there"),
    (("AWS::SecretsManager::Secret",), ("GenerateSecretString", "PasswordLength"), Between(32, 128), "a short secret can be guessed"),
    (("AWS::SecretsManager::Secret",), ("GenerateSecretString", "ExcludePunctuation"), OneOf((None, "true")), "a comma separates secrets"),
    (("AWS::SecretsManager::Secret",), ("ReplicaRegions",), NOTHING, "a copy in another region takes the data there"),
    (("AWS::Logs::LogGroup",), ("RetentionInDays",), Between(180, 3653, 0), "China's law and the description promise six months"),
    (("AWS::Logs::LogGroup",), ("LogGroupName",), Like(r"/aws/(lambda|apigateway)/\$\{AWS::StackName\}/[a-z-]+"), "the key serves these only"),
    (("AWS::Logs::LogGroup",), ("LogGroupClass",), OneOf((None, "STANDARD")), "filters and saved queries read the standard class only"),
    (("AWS::Events::Rule",), ("State",), OneOf((None, "ENABLED")), "it would tell nobody"),
    (("AWS::CloudFront::Distribution",), ("DistributionConfig", "Enabled"), OneOf(("true",)), "it would answer nobody"),
    (("AWS::CloudFront::Distribution",), ("DistributionConfig", "Origins", "CustomOriginConfig", "OriginProtocolPolicy"), OneOf(("https-only",)), "the secret must not travel in the clear"),
    (("AWS::CloudFront::Distribution",), ("DistributionConfig", "Origins", "CustomOriginConfig", "OriginReadTimeout"), Between(20, 60), "an answer may take as long as the API waits"),
    (("AWS::CloudFront::Distribution",), ("DistributionConfig", "Logging"), NOTHING, "its log keeps the address of every reader"),
    (
        ("AWS::CloudFront::Distribution",), ("DistributionConfig", "DefaultCacheBehavior", "OriginRequestPolicyId"),
        OneOf(("b689b0a8-53d0-40ab-baf2-68738e2966ac",)), "API Gateway needs its own Host, and the functions all other headers",
    ),
)


class Settings(CloudFormationLintRule):
    """Settings that are wrong although AWS takes them."""

    id = "E9901"
    shortdesc = "A setting is one that the service can live with"
    description = "AWS takes many values that make reminders late, photos immortal or secrets short. SETTINGS lists them."

    def match(self, cfn):
        for kinds, path, allowed, why in SETTINGS:
            for name, resource in cfn.get_resources(list(kinds)).items():
                if path == ("StartingPosition",) and is_of_queue(cfn, resource):
                    continue
                for value in spread(resource.get("Properties"), path):
                    if value is None and isinstance(allowed, Between) and path[0] in ("GenerateSecretString", "Target"):
                        continue
                    if not allowed.fits(cfn, value):
                        yield fault(name, f"has a {'.'.join(path)} that will not do: {why}. It may be {allowed}.", path[0])
