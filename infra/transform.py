"""Prints infra/template.yaml as CloudFormation sees it: after the SAM transform, as JSON.

cfn-lint judges the source by SAM's rules and this output by CloudFormation's, some of which skip SAM resources.
Needs no account: the code of each function is replaced by a made-up address.
"""

import json
import os
import sys

from cfnlint.decode.cfn_yaml import load
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Our roles name no managed policies, so SAM has none to look up."""

    def load(self):
        return {}


def packaged(template):
    """The template with an S3 address wherever a local folder stands, as `sam package` leaves it."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://packages/{logical_id}.zip"
    return template


def transformed(template, values=None):
    """The template after the SAM transform with these parameters; the one given is changed on the way."""
    # SAM asks for a region even where nothing depends on it; the template works in any.
    os.environ.setdefault("AWS_DEFAULT_REGION", "cn-north-1")
    return transform(packaged(template), dict(values or {}), NoManagedPolicies())


def main(path):
    template = json.loads(json.dumps(load(path)))
    try:
        json.dump(transformed(template), sys.stdout, indent=2, ensure_ascii=False)
    except InvalidDocumentException as refusal:
        faults = [refusal.message, *(cause.message for cause in refusal.causes)]
        sys.exit("\n".join(faults))
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: transform.py TEMPLATE")
    main(sys.argv[1])
