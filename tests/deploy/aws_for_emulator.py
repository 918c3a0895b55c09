"""The AWS CLI, as the test of the manual runs it: everything goes to the real one, which speaks to the emulator.

It is version 1, which pip has; the manual asks for version 2, which reads the region from AWS_REGION too and takes
--cli-binary-format: a call with that goes by the SDK here.

CloudFormation reads a template by SAM's rules; this emulator does so by halves, and refuses types that it does not
know. So `aws cloudformation deploy` gets the template after the SAM transform and without those types, with the
archives that `aws cloudformation package` uploaded.
"""

import base64
import json
import os
import sys
import tempfile
from pathlib import Path

AWS = Path(sys.executable).with_name("aws")


def prepared(path, values):
    """A file with the template that the emulator can take, as SAM makes it of these parameters."""
    # Only this call pays for loading SAM and cfn-lint.
    from cfnlint.decode.cfn_yaml import load
    from samtranslator.translator.transform import transform

    from stack import FILLED_IN, known
    from transform import NoManagedPolicies

    filled_in = {name: values[name] for name in FILLED_IN if name in values}
    whole = transform(json.loads(json.dumps(load(path))), filled_in, NoManagedPolicies())
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(known(whole), file)
    return file.name


def written_by_sdk(arguments):
    """`dynamodb batch-write-item --cli-binary-format base64`: prints what the call answers."""
    import boto3

    place = arguments[arguments.index("--request-items") + 1].removeprefix("file://")
    requests = decoded(json.loads(Path(place).read_text("utf-8")))
    answer = boto3.client("dynamodb").batch_write_item(RequestItems=requests)
    assert not answer["UnprocessedItems"], "the emulator leaves nothing over"
    print(json.dumps({"UnprocessedItems": {}}))


def decoded(value):
    """A request with binary attributes as bytes."""
    if isinstance(value, list):
        return [decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: base64.b64decode(one) if name == "B" else decoded(one) for name, one in value.items()}


def main(arguments):
    if arguments[:2] == ["cloudformation", "deploy"]:
        place = arguments.index("--template-file") + 1
        given = arguments[arguments.index("--parameter-overrides") + 1].removeprefix("file://")
        values = dict(one.split("=", 1) for one in json.loads(Path(given).read_text("utf-8")))
        arguments[place] = prepared(arguments[place], values)
    os.environ.setdefault("AWS_DEFAULT_REGION", os.environ.get("AWS_REGION", ""))
    if "--cli-binary-format" in arguments:
        written_by_sdk(arguments)
        return
    os.execv(sys.executable, [sys.executable, str(AWS), *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
