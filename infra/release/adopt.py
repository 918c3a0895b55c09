"""Takes the tables, key, buckets and secret that a deleted stack kept into a new stack of the same name.

CloudFormation imports them from a template that has nothing else; `make deploy` then adds the rest. Used by
`make adopt`.
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
import deploy  # noqa: E402
import parameters  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

# A stack whose first import failed: it holds nothing.
FAILED_IMPORT = "IMPORT_ROLLBACK_COMPLETE"
# What is taken over, and what names it to CloudFormation. The quarantine bucket is not: it holds nothing that lasts.
IDENTIFIERS = {
    "DataKey": ("AWS::KMS::Key", "KeyId", lambda arn: arn.rsplit("/", 1)[-1]),
    "CasesTable": ("AWS::DynamoDB::Table", "TableName", lambda arn: arn.rsplit("/", 1)[-1]),
    "DirectoryTable": ("AWS::DynamoDB::Table", "TableName", lambda arn: arn.rsplit("/", 1)[-1]),
    "PhotosBucket": ("AWS::S3::Bucket", "BucketName", lambda arn: arn.rsplit(":", 1)[-1]),
    # A bucket keeps its policy, which cannot be made a second time.
    "PhotosBucketPolicy": ("AWS::S3::BucketPolicy", "Bucket", lambda arn: arn.rsplit(":", 1)[-1]),
    "TrackingSecret": ("AWS::SecretsManager::Secret", "Id", lambda arn: arn),
}
# Properties that need more of the template; the next deployment sets them.
_LATER = re.compile(r"^      (?:Versioning|Replication)Configuration:.*\n(?:        .*\n)*", re.MULTILINE)
_RESOURCE = re.compile(r"^  (\w+):\n((?:(?:    .*)?\n)+)", re.MULTILINE)


def reduced(template, names):
    """The template with these resources and the parameters that they name, as text."""
    rest = template.partition("\nParameters:\n")[2]
    resources = {found[1]: found[0] for found in _RESOURCE.finditer(rest.partition("\nResources:\n")[2])}
    if missing := [name for name in names if name not in resources]:
        raise CloudError(f"this release has no {', '.join(missing)}: adopt with the release that made them")
    kept = "".join(_LATER.sub("", resources[name]).rstrip("\n") + "\n\n" for name in names)
    declared = _RESOURCE.findall(rest.partition("\nRules:\n")[0] + "\n")
    wanted = "".join(f"  {name}:\n{body}" for name, body in declared if re.search(rf"\b{name}\b", kept))
    head = "AWSTemplateFormatVersion: '2010-09-09'\nDescription: What zhitiao keeps."
    return f"{head}\n\nParameters:\n{wanted}\nResources:\n{kept}"


def imports(kept):
    """What CloudFormation is asked to import; exactly one of each kind, or it is refused."""
    wanted = []
    for logical, (kind, identifier, name) in IDENTIFIERS.items():
        arns = [one.arn for one in kept if one.logical == logical.removesuffix("Policy")]
        if len(arns) > 1:
            lines = [f"  {arn}" for arn in arns]
            raise CloudError(
                "\n".join([f"there are several {logical}; remove those that are empty, or their tags:", *lines])
            )
        if arns:
            wanted.append(
                {"ResourceType": kind, "LogicalResourceId": logical, "ResourceIdentifier": {identifier: name(arns[0])}}
            )
    return wanted


def of_district(kept, given):
    """The district that what was kept is of, by its tags or as it is said."""
    tagged = sorted({one.district for one in kept if one.district})
    if len(tagged) > 1:
        lines = [f"  {one.district}: {one.arn}" for one in kept]
        raise CloudError("\n".join([f"what was kept is of several districts, {', '.join(tagged)}:", *lines]))
    said = given.get("District")
    if tagged and said not in (None, *tagged):
        raise CloudError(f"what was kept is of the district {tagged[0]}, and every key of its tables begins with that")
    if not tagged and said is None:
        raise CloudError("say which district the tables are of: PARAMETERS=\"District=shinan\"")
    return tagged[0] if tagged else said


def refuse_unless_new(cloud, options, found):
    """Refuses a stack that lives, and says how to get rid of one whose adoption failed."""
    if creation.values(found) is None:
        return
    if found["StackStatus"] == FAILED_IMPORT:
        listed = cloud.call("cloudformation", "describe-stack-resources", "--stack-name", options.stack)
        if {one["LogicalResourceId"] for one in listed["StackResources"]} <= IDENTIFIERS.keys():
            raise CloudError(removal(options))
    raise CloudError(f"there is a stack {options.stack}: only a new one can adopt")


def removal(options):
    """What follows a failed adoption."""
    return (
        f"the stack is {FAILED_IMPORT}: an adoption failed. Mend what failed, remove the stack, and adopt again; what "
        f"was kept stays:\n  aws cloudformation delete-stack --stack-name {options.stack} --region {options.region}"
    )


def checked(text, kept, template, whole):
    """The parameters of the smaller template."""
    declared = parameters.declared(whole)
    parameters.secrets_in_files(text, declared)
    given = parameters.given(text)
    parameters.known_names(given, declared)
    given["District"] = of_district(kept, given)
    known = parameters.declared(template)
    mine = {name: value for name, value in given.items() if name in known}
    parameters.check(mine, known, None)
    return mine


def adopt(cloud, options, text, ask=input):
    """The whole of it."""
    found = creation.existing(cloud, options.stack)
    refuse_unless_new(cloud, options, found)
    kept = creation.kept(cloud, options.stack)
    wanted = imports(kept)
    if not wanted:
        raise CloudError(f"no stack named {options.stack} kept anything in {options.region}")
    whole = deploy.TEMPLATE.read_text("utf-8")
    template = reduced(whole, [one["LogicalResourceId"] for one in wanted])
    given = checked(text, kept, template, whole)
    creation.refuse_if_blocked(cloud, options.stack, options.region, found)
    for one in wanted:
        (name,) = one["ResourceIdentifier"].values()
        print(f"< {one['ResourceType']} {one['LogicalResourceId']} {name}")
    if missing := sorted(IDENTIFIERS.keys() - {one["LogicalResourceId"] for one in wanted}):
        print(f"made anew by the next deployment: {', '.join(missing)}")
    if not deploy.confirmed(options.yes, ask):
        print("Nothing was changed.")
        return
    execute(cloud, options, change_set(cloud, options.stack, template, wanted, given))
    print("Adopted. Now `make deploy` with all parameters of the stack adds the rest.")


def change_set(cloud, stack, template, wanted, given):
    """Has the change set made; answers its ARN."""
    request = {
        "StackName": stack,
        "ChangeSetName": f"adopt-{time.time_ns()}",
        "ChangeSetType": "IMPORT",
        "TemplateBody": template,
        "ResourcesToImport": wanted,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    }
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "request.json")
        place.write_text(json.dumps(request), "utf-8")
        arn = cloud.call("cloudformation", "create-change-set", "--cli-input-json", f"file://{place}")["Id"]
    try:
        cloud.text("cloudformation", "wait", "change-set-create-complete", "--change-set-name", arn)
    except CloudError as error:
        made = cloud.call("cloudformation", "describe-change-set", "--change-set-name", arn)
        lines = deploy.validations(cloud, "--change-set-name", arn)
        deploy.discard(cloud, stack, arn)
        raise CloudError("\n".join([f"nothing was adopted: {made.get('StatusReason') or error}", *lines])) from error
    return arn


def execute(cloud, options, arn):
    """Has everything imported; says what failed when it fails."""
    try:
        cloud.text("cloudformation", "execute-change-set", "--change-set-name", arn)
        cloud.text("cloudformation", "wait", "stack-import-complete", "--stack-name", options.stack)
    except CloudError as error:
        lines = deploy.failures(cloud, options.stack)
        status = deploy.status(cloud, options.stack)
        words = removal(options) if status == FAILED_IMPORT else f"the stack is {status}: {error}"
        raise CloudError("\n".join(["the adoption failed:", *lines, words])) from error


def main(arguments):
    parser = argparse.ArgumentParser(description="Takes over what a deleted stack kept.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--yes", action="store_true", help="execute without asking")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region:
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1, for example")
    adopt(Cloud(options.region), options, os.environ.get("ZHITIAO_PARAMETERS", ""))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"adopt: {refusal}")
