"""What a deleted stack kept is found, named and imported, and nothing is guessed where several could be meant."""

import argparse
import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import adopt  # noqa: E402
import deploy  # noqa: E402
import parameters  # noqa: E402
from cloud import CloudError  # noqa: E402

KEPT = {
    "DataKey": ["arn:aws-cn:kms:cn-north-1:1:key/11-22"],
    "CasesTable": ["arn:aws-cn:dynamodb:cn-north-1:1:table/zhitiao-CasesTable-X"],
    "PhotosBucket": ["arn:aws-cn:s3:::zhitiao-photosbucket-x"],
    "TrackingSecret": ["arn:aws-cn:secretsmanager:cn-north-1:1:secret:TrackingSecret-x"],
}


class Deleted:
    """An account in which a stack was deleted. `status` is that of the stack, which there may be again."""

    def __init__(self, kept, status=None, district="shinan", breaks=(), left=(), resources=()):
        self.kept, self.status, self.district, self.breaks = kept, status, district, breaks
        self.left, self.resources, self.request, self.asked = left, resources, None, []

    def text(self, *arguments):
        self.asked.append(arguments[1])
        if arguments[1] == "execute-change-set":
            self.status = "IMPORT_ROLLBACK_COMPLETE" if "stack-import-complete" in self.breaks else "IMPORT_COMPLETE"
        if arguments[1] == "head-bucket" and "bucket" not in self.left:
            raise CloudError("An error occurred (404)")
        if arguments[2] in self.breaks:
            raise CloudError(f"{arguments[2]}: the waiter gave up")
        return ""

    def call(self, *arguments):
        self.asked.append(arguments[1])
        if arguments[1] == "describe-stacks":
            if self.status is None:
                raise CloudError("Stack with id zhitiao does not exist")
            return {"Stacks": [{"StackStatus": self.status, "Parameters": []}]}
        if arguments[1] == "get-resources":
            return {
                "ResourceTagMappingList": [
                    {"ResourceARN": arn, "Tags": self.tags(logical, number)}
                    for logical, arns in self.kept.items()
                    for number, arn in enumerate(arns)
                ]
            }
        if arguments[1] == "create-change-set":
            self.request = json.loads(Path(arguments[-1].removeprefix("file://")).read_text("utf-8"))
            self.status = "REVIEW_IN_PROGRESS"
            return {"Id": "arn:changeSet"}
        answers = {
            "get-caller-identity": {"Account": "1"},
            "list-aliases": [],
            "describe-log-groups": {"logGroups": []},
            "describe-change-set": {"StatusReason": "a name is wrong"},
            "describe-events": {
                "OperationEvents": [{"LogicalResourceId": "DataKey", "ValidationStatusReason": "no key"}]
            },
            "describe-stack-events": {
                "StackEvents": [
                    {
                        "LogicalResourceId": "CasesTable",
                        "ResourceStatus": "IMPORT_FAILED",
                        "ResourceStatusReason": "not so",
                    },
                    {"LogicalResourceId": "DataKey", "ResourceStatus": "IMPORT_COMPLETE"},
                ]
            },
            "describe-stack-resources": {"StackResources": [{"LogicalResourceId": name} for name in self.resources]},
        }
        return answers[arguments[1]]

    def tags(self, logical, number):
        district = self.district if isinstance(self.district, str) else self.district.get(logical)
        tags = {"aws:cloudformation:logical-id": logical, **({"district": district} if district else {})}
        return [{"Key": key, "Value": value} for key, value in tags.items()]


class Adoption(unittest.TestCase):
    def adopt(self, cloud, text="District=shinan"):
        options = argparse.Namespace(stack="zhitiao", region="cn-north-1", yes=True)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            adopt.adopt(cloud, options, text)
        return printed.getvalue()

    def refused(self, cloud, words, text="District=shinan"):
        with self.assertRaisesRegex(CloudError, words):
            self.adopt(cloud, text)

    def test_each_is_imported_under_its_name_and_the_rest_is_made_anew(self):
        cloud = Deleted(KEPT)
        printed = self.adopt(cloud)
        self.assertIn("made anew by the next deployment: DirectoryTable", printed)
        self.assertEqual(cloud.request["ChangeSetType"], "IMPORT")
        names = {one["LogicalResourceId"]: one["ResourceIdentifier"] for one in cloud.request["ResourcesToImport"]}
        self.assertEqual(
            names,
            {
                "DataKey": {"KeyId": "11-22"},
                "CasesTable": {"TableName": "zhitiao-CasesTable-X"},
                "PhotosBucket": {"BucketName": "zhitiao-photosbucket-x"},
                "PhotosBucketPolicy": {"Bucket": "zhitiao-photosbucket-x"},
                "TrackingSecret": {"Id": "arn:aws-cn:secretsmanager:cn-north-1:1:secret:TrackingSecret-x"},
            },
        )
        template = cloud.request["TemplateBody"]
        self.assertIn("  CasesTable:\n    Type: AWS::DynamoDB::Table\n", template)
        self.assertNotIn("DirectoryTable", template)
        self.assertNotIn("AWS::Lambda", template)
        self.assertEqual(list(parameters.declared(template)), ["District"])
        # What the second copy adds to the bucket needs a role and a condition, which the next deployment brings.
        self.assertNotRegex(template, "HasBackup|PhotosCopyRole")
        self.assertIn("NoncurrentVersionExpiration", template)

    def test_what_is_imported_stays_when_a_stack_goes(self):
        whole = adopt.reduced(deploy.TEMPLATE.read_text("utf-8"), list(adopt.IDENTIFIERS))
        self.assertEqual(whole.count("    DeletionPolicy: Retain"), len(adopt.IDENTIFIERS))

    def test_nothing_is_guessed(self):
        again = "arn:aws-cn:dynamodb:cn-north-1:1:table/zhitiao-CasesTable-Y"
        twice = {**KEPT, "CasesTable": [*KEPT["CasesTable"], again]}
        two = {"CasesTable": "shinan", "DataKey": "shibei"}
        for cloud, text, words in (
            (Deleted(twice), "District=shinan", "several CasesTable"),
            (Deleted({}), "District=shinan", "kept anything"),
            (Deleted(KEPT, district={}), "", "which district"),
            (Deleted(KEPT, district=two), "District=shinan", "several districts, shibei, shinan"),
            (Deleted(KEPT, district="shinan"), "District=shibei", "of the district shinan"),
            (Deleted(KEPT, district={}), "District=Shi#nan", "is refused: 1 to 32 characters"),
            (Deleted(KEPT), "Distrikt=shinan", "no parameter Distrikt"),
            (Deleted(KEPT), "AlarmRobot=https://x", "AlarmRobot=@file"),
            (Deleted(KEPT, "UPDATE_COMPLETE"), "District=shinan", "only a new one"),
            (Deleted(KEPT, "IMPORT_ROLLBACK_COMPLETE", resources=["CasesTable", "Api"]), "", "only a new one"),
        ):
            self.refused(cloud, words, text)
            self.assertNotIn("create-change-set", cloud.asked)

    def test_the_district_is_that_of_the_tags(self):
        for cloud, text in (
            (Deleted(KEPT), ""),
            (Deleted(KEPT), "District=shinan"),
            # A resource may have lost its tag.
            (Deleted(KEPT, district={"CasesTable": "shinan"}), ""),
            (Deleted(KEPT, district={}), "District=shinan"),
        ):
            self.adopt(cloud, text)
            self.assertEqual(cloud.request["Parameters"], [{"ParameterKey": "District", "ParameterValue": "shinan"}])

    def test_what_the_deployment_after_it_would_fail_on_is_named_before_anything_is_imported(self):
        cloud = Deleted(KEPT, left=("bucket",))
        self.refused(cloud, "aws s3 rb s3://zhitiao-quarantine-1-cn-north-1")
        self.assertNotIn("create-change-set", cloud.asked)

    def test_an_import_that_cannot_begin_leaves_no_stack(self):
        cloud = Deleted(KEPT, breaks=("change-set-create-complete",))
        self.refused(cloud, "a name is wrong\n  DataKey: no key")
        self.assertLess(cloud.asked.index("describe-events"), cloud.asked.index("delete-change-set"))
        self.assertIn("delete-stack", cloud.asked)
        self.assertNotIn("execute-change-set", cloud.asked)

    def test_a_failed_import_says_what_failed_and_how_to_begin_again(self):
        removal = "delete-stack --stack-name zhitiao --region cn-north-1"
        cloud = Deleted(KEPT, breaks=("stack-import-complete",))
        self.refused(cloud, f"  CasesTable: not so\n(.|\n)*{removal}")
        again = Deleted(KEPT, "IMPORT_ROLLBACK_COMPLETE")
        self.refused(again, removal)
        self.assertNotIn("create-change-set", again.asked)


if __name__ == "__main__":
    unittest.main()
