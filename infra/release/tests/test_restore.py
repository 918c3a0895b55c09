"""What is put back from a restored copy, with two tables in memory that answer as the CLI prints them."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import restore  # noqa: E402


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
            for one in (write["PutRequest"]["Item"] for write in done):
                self.tables[name][one["pk"]["S"], one["sk"]["S"]] = one
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

    def test_comparing_says_what_differs_and_changes_nothing(self):
        before = dict(self.cloud.tables["live"])
        count, printed = self.run_with()
        self.assertEqual((count, self.cloud.tables["live"]), (0, before))
        self.assertIn("missing d#LOST: 2 items", printed)
        self.assertIn("differs d#WRONG: 1 items", printed)
        self.assertIn("3 items, 4 in the copy: 2 missing, 1 differ", printed)

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

    def test_more_than_one_request_takes(self):
        many = [item("d#MANY", f"EVENT#{number:08}") for number in range(60)]
        self.cloud.tables["copy"].update({(one["pk"]["S"], one["sk"]["S"]): one for one in many})
        self.assertEqual(self.run_with(execute=True, partition="d#MANY")[0], 60)
        self.assertEqual(sum(pk == "d#MANY" for pk, _ in self.cloud.tables["live"]), 60)


if __name__ == "__main__":
    unittest.main()
