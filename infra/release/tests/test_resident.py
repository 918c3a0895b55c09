"""A resident's request: all that is stored of a case in files, none of it on the screen."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import copies  # noqa: E402
import resident  # noqa: E402
from cloud import CloudError  # noqa: E402

WORDS = "13800138000 王女士"


def item(sort, **attributes):
    return {"pk": {"S": "p"}, "sk": {"S": sort}, **attributes}


class Account:
    """One case with a contact, which was merged into another, and a bucket with one picture of it."""

    def call(self, service, operation, *arguments):
        assert (service, operation) == ("dynamodb", "query"), "a person is found by keys, never by a scan"
        partition = json.loads(arguments[arguments.index("--expression-attribute-values") + 1])[":pk"]["S"]
        merged = {"M": {"kind": {"S": "merged"}, "into": {"S": "A7M39QXD"}, "reason": {"S": WORDS}}}
        found = {
            "shinan#K7M39QXD": [item("#", s={"S": WORDS}, pa={"S": "C7M39QXD"}), item("EVENT#00000001", what=merged), item("PHOTO#00"), item("HELD")],
            "shinan#CONTACT#K7M39QXD": [item("#", name={"S": WORDS}), item("READ#0000000000001#wang.fang", by={"S": "wang.fang"})],
            "shinan#SENT#K7M39QXD": [item("DELIVERY#00000001#housing#wecom", state={"S": "sent"})],
        }
        return {"Items": found.get(partition, [])}

    def text(self, *arguments):
        assert arguments[:4] == ("s3", "sync", "--quiet", "s3://photos/shinan/K7M39QXD/"), arguments
        Path(arguments[4], "0").mkdir(parents=True)
        Path(arguments[4], "0", "320.jpg").write_bytes(b"jpeg")


class Request(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name, "request")
        parts = copies.Parts("shinan", {"CasesTable": "cases"}, "photos")
        patched = mock.patch("copies.parts", lambda *_: parts)
        patched.start()
        self.addCleanup(patched.stop)

    def test_everything_is_in_the_file_and_no_words_are_on_the_screen(self):
        lines = resident.write(Account(), "zhitiao", ["K7M3-9QXD-5"], self.folder)
        self.assertEqual(lines[:3], [
            "K7M39QXD: 1 events, 1 pictures, 1 deliveries, contact details kept, read 1 times",
            "K7M39QXD names case A7M39QXD: ask whether that is of the same person",
            "K7M39QXD names case C7M39QXD: ask whether that is of the same person",
        ])
        self.assertNotIn("138", "\n".join(lines))
        [report] = json.loads((self.folder / "report.json").read_text("utf-8"))
        self.assertEqual((report["head"], report["contact"], report["queues"]), ({"s": WORDS, "pa": "C7M39QXD"}, {"name": WORDS}, ["HELD"]))
        self.assertEqual(report["history"][0]["what"]["reason"], WORDS)
        self.assertEqual(report["contact_readings"][0]["by"], "wang.fang")
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)

    def test_a_wrong_number_or_a_folder_in_use_leaves_nothing_half_done(self):
        with self.assertRaisesRegex(CloudError, "there is no case B7M39QXD"):
            resident.write(Account(), "zhitiao", ["K7M3-9QXD-5", "B7M39QXD"], self.folder)
        self.assertFalse(self.folder.exists())
        self.folder.mkdir()
        (self.folder / "x").write_text("")
        with self.assertRaisesRegex(CloudError, "not empty"):
            resident.write(Account(), "zhitiao", ["K7M39QXD"], self.folder)
        with self.assertRaisesRegex(CloudError, "NUMBERS="):
            resident.main(["--stack", "zhitiao", "--region", "r", "--numbers", " ", "--folder", "f"])


if __name__ == "__main__":
    unittest.main()
