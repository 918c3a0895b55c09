"""How a deployment is asked for, shown, executed and taken back, with a cloud that answers from a script."""

import argparse
import contextlib
import io
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import deploy  # noqa: E402
import elf  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

ARN = "arn:aws-cn:cloudformation:cn-north-1:1:changeSet/awscli-cloudformation-package-deploy-1/abc"
OPTIONS = argparse.Namespace(stack="zhitiao", region="cn-north-1", bucket="artifacts", yes=True)
OUTPUTS = [{"OutputKey": "ApiUrl", "OutputValue": "https://api.example"}]


def change(action, kind, logical, **more):
    return {"Type": "Resource", "ResourceChange": {"Action": action, "ResourceType": kind, "LogicalResourceId": logical, **more}}


class Scripted:
    """Answers like the CLI for one stack, and remembers what it was asked."""

    def __init__(self, status, arn=ARN, breaks=False):
        self.status, self.arn, self.breaks, self.asked, self.values = status, arn, breaks, [], None

    def text(self, *arguments):
        self.asked.append(arguments[1])
        if arguments[1] == "deploy":
            place = arguments[arguments.index("--parameter-overrides") + 1]
            self.values = json.loads(Path(place.removeprefix("file://")).read_text("utf-8"))
            return f"Run the following command to review changes:\naws … --change-set-name {self.arn}\n" if self.arn else "No changes"
        if arguments[1] == "wait" and self.breaks:
            raise CloudError("Waiter StackUpdateComplete failed")
        return ""

    def call(self, *arguments):
        self.asked.append(arguments[1])
        return {
            "describe-stacks": {"Stacks": [{"StackStatus": self.status, "Outputs": OUTPUTS}]},
            "describe-change-set": {"Changes": [change("Add", "AWS::SNS::Topic", "AlarmTopic")]},
            "describe-stack-events": {
                "StackEvents": [
                    {"LogicalResourceId": "Api", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "no issuer"},
                    {"LogicalResourceId": "Api", "ResourceStatus": "CREATE_IN_PROGRESS"},
                ]
            },
        }[arguments[1]]


class Deployment(unittest.TestCase):
    def run_with(self, cloud, yes=True, answer="", **given):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        names = [match["function"] for match in deploy.CODE.finditer(deploy.TEMPLATE.read_text("utf-8"))]
        for name in names:
            Path(folder, name).mkdir()
            Path(folder, name, "bootstrap").write_bytes(b"")
            Path(folder, f"{name}.zip").write_bytes(b"")
        options = argparse.Namespace(**{**vars(OPTIONS), "yes": yes})
        printed = io.StringIO()
        built = elf.Binary("arm64", (), ())
        with mock.patch.object(deploy, "DIST", Path(folder)), mock.patch.object(elf, "read", return_value=built):
            with mock.patch.object(sys, "stdin", mock.Mock(isatty=lambda: bool(answer))), contextlib.redirect_stdout(printed):
                deploy.deploy(cloud, options, given, ask=lambda _: answer)
        self.template = Path(folder, "template.yaml").read_text("utf-8")
        return printed.getvalue()

    def test_it_shows_the_changes_then_executes_waits_and_prints_the_outputs(self):
        cloud = Scripted("UPDATE_COMPLETE")
        printed = self.run_with(cloud, StaffIssuer="https://staff.example")
        self.assertIn("+ AWS::SNS::Topic AlarmTopic", printed)
        self.assertIn("https://api.example", printed)
        order = [step for step in cloud.asked if step != "describe-stacks"]
        self.assertEqual(order, ["package", "deploy", "describe-change-set", "execute-change-set", "wait"])

    def test_functions_go_up_as_the_archives_and_the_architecture_is_what_was_built(self):
        cloud = Scripted("UPDATE_COMPLETE")
        self.run_with(cloud, StaffIssuer="https://staff.example")
        self.assertEqual(cloud.values, ["StaffIssuer=https://staff.example", "Architecture=arm64"])
        self.assertIn("CodeUri: report-intake.zip", self.template)
        self.assertNotIn("../dist", self.template)
        with self.assertRaisesRegex(CloudError, "make package ARCH=x86_64"):
            self.run_with(cloud, Architecture="x86_64")

    def test_without_a_change_nothing_is_executed(self):
        cloud = Scripted("UPDATE_COMPLETE", arn=None)
        self.assertIn("Nothing would change", self.run_with(cloud))
        self.assertNotIn("execute-change-set", cloud.asked)

    def test_a_no_takes_the_change_set_back_and_an_unborn_stack_with_it(self):
        for status, goes in (("REVIEW_IN_PROGRESS", True), ("UPDATE_COMPLETE", False)):
            cloud = Scripted(status)
            self.assertIn("Nothing was changed", self.run_with(cloud, yes=False, answer="n"))
            self.assertIn("delete-change-set", cloud.asked)
            self.assertEqual("delete-stack" in cloud.asked, goes)
            self.assertNotIn("execute-change-set", cloud.asked)

    def test_without_a_terminal_and_without_yes_nothing_is_executed(self):
        cloud = Scripted("UPDATE_COMPLETE")
        with self.assertRaisesRegex(CloudError, "YES=1"):
            self.run_with(cloud, yes=False)
        self.assertIn("delete-change-set", cloud.asked)
        self.assertNotIn("execute-change-set", cloud.asked)

    def test_a_failed_deployment_says_which_resource_failed_and_why(self):
        with self.assertRaisesRegex(CloudError, "Api: no issuer"):
            self.run_with(Scripted("REVIEW_IN_PROGRESS", breaks=True))


class Words(unittest.TestCase):
    def test_what_is_replaced_or_removed_comes_first_and_is_marked(self):
        lines = deploy.described(
            [
                change("Add", "AWS::SNS::Topic", "AlarmTopic"),
                change("Remove", "AWS::SQS::Queue", "Old"),
                change("Modify", "AWS::Lambda::Function", "F", Replacement="False"),
                change("Modify", "AWS::DynamoDB::Table", "T", Replacement="True"),
                change("Modify", "AWS::S3::Bucket", "B", Replacement="Conditional"),
            ]
        )
        self.assertEqual(
            lines,
            [
                "~ AWS::DynamoDB::Table T  REPLACED",
                "~ AWS::S3::Bucket B  may be REPLACED",
                "- AWS::SQS::Queue Old  REMOVED",
                "~ AWS::Lambda::Function F",
                "+ AWS::SNS::Topic AlarmTopic",
                "1 to add, 3 to modify, 1 to remove",
            ],
        )

    def test_parameters_are_split_as_a_shell_would(self):
        self.assertEqual(
            deploy.parameters("""StaffIssuer=https://a.example/?x=1 ChannelsJson='{"a": "b c"}'"""),
            {"StaffIssuer": "https://a.example/?x=1", "ChannelsJson": '{"a": "b c"}'},
        )
        for wrong in ("StaffIssuer", "=x", "Staff-Issuer=x", "a b=c"):
            with self.assertRaises(CloudError):
                deploy.parameters(wrong)

    def test_what_is_not_packaged_is_named(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(CloudError, "notifier; run `make package`"):
            deploy.with_archives("      CodeUri: ../dist/notifier/\n", Path(folder))

    def test_names_that_no_bucket_could_begin_with_are_refused(self):
        for name in ("Zhitiao", "1st", "a" * 25, "a_b"):
            with self.assertRaisesRegex(CloudError, "name of the stack"):
                deploy.main(["--stack", name, "--region", "r", "--bucket", "b"])

    def test_what_was_not_said_is_asked_for(self):
        for region, bucket, words in (("", "b", "REGION="), ("r", "", "BUCKET=")):
            with self.assertRaisesRegex(CloudError, words):
                deploy.main(["--stack", "zhitiao", "--region", region, "--bucket", bucket])

    def test_a_missing_client_is_named(self):
        with self.assertRaisesRegex(CloudError, "not installed"):
            Cloud("cn-north-1", program="no-such-client")


if __name__ == "__main__":
    unittest.main()
