"""The deployer's policy covers the template and allows nothing that is not bound or explained."""

import contextlib
import fnmatch
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import deployer_policy as deployer  # noqa: E402
from cloud import CloudError  # noqa: E402

TEMPLATE = deployer.TEMPLATE.read_text("utf-8")


def statements(region="cn-north-1", template=TEMPLATE):
    document = deployer.policy(template, "zhitiao", region, "archives")
    return {one["Sid"]: one for one in document["Statement"]}


class Policy(unittest.TestCase):
    def test_every_type_of_the_template_is_covered_and_no_other(self):
        found = deployer.types(TEMPLATE)
        self.assertEqual(found.keys(), deployer.RIGHTS.keys())
        self.assertGreater(sum(map(len, found.values())), 150)
        used = {sid for sids in deployer.RIGHTS.values() for sid in sids} | set(deployer.ALWAYS)
        self.assertEqual(used, deployer.STATEMENTS.keys())

    def test_a_type_that_the_table_does_not_know_is_refused(self):
        more = TEMPLATE.replace("\nOutputs:", "\n  Ledger:\n    Type: AWS::QLDB::Ledger\n\nOutputs:", 1)
        with self.assertRaisesRegex(CloudError, "AWS::QLDB::Ledger"):
            statements(template=more)

    def test_a_type_that_the_template_has_not_gets_no_statement(self):
        self.assertIn("Budget", statements())
        self.assertNotIn("Budget", statements(template=TEMPLATE.replace("AWS::Budgets::Budget", "AWS::SNS::Topic")))

    def test_nothing_is_allowed_everywhere_without_a_reason(self):
        everywhere = {sid for sid, one in statements().items() if "*" in one["Resource"]}
        self.assertEqual(everywhere, deployer.EVERYWHERE.keys())
        for sid, one in statements().items():
            for action in one["Action"]:
                self.assertNotIn(action.partition(":")[2], ("", "*"), sid)
            if "*" in one["Resource"]:
                self.assertEqual(one["Resource"], ["*"], sid)

    def test_the_name_of_the_stack_bounds_what_can_be_named(self):
        for sid, one in statements().items():
            if sid in deployer.EVERYWHERE or sid in deployer.UNNAMED:
                continue
            for arn in one["Resource"]:
                named = ("zhitiao", "archives", "transform/Serverless", "Secret-*", "Robot")
                self.assertTrue(any(name in arn for name in named), arn)

    def test_no_data_is_read_or_lost_beyond_what_a_deployment_does(self):
        for never in ("dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:Scan", "dynamodb:UpdateItem", "iam:CreateUser",
                      "events:InvokeApiDestination", "kms:ScheduleKeyDeletion", "lambda:InvokeFunction", "s3:DeleteObject", "sns:Publish",
                      "sqs:ReceiveMessage", "sqs:SendMessage"):
            for sid, one in statements().items():
                self.assertFalse([action for action in one["Action"] if fnmatch.fnmatchcase(never, action)], (sid, never))
        for data in ("dynamodb:Query", "dynamodb:PutItem"):
            holders = [sid for sid, one in statements().items() if data in one["Action"]]
            self.assertEqual(holders, ["Directory"])

    def test_roles_are_passed_to_the_services_that_the_template_trusts(self):
        trusted = {word.partition(".")[0] for word in TEMPLATE.split() if word.endswith(".amazonaws.com") and "{" not in word}
        self.assertLessEqual(trusted - {"cloudwatch", "apigateway"}, set(deployer.PASSED_TO))

    def test_the_partition_follows_from_the_region(self):
        self.assertEqual(statements()["Tables"]["Resource"], ["arn:aws-cn:dynamodb:cn-north-1:*:table/zhitiao-*"])
        other = statements("eu-central-1")
        self.assertEqual(other["Tables"]["Resource"], ["arn:aws:dynamodb:eu-central-1:*:table/zhitiao-*"])
        bound = other["NewMappings"]["Condition"]["ArnLike"]["lambda:FunctionArn"]
        self.assertEqual(bound, "arn:aws:lambda:eu-central-1:*:function:zhitiao-*")

    def test_each_part_fits_into_a_managed_policy_and_together_they_are_the_whole(self):
        whole = deployer.policy(TEMPLATE, "a" * 24, "ap-southeast-1", "b" * 63)
        found = deployer.parts(whole)
        self.assertEqual([one for part in found for one in part["Statement"]], whole["Statement"])
        for part in found:
            self.assertLessEqual(deployer.size(part), deployer.MOST_CHARACTERS)
        self.assertLess(deployer.size(whole), 10240, "an inline policy of a role takes no more")

    def test_it_is_printed_as_json(self):
        with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
            deployer.main(["--stack", "zhitiao", "--region", "cn-north-1", "--bucket", "archives"])
        self.assertEqual(json.loads(printed.getvalue())["Version"], "2012-10-17")
        with self.assertRaisesRegex(CloudError, "STACK="):
            deployer.main(["--stack", "", "--region", "cn-north-1", "--bucket", "archives"])


if __name__ == "__main__":
    unittest.main()
