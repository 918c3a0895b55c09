"""The story of a case shows what happened and nothing that a person wrote."""

import json
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import case_story as story  # noqa: E402
from cloud import CloudError  # noqa: E402


DOMAIN = Path(__file__).resolve().parents[3] / "shared/domain/src"
# What an event holds, and what that holds in turn: kind of thing, name, file.
HOLDERS = (
    ("enum EventKind", "case/event.rs"),
    ("struct Reminder", "case/event.rs"),
    ("struct DateMove", "case/event.rs"),
    ("struct Publication", "case/publication.rs"),
    ("enum Author", "kernel/change.rs"),
)


def fields_of_events():
    """The names of all fields that an event and its author may have, as the Rust source has them."""
    found = set()
    for holder, file in HOLDERS:
        body = (DOMAIN / file).read_text("utf-8").partition(f"pub {holder} {{\n")[2].partition("\n}\n")[0]
        body = re.sub(r"//.*|#\[[^\n]*", "", body)
        found |= set(re.findall(r"\b([a-z_0-9]+):\s", body))
        found |= set(re.findall(r'rename = "(\w+)"', body))
    return found | {"kind"}


def item(sort, **attributes):
    return {"sk": {"S": sort}, **attributes}


class Account:
    """Answers for one case in the shape in which it is stored."""

    def resource(self, stack, logical):
        return logical

    def call(self, service, operation, *arguments):
        if operation == "describe-log-groups":
            return {"logGroups": []}
        partition = json.loads(arguments[arguments.index("--expression-attribute-values") + 1])[":pk"]["S"]
        words = {"S": "13800138000"}
        note = {"kind": {"S": "noted"}, "text": words, "to": {"S": "resident"}}
        refused = {"state": {"S": "rejected"}, "reason": words}
        found = {
            "shinan#K7M39QXD": [
                item("#", cm={"S": "badaguan"}, st={"S": "assigned"}, ti={"S": "p2"}, s=words, ad=words),
                item("EVENT#00000001", at={"N": "1000"}, who={"M": {"by": {"S": "resident"}}}, what={"M": note}),
                item("PHOTO#00", at={"N": "2000"}, what={"M": refused}),
                item("ASSIGN#housing"),
            ],
            "shinan#SENT#K7M39QXD": [item("DELIVERY#00000001#housing#wecom", at={"N": "3000"}, state={"S": "sent"})],
        }
        return {"Items": found.get(partition, [])}


class Story(unittest.TestCase):
    def test_numbers_are_read_as_people_type_them(self):
        for number in ("K7M3-9QXD-5", "k7m39qxd5", "K7M39QXD", "K7M3 9QXD 5"):
            self.assertEqual(story.case_id(number), "K7M39QXD")
        self.assertEqual(story.case_id("O7MI-9QXD-5"), "07M19QXD")
        for number in ("", "K7M3", "井盖", "K7M39QXD55"):
            with self.assertRaises(CloudError):
                story.case_id(number)

    def test_what_people_wrote_is_not_shown_whatever_it_looks_like(self):
        for words in ("13800138000", "help", "王女士", "call me", "2026-11-28", "a.b", True, 17):
            for what, told in (
                ({"kind": "noted", "text": words, "to": "resident"}, "to resident"),
                ({"kind": "returned", "from": "housing", "reason": words}, "from housing"),
                ({"kind": "signed_off", "statement": words, "words": words, "signature": {"name": words}}, ""),
                ({"kind": "some_later_one", "remark": words, "unit": "housing"}, "unit housing"),
                ({"kind": "extended", "by": {"work_days": 3, "words": words}, "due_at": None}, "by work_days 3"),
            ):
                who = {"by": "staff", "id": "wang.fang", "unit": "badaguan"}
                said = story.event(7, {"what": what, "who": who})
                told = f": {told}" if told else ""
                self.assertEqual(said, f"7 {what['kind']} by staff id wang.fang unit badaguan{told}")
        # A sentence in a field of an id is no id.
        self.assertEqual(story.shown({"unit": "call me", "person": "王", "st": "assigned", "s": "help"}), "st assigned")

    def test_ids_kinds_and_moments_are_shown(self):
        what = {"into": "K7M39QXD", "due_at": "2026-11-28T09:30:00Z", "published": False, "evidence": [20, 21], "person": None}
        self.assertEqual(story.shown(what), "into K7M39QXD due_at 2026-11-28T09:30:00Z published false evidence 20 21")

    def test_every_field_of_an_event_is_decided(self):
        fields = fields_of_events()
        self.assertLess({"text", "reason", "unit", "due_at", "superseded", "hidden_photos", "by", "id"}, fields)
        self.assertEqual(fields - story.SHOWN - story.WRITTEN, set(), "say in case_story.py whether they may be shown")
        self.assertFalse(story.SHOWN & story.WRITTEN)
        self.assertLessEqual(story.WRITTEN, fields)

    def test_a_case_is_told_with_its_photos_and_deliveries_and_without_their_words(self):
        lines = story.of_case(Account(), "zhitiao", "shinan", "K7M39QXD", 1)
        self.assertEqual(
            [line.split("  ", 1)[-1] for line in lines],
            [
                "case K7M39QXD: cm badaguan st assigned ti p2",
                "row ASSIGN#housing",
                "event    1 noted by resident: to resident",
                "photo    00 state rejected",
                "delivery 00000001#housing#wecom state sent",
            ],
        )

    def test_values_of_the_table_are_read(self):
        inner = {"a": {"S": "x"}, "b": {"N": "3"}, "c": {"L": [{"BOOL": True}]}, "d": {"NULL": True}, "e": {"B": "AA=="}}
        value = {"M": inner}
        self.assertEqual(story.plain(value), {"a": "x", "b": 3, "c": [True], "d": None, "e": "…"})


if __name__ == "__main__":
    unittest.main()
