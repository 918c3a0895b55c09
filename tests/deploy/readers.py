"""Reads a resource back: what the emulator's APIs answer about it, under the names that CloudFormation gives.

One function per resource type. It gets the emulator, the physical id and the properties that the template wants, and
uses the latter only to find the resource. A resource that is not there raises `Gone` or the SDK's error for that.
"""

import base64
import hashlib
import json
import string
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from botocore.exceptions import ClientError, ParamValidationError


class Gone(Exception):
    """The resource does not exist."""


class Unreadable(Exception):
    """It is not said yet how to read this back."""


@dataclass
class Found:
    """A resource that exists: what `Ref` and `Fn::GetAtt` say of it, and its settings."""

    ref: str
    properties: dict
    attributes: dict = field(default_factory=dict)


READERS = {}


def reads(resource_type):
    def register(function):
        READERS[resource_type] = function
        return function

    return register


def read(emulator, resource_type, physical_id, wanted):
    """The resource as it is."""
    if resource_type not in READERS:
        raise Unreadable(f"tests/deploy/readers.py needs a reader for {resource_type}")
    return READERS[resource_type](emulator, physical_id, wanted)


def answered(call, **arguments):
    """What an API answers, or nothing where it says that there is nothing."""
    try:
        return call(**arguments)
    except (ClientError, ParamValidationError):
        return {}


def means_gone(error):
    """Whether an error of the SDK says that the resource does not exist; each service has words of its own for it."""
    code = error.response["Error"]["Code"]
    return any(word in code for word in ("NotFound", "NoSuch", "NonExistent", "404"))


def capitalized(value):
    """CloudFormation begins names with a capital where some APIs do not; names of tags are not theirs."""
    if isinstance(value, list):
        return [capitalized(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key[:1].upper() + key[1:]: item if key == "tags" else capitalized(item) for key, item in value.items()}


def only(items):
    """The one item that a list has to have."""
    if not items:
        raise Gone
    return items[0]


# --- API Gateway -----------------------------------------------------------------------------------------------------
# Read without the SDK: the emulator keeps nested settings of a template under CloudFormation's names, and the SDK drops
# what it does not know.


def gateway(emulator, path):
    try:
        with urllib.request.urlopen(f"{emulator.url}/v2/{path}", timeout=10) as answer:
            return capitalized(json.load(answer))
    except urllib.error.HTTPError as refusal:
        raise Gone(f"{path}: {refusal.code}") from refusal


@reads("AWS::ApiGatewayV2::Api")
def api(emulator, physical_id, _):
    found = gateway(emulator, f"apis/{physical_id}")
    return Found(physical_id, found, {"ApiId": physical_id, "ApiEndpoint": found["ApiEndpoint"]})


def part_of_api(collection, id_name):
    def reader(emulator, physical_id, wanted):
        part = physical_id.split("/")[-1]
        found = gateway(emulator, f"apis/{wanted['ApiId']}/{collection}/{urllib.parse.quote(part)}")
        return Found(part, {**found, "ApiId": wanted["ApiId"]}, {id_name: part})

    return reader


reads("AWS::ApiGatewayV2::Stage")(part_of_api("stages", "StageName"))
reads("AWS::ApiGatewayV2::Route")(part_of_api("routes", "RouteId"))
reads("AWS::ApiGatewayV2::Integration")(part_of_api("integrations", "IntegrationId"))
reads("AWS::ApiGatewayV2::Authorizer")(part_of_api("authorizers", "AuthorizerId"))


@reads("AWS::ApiGatewayV2::DomainName")
def domain_name(emulator, physical_id, _):
    found = capitalized(emulator.client("apigatewayv2").get_domain_name(DomainName=physical_id))
    return Found(physical_id, found, {"RegionalDomainName": found["DomainNameConfigurations"][0].get("ApiGatewayDomainName")})


@reads("AWS::ApiGatewayV2::ApiMapping")
def api_mapping(emulator, physical_id, wanted):
    mappings = emulator.client("apigatewayv2").get_api_mappings(DomainName=wanted["DomainName"])["Items"]
    found = only([one for one in mappings if one["ApiMappingId"] == physical_id.split("/")[-1]])
    return Found(physical_id, {**found, "DomainName": wanted["DomainName"]})


# The API has other names for these than CloudFormation.
OF_DISTRIBUTIONS = {
    "ACMCertificateArn": "AcmCertificateArn",
    "CustomHeaders": "OriginCustomHeaders",
    "IsIPV6Enabled": "IPV6Enabled",
    "OriginSslProtocols": "OriginSSLProtocols",
    "SSLSupportMethod": "SslSupportMethod",
}


@reads("AWS::CloudFront::Distribution")
def distribution(emulator, physical_id, _):
    def plain(value):
        if isinstance(value, dict) and "Quantity" in value:
            return plain(value.get("Items", []))
        if isinstance(value, dict):
            return {OF_DISTRIBUTIONS.get(key, key): plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    client = emulator.client("cloudfront")
    found = client.get_distribution(Id=physical_id)["Distribution"]
    tags = client.list_tags_for_resource(Resource=found["ARN"])["Tags"]["Items"]
    settings = {"DistributionConfig": plain(found["DistributionConfig"]), "Tags": tags}
    return Found(physical_id, settings, {"Id": physical_id, "DomainName": found["DomainName"]})


# --- Lambda ----------------------------------------------------------------------------------------------------------


@reads("AWS::Lambda::Function")
def function(emulator, physical_id, wanted):
    answer = emulator.client("lambda").get_function(FunctionName=physical_id)
    found, tags = answer["Configuration"], answer.get("Tags", {})
    package = emulator.client("s3").get_object(Bucket=wanted["Code"]["S3Bucket"], Key=wanted["Code"]["S3Key"])
    digest = base64.b64encode(hashlib.sha256(package["Body"].read()).digest()).decode()
    # The code is the package's if its digest is.
    code = wanted["Code"] if found["CodeSha256"] == digest else {"S3Key": f"another package than {wanted['Code']}"}
    settings = {**found, "Code": code, "Tags": tags, **answer.get("Concurrency", {})}
    return Found(physical_id, settings, {"Arn": found["FunctionArn"]})


@reads("AWS::Lambda::Version")
def version(emulator, physical_id, wanted):
    number = physical_id.rsplit(":", 1)[-1]
    names = {"FunctionName": wanted["FunctionName"], "Qualifier": number}
    found = emulator.client("lambda").get_function_configuration(**names)
    return Found(physical_id, {"FunctionName": found["FunctionName"]}, {"Version": number})


@reads("AWS::Lambda::Alias")
def function_alias(emulator, physical_id, wanted):
    names = {name: wanted[name] for name in ("FunctionName", "Name")}
    return Found(physical_id, {**emulator.client("lambda").get_alias(**names), "FunctionName": wanted["FunctionName"]})


@reads("AWS::Lambda::Permission")
def permission(emulator, physical_id, wanted):
    policy = emulator.client("lambda").get_policy(FunctionName=wanted["FunctionName"])["Policy"]
    statement = only([one for one in json.loads(policy)["Statement"] if one["Sid"] == physical_id])
    conditions = {key.lower(): value for test in statement.get("Condition", {}).values() for key, value in test.items()}
    found = {
        "Action": statement["Action"],
        "FunctionName": statement["Resource"],
        "Principal": statement["Principal"]["Service"],
        "SourceArn": conditions.get("aws:sourcearn"),
        "SourceAccount": conditions.get("aws:sourceaccount"),
    }
    return Found(physical_id, found)


@reads("AWS::Lambda::EventSourceMapping")
def mapping(emulator, physical_id, _):
    client = emulator.client("lambda")
    found = client.get_event_source_mapping(UUID=physical_id)
    tags = answered(client.list_tags, Resource=found.get("EventSourceMappingArn", "")).get("Tags", {})
    return Found(physical_id, {**found, "FunctionName": found["FunctionArn"], "Tags": tags})


@reads("AWS::Lambda::EventInvokeConfig")
def invoke_config(emulator, physical_id, wanted):
    names = {name: wanted[name] for name in ("FunctionName", "Qualifier")}
    return Found(physical_id, {**emulator.client("lambda").get_function_event_invoke_config(**names), **names})


# --- Data ------------------------------------------------------------------------------------------------------------


@reads("AWS::DynamoDB::Table")
def table(emulator, physical_id, _):
    client = emulator.client("dynamodb")
    found = client.describe_table(TableName=physical_id)["Table"]
    backups = client.describe_continuous_backups(TableName=physical_id)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    expiry = client.describe_time_to_live(TableName=physical_id)["TimeToLiveDescription"]
    found |= {
        "BillingMode": found.get("BillingModeSummary", {}).get("BillingMode"),
        "SSESpecification": {"SSEEnabled": found.get("SSEDescription", {}).get("Status") == "ENABLED"},
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
        },
        "TimeToLiveSpecification": {
            "AttributeName": expiry.get("AttributeName"),
            "Enabled": expiry.get("TimeToLiveStatus") == "ENABLED",
        },
        "Tags": client.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"],
    }
    return Found(physical_id, found, {"Arn": found["TableArn"], "StreamArn": found.get("LatestStreamArn")})


@reads("AWS::S3::Bucket")
def bucket(emulator, physical_id, _):
    client = emulator.client("s3")
    client.head_bucket(Bucket=physical_id)
    named = {"Bucket": physical_id}
    notifications = answered(client.get_bucket_notification_configuration, **named)
    lambdas = [
        {"Event": event, "Function": one["LambdaFunctionArn"]}
        for one in notifications.get("LambdaFunctionConfigurations", [])
        for event in one["Events"]
    ]
    cors = [
        {"MaxAge": rule.pop("MaxAgeSeconds", None), "ExposedHeaders": rule.pop("ExposeHeaders", []), **rule}
        for rule in answered(client.get_bucket_cors, **named).get("CORSRules", [])
    ]
    found = {
        "BucketName": physical_id,
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": answered(client.get_bucket_encryption, **named)
            .get("ServerSideEncryptionConfiguration", {})
            .get("Rules", [])
        },
        "OwnershipControls": answered(client.get_bucket_ownership_controls, **named).get("OwnershipControls"),
        "PublicAccessBlockConfiguration": answered(client.get_public_access_block, **named).get(
            "PublicAccessBlockConfiguration"
        ),
        "CorsConfiguration": {"CorsRules": cors},
        "LifecycleConfiguration": answered(client.get_bucket_lifecycle_configuration, **named),
        "NotificationConfiguration": {"LambdaConfigurations": lambdas},
        "VersioningConfiguration": answered(client.get_bucket_versioning, **named),
        "Tags": answered(client.get_bucket_tagging, **named).get("TagSet", []),
    }
    return Found(physical_id, found, {"Arn": f"arn:aws:s3:::{physical_id}"})


@reads("AWS::S3::BucketPolicy")
def bucket_policy(emulator, physical_id, wanted):
    policy = emulator.client("s3").get_bucket_policy(Bucket=wanted["Bucket"])["Policy"]
    return Found(physical_id, {"Bucket": wanted["Bucket"], "PolicyDocument": policy})


@reads("AWS::SecretsManager::Secret")
def secret(emulator, physical_id, wanted):
    client = emulator.client("secretsmanager")
    found = client.describe_secret(SecretId=physical_id)
    if "DeletedDate" in found:
        raise Gone
    value = client.get_secret_value(SecretId=physical_id)["SecretString"]
    excluded = wanted.get("GenerateSecretString", {}).get("ExcludeCharacters", "")
    generated = {
        "PasswordLength": len(value),
        "ExcludeCharacters": "".join(one for one in excluded if one not in value),
        "ExcludePunctuation": not set(value) & set(string.punctuation),
    }
    return Found(found["ARN"], {**found, "SecretString": value, "GenerateSecretString": generated})


@reads("AWS::KMS::Key")
def key(emulator, physical_id, _):
    client, named = emulator.client("kms"), {"KeyId": physical_id}
    found = client.describe_key(**named)["KeyMetadata"]
    if found["KeyState"] == "PendingDeletion":
        raise Gone
    tags = client.list_resource_tags(**named)["Tags"]
    found |= {
        "KeyPolicy": client.get_key_policy(**named, PolicyName="default")["Policy"],
        "EnableKeyRotation": client.get_key_rotation_status(**named)["KeyRotationEnabled"],
        "Tags": {tag["TagKey"]: tag["TagValue"] for tag in tags},
    }
    return Found(physical_id, found, {"Arn": found["Arn"], "KeyId": physical_id})


@reads("AWS::KMS::Alias")
def alias(emulator, physical_id, _):
    aliases = emulator.client("kms").list_aliases()["Aliases"]
    return Found(physical_id, only([one for one in aliases if one["AliasName"] == physical_id]))


# --- The rest --------------------------------------------------------------------------------------------------------


@reads("AWS::SQS::Queue")
def queue(emulator, physical_id, _):
    client = emulator.client("sqs")
    found = client.get_queue_attributes(QueueUrl=physical_id, AttributeNames=["All"])["Attributes"]
    found["Tags"] = client.list_queue_tags(QueueUrl=physical_id).get("Tags", {})
    found["QueueName"] = found["QueueArn"].split(":")[-1]
    return Found(physical_id, found, {"Arn": found["QueueArn"], "QueueName": found["QueueName"]})


@reads("AWS::SQS::QueuePolicy")
def queue_policy(emulator, physical_id, wanted):
    (url,) = wanted["Queues"]
    found = emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return Found(physical_id, {"Queues": [url], "PolicyDocument": only([found.get("Policy")])})


@reads("AWS::SNS::TopicPolicy")
def topic_policy(emulator, physical_id, wanted):
    (topic_arn,) = wanted["Topics"]
    found = emulator.client("sns").get_topic_attributes(TopicArn=topic_arn)["Attributes"]
    return Found(physical_id, {"Topics": [topic_arn], "PolicyDocument": found["Policy"]})


@reads("AWS::SNS::Topic")
def topic(emulator, physical_id, _):
    client = emulator.client("sns")
    found = client.get_topic_attributes(TopicArn=physical_id)["Attributes"]
    found["Tags"] = client.list_tags_for_resource(ResourceArn=physical_id)["Tags"]
    return Found(physical_id, found, {"TopicArn": physical_id, "TopicName": physical_id.split(":")[-1]})


@reads("AWS::SNS::Subscription")
def subscription(emulator, physical_id, wanted):
    subscriptions = emulator.client("sns").list_subscriptions_by_topic(TopicArn=wanted["TopicArn"])["Subscriptions"]
    return Found(physical_id, only([one for one in subscriptions if one["SubscriptionArn"] == physical_id]))


@reads("AWS::IAM::Role")
def role(emulator, physical_id, _):
    client = emulator.client("iam")
    found = client.get_role(RoleName=physical_id)["Role"]
    found["Policies"] = [
        client.get_role_policy(RoleName=physical_id, PolicyName=name)
        for name in client.list_role_policies(RoleName=physical_id)["PolicyNames"]
    ]
    attached = client.list_attached_role_policies(RoleName=physical_id)["AttachedPolicies"]
    found["ManagedPolicyArns"] = [policy["PolicyArn"] for policy in attached]
    return Found(physical_id, found, {"Arn": found["Arn"]})


@reads("AWS::Logs::LogGroup")
def log_group(emulator, physical_id, _):
    groups = emulator.client("logs").describe_log_groups(logGroupNamePrefix=physical_id)["logGroups"]
    found = capitalized(only([group for group in groups if group["logGroupName"] == physical_id]))
    arn = found["Arn"].removesuffix(":*")
    found["Tags"] = emulator.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    return Found(physical_id, found, {"Arn": found["Arn"]})


@reads("AWS::Logs::MetricFilter")
def metric_filter(emulator, physical_id, wanted):
    group = wanted["LogGroupName"]
    filters = emulator.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    return Found(physical_id, capitalized(only([one for one in filters if one["filterName"] == physical_id])))


@reads("AWS::Events::Rule")
def event_rule(emulator, physical_id, _):
    client, name = emulator.client("events"), physical_id.split("/")[-1]
    found = client.describe_rule(Name=name)
    found["Targets"] = client.list_targets_by_rule(Rule=name)["Targets"]
    found["Tags"] = client.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]
    return Found(physical_id, found, {"Arn": found["Arn"]})


@reads("AWS::CloudWatch::Alarm")
def alarm(emulator, physical_id, _):
    client = emulator.client("cloudwatch")
    found = only(client.describe_alarms(AlarmNames=[physical_id])["MetricAlarms"])
    found["Tags"] = client.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    return Found(physical_id, found, {"Arn": found["AlarmArn"]})


@reads("AWS::CloudWatch::Dashboard")
def dashboard(emulator, physical_id, _):
    return Found(physical_id, emulator.client("cloudwatch").get_dashboard(DashboardName=physical_id))


@reads("AWS::Scheduler::Schedule")
def schedule(emulator, physical_id, _):
    found = emulator.client("scheduler").get_schedule(Name=physical_id)
    return Found(physical_id, found, {"Arn": found["Arn"]})
