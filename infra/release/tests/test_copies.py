"""All data of a district: how it is hashed, what is refused, and in which order it is written."""

import base64
import contextlib
import gzip
import hashlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import copies  # noqa: E402
import handover  # noqa: E402
import recover  # noqa: E402
from cloud import CloudError  # noqa: E402


def item(pk, sk="#", **attributes):
    return {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}


class Hashes(unittest.TestCase):
    def test_items_have_one_spelling_whatever_the_order_of_names_and_sets(self):
        one = copies.by_key([item("d#A", units={"SS": ["b", "a"]}, n={"N": "1"}), item("d#B")])
        other = copies.by_key([item("d#B"), item("d#A", n={"N": "1"}, units={"SS": ["a", "b"]})])
        self.assertEqual(copies.table_hash(one), copies.table_hash(other))
        self.assertEqual(copies.lines(copies.by_key([item("d", "井")])), '{"pk":{"S":"d"},"sk":{"S":"井"}}\n')
        changed = copies.by_key([item("d#A", units={"SS": ["a"]}, n={"N": "1"}), item("d#B")])
        self.assertNotEqual(copies.table_hash(one), copies.table_hash(changed))

    def test_a_district_has_its_own_partitions_alone(self):
        for pk, is_of in (("shinan", True), ("shinan#K7M39QXD", True), ("shinan2#K", False), ("shi", False), ("x#shinan", False)):
            self.assertEqual(copies.is_of("shinan", pk), is_of, pk)


class Writing(unittest.TestCase):
    def test_what_was_sent_is_written_before_the_case_and_what_is_there_is_left(self):
        copy = copies.by_key([item("d#CASE"), item("d#SENT#CASE", "DELIVERY#1"), item("d#INBOX#u", "1"), item("d#SAME")])
        with mock.patch("copies.restore.write") as write:
            count = copies.put(None, "table", copies.by_key([item("d#SAME")]), copy)
        self.assertEqual(count, 3)
        written = [one["PutRequest"]["Item"]["pk"]["S"] for one in write.call_args[0][2]]
        self.assertEqual(written, ["d#INBOX#u", "d#SENT#CASE", "d#CASE"])

    def test_a_stack_with_other_cases_is_refused_and_one_half_written_is_not(self):
        copy = copies.by_key([item("d#A"), item("d#B")])
        copies.refuse_unless_empty(copies.by_key([item("d#A"), item("d#DIGEST", "NEXT")]), copy)
        with self.assertRaisesRegex(CloudError, "d#C"):
            copies.refuse_unless_empty(copies.by_key([item("d#C")]), copy)

    def test_the_comparison_says_what_it_saw(self):
        copy = copies.by_key([item("d#A"), item("d#B")])
        self.assertIn("the same hash", copies.verified("cases", dict(copy), copy))
        moved = {**copy, **copies.by_key([item("d#A", st={"S": "x"}), item("d#N")])}
        self.assertIn("moved 1 of them on since, and has 1 of its own", copies.verified("cases", moved, copy))
        with self.assertRaisesRegex(CloudError, "1 items are still missing"):
            copies.verified("cases", copies.by_key([item("d#A")]), copy)


class Bucket:
    """A bucket whose listing is given as (key, moment)."""

    def __init__(self, *objects):
        self.objects = objects

    def call(self, *arguments):
        prefix = arguments[arguments.index("--prefix") + 1]
        return {"Contents": [{"Key": key, "LastModified": when} for key, when in self.objects if key.startswith(prefix)]}


class Exports(unittest.TestCase):
    PLACE = "exports/zhitiao/CasesTable/AWSDynamoDB"

    def test_the_newest_finished_export_is_taken(self):
        bucket = Bucket(
            (f"{self.PLACE}/01/manifest-summary.json", "2026-11-01"), (f"{self.PLACE}/02/manifest-summary.json", "2026-11-02"),
            (f"{self.PLACE}/03/data/a.json.gz", "2026-11-03"),
        )
        self.assertEqual(recover.export_of(bucket, "b", "zhitiao", "CasesTable"), f"{self.PLACE}/02")
        self.assertEqual(recover.export_of(bucket, "b", "zhitiao", "CasesTable", "01"), f"{self.PLACE}/01")
        for source, wanted in (("other", None), ("zhitiao", "03")):
            with self.assertRaisesRegex(CloudError, "no finished export"):
                recover.export_of(bucket, "b", source, "CasesTable", wanted)

    def written(self, folder, count=1, checksum=None, total=1):
        data = gzip.compress((json.dumps({"Item": item("d#A")}) + "\n").encode())
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "a.json.gz").write_bytes(data)
        row = {"itemCount": count, "dataFileS3Key": "x/data/a.json.gz",
               "md5Checksum": checksum or base64.b64encode(hashlib.md5(data).digest()).decode()}
        (folder / "manifest-files.json").write_text(json.dumps(row) + "\n")
        (folder / "manifest-summary.json").write_text(json.dumps({"itemCount": total, "outputFormat": "DYNAMODB_JSON"}))

    def test_a_file_that_differs_from_its_manifest_is_refused(self):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            self.written(folder)
            self.assertEqual(recover.exported(folder, "place"), {("d#A", "#"): item("d#A")})
            for given, words in (({"count": 2}, "manifest says 2"), ({"checksum": "x"}, "not what"), ({"total": 9}, "says 9")):
                self.written(folder, **given)
                with self.assertRaisesRegex(CloudError, words):
                    recover.exported(folder, "place")


class Folder(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name)
        (self.folder / "cases.jsonl").write_text(copies.lines(copies.by_key([item("shinan#A")])))
        self.write({"format": handover.FORMAT, "district": "shinan", "sha256": handover.listed(self.folder)})

    def write(self, manifest):
        (self.folder / "manifest.json").write_text(json.dumps(manifest))

    def test_a_file_that_changed_came_or_went_is_refused(self):
        self.assertEqual(handover.checked(self.folder)["district"], "shinan")
        (self.folder / "more.txt").write_text("x")
        with self.assertRaisesRegex(CloudError, "more.txt"):
            handover.checked(self.folder)
        (self.folder / "more.txt").unlink()
        (self.folder / "cases.jsonl").write_text("")
        with self.assertRaisesRegex(CloudError, "cases.jsonl"):
            handover.checked(self.folder)

    def test_another_format_district_or_partition_is_refused(self):
        parts = copies.Parts("laoshan", {}, "photos")
        with mock.patch("copies.parts", lambda *_: parts), contextlib.redirect_stdout(io.StringIO()):
            with self.assertRaisesRegex(CloudError, "the folder is of shinan, and zhitiao serves laoshan"):
                handover.take_over(None, "zhitiao", self.folder, True)
        with self.assertRaisesRegex(CloudError, "another district, such as shinan#A"):
            handover.rows(self.folder / "cases.jsonl", "laoshan")
        self.write({"format": "zhitiao-district-9"})
        with self.assertRaisesRegex(CloudError, "zhitiao-district-9"):
            handover.checked(self.folder)

    def test_a_folder_that_is_in_use_is_not_written_into(self):
        with self.assertRaisesRegex(CloudError, "is not empty"):
            handover.hand_over(None, "zhitiao", self.folder)


if __name__ == "__main__":
    unittest.main()
