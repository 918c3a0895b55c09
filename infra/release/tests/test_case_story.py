"""The story of a case shows what happened and nothing that a person wrote."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import case_story as story  # noqa: E402
from cloud import CloudError  # noqa: E402


class Story(unittest.TestCase):
    def test_numbers_are_read_as_people_type_them(self):
        for number in ("K7M3-9QXD-5", "k7m39qxd5", "K7M39QXD", "K7M3 9QXD 5"):
            self.assertEqual(story.case_id(number), "K7M39QXD")
        self.assertEqual(story.case_id("O7MI-9QXD-5"), "07M19QXD")
        for number in ("", "K7M3", "井盖", "K7M39QXD55"):
            with self.assertRaises(CloudError):
                story.case_id(number)

    def test_what_people_wrote_is_not_shown(self):
        what = {
            "noted": {"text": "王女士 13800138000", "to": "resident", "note": "call me", "unit": "housing", "at": 17},
            "reason": "楼下",
        }
        said = story.shown(what)
        self.assertIn("unit housing", said)
        for secret in ("王", "13800138000 ", "call me", "楼"):
            self.assertNotIn(secret, said)

    def test_values_of_the_table_are_read(self):
        value = {"M": {"a": {"S": "x"}, "b": {"N": "3"}, "c": {"L": [{"BOOL": True}]}, "d": {"NULL": True}, "e": {"B": "AA=="}}}
        self.assertEqual(story.plain(value), {"a": "x", "b": 3, "c": [True], "d": None, "e": "…"})


if __name__ == "__main__":
    unittest.main()
