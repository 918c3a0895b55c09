"""The AWS command-line client, and what we say when it says no."""

import json
import os
import shutil
import subprocess


class CloudError(Exception):
    """A reason not to go on, for people."""


class Cloud:
    """Calls of `aws` in one region."""

    def __init__(self, region, program="aws"):
        self.program = shutil.which(program)
        if self.program is None:
            raise CloudError(
                f"the program `{program}` is not installed: it is the AWS Command Line Interface, version 2, which is on "
                "every AWS CloudShell and installed by https://docs.aws.amazon.com/cli/"
            )
        # No pager and no questions: what it prints is read by a program.
        self.environment = {**os.environ, "AWS_PAGER": "", "AWS_DEFAULT_REGION": region, "AWS_REGION": region}

    def text(self, *arguments):
        """What a call prints."""
        command = [self.program, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise CloudError(f"`aws {' '.join(arguments[:2])}` failed: {said}")
        return done.stdout

    def call(self, *arguments):
        """What a call answers; nothing when it prints nothing."""
        text = self.text(*arguments, "--output", "json")
        return json.loads(text) if text.strip() else None

    def resource(self, stack, logical):
        """The physical id of a resource of a stack."""
        answer = self.call(
            "cloudformation", "describe-stack-resource", "--stack-name", stack, "--logical-resource-id", logical
        )
        return answer["StackResourceDetail"]["PhysicalResourceId"]
