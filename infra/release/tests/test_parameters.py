"""Which values of parameters are carried as they are, and which are refused before anything is uploaded."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import deploy  # noqa: E402
import parameters  # noqa: E402
from cloud import CloudError  # noqa: E402

KNOWN = parameters.declared(deploy.TEMPLATE.read_text("utf-8"))
LIVING = dict.fromkeys(parameters.ASKED_FOR, "said")
# Values that a shell, make, JSON or the CLI could change on the way.
AWKWARD = ("it's", "$HOME $(PATH) ${x}", 'say "a=b"', "a\\nb\\\\", "  ", "%41&;|<>", "中文，“引号”", "--yes")


class Given(unittest.TestCase):
    def test_pairs_are_split_as_a_shell_would(self):
        self.assertEqual(
            parameters.given("""StaffIssuer=https://a.example/?x=1 LogLevel='a b' AlarmEmail="""),
            {"StaffIssuer": "https://a.example/?x=1", "LogLevel": "a b", "AlarmEmail": ""},
        )

    def test_a_value_from_a_file_is_carried_as_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            for value in AWKWARD:
                Path(folder, "value").write_text(value + "\n", "utf-8")
                self.assertEqual(parameters.given("AlarmRobot=@value", Path(folder)), {"AlarmRobot": value})

    def test_what_cannot_be_read_is_refused_without_showing_values(self):
        wrong = "StaffIssuer", "=hunter2", "Staff-Issuer=hunter2", "a b=hunter2", "A='hunter2"
        for text in (*wrong, "A=1 A=hunter2", "A=@nowhere"):
            with self.assertRaises(CloudError) as refused:
                parameters.given(text)
            self.assertNotIn("hunter2", str(refused.exception))

    def test_a_secret_is_taken_from_a_file_only(self):
        for text in (
            "AlarmRobot=@robot.txt District=shinan",
            'AlarmRobot="@file"',
            "'AlarmRobot=@file'",
            "AlarmRobot= LogLevel=info",
            "AlarmRobot=''",
            # What stands within the value of another is no name.
            "PublicUrl='https://a AlarmRobot=b'",
        ):
            parameters.secrets_in_files(text, KNOWN)
        for text in ("AlarmRobot=x", "A=1 AlarmRobot='x'", "'AlarmRobot=x'", "Alarm'Robot'=x"):
            with self.assertRaisesRegex(CloudError, "AlarmRobot=@file"):
                parameters.secrets_in_files(text, KNOWN)


class ThroughMake(unittest.TestCase):
    @unittest.skipUnless(shutil.which("make"), "make is not installed")
    def test_make_carries_dollars_and_quotes_as_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "python")
            program.write_text('#!/bin/sh\nprintf %s "$ZHITIAO_PARAMETERS"\n', "utf-8")
            program.chmod(0o755)
            for target in ("deploy", "configure", "adopt"):
                text = """A=$HOME B='it is $$x' C="$(PATH)" D=100%"""
                command = ["make", "--silent", target, f"PYTHON={program}", f"PARAMETERS={text}"]
                done = subprocess.run(command, cwd=deploy.ROOT, capture_output=True, text=True, check=True)
                self.assertEqual(done.stdout, text)


class Checked(unittest.TestCase):
    def refused(self, words, current=None, **values):
        with self.assertRaisesRegex(CloudError, words):
            parameters.check(values, KNOWN, LIVING if current is None else current)

    def test_the_template_declares_what_is_asked_for(self):
        self.assertLessEqual(parameters.ASKED_FOR.keys(), KNOWN.keys())
        self.assertEqual(KNOWN["Architecture"]["AllowedValues"], ["x86_64", "arm64"])

    def test_unknown_names_and_wrong_values_are_refused(self):
        self.refused("no parameter Distrikt", Distrikt="shinan")
        self.refused("an https address", StaffIssuer="http://a.example")
        self.refused("origins such as", AllowedOrigins="https://a.example,https://*")
        self.refused("is none of x86_64, arm64", Architecture="mips")
        self.refused("is not between 1 and 10000", RouteRate="0")
        self.refused("is no number", RouteRate="many")
        self.refused("4096 bytes", PublicUrl="https://" + "a" * 5000)

    def test_the_versions_of_the_proof_go_with_its_secret(self):
        current = {"OriginProof": "demanded", "OriginSecretVersion": "v-1", "OriginSecretNext": "v-1"}
        forgotten = {"OriginSecretVersion": "", "OriginSecretNext": ""}
        gone = parameters.completed({"OriginProof": "none"}, current)
        self.assertEqual(gone, {"OriginProof": "none", **forgotten})
        # As they were left by a release that did not forget them.
        again = parameters.completed({"OriginProof": "offered"}, {**current, "OriginProof": "none"})
        self.assertEqual(again, {"OriginProof": "offered", **forgotten})
        for values in ({"OriginProof": "offered"}, {"LogLevel": "info"}):
            self.assertEqual(parameters.completed(values, current), values)
        # A stack that has no such parameters yet, and one that has yet to be made.
        for nothing in ({"OriginProof": "none"}, None):
            self.assertEqual(parameters.completed({"OriginProof": "none"}, nothing), {"OriginProof": "none"})


if __name__ == "__main__":
    unittest.main()
