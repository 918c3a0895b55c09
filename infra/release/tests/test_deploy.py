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
import parameters  # noqa: E402
import releases  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

ARN = "arn:aws-cn:cloudformation:cn-north-1:1:changeSet/awscli-cloudformation-package-deploy-1/abc"
OPTIONS = argparse.Namespace(stack="zhitiao", region="cn-north-1", bucket="artifacts", version="", yes=True,
                             parameters_only=False)
REASON, EMPTY = "no issuer", "The submitted information didn't contain changes."
OUTPUTS = [{"OutputKey": "ApiUrl", "OutputValue": "https://api.example"}]


def change(action, kind, logical, **more):
    resource = {"Action": action, "ResourceType": kind, "LogicalResourceId": logical, **more}
    return {"Type": "Resource", "ResourceChange": resource}


class Scripted:
    """Answers like the CLI for one stack, and remembers what it was asked. No status means no stack yet."""

    def __init__(self, status, arn=ARN, breaks=(), living=None, left=None, reason=EMPTY):
        self.status, self.arn, self.breaks, self.left, self.reason = status, arn, breaks, left or {}, reason
        self.asked, self.values, self.request = [], None, None
        # The bucket, the template that was deployed, the stored data, and what the functions run.
        self.kept, self.template, self.begun, self.runs = {}, None, 0, "0.1.0"
        said = dict.fromkeys(parameters.ASKED_FOR, "said") | {"District": "shinan"}
        self.living = said if living is None else living

    def text(self, *arguments):
        self.asked.append(arguments[1])
        if arguments[1] == "head-bucket":
            if "bucket" not in self.left:
                raise CloudError("An error occurred (404)")
        if arguments[1] == "head-object" and arguments[-1] not in self.kept:
            raise CloudError("An error occurred (404) when calling the HeadObject operation: Not Found")
        if arguments[1] == "cp":
            self.copy(*arguments[-2:])
        if arguments[1] in self.breaks:
            raise CloudError(f"`aws {' '.join(arguments[:2])}` failed: {arguments[1]} broke")
        if arguments[1] == "deploy":
            self.template = Path(arguments[arguments.index("--template-file") + 1]).read_text("utf-8")
            self.status = self.status or "REVIEW_IN_PROGRESS"
            place = arguments[arguments.index("--parameter-overrides") + 1]
            self.values = json.loads(Path(place.removeprefix("file://")).read_text("utf-8"))
            return f"Run this to review changes:\naws … --change-set-name {self.arn}\n" if self.arn else "No changes"
        return ""

    def copy(self, source, target):
        """The bucket: by the keys of its objects, their bytes."""
        if source.startswith("s3://"):
            Path(target).write_bytes(self.kept[source.removeprefix("s3://artifacts/")])
        elif Path(source).is_dir():
            folder = target.removeprefix("s3://artifacts/")
            self.kept |= {folder + path.name: path.read_bytes() for path in Path(source).iterdir()}
        else:
            self.kept[target.removeprefix("s3://artifacts/")] = Path(source).read_bytes()

    def resource(self, stack, logical):
        return f"{stack}-{logical}-X"

    def call(self, *arguments):
        self.asked.append(arguments[1])
        if arguments[1] == "get-item":
            return {"Item": {"begun": {"N": str(self.begun)}}} if self.begun else None
        if arguments[1] == "get-alias":
            return {"FunctionVersion": "1"}
        if arguments[1] == "describe-stacks":
            if self.status is None:
                raise CloudError("`aws cloudformation describe-stacks` failed: Stack zhitiao does not exist")
            living = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.living.items()]
            return {"Stacks": [{"StackStatus": self.status, "Outputs": OUTPUTS, "Parameters": living}]}
        if arguments[1] == "create-change-set":
            self.request = json.loads(Path(arguments[-1].removeprefix("file://")).read_text("utf-8"))
            return {"Id": self.arn}
        if arguments[1] in self.breaks:
            raise CloudError(f"`aws {' '.join(arguments[:2])}` failed: AccessDenied")
        if arguments[1] == "describe-events":
            # The events of a change set go with it; those of the stack are of all its time.
            if self.arn not in arguments or "delete-change-set" in self.asked:
                return {"OperationEvents": [{"LogicalResourceId": "Old", "ResourceStatusReason": "of last year"}]}
            return {
                "OperationEvents": [
                    {
                        "ValidationPath": "/Resources/Api/Properties/Colour",
                        "ValidationStatusReason": "unsupported property",
                        "ValidationStatus": "FAILED",
                    },
                    {"EventType": "STACK_EVENT"},
                ]
            }
        answers = {
            "describe-change-set": {
                "Changes": [change("Add", "AWS::SNS::Topic", "AlarmTopic")],
                "StatusReason": self.reason,
            },
            "list-change-sets": {
                "Summaries": [
                    {"Status": "FAILED", "CreationTime": "2026-01-01", "ChangeSetId": "arn:old"},
                    {"Status": "FAILED", "CreationTime": "2026-02-02", "ChangeSetId": self.arn},
                    {"Status": "CREATE_COMPLETE", "CreationTime": "2026-03-03", "ChangeSetId": "arn:other"},
                ]
            },
            "describe-stack-events": {
                "StackEvents": [
                    {"LogicalResourceId": "Api", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": REASON},
                    {"LogicalResourceId": "Api", "ResourceStatus": "CREATE_IN_PROGRESS"},
                ]
            },
            "get-caller-identity": {"Account": "123456789012"},
            "list-stack-resources": ["zhitiao-SiteFunction-X"],
            "list-versions-by-function": [["1", f"Release {self.runs}, data 0. Shows pages."]],
            "get-template-summary": {
                "Parameters": [
                    {"ParameterKey": "RouteRate", "ParameterType": "Number"},
                    {"ParameterKey": "LogLevel", "ParameterConstraints": {"AllowedValues": ["info"]}},
                    {"ParameterKey": "District", "ParameterType": "String"},
                    {"ParameterKey": "AlarmRobot", "ParameterType": "String", "NoEcho": True},
                ]
            },
            "list-aliases": [{"AliasName": "alias/zhitiao", "TargetKeyId": "k"}] if "alias" in self.left else [],
            "describe-log-groups": {"logGroups": [{"logGroupName": g} for g in self.left.get("logs", ())]},
            "get-resources": {
                "ResourceTagMappingList": [
                    {
                        "ResourceARN": "arn:aws-cn:dynamodb:cn-north-1:1:table/zhitiao-CasesTable-X",
                        "Tags": [{"Key": "aws:cloudformation:logical-id", "Value": "CasesTable"}],
                    }
                ]
            },
        }
        return answers[arguments[1]]


# What a new stack must be told.
NEW = (
    "District=shinan StaffIssuer=https://staff.example.cn PublicUrl=https://zhitiao.example.cn "
    "AllowedOrigins=https://zhitiao.example.cn AlarmEmail=ops@example.cn"
)


class Deployment(unittest.TestCase):
    def run_with(self, cloud, text="", yes=True, answer="", package="0.2.0", code=b"code", steps=(), **more):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        names = [match["function"] for match in releases.CODE.finditer(deploy.TEMPLATE.read_text("utf-8"))]
        for name in names:
            Path(folder, f"{name}.zip").write_bytes(code)
        functions = dict.fromkeys(names, releases.digest(code))
        said = {"version": package, "architecture": "arm64", "functions": functions, "needs": 0, "steps": list(steps)}
        Path(folder, "release.json").write_text(json.dumps(said), "utf-8")
        options = argparse.Namespace(**{**vars(OPTIONS), "yes": yes, **more})
        printed = io.StringIO()
        with mock.patch.object(deploy, "DIST", Path(folder)):
            terminal = mock.patch.object(sys, "stdin", mock.Mock(isatty=lambda: bool(answer)))
            with terminal, contextlib.redirect_stdout(printed):
                deploy.deploy(cloud, options, text, ask=lambda _: answer)
        return printed.getvalue()

    def test_it_shows_the_changes_then_executes_waits_and_prints_the_outputs(self):
        cloud = Scripted("UPDATE_COMPLETE")
        printed = self.run_with(cloud, "StaffIssuer=https://staff.example")
        self.assertIn("+ AWS::SNS::Topic AlarmTopic", printed)
        self.assertIn("https://api.example", printed)
        order = [step for step in cloud.asked if step != "describe-stacks"]
        kept = ["get-item", "head-object", "cp", "cp"]
        self.assertEqual(order, [*kept, "deploy", "describe-change-set", "execute-change-set", "wait"])

    def test_functions_go_up_as_the_archives_and_the_architecture_is_what_was_built(self):
        cloud = Scripted("UPDATE_COMPLETE")
        self.run_with(cloud, "StaffIssuer=https://staff.example")
        self.assertEqual(cloud.values[:3], ["StaffIssuer=https://staff.example", "Architecture=arm64", "Release=0.2.0"])
        self.assertIn("CodeUri: s3://artifacts/zhitiao/releases/0.2.0/report-intake.zip\n", cloud.template)
        self.assertNotIn("../dist", cloud.template)
        with self.assertRaisesRegex(CloudError, "make package ARCH=x86_64"):
            self.run_with(cloud, "Architecture=x86_64")

    def test_without_a_change_nothing_is_executed(self):
        cloud = Scripted("UPDATE_COMPLETE", arn=None)
        self.assertIn("Nothing would change", self.run_with(cloud))
        self.assertNotIn("execute-change-set", cloud.asked)

    def test_a_no_takes_the_change_set_back_and_an_unborn_stack_with_it(self):
        for status, goes in ((None, True), ("UPDATE_COMPLETE", False)):
            cloud = Scripted(status)
            self.assertIn("Nothing was changed", self.run_with(cloud, "" if status else NEW, yes=False, answer="n"))
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
        with self.assertRaisesRegex(CloudError, "Api: no issuer") as refused:
            self.run_with(Scripted(None, breaks=("wait",)), NEW)
        self.assertIn("CasesTable: arn:aws-cn:dynamodb", str(refused.exception))

    def test_what_failed_is_said_even_where_what_was_kept_may_not_be_asked(self):
        with self.assertRaisesRegex(CloudError, "Api: no issuer") as refused:
            self.run_with(Scripted(None, breaks=("wait", "get-resources")), NEW)
        self.assertIn("cannot be read here", str(refused.exception))

    def test_what_aws_found_wrong_before_it_changed_anything_is_printed(self):
        with self.assertRaisesRegex(CloudError, "/Resources/Api/Properties/Colour: unsupported property"):
            self.run_with(Scripted("UPDATE_COMPLETE", breaks=("deploy",)))
        with self.assertRaisesRegex(CloudError, "of last year"):
            self.run_with(Scripted("UPDATE_COMPLETE", breaks=("deploy", "list-change-sets")))
        with self.assertRaisesRegex(CloudError, "deploy broke(.|\n)*cannot be read here"):
            self.run_with(Scripted("UPDATE_COMPLETE", breaks=("deploy", "describe-events")))

    def test_the_events_of_a_change_set_are_read_before_it_is_deleted(self):
        cloud = Scripted("UPDATE_COMPLETE", breaks=("wait",), reason="a rule was broken")
        with self.assertRaisesRegex(CloudError, "a rule was broken\n  /Resources/Api/Properties/Colour"):
            self.run_with(cloud, "RouteRate=5", parameters_only=True)
        self.assertIn("delete-change-set", cloud.asked)

    def test_a_new_stack_is_refused_until_everything_is_said_that_no_default_serves(self):
        cloud = Scripted(None)
        with self.assertRaisesRegex(CloudError, "PublicUrl: where residents"):
            self.run_with(cloud, NEW.replace("PublicUrl=https://zhitiao.example.cn ", ""))
        self.assertNotIn("cp", cloud.asked)
        self.run_with(Scripted(None), NEW)

    def test_what_an_earlier_stack_left_is_named_with_its_remedy_before_anything_is_uploaded(self):
        left = {"bucket": True, "alias": True, "logs": ["/aws/lambda/zhitiao/notifier"]}
        for kind, words in (
            ("bucket", "aws s3 rb s3://zhitiao-quarantine-123456789012-cn-north-1 --force"),
            ("alias", "delete-alias --alias-name alias/zhitiao"),
            ("logs", "delete-log-group --log-group-name /aws/lambda/zhitiao/notifier"),
        ):
            cloud = Scripted(None, left={kind: left[kind]})
            with self.assertRaisesRegex(CloudError, words):
                self.run_with(cloud, NEW)
            self.assertNotIn("cp", cloud.asked)
            # A living stack owns these things itself.
            self.run_with(Scripted("UPDATE_COMPLETE", left=left))

    def test_a_stack_whose_creation_failed_is_said_to_be_deleted_first(self):
        with self.assertRaisesRegex(CloudError, "delete-stack --stack-name zhitiao"):
            self.run_with(Scripted("ROLLBACK_COMPLETE"), NEW)

    def test_the_district_of_a_living_stack_never_changes(self):
        cloud = Scripted("UPDATE_COMPLETE")
        with self.assertRaisesRegex(CloudError, "the stack serves shinan"):
            self.run_with(cloud, "District=shibei")
        self.assertNotIn("cp", cloud.asked)

    def test_new_channels_are_a_new_revision(self):
        with tempfile.TemporaryDirectory() as folder:
            robot = Path(folder, "robot")
            robot.write_text("https://x/?key=it's$HOME\n", "utf-8")
            cloud = Scripted("UPDATE_COMPLETE")
            self.run_with(cloud, f"AlarmRobot=@{robot}")
        self.assertIn("AlarmRobot=https://x/?key=it's$HOME", cloud.values)

    def test_parameters_alone_leave_code_and_template_as_they_are(self):
        cloud = Scripted("UPDATE_COMPLETE")
        self.run_with(cloud, "RouteRate=5", parameters_only=True, bucket="")
        self.assertTrue(cloud.request["UsePreviousTemplate"])
        self.assertIn({"ParameterKey": "RouteRate", "ParameterValue": "5"}, cloud.request["Parameters"])
        self.assertIn({"ParameterKey": "District", "UsePreviousValue": True}, cloud.request["Parameters"])
        self.assertFalse({"cp", "deploy"} & set(cloud.asked))
        wrong = ("Rate=5", "no parameter Rate"), ("LogLevel=loud", "is none of info"), ("RouteRate=x", "no number")
        for text, words in wrong:
            with self.assertRaisesRegex(CloudError, words):
                self.run_with(Scripted("UPDATE_COMPLETE"), text, parameters_only=True)
        with self.assertRaisesRegex(CloudError, "no stack zhitiao yet"):
            self.run_with(Scripted(None), "RouteRate=5", parameters_only=True)
        unchanged = Scripted("UPDATE_COMPLETE", breaks=("wait",))
        self.assertIn("Nothing would change", self.run_with(unchanged, "RouteRate=5", parameters_only=True))


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

    def test_what_is_not_packaged_is_named(self):
        refused = self.assertRaisesRegex(CloudError, "notifier; run `make package`")
        with tempfile.TemporaryDirectory() as folder, refused:
            releases.packaged(Path(folder), "      CodeUri: ../dist/notifier/\n")

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
