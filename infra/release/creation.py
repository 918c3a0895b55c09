"""What stands in the way of a new stack: things of a fixed name that an earlier stack of that name left behind."""

from dataclasses import dataclass

from cloud import CloudError

# A stack of which nothing but a first change set exists, and one whose creation failed.
UNBORN, FAILED_CREATION = "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"


def existing(cloud, stack):
    """The stack as AWS describes it; None if there is none."""
    try:
        (found,) = cloud.call("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
    except CloudError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def values(found):
    """The parameters of a living stack by name; None for a stack that has yet to be made."""
    if found is None or found["StackStatus"] in (UNBORN, FAILED_CREATION):
        return None
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())}


def refuse_if_blocked(cloud, stack, region, found):
    """Says, before anything is uploaded, what a creation would fail on and how each is removed or adopted."""
    if found is not None and found["StackStatus"] == FAILED_CREATION:
        raise CloudError(
            f"the stack is {FAILED_CREATION}: its creation failed and it can only be deleted. Run\n"
            f"  aws cloudformation delete-stack --stack-name {stack} --region {region}\n"
            "and deploy again; what it kept is named then."
        )
    if values(found) is not None:
        return
    account = cloud.call("sts", "get-caller-identity")["Account"]
    if lines := [line for look in LOOKS for line in look(cloud, stack, account, region)]:
        raise CloudError("\n".join([f"an earlier stack named {stack} left what stands in the way:", *lines]))


def buckets(cloud, stack, account, region):
    """The bucket that phones upload to has a name of our making."""
    name = f"{stack}-quarantine-{account}-{region}"
    try:
        cloud.text("s3api", "head-bucket", "--bucket", name)
    except CloudError as error:
        if "403" not in str(error):
            return
        yield f"  the bucket {name} belongs to another account: choose another name for the stack"
        return
    yield (
        f"  QuarantineBucket, {name}: uploads that nobody took over within a day. Remove it:\n"
        f"    aws s3 rb s3://{name} --force --region {region}"
    )


def aliases(cloud, stack, account, region):
    """The key's alias."""
    answer = cloud.call("kms", "list-aliases", "--query", f"Aliases[?AliasName=='alias/{stack}']")
    for alias in answer or ():
        yield (
            f"  DataKeyAlias, {alias['AliasName']}: the name of key {alias.get('TargetKeyId', '?')}. The key stays:\n"
            f"    aws kms delete-alias --alias-name {alias['AliasName']} --region {region}"
        )


def logs(cloud, stack, account, region):
    """Log groups, which a function that still ran after the deletion may have made anew."""
    for prefix in (f"/aws/lambda/{stack}/", f"/aws/apigateway/{stack}/"):
        answer = cloud.call("logs", "describe-log-groups", "--log-group-name-prefix", prefix)
        for group in answer.get("logGroups", ()):
            yield (
                f"  the log group {group['logGroupName']}. Export it if it is still needed, then:\n"
                f"    aws logs delete-log-group --log-group-name {group['logGroupName']} --region {region}"
            )


LOOKS = (buckets, aliases, logs)


@dataclass(frozen=True)
class Kept:
    """What an earlier stack kept: its logical id, its ARN and the district of its tag, if it has one."""

    logical: str
    arn: str
    district: str | None


def kept(cloud, stack):
    """The tables, keys, buckets and secrets that earlier stacks of that name kept."""
    answer = cloud.call(
        *("resourcegroupstaggingapi", "get-resources"),
        *("--tag-filters", f"Key=aws:cloudformation:stack-name,Values={stack}", "Key=application,Values=zhitiao"),
        *("--resource-type-filters", "dynamodb:table", "kms:key", "s3", "secretsmanager:secret"),
    )
    found = []
    for one in (answer or {}).get("ResourceTagMappingList", ()):
        tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        if logical := tags.get("aws:cloudformation:logical-id"):
            found.append(Kept(logical, one["ResourceARN"], tags.get("district")))
    return found
