"""The second copy: what is erased goes from it too, it has everything, and operators see that there is none."""

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, named, numbers, resources, texts

BUCKET = "AWS::S3::Bucket"
# Days for which an erased photo may lie as an older version.
ERASED_DAYS = 1
NARROWING = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
EXPORT = "dynamodb:exportTableToPointInTime"


def _condition(value):
    """The condition on which something stands at all: an `!If` whose other branch is nothing."""
    if isinstance(value, dict) and list(value) == ["Fn::If"] and value["Fn::If"][2] == {"Ref": "AWS::NoValue"}:
        return value["Fn::If"][0]
    return None


class VersionsAreErased(CloudFormationLintRule):
    """A bucket keeps older versions for replication alone, and what is erased goes within a day."""

    id = "E9416"
    shortdesc = "What is erased is gone, and not an older version"
    description = "Versioning keeps what a resident had erased; once switched on it can only be suspended."

    def match(self, cfn):
        for name, bucket in resources(cfn, BUCKET):
            copied = bucket.get("ReplicationConfiguration")
            versions = bucket.get("VersioningConfiguration")
            if versions is None and copied is None:
                continue
            if versions is None or copied is None or _condition(versions) is None or _condition(versions) != _condition(copied):
                yield fault(name, "keeps what is erased as an older version: put VersioningConfiguration and "
                            "ReplicationConfiguration under one !If.", "VersioningConfiguration")
                continue
            if not any(self.erases(cfn, rule) for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", [])):
                yield fault(name, f"keeps what is erased as an older version: set NoncurrentVersionExpiration.NoncurrentDays: "
                            f"{ERASED_DAYS} for all objects, without a condition.", "LifecycleConfiguration")
            for rule in each(copied, "Rules"):
                if found(rule, "DeleteMarkerReplication", "Status") != ["Enabled"]:
                    yield fault(name, "leaves what is erased in the second copy: set DeleteMarkerReplication.Status: Enabled.",
                                "ReplicationConfiguration")

    @staticmethod
    def erases(cfn, rule):
        """Whether a rule erases older versions of all objects, in every stack."""
        days = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays") if "Fn::If" not in rule else None
        is_whole = rule.get("Status") == "Enabled" and not any(key in rule for key in NARROWING)
        return is_whole and days is not None and max(numbers(cfn, days)) <= ERASED_DAYS


class SecondCopyIsWhole(CloudFormationLintRule):
    """Tables are exported and photos copied on one condition, and the dashboard warns without it."""

    id = "E9417"
    shortdesc = "The second copy has everything, and its absence is seen"
    description = "A copy that lacks a table is found out on the day on which it is needed."

    def match(self, cfn):
        exports = {}
        for name, schedule in resources(cfn, "AWS::Scheduler::Schedule"):
            target = schedule.get("Target", {})
            if any(EXPORT in text for text in texts(target.get("Arn"))):
                for table in named(target.get("Input")):
                    exports.setdefault(table, set()).add(cfn.get_resources()[name].get("Condition"))
        conditions = {condition for found_ones in exports.values() for condition in found_ones}
        for name, bucket in resources(cfn, BUCKET):
            if "ReplicationConfiguration" in bucket:
                conditions.add(_condition(bucket["ReplicationConfiguration"]))
        if not conditions:
            return
        for name, _ in resources(cfn, "AWS::DynamoDB::Table"):
            if name not in exports:
                yield fault(name, f"is not in the second copy: add a schedule that calls {EXPORT} with its ARN.")
        for name, board in resources(cfn, "AWS::CloudWatch::Dashboard"):
            body = board.get("DashboardBody")
            choices = body["Fn::Sub"][1].values() if isinstance(body, dict) and isinstance(body.get("Fn::Sub"), list) else ()
            told = {one["Fn::If"][0] for one in choices if isinstance(one, dict) and "Fn::If" in one}
            if len(conditions) != 1 or not conditions <= told:
                yield fault(name, "does not warn while there is no second copy: show a sentence by !If on the one condition of "
                            "its schedules and buckets.", "DashboardBody")
