"""The staging stack has names of its own, and a removal means that stack alone."""

import contextlib
import io
import shlex
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import argparse  # noqa: E402

import parameters  # noqa: E402
import staging  # noqa: E402
from cloud import CloudError  # noqa: E402


class Account:
    """An account with some stacks; it notes what it is asked to change."""

    def __init__(self, *stacks, kept=()):
        self.stacks, self.kept, self.done = set(stacks), kept, []

    def call(self, service, operation, *arguments):
        given = dict(zip(arguments, arguments[1:]))
        if operation == "describe-stacks":
            if given["--stack-name"] not in self.stacks:
                raise CloudError("it does not exist")
            return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}
        if operation == "describe-stack-resources":
            found = {"CasesTable": "t", "DataKey": "k", "PhotosBucket": "p", "TrackingSecret": "s", "Api": "a"}
            return {"StackResources": [{"LogicalResourceId": one, "PhysicalResourceId": other} for one, other in found.items()]}
        if operation == "get-resources":
            return {"ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": [{"Key": "aws:cloudformation:logical-id", "Value": logical}]}
                for logical, arn in self.kept]}
        return {"logGroups": [{"logGroupName": f"{given['--log-group-name-prefix']}x"}]}

    def text(self, *arguments):
        self.done.append(" ".join(arguments))
        return ""


def removed(account, stack="zhitiao", yes=True):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        staging.remove(account, argparse.Namespace(stack=stack, yes=yes))
    return printed.getvalue()


class Staging(unittest.TestCase):
    def test_its_name_fits(self):
        self.assertEqual(staging.name("zhitiao"), "zhitiao-staging")
        with self.assertRaisesRegex(CloudError, "longer than"):
            staging.name("a" * 20)
        with self.assertRaisesRegex(CloudError, "STACK=zhitiao$"):
            staging.main(["remove", "--stack", "zhitiao-staging", "--region", "cn-north-1"])

    def test_a_new_stack_takes_the_sign_in_of_the_living_one_and_none_of_its_alarms(self):
        living = {"District": "shinan", "StaffIssuer": "https://login.example.cn", "AlarmEmail": "ops@example.cn",
                  "PublicUrl": "https://zhitiao.example.cn", "BackupBucket": "copies"}
        values = parameters.written(staging.chosen("Hotline=114", living, None))
        self.assertEqual(values["StaffIssuer"], "https://login.example.cn")
        self.assertEqual((values["AlarmEmail"], values["PublicUrl"], values["Hotline"]), ("nobody", staging.NOWHERE, "114"))
        self.assertNotIn("BackupBucket", values)
        self.assertEqual(staging.chosen("LogLevel=debug", living, {"District": "shinan"}), "LogLevel=debug")
        self.assertIn(shlex.quote("AlarmEmail=nobody"), staging.chosen("", None, None))

    def test_a_removal_deletes_what_that_stack_kept_and_its_key_last(self):
        account = Account("zhitiao", "zhitiao-staging")
        said = removed(account)
        self.assertIn("zhitiao-staging is gone", said)
        self.assertEqual(account.done[0], "cloudformation delete-stack --stack-name zhitiao-staging")
        self.assertIn("dynamodb delete-table --table-name t", account.done)
        self.assertIn("s3 rb s3://p --force", account.done)
        keys = [number for number, one in enumerate(account.done) if one.startswith("kms")]
        self.assertTrue(all(one.startswith("logs") for one in account.done[keys[0] + 1:]))
        self.assertFalse([one for one in account.done if "zhitiao/" in one or one.endswith("zhitiao")])

    def test_a_removal_that_broke_off_is_continued_by_the_tags(self):
        arn = "arn:aws:dynamodb:cn-north-1:1:table/zhitiao-staging-CasesTable-A"
        secret = "arn:aws:secretsmanager:cn-north-1:1:secret:TrackingSecret-B-c"
        account = Account(kept=[("CasesTable", arn), ("PhotosBucket", "arn:aws:s3:::photos"), ("TrackingSecret", secret)])
        removed(account)
        self.assertIn("dynamodb delete-table --table-name zhitiao-staging-CasesTable-A", account.done)
        self.assertIn("s3 rb s3://photos --force", account.done)
        self.assertTrue([one for one in account.done if secret in one])
        self.assertIn("nothing is left", removed(Account()))


if __name__ == "__main__":
    unittest.main()
