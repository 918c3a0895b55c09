"""What the manual tells an operator to type is typed here, against the emulator."""

import json
import pathlib
import tempfile

import manual
from stack import ROOT, source
from test_deployment import DeploymentTest


class TenMinutesTest(DeploymentTest):
    """"Deploy to AWS in ten minutes" of docs/operators.md, from the first line to the first report."""

    def test_every_line_works_in_its_order(self):
        found = manual.blocks(ROOT / "docs" / "operators.md", "Deploy to AWS in ten minutes")
        self.assertEqual(len(found), 2)
        with tempfile.TemporaryDirectory(prefix="zhitiao-manual-") as folder:
            desk = manual.Manual(self.world.emulator, pathlib.Path(folder), source())
            done = desk.run(manual.script(found), answers="y\n")
            desk.run("aws cloudformation delete-stack --stack-name zhitiao --region cn-north-1")
        self.assertEqual(done.returncode, 0, done.stdout)
        for words in ("+ AWS::DynamoDB::Table CasesTable", "ApiUrl", "CasesTableName"):
            self.assertIn(words, done.stdout)
        receipt = json.loads(done.stdout.strip().splitlines()[-1])
        self.assertIn("tracking_token", receipt)
        self.saw("lines of the manual run", sum(len(block.splitlines()) for block in found))

    def test_staging_comes_and_goes(self):
        """`make staging`, twice, and `make staging-remove`."""
        place = "STACK=zhitiao REGION=ap-southeast-1"
        given = 'BUCKET=staging-archives PARAMETERS="District=shinan StaffIssuer=https://login.example.cn"'
        with tempfile.TemporaryDirectory(prefix="zhitiao-manual-") as folder:
            desk = manual.Manual(self.world.emulator, pathlib.Path(folder), source())
            made = desk.run("set -e; package_debug_build; aws s3 mb s3://staging-archives --region ap-southeast-1\n"
                            f"make staging {place} {given} YES=1; make staging {place} {given} YES=1")
            self.assertEqual(made.returncode, 0, made.stdout)
            numbers = [line for line in made.stdout.splitlines() if line.startswith("report ")]
            self.assertEqual((len(numbers), numbers[:5]), (10, numbers[5:]))
            # The emulator keeps what SAM made of the first parameters, so that the second run publishes the versions
            # that CloudFormation publishes when the stack gets its address; nothing is replaced by it.
            second = made.stdout.partition("release 0.1.0 over 0.1.0")[2]
            self.assertIn("report ", second)
            self.assertNotIn("REPLACED", second)
            gone = desk.run(f"set -e; make staging-remove {place}\n"
                            "aws s3 ls | grep zhitiao-staging || aws dynamodb list-tables --region ap-southeast-1", answers="y\n")
        self.assertEqual(gone.returncode, 0, gone.stdout)
        self.assertIn("zhitiao-staging is gone", gone.stdout)
        self.assertEqual(json.loads(gone.stdout[gone.stdout.rindex("{"):])["TableNames"], [], gone.stdout)
        self.saw("behaviors seen")

    def test_a_line_that_is_replaced_must_be_there(self):
        with self.assertRaisesRegex(AssertionError, "make package"):
            manual.script(["make deploy\n"])
