"""Replaces a secret of a living stack in steps, so that at no time one function refuses what another one signed.

A new version of the secret waits under the stage AWSPENDING until the functions use it, so that a run that broke off is
continued by the next: what is done can be read from the stack's parameters. No value is shown, or stands in a command
line. Used by `make rotate`.
"""

import argparse
import json
import re
import secrets
import string
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import creation  # noqa: E402 - found beside this file
import deploy  # noqa: E402
import parameters  # noqa: E402
import versions  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
# Letters and digits only: the secrets of a variable are separated by commas, and their versions by colons.
ALPHABET = string.ascii_letters + string.digits
LENGTH = 48
# What marks a version that verifies and does not sign yet.
NEXT = re.compile(r",~(\d+:)")
# A list is read for minutes, and its cursors with it.
CURSOR_SECONDS = 600


@dataclass(frozen=True)
class Pair:
    """A secret of which one version is used and another accepted besides: two parameters name them."""

    logical: str
    version: str
    next: str
    wait: int


@dataclass(frozen=True)
class Listed:
    """A secret that is a list: all of it is accepted for ever, and the last one signs."""

    logical: str
    version: str


SECRETS = {
    "tracking": Listed("TrackingSecret", "TrackingSecretVersion"),
    "cursor": Pair("CursorSecret", "CursorSecretVersion", "CursorSecretNext", CURSOR_SECONDS),
    "origin": Pair("OriginSecret", "OriginSecretVersion", "OriginSecretNext", 0),
}


def fresh():
    """A new secret."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class Rotation:
    """One rotation of one secret of one stack."""

    def __init__(self, cloud, stack, kind, options, sleep=time.sleep):
        self.cloud, self.stack, self.kind, self.options, self.sleep = cloud, stack, kind, options, sleep
        found = creation.existing(cloud, stack)
        self.values = creation.values(found)
        if self.values is None:
            raise CloudError(f"there is no stack {stack}")
        versions.refuse_if_turned_back(cloud, stack, self.values)
        if kind.version not in self.values:
            raise CloudError(f"the stack has no parameter {kind.version} yet: deploy this release first")
        try:
            self.secret = cloud.resource(stack, kind.logical)
        except CloudError as error:
            raise CloudError(f"the stack has no {kind.logical}: nothing demands it (OriginProof is none)") from error

    def run(self):
        """The whole of it; answers whether it came to its end."""
        return self.listed() if isinstance(self.kind, Listed) else self.paired()

    def stages(self):
        """Which version has which stage: {stage: version id}."""
        answer = self.cloud.call("secretsmanager", "describe-secret", "--secret-id", self.secret)
        return {stage: version for version, stages in answer["VersionIdsToStages"].items() for stage in stages}

    def value(self, version):
        answer = self.cloud.call(
            "secretsmanager", "get-secret-value", "--secret-id", self.secret, "--version-id", version
        )
        return answer["SecretString"]

    def put(self, value):
        """Stores a value that is not used yet; answers its version."""
        version = str(uuid.uuid4())
        request = {
            "SecretId": self.secret, "ClientRequestToken": version, "SecretString": value, "VersionStages": [PENDING],
        }
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, "request.json")
            place.touch(mode=0o600)
            place.write_text(json.dumps(request), "utf-8")
            self.cloud.text("secretsmanager", "put-secret-value", "--cli-input-json", f"file://{place}")
        return version

    def pending(self):
        """The version that a run which broke off left, if any."""
        stages = self.stages()
        return None if stages.get(PENDING) == stages[CURRENT] else stages.get(PENDING)

    def promote(self, version):
        """Makes a version the newest of the secret."""
        current = self.stages()[CURRENT]
        if current != version:
            self.cloud.text(
                *("secretsmanager", "update-secret-version-stage", "--secret-id", self.secret),
                *("--version-stage", CURRENT),
                *("--move-to-version-id", version, "--remove-from-version-id", current),
            )

    def configure(self, words, **given):
        """Changes parameters and waits until every function, and CloudFront, has them."""
        if all(self.values.get(name) == value for name, value in given.items()):
            return
        print(f"{words} …", flush=True)
        given = parameters.revised(given, self.values, self.values)
        arn = deploy.parameter_change_set(self.cloud, self.stack, given, self.values)
        if arn is not None:
            deploy.execute(self.cloud, self.stack, arn)
        self.values.update(given)

    def listed(self):
        """Adds a version that verifies everywhere first, and signs then."""
        pending = self.pending()
        if pending is None:
            value = self.value(self.values[self.kind.version] or self.stages()[CURRENT])
            pending = self.put(f"{value},~{len(value.split(',')) + 1}:{fresh()}")
        value = self.value(pending)
        if NEXT.search(value):
            self.configure("every function accepts the new one", **{self.kind.version: pending})
            pending = self.put(NEXT.sub(r",\1", value))
        self.configure("the new one signs", **{self.kind.version: pending})
        self.promote(pending)
        return True

    def paired(self):
        """Both are accepted, then the new one is used, then the old one is refused."""
        version, other = self.kind.version, self.kind.next
        # A version is pending until the last stage is done.
        new = self.pending() or self.put(fresh())
        old = self.stages()[CURRENT]
        if self.values[version] != new:
            self.configure("both are accepted", **{version: old, other: new})
            if self.kind.logical == "OriginSecret" and not self.values.get("WebAclArn") and not self.options.sent:
                print(
                    "Both are accepted. Let your CDN send the new one as the header origin-verify; you read it by\n"
                    f"  aws secretsmanager get-secret-value --secret-id {self.secret} --version-stage {PENDING} "
                    "--query SecretString\nThen run this again with SENT=1."
                )
                return False
            self.configure("the new one is used", **{version: new, other: old})
        if self.values[other] != new:
            # A run that broke off while it waited waits anew: its past minutes are not known.
            wait = self.options.wait if self.options.wait is not None else self.kind.wait
            if wait:
                print(f"waiting {wait} s for what the old one signed …", flush=True)
                self.sleep(wait)
        self.configure("the old one is refused", **{version: new, other: new})
        self.promote(new)
        return True


def main(arguments):
    parser = argparse.ArgumentParser(description="Replaces a secret of a living stack.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--name", required=True, help=f"one of {', '.join(SECRETS)}")
    parser.add_argument("--wait", type=int, help="seconds that the old one is accepted after the new one is used")
    parser.add_argument("--sent", action="store_true", help="another CDN sends the new secret of origin by now")
    parser.add_argument("--yes", action="store_true", help="execute without asking")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region:
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1, for example")
    if options.name not in SECRETS:
        raise CloudError(
            f"NAME is one of {', '.join(SECRETS)}; channels are changed over the API, the key renews itself"
        )
    rotation = Rotation(Cloud(options.region), options.stack, SECRETS[options.name], options)
    print(f"{options.name} of {options.stack}: nothing is refused in between.")
    if not deploy.confirmed(options.yes):
        print("Nothing was changed.")
    elif rotation.run():
        print("Done.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"rotate: {refusal}")
