"""Deploys what `make package` built, or an earlier release that the bucket keeps: shows what would change, asks, does
it, and says where the service answers.

With --parameters-only it changes parameters of a living stack and leaves template and code as they are there.
Everything that AWS is asked goes through the AWS CLI, with the credentials that it finds. Used by `make deploy` and
`make configure`.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import creation  # noqa: E402 - found beside this file
import parameters  # noqa: E402
import releases  # noqa: E402
import versions  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/template.yaml"
DIST = ROOT / "dist"
CHANGE_SET = re.compile(r"arn:[\w-]+:cloudformation:\S+:changeSet/\S+")
SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "<", "Dynamic": "?"}
# Bucket names begin with it, which are of small letters and at most 63 characters long: the rest of the longest takes
# 39.
STACK = re.compile(r"[a-z][a-z0-9-]{0,23}")
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")


def architecture(release, asked):
    """What the functions were built for, which must be what was asked for, if anything."""
    if asked not in (None, release.architecture):
        raise CloudError(
            f"Architecture={asked}, but {release.version} is built for {release.architecture}: package another release by "
            f"`make package ARCH={asked}`"
        )
    return release.architecture


def described(changes):
    """A line for each resource that would change, first those that would be replaced or removed; then how many."""
    lines = []
    for change in (change["ResourceChange"] for change in changes):
        line = f"{SIGNS[change['Action']]} {change['ResourceType']} {change['LogicalResourceId']}"
        if (replacement := change.get("Replacement", "False")) != "False":
            line += "  REPLACED" if replacement == "True" else "  may be REPLACED"
        if change["Action"] == "Remove":
            line += "  REMOVED"
        lines.append(line)
    lines.sort(key=lambda line: (not line.endswith(("REPLACED", "REMOVED")), line[2:]))
    counts = {word: sum(line[0] == sign for line in lines) for word, sign in SIGNS.items()}
    return [*lines, ", ".join(f"{count} to {word.lower()}" for word, count in counts.items() if count)]


def change_set(cloud, stack, bucket, template, given):
    """Has the change set made; answers its ARN, or nothing when nothing changes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "template.yaml")
        # In a file, because a value may be a key, and a command line is read by everybody on a machine.
        values = Path(folder, "parameters.json")
        source.write_text(template, "utf-8")
        values.write_text(json.dumps([f"{name}={value}" for name, value in given.items()]), "utf-8")
        try:
            said = cloud.text(
                *("cloudformation", "deploy", "--stack-name", stack, "--template-file", str(source)),
                *("--s3-bucket", bucket, "--s3-prefix", f"zhitiao/{stack}"),
                *("--parameter-overrides", f"file://{values}", "--capabilities", *CAPABILITIES),
                *("--no-execute-changeset", "--no-fail-on-empty-changeset"),
            )
        except CloudError as error:
            raise CloudError("\n".join([str(error), *validations(cloud, *made_by_cli(cloud, stack))])) from error
    found = CHANGE_SET.search(said)
    return found and found[0]


def made_by_cli(cloud, stack):
    """Which events a failed `deploy` of the CLI left, as options: those of its change set, or all of the stack."""
    try:
        made = (cloud.call("cloudformation", "list-change-sets", "--stack-name", stack) or {}).get("Summaries", ())
    except CloudError:
        made = ()
    failed = [one for one in made if one["Status"] == "FAILED"]
    if not failed:
        return "--stack-name", stack
    return "--change-set-name", max(failed, key=lambda one: str(one["CreationTime"]))["ChangeSetId"]


def validations(cloud, *which):
    """What AWS found wrong before it changed anything, one a line; the CLI only says that there was something."""
    try:
        answer = cloud.call("cloudformation", "describe-events", *which, "--filters", "FailedEvents=true")
    except CloudError as error:
        return [f"  what AWS found wrong cannot be read here ({error}): see the change set in the console"]
    return [
        f"  {one.get('LogicalResourceId') or one.get('ValidationPath') or 'the stack'}: "
        f"{one.get('ValidationStatusReason') or one.get('HookStatusReason') or one.get('ResourceStatusReason')}"
        for one in (answer or {}).get("OperationEvents", ())
        if one.get("ValidationStatusReason") or one.get("HookStatusReason") or one.get("ResourceStatusReason")
    ]


def parameter_change_set(cloud, stack, given, known):
    """Has a change set made that changes parameters alone; answers its ARN, or nothing if nothing changes."""
    values = [
        {"ParameterKey": name, "ParameterValue": given[name]}
        if name in given
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in known
    ]
    wanted = {
        "StackName": stack,
        "ChangeSetName": f"parameters-{time.time_ns()}",
        "UsePreviousTemplate": True,
        "Capabilities": list(CAPABILITIES),
        "Parameters": values,
    }
    with tempfile.TemporaryDirectory() as folder:
        request = Path(folder, "request.json")
        request.write_text(json.dumps(wanted), "utf-8")
        arn = cloud.call("cloudformation", "create-change-set", "--cli-input-json", f"file://{request}")["Id"]
    try:
        cloud.text("cloudformation", "wait", "change-set-create-complete", "--change-set-name", arn)
    except CloudError as error:
        made = cloud.call("cloudformation", "describe-change-set", "--change-set-name", arn)
        reason = made.get("StatusReason", "")
        is_empty = "didn't contain changes" in reason or "No updates" in reason
        # They go with the change set.
        wrong = [] if is_empty else validations(cloud, "--change-set-name", arn)
        cloud.text("cloudformation", "delete-change-set", "--change-set-name", arn)
        if is_empty:
            return None
        raise CloudError("\n".join([f"the change set failed: {reason}", *wrong])) from error
    return arn


def known_to(cloud, stack):
    """The parameters that the template of a living stack declares, as far as AWS tells."""
    summary = cloud.call("cloudformation", "get-template-summary", "--stack-name", stack)
    known = {}
    for one in summary["Parameters"]:
        parameter = {"Type": one.get("ParameterType", "String"), "NoEcho": str(one.get("NoEcho", False)).lower()}
        if allowed := one.get("ParameterConstraints", {}).get("AllowedValues"):
            parameter["AllowedValues"] = allowed
        known[one["ParameterKey"]] = parameter
    return known


def status(cloud, stack):
    """The stack's status."""
    (found,) = cloud.call("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
    return found["StackStatus"]


def discard(cloud, stack, arn):
    """Takes an unwanted change set back, and the stack with it that exists for it alone."""
    cloud.text("cloudformation", "delete-change-set", "--change-set-name", arn)
    if status(cloud, stack) == creation.UNBORN:
        cloud.text("cloudformation", "delete-stack", "--stack-name", stack)


def execute(cloud, stack, arn):
    """Executes a change set and waits for the end; says what failed when it fails."""
    kind = "create" if status(cloud, stack) == creation.UNBORN else "update"
    cloud.text("cloudformation", "execute-change-set", "--change-set-name", arn)
    try:
        cloud.text("cloudformation", "wait", f"stack-{kind}-complete", "--stack-name", stack)
    except CloudError as error:
        lines = failures(cloud, stack)
        if kind == "create":
            lines += left_by(cloud, stack)
        raise CloudError("\n".join([f"the stack is {status(cloud, stack)}:", *lines])) from error


def failures(cloud, stack):
    """What failed of a stack and why, the first one first."""
    events = cloud.call("cloudformation", "describe-stack-events", "--stack-name", stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return [f"  {one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in reversed(failed)]


def left_by(cloud, stack):
    """What a failed creation kept: it does not stand in the way of the next, but it is paid for."""
    try:
        kept = creation.kept(cloud, stack)
    except CloudError as error:
        return [f"what it kept cannot be read here ({error}): see docs/runbook.md, \"What a stack leaves behind\""]
    if not kept:
        return []
    words = "kept, and empty unless an earlier stack used it (docs/runbook.md, \"What a stack leaves behind\"):"
    return [words, *sorted(f"  {one.logical}: {one.arn}" for one in kept)]


def outputs(cloud, stack):
    """The stack's outputs, one a line."""
    (found,) = cloud.call("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
    rows = sorted((output["OutputKey"], output["OutputValue"]) for output in found.get("Outputs", ()))
    return "\n".join(f"{name:22}{value}" for name, value in rows)


def confirmed(yes, ask=input):
    """Whether to go on; without a terminal there is no operator to ask."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CloudError("nobody is there to confirm: say YES=1 to execute without asking")
    return ask("Execute? [y/N] ").strip().lower() in ("y", "yes")


def configured(cloud, options, text):
    """A change set of parameters alone, after every check."""
    current = creation.values(creation.existing(cloud, options.stack))
    if current is None:
        raise CloudError(f"there is no stack {options.stack} yet: `make deploy` makes it")
    known = known_to(cloud, options.stack)
    parameters.secrets_in_files(text, known)
    given = parameters.given(text)
    parameters.check(given, known, current)
    versions.refuse_if_turned_back(cloud, options.stack, current)
    given = parameters.revised(parameters.completed(given, current), known, current)
    return parameter_change_set(cloud, options.stack, given, known)


def released(cloud, options, text):
    """A change set of a release, after every check, and what is to be said when it is executed."""
    bucket = releases.Bucket(cloud, options.bucket)
    local = None
    if not options.version or number_packaged() == options.version:
        local = TEMPLATE.read_text("utf-8")
        release = releases.packaged(DIST, local)
    elif (release := bucket.kept(options.version)) is None:
        raise CloudError(f"{options.bucket} keeps no release {options.version}, and dist/ holds {number_packaged()}")
    template = bucket.template(release, local)
    known = parameters.declared(template)
    parameters.secrets_in_files(text, known)
    given = parameters.given(text)
    found = creation.existing(cloud, options.stack)
    current = creation.values(found)
    parameters.check(given, known, current)
    creation.refuse_if_blocked(cloud, options.stack, options.region, found)
    given = parameters.completed(given, current)
    given |= {"Architecture": architecture(release, given.get("Architecture")), "Release": release.version}
    stored = releases.stored_number(cloud, options.stack, current["District"]) if current else release.data
    releases.refuse_data(release.version, release.needs, release.data, stored)
    if local is not None:
        bucket.keep(release, DIST, local)
    print(f"release {release.version} over {(current or {}).get('Release', 'nothing')}")
    remarks = steps_after(release, stored)
    if current and "Canary" in known and versions.turned_back(cloud, options.stack, current):
        # CodeDeploy begins at the version that CloudFormation knows, and the aliases name another one.
        given["Canary"] = "false"
        remarks.append("Canary is off, because the aliases were turned back: set it to true with the next change.")
    given = parameters.revised(given, known, current)
    return change_set(cloud, options.stack, options.bucket, template, given), remarks


def number_packaged():
    """The number of the release in dist/; None without one."""
    try:
        return json.loads((DIST / releases.MANIFEST).read_text("utf-8"))["version"]
    except OSError:
        return None


def steps_after(release, stored):
    """What is to be done with the stored data once the release runs, one a line."""
    steps = [f"  {number}: {says}" for number, says in release.steps if number > stored]
    if not steps:
        return []
    return ["Stored data: run `zhitiao-operator migrate` for these steps now. Older releases refuse to start afterwards:",
            *steps]


def deploy(cloud, options, text, ask=input):
    """The whole of it."""
    if options.parameters_only:
        arn, remarks = configured(cloud, options, text), []
    else:
        arn, remarks = released(cloud, options, text)
    if arn is None:
        print("Nothing would change.")
    else:
        # The CLI collects all pages of it.
        changes = cloud.call("cloudformation", "describe-change-set", "--change-set-name", arn)["Changes"]
        print("\n".join(described(changes)))
        try:
            go = confirmed(options.yes, ask)
        except CloudError:
            discard(cloud, options.stack, arn)
            raise
        if not go:
            discard(cloud, options.stack, arn)
            print("Nothing was changed.")
            return
        execute(cloud, options.stack, arn)
    print("\n".join([outputs(cloud, options.stack), *remarks]))


def main(arguments):
    parser = argparse.ArgumentParser(description="Deploys what `make package` built.")
    parser.add_argument("--stack", required=True, help="name of the stack; names of buckets begin with it")
    parser.add_argument("--region", required=True, help="such as cn-north-1 or ap-southeast-1")
    parser.add_argument("--bucket", default="", help="an S3 bucket in that region for the functions' archives")
    parser.add_argument("--version", default="", help="the number of a release; what is packaged by default")
    parser.add_argument("--parameters-only", action="store_true", help="leave template and code as they are deployed")
    parser.add_argument("--yes", action="store_true", help="execute without asking")
    options = parser.parse_args(arguments)
    if not options.region:
        raise CloudError("say where: REGION=cn-north-1, for example")
    if not options.bucket and not options.parameters_only:
        raise CloudError("say where the archives go: BUCKET=name; `aws s3 mb s3://name` makes one")
    if not STACK.fullmatch(options.stack):
        raise CloudError("the name of the stack must be 1 to 24 of a-z, 0-9 and -, the first one a letter")
    # From the environment, where make puts it without reading dollars in it.
    text = os.environ.get("ZHITIAO_PARAMETERS", "")
    if options.parameters_only and not text.strip():
        raise CloudError('say what changes: PARAMETERS="Name=value …"')
    deploy(Cloud(options.region), options, text)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"deploy: {refusal}")
