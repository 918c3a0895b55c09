"""Compares a whole stack with the template: every resource, every setting."""

import re

from botocore.exceptions import ClientError

import compare
import readers

# What this emulator takes from a template and does not keep, with what it answers instead. Whatever it learns to keep
# must leave this list: a setting that stands here and fits nevertheless is reported as well.
NOT_KEPT = {
    "AWS::ApiGatewayV2::DomainName": {"Tags": "nothing"},
    "AWS::CloudWatch::Dashboard": {"Tags": "nothing"},
    "AWS::DynamoDB::Table": {
        "PointInTimeRecoverySpecification": "never enabled",
        "SSESpecification": "never enabled",
        "TimeToLiveSpecification": "never enabled",
    },
    "AWS::KMS::Key": {"PendingWindowInDays": "nothing, as AWS: it counts when the key is deleted"},
    "AWS::Lambda::EventSourceMapping": {"Tags": "nothing"},
    "AWS::Lambda::Function": {"KmsKeyArn": "nothing"},
    "AWS::S3::Bucket": {
        "BucketEncryption": "its own default, without an algorithm",
        "LifecycleConfiguration": "nothing",
        "ReplicationConfiguration": "nothing",
        "Tags": "nothing",
    },
    "AWS::SecretsManager::Secret": {"GenerateSecretString.ExcludePunctuation": "punctuation in the secret"},
    "AWS::SNS::Topic": {"KmsMasterKeyId": "nothing"},
}

INDEX = re.compile(r":table/(?P<table>[^/]+)/index/(?P<index>.+)$")


def faults(stack):
    """A sentence for everything in which the stack is not what the template says."""
    found, seen = [], {}
    for logical_id in stack.wanted():
        resource_type = stack.template["Resources"][logical_id]["Type"]
        try:
            resource = stack.resource(logical_id)
        except (readers.Gone, ClientError) as error:
            found.append(f"{logical_id} ({resource_type}) is not there: {error}")
            continue
        for path, wanted, answered in compare.differences(stack.properties(logical_id), resource.properties):
            blind = next((one for one in NOT_KEPT.get(resource_type, {}) if within(path, one)), None)
            if blind:
                seen[resource_type, blind] = True
            else:
                found.append(f"{logical_id} ({resource_type}): {path} is {answered!r} and should be {wanted!r}")
    return found + list(kept_after_all(stack, seen))


def within(path, setting):
    return path == setting or path.startswith((f"{setting}.", f"{setting}["))


def kept_after_all(stack, seen):
    """The entries of `NOT_KEPT` that are not true any more."""
    for resource_type, settings in NOT_KEPT.items():
        for setting in settings:
            used = any(has(stack.properties(name), setting) for name in stack.of_type(resource_type))
            if used and (resource_type, setting) not in seen:
                yield f"{resource_type}: the emulator keeps {setting} by now: take it off NOT_KEPT in settings.py"


def has(properties, setting):
    """Whether properties say anything about a setting, `A.B`."""
    for name in setting.split("."):
        if name not in properties:
            return False
        properties = properties[name]
    return True


def missing_indexes(stack):
    """A sentence for every index that a role may use and no table of the stack has."""
    tables = {stack.physical[name]: name for name in stack.of_type("AWS::DynamoDB::Table")}
    for logical_id in stack.of_type("AWS::IAM::Role"):
        for target in targets(stack.properties(logical_id).get("Policies", [])):
            named = INDEX.search(target)
            if not named or named["index"] == "*" or named["table"] not in tables:
                continue
            table = tables[named["table"]]
            has = [one["IndexName"] for one in stack.resource(table).properties.get("GlobalSecondaryIndexes", [])]
            if named["index"] not in has:
                yield f"{logical_id} names the index {named['index']}, and {table} has only {', '.join(has)}"


def targets(policies):
    """Every resource that policies name."""
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            resources = statement["Resource"]
            yield from [resources] if isinstance(resources, str) else resources
