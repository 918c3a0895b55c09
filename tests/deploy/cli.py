"""The emulator for the programs of infra/release, which speak to AWS by the AWS CLI: the same words, by the SDK."""

import json
import os
import sys
from pathlib import Path

import jmespath
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError

from emulator import KEY, REGION
from stack import FILLED_IN, ROOT, known, source, transformed, uploaded

sys.path.insert(0, str(ROOT / "infra" / "release"))

from cloud import Cloud, CloudError  # noqa: E402


# Options that are about the AWS CLI and not about the call.
OF_THE_CLIENT = {"--query", "--cli-input-json", "--cli-read-timeout"}


class EmulatedCloud(Cloud):
    """Answers what `Cloud` of infra/release answers, without the AWS CLI."""

    def __init__(self, emulator):
        self.emulator = emulator

    def text(self, *arguments):
        """What a call prints; here nothing that anybody reads."""
        self.call(*arguments)
        return ""

    def call(self, service, operation, *options):
        """What a call answers."""
        client = self.emulator.client("s3" if service == "s3api" else service)
        try:
            if operation == "wait":
                named = options[1:]
                # The emulator works at once: seconds between two looks would be waited for nothing.
                waiter = client.get_waiter(options[0].replace("-", "_"))
                waiter.wait(**self.given(client, waiter.config.operation, named), WaiterConfig={"Delay": 1, "MaxAttempts": 60})
                return None
            if (service, operation) == ("cloudformation", "create-change-set"):
                options = self.transformed_anew(client, options)
            method = operation.replace("-", "_")
            shape = client.meta.method_to_api_mapping[method]
            query = options[options.index("--query") + 1] if "--query" in options else None
            given = self.given(client, shape, options)
            if client.can_paginate(method):
                # The CLI collects all pages.
                answer = client.get_paginator(method).paginate(**given).build_full_result()
            else:
                answer = getattr(client, method)(**given)
        except (ClientError, WaiterError) as error:
            raise CloudError(f"`aws {service} {operation}` failed: {error}") from error
        return jmespath.search(query, answer) if query else answer

    def transformed_anew(self, client, options):
        """A change set of the previous template, with that template as SAM makes it of the new parameters.

        CloudFormation runs the transform with every change set, and by it a new Revision is a new version of each
        function. The emulator keeps the template as it was transformed first.
        """
        place = Path(options[options.index("--cli-input-json") + 1].removeprefix("file://"))
        request = json.loads(place.read_text("utf-8"))
        if not request.pop("UsePreviousTemplate", False):
            return options
        (living,) = client.describe_stacks(StackName=request["StackName"])["Stacks"]
        values = {one["ParameterKey"]: one["ParameterValue"] for one in living["Parameters"]}
        values |= {one["ParameterKey"]: one["ParameterValue"] for one in request["Parameters"] if "ParameterValue" in one}
        anew = known(transformed(source(), {name: values[name] for name in FILLED_IN}))
        request["TemplateURL"] = uploaded(self.emulator, anew, request["StackName"])
        place.write_text(json.dumps(request), "utf-8")
        return options

    @staticmethod
    def given(client, shape, options):
        """The arguments of a call, from options as the CLI takes them."""
        members = client.meta.service_model.operation_model(shape).input_shape.members
        by_option = {f"--{xform_name(name, '-')}": name for name in members}
        values, current = {}, None
        for word in options:
            if word.startswith("--"):
                current = word
                values[current] = []
            else:
                values[current].append(word)
        if unknown := values.keys() - by_option.keys() - OF_THE_CLIENT:
            raise CloudError(f"`{shape}` takes no {', '.join(sorted(unknown))}")
        if "--cli-input-json" in values:
            return json.loads(Path(values["--cli-input-json"][0].removeprefix("file://")).read_text("utf-8"))
        return {
            by_option[option]: converted(members[by_option[option]], words)
            for option, words in values.items()
            if option not in OF_THE_CLIENT
        }


class CommandLineCloud(Cloud):
    """The AWS CLI itself, which speaks to the emulator: for programs that copy files and buckets by it."""

    def __init__(self, emulator, folder):
        here = Path(__file__).resolve().parent
        program = folder / "aws"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {here / "aws_for_emulator.py"} "$@"\n', "utf-8")
        program.chmod(0o755)
        self.program = str(program)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_ACCESS_KEY_ID": KEY["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEY["aws_secret_access_key"],
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def converted(shape, words):
    """What an option says, in the type that the API takes."""
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "list":
        return [converted(shape.member, [word]) for word in words]
    if shape.type_name in ("long", "integer"):
        return int(words[0])
    if shape.type_name == "map":
        return json.loads(words[0])
    if shape.type_name == "structure" and words[0].startswith("{"):
        return json.loads(words[0])
    if shape.type_name == "structure":
        pairs = dict(part.split("=", 1) for part in words[0].split(","))
        return {name: converted(shape.members[name], [value]) for name, value in pairs.items()}
    return words[0]
