"""The way back: which release is gone back to, what is turned, and that a run that broke off is continued."""

import argparse
import contextlib
import io
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rollback  # noqa: E402
from cloud import CloudError  # noqa: E402

OPTIONS = argparse.Namespace(stack="zhitiao", region="cn-north-1", version="", yes=True)


class Account:
    """Functions with what they published, {name: [(release, data)]}, the newest live; breaks before some are turned."""

    def __init__(self, published, status="UPDATE_COMPLETE", begun=0, breaks=()):
        self.published, self.status, self.begun, self.breaks = published, status, begun, breaks
        self.live = {name: len(rows) for name, rows in published.items()}

    def resource(self, stack, logical):
        return f"{stack}-{logical}"

    def call(self, service, operation, *options):
        named = dict(zip(options[::2], options[1::2]))
        if operation == "describe-stacks":
            given = [{"ParameterKey": "District", "ParameterValue": "shinan"},
                     {"ParameterKey": "Release", "ParameterValue": "0.2.0"}]
            return {"Stacks": [{"StackStatus": self.status, "Parameters": given}]}
        if operation == "list-stack-resources":
            return [*self.published, "without-alias"]
        if operation == "get-item":
            return {"Item": {"begun": {"N": str(self.begun)}}}
        name = named["--function-name"]
        if operation == "get-alias":
            if name not in self.live:
                raise CloudError("An error occurred (ResourceNotFoundException)")
            return {"FunctionVersion": str(self.live[name])}
        rows = enumerate(self.published[name], 1)
        return [["$LATEST", "Old."], *([str(number), f"Release {of}, data {data}. Works."] for number, (of, data) in rows)]

    def text(self, service, operation, *options):
        named = dict(zip(options[::2], options[1::2]))
        if named["--function-name"] in self.breaks:
            raise CloudError("the connection broke")
        assert named["--name"] == "live" and '"AdditionalVersionWeights": {}' in named["--routing-config"]
        self.live[named["--function-name"]] = int(named["--function-version"])
        return ""


def two(*more):
    """Two functions of two releases, the first configured anew between."""
    return {
        "desk": [("0.1.0", 0), ("0.1.0", 0), ("0.2.0", 0), *more],
        "site": [("0.1.0", 0), ("0.2.0", 0), *more],
    }


def run(account, **more):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        rollback.rollback(account, argparse.Namespace(**{**vars(OPTIONS), **more}))
    return printed.getvalue()


class Rollback(unittest.TestCase):
    def test_every_function_goes_back_to_its_newest_version_of_the_release_before(self):
        account = Account(two())
        printed = run(account)
        self.assertEqual(account.live, {"desk": 2, "site": 1})
        self.assertIn("from 0.2.0 to 0.1.0", printed)
        self.assertIn("make deploy VERSION=0.1.0", printed)

    def test_a_run_that_broke_off_is_continued_and_not_carried_further(self):
        account = Account({name: [("0.0.9", 0), *rows] for name, rows in two().items()}, breaks=("site",))
        with self.assertRaisesRegex(CloudError, "broke"):
            run(account)
        self.assertEqual(account.live, {"desk": 3, "site": 3})
        account.breaks = ()
        run(account)
        self.assertEqual(account.live, {"desk": 3, "site": 2})

    def test_a_release_that_was_taken_back_is_not_what_was_before(self):
        account = Account(two(("0.1.0", 0)))
        with self.assertRaisesRegex(CloudError, "no older release"):
            run(account)

    def test_another_release_is_asked_for_by_its_number(self):
        account = Account({name: [("0.0.9", 0), *rows] for name, rows in two().items()})
        run(account, version="0.0.9")
        self.assertEqual(account.live, {"desk": 1, "site": 1})
        with self.assertRaisesRegex(CloudError, "a version of 7.0.0; there are 0.0.9, 0.1.0, 0.2.0"):
            run(account, version="7.0.0")

    def test_a_function_that_is_new_stays(self):
        account = Account({**two(), "new": [("0.2.0", 0)]})
        self.assertIn("new: stays", run(account))
        self.assertEqual(account.live["new"], 1)

    def test_a_release_that_does_not_know_the_stored_data_is_not_gone_back_to(self):
        account = Account({"desk": [("0.1.0", 0), ("0.2.0", 1)]}, begun=1)
        with self.assertRaisesRegex(CloudError, "at step 1 and 0.1.0 knows them up to 0"):
            run(account)
        self.assertEqual(account.live, {"desk": 2})

    def test_an_update_under_way_goes_back_by_cloudformation(self):
        with self.assertRaisesRegex(CloudError, "cancel-update-stack --stack-name zhitiao"):
            run(Account(two(), status="UPDATE_IN_PROGRESS"))


if __name__ == "__main__":
    unittest.main()
