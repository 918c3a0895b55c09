"""Rotations of a stack and a Secrets Manager in memory: in steps, never showing a value, continued after any break."""

import argparse
import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rotate  # noqa: E402
from cloud import CloudError  # noqa: E402

OPTIONS = {"wait": None, "sent": False, "yes": True}


class Account:
    """One stack with one secret. It breaks at the call of a number, after having done what was asked."""

    def __init__(self, kind, web_acl="acl"):
        self.versions, self.stages = {"v-1": "a" * 48}, {"AWSCURRENT": "v-1"}
        self.values = {kind.version: "", "District": "shinan", "WebAclArn": web_acl}
        if isinstance(kind, rotate.Pair):
            self.values[kind.next] = ""
        self.kind, self.waiting, self.history, self.commands = kind, None, [], []
        self.calls, self.breaks_at = 0, None

    def count(self):
        self.calls += 1
        if self.calls == self.breaks_at:
            raise CloudError("the connection broke")

    def text(self, *arguments):
        self.commands.append(arguments)
        operation = arguments[1]
        if operation == "put-secret-value":
            request = json.loads(Path(arguments[-1].removeprefix("file://")).read_text("utf-8"))
            self.versions[request["ClientRequestToken"]] = request["SecretString"]
            (stage,) = request["VersionStages"]
            self.stages[stage] = request["ClientRequestToken"]
        elif operation == "update-secret-version-stage":
            named = dict(zip(arguments[2::2], arguments[3::2]))
            assert self.stages["AWSCURRENT"] == named["--remove-from-version-id"]
            self.stages["AWSPREVIOUS"] = self.stages["AWSCURRENT"]
            self.stages["AWSCURRENT"] = named["--move-to-version-id"]
        elif operation == "execute-change-set":
            self.values.update(self.waiting)
            self.history.append(self.seen())
        self.count()
        return ""

    def call(self, *arguments):
        self.commands.append(arguments)
        operation = arguments[1]
        if operation == "describe-stacks":
            given = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.values.items()]
            return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Parameters": given}]}
        if operation == "describe-secret":
            stages = {version: [] for version in self.versions}
            for stage, version in self.stages.items():
                stages[version].append(stage)
            return {"VersionIdsToStages": stages}
        if operation == "get-secret-value":
            return {"SecretString": self.versions[arguments[arguments.index("--version-id") + 1]]}
        if operation == "create-change-set":
            request = json.loads(Path(arguments[-1].removeprefix("file://")).read_text("utf-8"))
            self.waiting = {
                one["ParameterKey"]: one["ParameterValue"] for one in request["Parameters"] if "ParameterValue" in one
            }
            self.count()
            return {"Id": "arn:changeSet"}
        if operation in ("describe-change-set", "describe-stack-events", "describe-events"):
            return {"StackEvents": [], "OperationEvents": [], "StatusReason": "it broke"}
        raise AssertionError(arguments)

    def resource(self, stack, logical):
        return f"arn:secret:{logical}"

    def seen(self):
        """What the functions have: the value, or both values of a pair."""
        names = [self.kind.version, *([self.kind.next] if isinstance(self.kind, rotate.Pair) else [])]
        return [self.versions[self.values[name] or "v-1"] for name in names]


class Rotations(unittest.TestCase):
    def run_until_done(self, account, kind, **options):
        """Runs a rotation, and again whenever it breaks; what it printed."""
        printed, waited = io.StringIO(), []
        for _ in range(3):
            given = argparse.Namespace(**{**OPTIONS, **options})
            try:
                with contextlib.redirect_stdout(printed):
                    rotate.Rotation(account, "zhitiao", kind, given, sleep=waited.append).run()
            except CloudError:
                continue
            break
        self.waited = waited
        return printed.getvalue()

    def test_a_pair_goes_over_in_three_steps(self):
        for name in ("cursor", "origin"):
            kind = rotate.SECRETS[name]
            account = Account(kind)
            printed = self.run_until_done(account, kind)
            old, new = account.versions.values()
            self.assertEqual(account.history, [[old, new], [new, old], [new, new]])
            self.assertEqual(account.versions[account.stages["AWSCURRENT"]], new)
            self.assertEqual(self.waited, [kind.wait] if kind.wait else [])
            self.assertNotIn(new, printed)

    def test_slips_keep_every_version_and_the_new_one_verifies_before_it_signs(self):
        kind = rotate.SECRETS["tracking"]
        account = Account(kind)
        for times in (1, 2):
            self.run_until_done(account, kind)
            verifies, signs = account.history[-2:]
            self.assertIn(f",~{times + 1}:", verifies[0])
            self.assertEqual(signs[0], verifies[0].replace("~", ""))
        self.assertEqual(signs[0].split(",")[0], "a" * 48)
        self.assertEqual([part.split(":")[0] for part in signs[0].split(",")[1:]], ["2", "3"])

    def test_a_run_that_broke_off_anywhere_is_continued_by_the_next(self):
        for name, kind in rotate.SECRETS.items():
            whole = Account(kind)
            self.run_until_done(whole, kind)
            for number in range(1, whole.calls + 1):
                with self.subTest(name, breaks_at=number):
                    account = Account(kind)
                    account.breaks_at = number
                    self.run_until_done(account, kind)
                    # Neighboring steps always have a value in common that both know.
                    for before, after in zip([["a" * 48] * 2, *account.history], account.history):
                        before, after = (set(",".join(one).replace("~", "").split(",")) for one in (before, after))
                        self.assertTrue(before & after)
                    end = account.history[-1]
                    self.assertEqual(end, [account.versions[account.stages["AWSCURRENT"]]] * len(end))
                    self.assertNotEqual(account.stages["AWSCURRENT"], "v-1")
                    self.assertNotIn("~", end[0])

    def test_a_run_that_broke_off_while_it_waited_waits_when_it_is_continued(self):
        kind = rotate.SECRETS["cursor"]
        account, given = Account(kind), argparse.Namespace(**OPTIONS)

        def interrupted(seconds):
            raise KeyboardInterrupt

        with contextlib.redirect_stdout(io.StringIO()), self.assertRaises(KeyboardInterrupt):
            rotate.Rotation(account, "zhitiao", kind, given, sleep=interrupted).run()
        old, new = account.versions.values()
        self.assertEqual(account.history[-1], [new, old])
        self.run_until_done(account, kind)
        self.assertEqual(self.waited, [kind.wait])
        self.assertEqual(account.history[-1], [new, new])

    def test_the_old_one_is_refused_only_after_a_wait_wherever_a_run_broke_off(self):
        kind = rotate.SECRETS["cursor"]
        whole = Account(kind)
        self.run_until_done(whole, kind)
        # After the last call all is done, and the next run is another rotation.
        for number in range(1, whole.calls):
            with self.subTest(breaks_at=number):
                account = Account(kind)
                account.breaks_at = number
                self.run_until_done(account, kind)
                self.assertIn(kind.wait, self.waited)
                self.assertEqual(len(account.versions), 2)

    def test_with_another_cdn_it_waits_until_that_sends_the_new_one(self):
        kind = rotate.SECRETS["origin"]
        account = Account(kind, web_acl="")
        printed = self.run_until_done(account, kind)
        self.assertIn("SENT=1", printed)
        self.assertEqual(len(account.history), 1)
        self.run_until_done(account, kind, sent=True)
        self.assertEqual(len(account.history), 3)
        self.assertEqual(len(account.versions), 2)

    def test_no_value_stands_in_a_command(self):
        for kind in rotate.SECRETS.values():
            account = Account(kind)
            self.run_until_done(account, kind)
            words = " ".join(word for command in account.commands for word in command)
            for value in account.versions.values():
                self.assertNotIn(value, words)

    def test_what_cannot_be_rotated_is_said(self):
        with self.assertRaisesRegex(CloudError, "over the API"):
            rotate.main(["--stack", "zhitiao", "--region", "r", "--name", "channels"])
        with self.assertRaisesRegex(CloudError, "STACK="):
            rotate.main(["--stack", "", "--region", "r", "--name", "cursor"])


if __name__ == "__main__":
    unittest.main()
