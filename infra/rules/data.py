"""Tables, buckets and secrets: they outlive the stack, can be restored, and are closed to others."""

import re

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.walk import each, fault, found, is_true, named, numbers, references, resources, sources

TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"
# For how long an upload may lie that was not taken over; what keeps a rule from meaning all objects; what takes objects
# away.
UPLOAD_DAYS = 1
# Where the store names the attribute that items expire by.
TTL = re.compile(r'"#ttl", "(\w+)"')
NARROWING = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
TAKES_AWAY = {
    "ExpirationInDays", "ExpirationDate", "Transition", "Transitions", "ExpiredObjectDeleteMarker",
}
# What outlives the stack; a bucket that stays without its policy answers plain HTTP.
STATEFUL = (TABLE, BUCKET, "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::SecretsManager::Secret")


class KeepsData(CloudFormationLintRule):
    """What cannot be made anew stays when the stack goes."""

    id = "E9401"
    shortdesc = "Data is retained"
    description = "Deleting a stack, or a change that replaces a resource, must not delete what people entrusted."

    def match(self, cfn):
        for name, resource in cfn.get_resources(list(STATEFUL)).items():
            if "SecretString" in resource.get("Properties", {}):
                continue  # Its content comes from a parameter and can be given again.
            protected = is_true(resource.get("Properties", {}).get("DeletionProtectionEnabled"))
            # What cannot be deleted must not be tried: the rollback of a failed creation would fail as well.
            keeps = ("Retain",) if protected else ("Retain", "RetainExceptOnCreate")
            if resource.get("DeletionPolicy") not in keeps:
                sentence = f"{name} would be lost with the stack: set DeletionPolicy: {' or '.join(keeps)}."
                yield RuleMatch(["Resources", name, "DeletionPolicy"], sentence)
            if resource.get("UpdateReplacePolicy") != "Retain":
                sentence = f"{name} would be lost with what replaces it: set UpdateReplacePolicy: Retain."
                yield RuleMatch(["Resources", name, "UpdateReplacePolicy"], sentence)


class DeletionProtection(CloudFormationLintRule):
    """A table cannot be deleted by one wrong click."""

    id = "E9402"
    shortdesc = "A table is protected against deletion"
    description = "Retain keeps CloudFormation from deleting a table, and nobody else."

    def match(self, cfn):
        for name, table in resources(cfn, TABLE):
            if not all(map(is_true, found(table, "DeletionProtectionEnabled"))):
                yield fault(name, "can be deleted by one wrong click: set DeletionProtectionEnabled: true.",
                            "DeletionProtectionEnabled")


class PointInTimeRecovery(CloudFormationLintRule):
    """A table can be restored to any second of the last weeks."""

    id = "E9403"
    shortdesc = "A table can be restored"
    description = "A bad deployment may write wrong data for hours before anybody sees it."

    def match(self, cfn):
        path = ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
        for name, table in resources(cfn, TABLE):
            if not all(map(is_true, found(table, *path))):
                yield fault(name, f"cannot be restored: set {'.'.join(path)}: true.", *path)


class Expiry(CloudFormationLintRule):
    """What a table forgets by itself is what the code says, and all of it."""

    id = "E9406"
    shortdesc = "A table expires items by the attribute that the code writes"
    description = "By another attribute nothing ever expires: limits and idempotency keys pile up for years."

    def match(self, cfn):
        written = set(TTL.findall(sources(cfn.filename, "shared/store/src") or ""))
        for name, table in resources(cfn, TABLE):
            for value in found(table, "TimeToLiveSpecification"):
                if value is not None and "StreamSpecification" not in table:
                    yield fault(name, "forgets what the district decided: remove TimeToLiveSpecification.",
                                "TimeToLiveSpecification")
                elif value is None and written and "StreamSpecification" in table:
                    yield fault(name, f"forgets nothing: set TimeToLiveSpecification to {', '.join(sorted(written))}.")
                elif value is not None and (value.get("AttributeName") not in written or not is_true(value.get("Enabled"))):
                    yield fault(name, "forgets by an attribute that no code writes, or not at all: set "
                                f"TimeToLiveSpecification to {', '.join(sorted(written)) or 'nothing'}, Enabled: true.",
                                "TimeToLiveSpecification")


class EncryptedAtRest(CloudFormationLintRule):
    """Tables, buckets and queues say how they are encrypted."""

    id = "E9404"
    shortdesc = "Data is encrypted at rest"
    description = "PIPL article 51. Without a statement nobody sees with whose key."

    def match(self, cfn):
        stated = {
            TABLE: (("SSESpecification", "SSEEnabled"),),
            BUCKET: (("BucketEncryption", "ServerSideEncryptionConfiguration"),),
            "AWS::SQS::Queue": (("SqsManagedSseEnabled",), ("KmsMasterKeyId",)),
        }
        for kind, ways in stated.items():
            for name, properties in resources(cfn, kind):
                if not any(all(found(properties, *way)) for way in ways):
                    yield fault(name, f"does not say how it is encrypted: set {'.'.join(ways[0])}.")


class SecretsAreSecret(CloudFormationLintRule):
    """A secret is made by AWS or given in a parameter that is not shown."""

    id = "E9405"
    shortdesc = "No secret is written down"
    description = "What stands in the template, or in a parameter that is shown, is known to every reader."

    def match(self, cfn):
        hidden = {
            name
            for name, parameter in cfn.template.get("Parameters", {}).items()
            if is_true(parameter.get("NoEcho"))
        }
        for name, secret in resources(cfn, "AWS::SecretsManager::Secret"):
            if "SecretString" in secret and not named(secret["SecretString"]) & hidden:
                yield fault(name, "is written down: use GenerateSecretString, or a parameter with NoEcho: true.",
                            "SecretString")


class NoPublicAccess(CloudFormationLintRule):
    """A bucket blocks every way of becoming public."""

    id = "E9411"
    shortdesc = "A bucket blocks public access"
    description = "Photos show homes and faces; they are read through short-lived addresses only."

    def match(self, cfn):
        keys = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        for name, bucket in resources(cfn, BUCKET):
            for key in keys:
                if not all(map(is_true, found(bucket, "PublicAccessBlockConfiguration", key))):
                    yield fault(name, f"can be made public: set PublicAccessBlockConfiguration.{key}: true.",
                                "PublicAccessBlockConfiguration", key)
            if "AccessControl" in bucket or "WebsiteConfiguration" in bucket:
                yield fault(name, "is set up to be public: remove AccessControl and WebsiteConfiguration.")


class OnlyOverTls(CloudFormationLintRule):
    """A bucket refuses everybody who comes without TLS."""

    id = "E9412"
    shortdesc = "A bucket is reached over TLS only"
    description = "S3 still answers plain HTTP unless a policy denies it."

    def match(self, cfn):
        protected = set()
        for _, policy in resources(cfn, "AWS::S3::BucketPolicy"):
            for statement in each(policy, "PolicyDocument", "Statement"):
                if _denies_plain_http(statement):
                    protected |= named(policy.get("Bucket")) & _wholly_meant(statement)
        for name, _ in resources(cfn, BUCKET):
            if name not in protected:
                yield fault(name, "answers without TLS: add an AWS::S3::BucketPolicy that denies s3:* to everybody on "
                            "the bucket and its objects when aws:SecureTransport is false.")


def _denies_plain_http(statement):
    condition = found(statement, "Condition", "Bool", "aws:SecureTransport")
    everybody = statement.get("Principal") in ("*", {"AWS": "*"})
    is_whole = everybody and list(each(statement, "Action")) == ["s3:*"]
    is_plain = [str(value).lower() for value in condition] == ["false"] and len(statement["Condition"]) == 1
    return statement.get("Effect") == "Deny" and is_whole and is_plain


def _wholly_meant(statement):
    """The buckets that a statement means together with their objects."""
    whole = {name for entry in each(statement, "Resource") for name in named(entry) if "Fn::GetAtt" in entry}
    objects = {
        name
        for entry in each(statement, "Resource")
        if isinstance(entry, dict) and str(entry.get("Fn::Sub", "")).endswith("/*")
        for name, _ in references(entry)
    }
    return whole & objects


class NoOpenPolicy(CloudFormationLintRule):
    """No policy of a bucket, queue, topic or key lets everybody in."""

    id = "E9413"
    shortdesc = "A resource policy does not allow everybody"
    description = "A principal of `*` is anybody on the internet, unless a condition says otherwise."

    def match(self, cfn):
        places = dict.fromkeys(
            ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"), "PolicyDocument"
        )
        for name, policy, place in _policies(cfn, places | {"AWS::KMS::Key": "KeyPolicy"}):
            for statement in each(policy, place, "Statement"):
                everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
                if statement.get("Effect") == "Allow" and (everybody or "NotPrincipal" in statement):
                    yield fault(name, "lets everybody in: name the principal that needs it.", place)


def _policies(cfn, places):
    for kind, place in places.items():
        for name, properties in resources(cfn, kind):
            yield name, properties, place


class UploadsExpire(CloudFormationLintRule):
    """What browsers upload and no function takes over goes away by itself."""

    id = "E9414"
    shortdesc = "A bucket for uploads expires them"
    description = "Originals hold places and faces; a leftover must not stay (PIPL article 19)."

    def match(self, cfn):
        for name, bucket in resources(cfn, BUCKET):
            methods = {
                method
                for rule in each(bucket, "CorsConfiguration", "CorsRules")
                for method in each(rule, "AllowedMethods")
            }
            rules = each(bucket, "LifecycleConfiguration", "Rules")
            does = {key for rule in rules if rule.get("Status") == "Enabled" for key in rule}
            days = [day for rule in each(bucket, "LifecycleConfiguration", "Rules") if rule.get("Status") == "Enabled"
                    for day in numbers(cfn, rule.get("ExpirationInDays"), absent=None) if "ExpirationInDays" in rule]
            narrow = [key for rule in each(bucket, "LifecycleConfiguration", "Rules") for key in rule if key in NARROWING]
            if methods & {"PUT", "POST"} and any(day > UPLOAD_DAYS for day in days):
                yield fault(name, f"keeps uploads for too long: set ExpirationInDays: {UPLOAD_DAYS}, which residents are "
                            "promised.", "LifecycleConfiguration")
            if methods & {"PUT", "POST"} and narrow:
                yield fault(name, f"keeps uploads that {narrow[0]} leaves out: let the rule mean all objects.",
                            "LifecycleConfiguration")
            if not methods & {"PUT", "POST"} and does & TAKES_AWAY:
                yield fault(name, f"loses what people entrusted: remove {', '.join(sorted(does & TAKES_AWAY))} from its "
                            "LifecycleConfiguration; what must go is deleted by the code.", "LifecycleConfiguration")
            if methods & {"PUT", "POST"} and "ExpirationInDays" not in does:
                yield fault(name, "keeps uploads that nobody took over: add an enabled LifecycleConfiguration rule "
                            "with ExpirationInDays.", "LifecycleConfiguration")
            if "AbortIncompleteMultipartUpload" not in does:
                yield fault(name, "keeps the parts of uploads that were broken off, which no listing shows: add an "
                            "enabled LifecycleConfiguration rule with AbortIncompleteMultipartUpload.",
                            "LifecycleConfiguration")
