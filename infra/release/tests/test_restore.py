"""What is put back from a restored copy, with two tables in memory that answer as the CLI prints them."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import restore  # noqa: E402
from cloud import CloudError  # noqa: E402


def item(pk, sk, state="open"):
    return {"pk": {"S": pk}, "sk": {"S": sk}, "st": {"S": state}}


class Cloud:
    """Tables by name; of each batch of writes the last one is left for another request when there are several."""

    def __init__(self, **tables):
        self.tables = {name: {(one["pk"]["S"], one["sk"]["S"]): one for one in items} for name, items in tables.items()}

    def call(self, _, action, *arguments):
        given = dict(zip(arguments, arguments[1:]))
        if action == "batch-write-item":
            ((name, writes),) = json.loads(Path(given["--request-items"].removeprefix("file://")).read_text("utf-8")).items()
            assert len(writes) <= 25, "a batch takes 25"
            done, left = (writes[:-1], writes[-1:]) if len(writes) > 1 else (writes, [])
            for write in done:
                ((kind, inside),) = write.items()
                one = inside["Item" if kind == "PutRequest" else "Key"]
                key = one["pk"]["S"], one["sk"]["S"]
                if kind == "PutRequest":
                    self.tables[name][key] = one
                else:
                    assert set(one) == {"pk", "sk"}, "a key is nothing but the key"
                    self.tables[name].pop(key)
            return {"UnprocessedItems": {name: left} if left else {}}
        found = list(self.tables[given["--table-name"]].values())
        if action == "query":
            pk = json.loads(given["--expression-attribute-values"])[":pk"]
            found = [one for one in found if one["pk"] == pk]
        return {"Items": found}


class Restoring(unittest.TestCase):
    def setUp(self):
        lost = [item("d#LOST", "#"), item("d#LOST", "EVENT#00000001")]
        copy = [item("d#KEPT", "#"), item("d#WRONG", "#", "open"), *lost]
        live = [item("d#KEPT", "#"), item("d#WRONG", "#", "garbled"), item("d#NEW", "#")]
        self.cloud = Cloud(live=live, copy=copy)

    def run_with(self, **options):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            count = restore.restore(self.cloud, "live", "copy", **options)
        return count, printed.getvalue()

    def state(self, pk):
        return self.cloud.tables["live"][pk, "#"]["st"]["S"]

    def events(self, pk):
        return sum(name == pk and sk.startswith("EVENT#") for name, sk in self.cloud.tables["live"])

    def add(self, table, *items):
        self.cloud.tables[table].update({(one["pk"]["S"], one["sk"]["S"]): one for one in items})

    def grown(self):
        """A case that stands at its seventh event and at its fifth in the copy."""
        for table, last in (("live", 7), ("copy", 5)):
            events = (item("d#GROWN", f"EVENT#{number:08}") for number in range(1, last + 1))
            self.add(table, item("d#GROWN", "#", f"rev {last}"), *events)

    def test_comparing_says_what_differs_and_changes_nothing(self):
        before = dict(self.cloud.tables["live"])
        count, printed = self.run_with()
        self.assertEqual((count, self.cloud.tables["live"]), (0, before))
        self.assertIn("missing d#LOST: 2 items", printed)
        self.assertIn("differs d#WRONG: 1 items", printed)
        self.assertIn("3 items, 4 in the copy: 2 missing, 1 differ, 0 surplus", printed)
        self.assertIn("2 to put back, 0 to delete", printed)

    def test_what_is_missing_comes_back_and_nothing_else_changes(self):
        self.assertEqual(self.run_with(execute=True)[0], 2)
        self.assertIn(("d#LOST", "EVENT#00000001"), self.cloud.tables["live"])
        self.assertEqual((self.state("d#WRONG"), self.state("d#NEW")), ("garbled", "open"))

    def test_what_differs_comes_back_only_when_told_so(self):
        self.assertEqual(self.run_with(execute=True, overwrite=True)[0], 3)
        self.assertEqual((self.state("d#WRONG"), self.state("d#NEW")), ("open", "open"))

    def test_one_partition_alone(self):
        self.assertEqual(self.run_with(execute=True, overwrite=True, partition="d#WRONG")[0], 1)
        self.assertNotIn(("d#LOST", "#"), self.cloud.tables["live"])

    def test_a_case_that_is_taken_back_can_be_changed_again(self):
        self.grown()
        count, printed = self.run_with(overwrite=True, partition="d#GROWN")
        self.assertIn("surplus d#GROWN: 2 items", printed)
        self.assertIn("1 to put back, 2 to delete", printed)
        self.assertEqual((count, self.events("d#GROWN")), (0, 7))
        self.assertEqual(self.run_with(execute=True, overwrite=True, partition="d#GROWN")[0], 3)
        self.assertEqual((self.state("d#GROWN"), self.events("d#GROWN")), ("rev 5", 5))

    def test_what_is_new_since_stays_when_everything_is_taken_back(self):
        self.grown()
        self.assertEqual(self.run_with(execute=True, overwrite=True)[0], 2 + 1 + 3)
        self.assertEqual((self.events("d#GROWN"), self.state("d#NEW")), (5, "open"))

    def test_rows_that_a_change_deleted_come_back_with_their_head_only(self):
        rows = [item("d#KEPT", sk) for sk in ("ASSIGN#housing", "HELD", "SUPERVISED")]
        self.add("copy", *rows, item("d#LOST", "ASSIGN#housing"))
        count, printed = self.run_with(execute=True)
        self.assertIn("missing d#KEPT: 3 items", printed)
        self.assertEqual(count, 3)
        self.assertEqual(self.run_with(execute=True, partition="d#KEPT")[0], 0)
        self.assertEqual({sk for pk, sk in self.cloud.tables["live"] if pk == "d#KEPT"}, {"#"})
        self.assertIn(("d#LOST", "ASSIGN#housing"), self.cloud.tables["live"])
        self.assertEqual(self.run_with(execute=True, overwrite=True, partition="d#KEPT")[0], 3)

    def test_a_single_missing_item_comes_back_only_to_the_partition_that_is_named(self):
        self.add("copy", item("d#KEPT", "PHOTO#01"), item("d#INBOX#unit", "1"))
        count, printed = self.run_with(execute=True)
        self.assertEqual(count, 2)
        self.assertIn("missing d#KEPT: 1 items", printed)
        self.assertNotIn(("d#KEPT", "PHOTO#01"), self.cloud.tables["live"])
        self.assertEqual(self.run_with(execute=True, partition="d#KEPT")[0], 1)
        self.assertEqual(self.run_with(execute=True, partition="d#INBOX#unit")[0], 1)

    def test_what_was_sent_about_a_case_comes_back_before_it_and_goes_with_it(self):
        self.grown()
        self.add("copy", item("d#SENT#LOST", "DELIVERY#00000001"), item("d#SENT#GROWN", "DELIVERY#00000005"))
        self.add("live", item("d#SENT#GROWN", "DELIVERY#00000005"), item("d#SENT#GROWN", "DELIVERY#00000006"))
        self.assertEqual(self.run_with(execute=True)[0], 3)
        self.assertEqual(list(self.cloud.tables["live"])[-3][0], "d#SENT#LOST")
        self.assertEqual(self.run_with(execute=True, overwrite=True, partition="d#SENT#GROWN")[0], 1)
        self.assertNotIn(("d#SENT#GROWN", "DELIVERY#00000006"), self.cloud.tables["live"])

    def test_a_lost_head_that_is_older_than_its_events_comes_back_only_with_overwrite(self):
        self.add("live", item("d#LOST", "EVENT#00000002"))
        for partition in (None, "d#LOST"):
            count, printed = self.run_with(execute=True, partition=partition)
            self.assertEqual(count, 0)
            self.assertIn("left    d#LOST", printed)
        self.assertEqual(self.run_with(execute=True, overwrite=True, partition="d#LOST")[0], 3)
        self.assertEqual(self.events("d#LOST"), 1)

    def test_a_partition_that_the_copy_does_not_have_is_refused(self):
        with self.assertRaisesRegex(CloudError, "nothing of d#NEW"):
            self.run_with(execute=True, overwrite=True, partition="d#NEW")
        self.assertEqual(self.state("d#NEW"), "open")

    def test_more_than_one_request_takes(self):
        many = [item("d#MANY", f"EVENT#{number:08}") for number in range(60)]
        self.add("copy", *many)
        self.assertEqual(self.run_with(execute=True, partition="d#MANY")[0], 60)
        self.assertEqual(sum(pk == "d#MANY" for pk, _ in self.cloud.tables["live"]), 60)


if __name__ == "__main__":
    unittest.main()
