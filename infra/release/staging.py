"""A stack beside the living one to try things in, with its own names and a few reports, and away again.

`make staging` deploys <stack>-staging from what `make package` built, writes the directory of infra/seed into it and
sends some reports; repeated, it changes what differs. `make staging-remove` deletes that stack with all its data.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import creation  # noqa: E402 - found beside this file
import deploy  # noqa: E402
import parameters  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

SEED = deploy.ROOT / "infra/seed"
SUFFIX = "-staging"
# What is taken from the living stack, where there is one; people sign in as they do there.
SAME = ("District", "StaffIssuer", "StaffAudience", "Hotline")
# Until the stack has an address of its own.
NOWHERE = "https://staging.invalid"
OWN = {"PublicUrl": NOWHERE, "AllowedOrigins": NOWHERE, "AlarmEmail": "nobody", "LogRetentionDays": "180"}
REPORTS = (
    "楼下井盖没了，晚上很危险", "路灯不亮，已经三天了", "垃圾没有人收", "楼道里堆了杂物，走不过去", "小区门口积水",
)
# What a removal deletes after the stack, by logical id. Nothing of it is kept, for it is no resident's.
KEPT = ("CasesTable", "DirectoryTable", "PhotosBucket", "QuarantineBucket", "TrackingSecret", "DataKey")


def name(stack):
    """The name of the staging stack."""
    if not deploy.STACK.fullmatch(stack + SUFFIX):
        raise CloudError(f"{stack}{SUFFIX} is longer than the 24 characters that a stack's name may have, or no name")
    return stack + SUFFIX


def chosen(text, living, current):
    """The parameters to deploy with, as text: those given, then those of the living stack, then our own."""
    given = parameters.written(text)
    if current is not None:
        return text
    values = {key: living[key] for key in SAME if living and key in living}
    more = {key: value for key, value in {**OWN, **values}.items() if key not in given}
    return " ".join([text, shlex.join(f"{key}={value}" for key, value in more.items())]).strip()


def output(cloud, stack, key):
    """An output of a stack."""
    found = creation.existing(cloud, stack)
    return next(one["OutputValue"] for one in found["Outputs"] if one["OutputKey"] == key)


def make(cloud, options, text):
    """Deploys the stack, gives it its address, and fills it."""
    stack = name(options.stack)
    living = creation.values(creation.existing(cloud, options.stack))
    current = creation.values(creation.existing(cloud, stack))
    given = argparse.Namespace(
        stack=stack, region=options.region, bucket=options.bucket, version="", parameters_only=False, yes=options.yes,
    )
    deploy.deploy(cloud, given, chosen(text, living, current))
    values = creation.values(creation.existing(cloud, stack))
    if values is None:
        return
    address = output(cloud, stack, "ApiUrl")
    if values["PublicUrl"] == NOWHERE:
        print("The stack has an address now: it becomes its PublicUrl.")
        given.parameters_only, given.yes = True, True
        deploy.deploy(cloud, given, f"PublicUrl={address} AllowedOrigins={address}")
    seed(cloud, values["District"], output(cloud, stack, "DirectoryTableName"))
    for number in report(stack, address):
        print(f"report {number}")
    print(f"{stack} answers at {address}; `make staging-remove` takes it away again")


def seed(cloud, district, table):
    """Writes the directory of infra/seed."""
    command = ["cargo", "run", "-p", "zhitiao-operator", "--", "seed", "--district", district, "--folder", str(SEED),
               "--table", table, "--replace"]
    if subprocess.run(command, cwd=deploy.ROOT, env=cloud.environment, stdout=subprocess.DEVNULL).returncode:
        raise CloudError("the directory was not written: see above, and run it again")


def report(stack, address):
    """Sends the reports, each under a key of its own: a second run sends none twice. Answers their numbers."""
    units = json.loads((SEED / "units.json").read_text("utf-8"))
    communities = [one["id"] for one in units if one["kind"] == "community"]
    for number, text in enumerate(REPORTS):
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"{address}/{stack}/{number}")
        body = json.dumps({"text": text, "community": communities[number % len(communities)]}, ensure_ascii=False)
        # The first request of a function may be answered by "try again".
        command = ["curl", "--silent", "--show-error", "--fail", "--retry", "8", "--retry-all-errors", f"{address}/v1/reports",
                   "-H", "Content-Type: application/json", "-H", f"Idempotency-Key: {key}", "-d", body]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise CloudError(f"the report was not taken: {done.stderr.strip() or done.stdout.strip()}")
        yield json.loads(done.stdout)["number"]


def leftovers(cloud, stack):
    """What a deletion leaves, as (logical id, physical id): from the stack, or from the tags once it is gone."""
    found = creation.existing(cloud, stack)
    if found is None:
        kept = creation.kept(cloud, stack)
        return [(one.logical, one.arn if one.logical == "TrackingSecret" else one.arn.split(":")[-1].rsplit("/", 1)[-1])
                for one in kept if one.logical in KEPT]
    listed = cloud.call("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]
    return [(one["LogicalResourceId"], one["PhysicalResourceId"]) for one in listed if one["LogicalResourceId"] in KEPT]


def remove(cloud, options):
    """Deletes the staging stack and all that it would keep."""
    stack = name(options.stack)
    away = leftovers(cloud, stack)
    is_there = creation.existing(cloud, stack) is not None
    if not is_there and not away:
        print(f"there is no {stack}, and nothing is left of it")
        return
    print("\n".join([f"- the stack {stack}"] * is_there + [f"- {logical} {physical}" for logical, physical in away]))
    if not deploy.confirmed(options.yes):
        print("Nothing was changed.")
        return
    if is_there:
        cloud.text("cloudformation", "delete-stack", "--stack-name", stack)
        cloud.text("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack)
    # The key last: what it opens must be gone by then.
    for logical, physical in sorted(away, key=lambda one: KEPT.index(one[0])):
        delete(cloud, logical, physical)
    for prefix in (f"/aws/lambda/{stack}/", f"/aws/apigateway/{stack}/"):
        for group in cloud.call("logs", "describe-log-groups", "--log-group-name-prefix", prefix).get("logGroups", ()):
            cloud.text("logs", "delete-log-group", "--log-group-name", group["logGroupName"])
    print(f"{stack} is gone; its key is deleted in seven days")


def delete(cloud, logical, physical):
    """Deletes one thing that the stack kept."""
    if logical.endswith("Table"):
        cloud.text("dynamodb", "update-table", "--table-name", physical, "--no-deletion-protection-enabled")
        cloud.text("dynamodb", "wait", "table-exists", "--table-name", physical)
        cloud.text("dynamodb", "delete-table", "--table-name", physical)
    elif logical.endswith("Bucket"):
        cloud.text("s3", "rb", f"s3://{physical}", "--force")
    elif logical.endswith("Secret"):
        cloud.text("secretsmanager", "delete-secret", "--secret-id", physical, "--force-delete-without-recovery")
    else:
        cloud.text("kms", "schedule-key-deletion", "--key-id", physical, "--pending-window-in-days", "7")


def main(arguments):
    parser = argparse.ArgumentParser(description="A stack to try things in, and away again.")
    parser.add_argument("direction", choices=["make", "remove"])
    parser.add_argument("--stack", required=True, help="the living stack; the other one is named <stack>-staging")
    parser.add_argument("--region", required=True)
    parser.add_argument("--bucket", default="", help="where the functions' archives go")
    parser.add_argument("--yes", action="store_true", help="execute without asking")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region or (options.direction == "make" and not options.bucket):
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1 BUCKET=zhitiao-artifacts, for example")
    if options.stack.endswith(SUFFIX):
        raise CloudError(f"name the living stack: STACK={options.stack.removesuffix(SUFFIX)}")
    cloud = Cloud(options.region)
    if options.direction == "make":
        make(cloud, options, os.environ.get("ZHITIAO_PARAMETERS", ""))
    else:
        remove(cloud, options)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"staging: {refusal}")
