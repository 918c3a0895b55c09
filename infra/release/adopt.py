"""Takes the tables, key, buckets and secret that a deleted stack kept into a new stack of the same name.

CloudFormation imports them from a template that has nothing else; `make deploy` then adds the rest. Used by `make adopt`.
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
_RESOURCE = re.compile(r"^  (\w+):\n((?:(?:    .*)?\n)+)", re.MULTILINE)


def reduced(template, names):
    """The template with these resources and the parameters that they name, as text."""
    head, _, rest = template.partition("\nParameters:\n")
    resources = {found[1]: found[0] for found in _RESOURCE.finditer(rest.partition("\nResources:\n")[2])}
    if missing := [name for name in names if name not in resources]:
        raise CloudError(f"this release has no {', '.join(missing)}: adopt with the release that made them")
    kept = "".join(resources[name].rstrip("\n") + "\n\n" for name in names)
    declared = _RESOURCE.findall(rest.partition("\nRules:\n")[0] + "\n")
    wanted = "".join(f"  {name}:\n{body}" for name, body in declared if re.search(rf"\b{name}\b", kept))
    return f"AWSTemplateFormatVersion: '2010-09-09'\nDescription: What zhitiao keeps.\n\nParameters:\n{wanted}\nResources:\n{kept}"


def imports(kept):
    """What CloudFormation is asked to import; one of each kind, or nobody knows which is meant."""
    wanted = []
    for logical, (kind, identifier, name) in IDENTIFIERS.items():
        arns = kept.get(logical.removesuffix("Policy"), [])
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


def adopt(cloud, options, text, ask=input):
    """The whole of it."""
    found = creation.existing(cloud, options.stack)
    if creation.values(found) is not None:
        raise CloudError(f"there is a stack {options.stack}: only a new one can adopt")
    kept = creation.kept(cloud, options.stack)
    wanted = imports(kept)
    if not wanted:
        raise CloudError(f"no stack named {options.stack} kept anything in {options.region}")
    for one in wanted:
        (name,) = one["ResourceIdentifier"].values()
        print(f"< {one['ResourceType']} {one['LogicalResourceId']} {name}")
    if missing := sorted(IDENTIFIERS.keys() - {one["LogicalResourceId"] for one in wanted}):
        print(f"made anew by the next deployment: {', '.join(missing)}")
    if not deploy.confirmed(options.yes, ask):
        print("Nothing was changed.")
        return
    template = reduced(deploy.TEMPLATE.read_text("utf-8"), [one["LogicalResourceId"] for one in wanted])
    known = parameters.declared(template)
    given = {name: value for name, value in parameters.given(text).items() if name in known}
    if "District" in known and "District" not in given:
        raise CloudError("say which district the tables are of: PARAMETERS=\"District=shinan\"")
    request = {
        "StackName": options.stack,
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
        cloud.text("cloudformation", "execute-change-set", "--change-set-name", arn)
        cloud.text("cloudformation", "wait", "stack-import-complete", "--stack-name", options.stack)
    except CloudError as error:
        made = cloud.call("cloudformation", "describe-change-set", "--change-set-name", arn)
        raise CloudError(f"the adoption failed: {made.get('StatusReason') or error}") from error
    print("Adopted. Now `make deploy` with all parameters of the stack adds the rest.")


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
