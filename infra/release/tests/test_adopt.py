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
    """An account in which a stack was deleted."""

    def __init__(self, kept, status=None):
        self.kept, self.status, self.request, self.asked = kept, status, None, []

    def text(self, *arguments):
        self.asked.append(arguments[1])
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
                    {"ResourceARN": arn, "Tags": [{"Key": "aws:cloudformation:logical-id", "Value": logical}]}
                    for logical, arns in self.kept.items()
                    for arn in arns
                ]
            }
        if arguments[1] == "create-change-set":
            self.request = json.loads(Path(arguments[-1].removeprefix("file://")).read_text("utf-8"))
            return {"Id": "arn:changeSet"}
        raise AssertionError(arguments)


class Adoption(unittest.TestCase):
    def adopt(self, cloud, text="District=shinan"):
        options = argparse.Namespace(stack="zhitiao", region="cn-north-1", yes=True)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            adopt.adopt(cloud, options, text)
        return printed.getvalue()

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

    def test_what_is_imported_stays_when_a_stack_goes(self):
        whole = adopt.reduced(deploy.TEMPLATE.read_text("utf-8"), list(adopt.IDENTIFIERS))
        self.assertEqual(whole.count("    DeletionPolicy: Retain"), len(adopt.IDENTIFIERS))

    def test_nothing_is_guessed(self):
        twice = {**KEPT, "CasesTable": [*KEPT["CasesTable"], "arn:aws-cn:dynamodb:cn-north-1:1:table/zhitiao-CasesTable-Y"]}
        for cloud, text, words in (
            (Deleted(twice), "District=shinan", "several CasesTable"),
            (Deleted({}), "District=shinan", "kept anything"),
            (Deleted(KEPT), "", "which district"),
            (Deleted(KEPT, "UPDATE_COMPLETE"), "District=shinan", "only a new one"),
        ):
            with self.assertRaisesRegex(CloudError, words):
                self.adopt(cloud, text)
            self.assertNotIn("execute-change-set", cloud.asked)


if __name__ == "__main__":
    unittest.main()
