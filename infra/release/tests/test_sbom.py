"""The bill of materials, of this workspace's own locked graph."""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import package  # noqa: E402
import sbom  # noqa: E402

TARGET = "x86_64-unknown-linux-gnu"


class Bill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cargo = os.environ.get("CARGO", "cargo")
        command = [cargo, "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
        done = subprocess.run(command, cwd=package.ROOT, check=True, capture_output=True, text=True)
        cls.metadata = json.loads(done.stdout)
        cls.functions = package.functions(cls.metadata)
        cls.lock = (package.ROOT / "Cargo.lock").read_text("utf-8")
        cls.bill = sbom.bill(cls.metadata, cls.functions, cls.lock, TARGET)
        cls.components = {one["bom-ref"]: one for one in cls.bill["components"]}
        cls.scopes = {one["name"]: one["scope"] for one in cls.bill["components"]}

    def test_it_is_cyclonedx_as_the_specification_has_it(self):
        self.assertEqual((self.bill["bomFormat"], self.bill["specVersion"]), ("CycloneDX", "1.5"))
        self.assertRegex(self.bill["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(len(self.components), len(self.bill["components"]), "a reference stands for one component")
        for one in self.bill["components"]:
            self.assertRegex(one["purl"], r"^pkg:cargo/[A-Za-z0-9_-]+@\d+\.\d+\.\d+[A-Za-z0-9.%-]*$")
            (license,) = one["licenses"]
            self.assertNotIn("/", license["expression"])

    def test_every_foreign_crate_has_the_checksum_of_the_lock(self):
        for one in self.bill["components"]:
            if one["name"].startswith("zhitiao-"):
                self.assertNotIn("hashes", one)
            else:
                (checksum,) = one["hashes"]
                self.assertTrue(re.fullmatch("[0-9a-f]{64}", checksum["content"]) and checksum["content"] in self.lock)

    def test_dependencies_lead_from_the_functions_to_every_component(self):
        leads = {one["ref"]: one["dependsOn"] for one in self.bill["dependencies"]}
        self.assertEqual(set(leads), set(self.components) | {"zhitiao"})
        roots = [self.components[ref]["name"] for ref in leads["zhitiao"]]
        self.assertEqual(sorted(roots), sorted(f"zhitiao-{name}" for name in self.functions))
        reached, waiting = set(), ["zhitiao"]
        while waiting:
            ref = waiting.pop()
            if ref not in reached:
                reached.add(ref)
                waiting.extend(leads[ref])
        self.assertEqual(reached, set(leads))

    def test_shipped_built_with_and_left_out_are_told_apart(self):
        for name in ("ring", "aws-sdk-dynamodb", "tokio", "zhitiao-domain"):
            self.assertEqual(self.scopes[name], "required", name)
        for name in ("syn", "serde_derive", "cc"):
            self.assertEqual(self.scopes[name], "excluded", name)
        for name in ("proptest", "dynoxide-rs", "zhitiao-local", "windows-sys", "aws-lc-rs"):
            self.assertNotIn(name, self.scopes)

    def test_the_same_lock_gives_the_same_bill(self):
        again = sbom.bill(self.metadata, self.functions, self.lock, TARGET)
        self.assertEqual(json.dumps(again), json.dumps(self.bill))


if __name__ == "__main__":
    unittest.main()
