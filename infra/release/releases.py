"""Releases: what `make package` built under a number, and what is kept in the bucket under that number for ever.

dist/release.json and the same file in the bucket say what a release consists of. A number names one content only, so
that `make deploy VERSION=` deploys what it deployed before.
"""

import hashlib
import json
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from cloud import CloudError

MANIFEST = "release.json"
TEMPLATE = "template.yaml"
NUMBER = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]{1,16})?")
CODE = re.compile(r"^(?P<key>\s*CodeUri:\s*)\.\./dist/(?P<function>[a-z0-9-]+)/$", re.MULTILINE)
# How shared/store/src/schema.rs writes a step of stored data, and the oldest data that the code still reads.
_STEP = re.compile(r'Step \{ number: (\d+), says: "([^"]+)"')
_NEEDS = re.compile(r"pub const NEEDS: u32 = (\d+);")


@dataclass(frozen=True)
class Release:
    """What is deployed under a number: for which machine, which functions, and what it knows of stored data."""

    version: str
    architecture: str
    # The SHA-256 of each archive, and of the template.
    functions: dict
    template: str
    # The number of the oldest stored data that it reads, and the steps to the newest: [[number, what it does]].
    needs: int
    steps: list

    @property
    def data(self):
        """The newest step of stored data that it knows."""
        return max((number for number, _ in self.steps), default=0)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def data_known(source):
    """What the code says about stored data: the oldest that it reads, and its steps."""
    needs = _NEEDS.search(source)
    return int(needs[1]), [[int(number), says] for number, says in _STEP.findall(source)]


def numbered(version, changelog):
    """The number of a release, which has its form and its section in the changelog."""
    if not NUMBER.fullmatch(version):
        raise CloudError(f"{version!r} is no number of a release: write three numbers, such as 0.2.0 or 0.2.0-rc.1")
    if not re.search(rf"^## {re.escape(version.partition('-')[0])}\b", changelog, re.MULTILINE):
        raise CloudError(f"docs/CHANGELOG.md has no section {version}: name there what changes")
    return version


def packaged(dist, template):
    """The release that `make package` left in a folder, with the template that belongs to it."""
    names = [match["function"] for match in CODE.finditer(template)]
    if missing := [name for name in names if not (dist / f"{name}.zip").is_file()]:
        raise CloudError(f"not packaged: {', '.join(missing)}; run `make package` first")
    try:
        said = json.loads((dist / MANIFEST).read_text("utf-8"))
    except OSError:
        raise CloudError(f"dist/{MANIFEST} is missing; run `make package` first") from None
    found = {name: digest((dist / f"{name}.zip").read_bytes()) for name in names}
    if other := [name for name in names if said["functions"].get(name) != found[name]]:
        raise CloudError(f"not what {said['version']} was packaged with: {', '.join(other)}; run `make package` again")
    return Release(**{**said, "functions": found, "template": digest(template.encode())})


class Bucket:
    """The releases that a bucket keeps, each in a folder of its own."""

    def __init__(self, cloud, name):
        self.cloud, self.name = cloud, name

    def key(self, version, file):
        return f"zhitiao/releases/{version}/{file}"

    def place(self, version, file=""):
        return f"s3://{self.name}/{self.key(version, file)}"

    def kept(self, version):
        """The release of a number as the bucket keeps it; None if it does not."""
        try:
            self.cloud.text("s3api", "head-object", "--bucket", self.name, "--key", self.key(version, MANIFEST))
        except CloudError as error:
            if "404" in str(error) or "Not Found" in str(error):
                return None
            raise
        return Release(**json.loads(self.read(version, MANIFEST)))

    def read(self, version, file):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file)
            self.cloud.text("s3", "cp", "--only-show-errors", self.place(version, file), str(path))
            return path.read_text("utf-8")

    def template(self, release, text=None):
        """The template of a release with the address of each archive; `text` is that of a release not kept yet."""
        text = self.read(release.version, TEMPLATE) if text is None else text
        if digest(text.encode()) != release.template:
            raise CloudError(f"{self.place(release.version, TEMPLATE)} is not the template of {release.version} any more")
        return CODE.sub(lambda code: f"{code['key']}{self.place(release.version, code['function'])}.zip", text)

    def keep(self, release, dist, template):
        """Uploads a release unless it is there, and refuses another content under a number that is taken."""
        kept = self.kept(release.version)
        if kept is not None and kept != release:
            raise CloudError(
                f"{self.name} keeps {release.version} with another content: raise the version in Cargo.toml, or package "
                f"under another number, `make package VERSION={release.version}-rc.1`"
            )
        if kept is not None:
            return
        with tempfile.TemporaryDirectory() as folder:
            for name in release.functions:
                Path(folder, f"{name}.zip").write_bytes((dist / f"{name}.zip").read_bytes())
            Path(folder, TEMPLATE).write_text(template, "utf-8")
            manifest = Path(folder, MANIFEST)
            self.cloud.text("s3", "cp", "--only-show-errors", "--recursive", folder, self.place(release.version))
            # Last: an upload that broke off is no release.
            manifest.write_text(json.dumps(asdict(release), indent=1) + "\n", "utf-8")
            self.cloud.text("s3", "cp", "--only-show-errors", str(manifest), self.place(release.version, MANIFEST))


def stored_number(cloud, stack, district):
    """The number of the newest step that was begun on the stored data of a living stack."""
    table = cloud.resource(stack, "DirectoryTable")
    key = json.dumps({"pk": {"S": district}, "sk": {"S": "SCHEMA"}})
    item = (cloud.call("dynamodb", "get-item", "--table-name", table, "--key", key) or {}).get("Item", {})
    return int(item.get("begun", {}).get("N", 0))


def refuse_data(version, needs, data, stored):
    """Refuses a release that does not know the stored data, or not any more."""
    if stored > data:
        raise CloudError(
            f"the stored data is at step {stored} and {version} knows them up to {data}: its functions would refuse to "
            "start. Deploy a newer release"
        )
    if stored < needs:
        raise CloudError(
            f"the stored data is at step {stored} and {version} reads them from {needs} on: run `zhitiao-operator "
            "migrate` of the release that is deployed before you deploy this one"
        )
