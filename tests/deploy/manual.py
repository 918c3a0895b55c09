"""Runs the commands of a manual's section against the emulator, line by line as they stand there.

The real AWS CLI, make and the programs of infra/release do what the lines say. Replaced is what this machine does not
have or what would take minutes; REPLACED and `commands` below are the whole list.
"""

import json
import os
import platform
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

from emulator import KEY
from stack import BINARIES, ROOT, of_type

sys.path.insert(0, str(ROOT / "infra" / "release"))

import releases  # noqa: E402

HERE = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What Lambda calls the machines that the binaries of this one run on.
MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
# Lines that are replaced, by how they begin, with what is run instead.
REPLACED = {
    # Optimized builds take minutes: the archives hold the binaries of the debug build, which `make` has built already.
    "make package": "package_debug_build",
}


def blocks(path, section):
    """The shell blocks of a section."""
    text = path.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return BLOCK.findall(text)


def script(found):
    """The blocks as one script, with the lines in REPLACED replaced; each of those must be there."""
    lines = [line for block in found for line in block.splitlines()]
    for beginning, instead in REPLACED.items():
        hits = [number for number, line in enumerate(lines) if line.startswith(beginning)]
        assert len(hits) == 1, f"{len(hits)} lines begin with `{beginning}`: say in REPLACED what is replaced"
        lines[hits[0]] = instead
    return "\n".join(["set -euo pipefail", *lines, ""])


def commands(emulator):
    """The programs that stand in front of those of the machine."""
    path = f"PYTHONPATH={ROOT}/infra:{HERE}"
    api = rf"s#https://([a-z0-9]+)\.execute-api\.[^/]+#{emulator.url}/_aws/execute-api/\1/\$default#"
    return {
        "aws": f'{path} exec {sys.executable} {HERE}/aws_for_emulator.py "$@"',
        # `cargo run -p zhitiao-operator -- …`: the binary is built already.
        "cargo": f'[ "$1 $2 $3 $4" = "run -p zhitiao-operator --" ] && exec {BINARIES}/zhitiao-operator "${{@:5}}"',
        # The API of the emulator has no name of its own.
        "curl": f'exec {shutil.which("curl")} --max-time 60 '
                f'"${{@/#https:*/$(sed -E \'{api}\' <<< "$(printf "%s\\n" "$@" | grep "^https:")")}}"',
    }


class Manual:
    """A working copy beside which the programs stand that reach the emulator."""

    def __init__(self, emulator, folder, template):
        self.emulator = emulator
        self.tree, self.programs = folder / "tree", folder / "programs"
        self.tree.mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", self.tree)
        shutil.copytree(ROOT / "infra", self.tree / "infra", ignore=shutil.ignore_patterns("__pycache__"))
        self.programs.mkdir()
        for name, command in {**commands(emulator), "package_debug_build": self.package(template)}.items():
            program = self.programs / name
            program.write_text(f"#!/usr/bin/env bash\n{command}\n", "utf-8")
            program.chmod(0o755)

    def package(self, template):
        """What lays out dist/ as `make package` does, from the archives that the other tests deploy."""
        made = self.emulator.folder
        lines = []
        for logical_id, function in of_type(template, "AWS::Serverless::Function").items():
            name = Path(function["Properties"]["CodeUri"]).name
            lines += [f"mkdir -p dist/{name}", f"cp {made}/{logical_id}.bin dist/{name}/bootstrap",
                      f"cp {made}/{logical_id}.zip dist/{name}.zip"]
        return "\n".join(["set -e", *lines, f"{sys.executable} - <<'END'", self.manifest(), "END"])

    def manifest(self):
        """What writes dist/release.json, which `make package` would make from the build."""
        needs, steps = releases.data_known((ROOT / "shared/store/src/schema.rs").read_text("utf-8"))
        said = {"version": "0.1.0", "architecture": MACHINES[platform.machine()], "needs": needs, "steps": steps}
        return "\n".join([
            "import hashlib, json, pathlib",
            "archives = sorted(pathlib.Path('dist').glob('*.zip'))",
            "functions = {one.stem: hashlib.sha256(one.read_bytes()).hexdigest() for one in archives}",
            f"release = json.loads({json.dumps(said)!r}) | {{'functions': functions}}",
            "pathlib.Path('dist/release.json').write_text(json.dumps(release))",
        ])

    def run(self, text, answers="", **more):
        """Runs a script with a terminal that gives these answers; what it printed, and how it ended."""
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(self.tree),
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ACCESS_KEY_ID": KEY["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEY["aws_secret_access_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            # A version manager's python3 puts programs of its own in front of ours.
            "PYTHON": sys.executable,
            **more,
        }
        ours, theirs = pty.openpty()
        os.write(ours, answers.encode())
        try:
            return subprocess.run(["bash", "-c", text], cwd=self.tree, env=environment, stdin=theirs,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        finally:
            os.close(theirs)
            os.close(ours)
