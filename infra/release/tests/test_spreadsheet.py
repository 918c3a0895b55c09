"""A spreadsheet with 65 communities goes into a folder, and each of the faults is named by its row first."""

import csv
import io
import json
import re
import shutil
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import spreadsheet  # noqa: E402
from cloud import CloudError  # noqa: E402

SEED = Path(__file__).resolve().parents[2] / "seed"
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
UNITS = ["编号", "类型", "名称", "英文名", "上级"]
STAFF = ["id", "name", "unit", "role", "deputy"]
# What is put into a sheet of units: row (as people count them), column, value, and what is said of it.
FAULTS = [
    (2, 0, "", "id is empty"),
    (4, 0, "Xin-1", "is no id"),
    (5, 0, "new-1", "id new-1 is listed twice"),
    (7, 1, "", "kind is empty"),
    (8, 1, "社区", "kind '社区' is none of"),
    (9, 1, "Community", "is none of"),
    (11, 2, "", "name_zh is empty"),
    (12, 3, " ", "name_en is empty"),
    (14, 4, "badaguang", "parent 'badaguang' of new-12 is not there"),
    (15, 4, "八大关", "parent '八大关' is no id"),
    (20, 0, "a" * 33, "is no id"),
    (21, 0, "new_19", "is no id"),
    (22, 5, "surplus", "more cells than columns: 'surplus' stands behind parent"),
    (23, 4, "", "parent is empty"),
    (30, 4, "new-99", "is not there"),
    (31, 0, "new 29", "is no id"),
    (40, 1, "p0", "is none of"),
    (41, 0, "new-38", "is listed twice"),
    (50, 2, "", "name_zh is empty"),
    (60, 4, "-", "is no id"),
    (66, 1, "grids", "is none of"),
]


def communities():
    return [UNITS] + [[f"new-{i}", "community", f"新建第{i}社区", f"New Community {i}", "badaguan"] for i in range(65)]


def as_csv(rows, encoding="utf-8-sig"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows):
    """A workbook with its texts shared, as Excel writes it, and without empty cells; its first sheet is not sheet1."""
    words = sorted({cell for row in rows for cell in row if cell})
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{chr(65 + index)}{number}" t="s"><v>{words.index(cell)}</v></c>' for index, cell in enumerate(row) if cell
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as book:
        book.writestr("xl/sharedStrings.xml", f"<sst {space}>{''.join(f'<si><t>{word}</t></si>' for word in words)}</sst>")
        book.writestr("xl/workbook.xml", f'<workbook {space} {LINKS}><sheets><sheet name="新" r:id="rId7"/>'
                      '<sheet name="旧" r:id="rId1"/></sheets></workbook>')
        book.writestr("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
                      '<Relationship Id="rId7" Target="/xl/worksheets/sheet2.xml"/></Relationships>')
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData/></worksheet>")
        book.writestr("xl/worksheets/sheet2.xml", f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>")
    return raw.getvalue()


def damaged(raw, name, text):
    """A workbook with other words in one of its files; without the file where there are none."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w") as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
            elif text is not None:
                new.writestr(one, text)
    return made.getvalue()


# Files of a workbook with what may stand in them after an accident.
DAMAGES = [
    ("xl/workbook.xml", None),
    ("xl/workbook.xml", "<workbook/>"),
    ("xl/_rels/workbook.xml.rels", "<Relationships/>"),
    ("xl/worksheets/sheet2.xml", "<worksheet><sheetData>"),
    ("xl/sharedStrings.xml", None),
]


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for file in SEED.glob("*.json"):
            shutil.copy(file, self.folder)

    def take(self, write=True, **sheets):
        files = {}
        for kind, raw in sheets.items():
            files[kind] = self.folder / f"{kind}.table"
            files[kind].write_bytes(raw)
        return spreadsheet.take(self.folder, files, write)

    def read(self, kind):
        return {one["id"]: one for one in json.loads((self.folder / f"{kind}.json").read_text("utf-8"))}

    def test_each_fault_is_named_by_row_and_nothing_is_written(self):
        rows = communities()
        for row, column, value, _ in FAULTS:
            cells = rows[row - 1]
            cells[column : column + 1] = [value]
        for raw in (as_csv(rows), as_csv(rows, "gb18030"), as_xlsx(rows)):
            before = (self.folder / "units.json").read_bytes()
            with self.assertRaises(CloudError) as refused:
                self.take(units=raw)
            said = str(refused.exception).splitlines()
            for row, _, _, words in FAULTS:
                self.assertTrue(any(re.search(rf":{row}: .*{re.escape(words)}", line) for line in said), (row, words, said))
            self.assertEqual((self.folder / "units.json").read_bytes(), before)

    def test_sixty_five_communities_are_added_and_a_second_time_nothing_changes(self):
        for raw in (as_csv(communities()), as_xlsx(communities())):
            shown = self.take(write=False, units=raw)
            self.assertEqual(len([line for line in shown if line.startswith("units.json: + new-")]), 65)
            self.assertNotIn("new-0", self.read("units"))
        self.take(units=raw)
        self.assertEqual(self.read("units")["new-64"]["parent"], "badaguan")
        self.assertIn("bounds", self.read("units")["shinan"])
        self.assertEqual(self.take(units=raw), ["units.json: nothing changes"])

    def test_rows_of_one_person_are_posts_and_keep_what_the_sheet_does_not_say(self):
        before = self.read("staff")["gao.ming"]
        rows = [
            STAFF,
            ["xin.ren", "新人", "new-0", "community_director", ""],
            ["xin.ren", "新人", "new-0", "desk_officer", ""],
            ["gao.ming", "高明", "urban-management", "department_head", ""],
        ]
        shown = self.take(units=as_csv(communities()), staff=as_csv(rows))
        self.assertEqual(len(self.read("staff")["xin.ren"]["posts"]), 2)
        self.assertEqual(self.read("staff")["gao.ming"], before)
        self.assertIn("staff.json: + xin.ren", shown)

    def test_faults_of_people_are_named_by_row(self):
        rows = [
            STAFF,
            ["a", "甲", "nowhere", "handler", ""],
            ["b", "乙", "badaguan", "king", ""],
            ["c", "丙", "badaguan", "desk_officer", "ghost"],
            ["d", "丁", "badaguan", "desk_officer", ""],
            ["d", "丁丁", "badaguan", "handler", ""],
        ]
        with self.assertRaises(CloudError) as refused:
            self.take(staff=as_csv(rows))
        said = str(refused.exception)
        for words in (":2: unit 'nowhere'", ":3: role 'king'", ":4: deputy 'ghost'", ":6: name of d differs"):
            self.assertIn(words, said)

    def test_a_sheet_without_the_column_of_the_parent_moves_no_unit(self):
        before = self.read("units")["badaguan"]
        named = [UNITS[:4], ["badaguan", before["kind"], "八大关街道（新）", "Badaguan"]]
        shown = self.take(units=as_csv(named))
        self.assertEqual(shown, ["units.json: ~ badaguan: name"])
        self.assertEqual(self.read("units")["badaguan"]["parent"], before["parent"])
        with self.assertRaisesRegex(CloudError, ":2: new-0 is new and the sheet has no column parent"):
            self.take(units=as_csv([row[:4] for row in communities()]))

    def test_two_thousand_places_are_taken_and_their_faults_named_by_row(self):
        head = ["编号", "社区", "位置", "设施", "类别", "电话", "停用"]
        rows = [[f"灯杆-{i}", "xianggang-huayuan", f"{i}号灯杆", "路灯", "street-lamp；manhole-cover", "", ""] for i in range(2000)]
        self.take(places=as_csv([head, *rows]))
        place = self.read("places")["灯杆-1999"]
        self.assertEqual((place["asset"], place["categories"]), ("lamp", ["street-lamp", "manhole-cover"]))
        self.assertEqual(self.take(places=as_csv([head, *rows])), ["places.json: nothing changes"])
        rows[6][1:4] = ["nowhere", "", "火箭"]
        rows[7][6] = "也许"
        with self.assertRaises(CloudError) as refused:
            self.take(places=as_csv([head, *rows]))
        for named in (":8: community 'nowhere'", ":8: address is empty", ":8: asset '火箭'", ":9: retired '也许'"):
            self.assertIn(named, str(refused.exception))

    def test_a_community_gets_its_number_and_hours_and_keeps_the_rest_of_its_profile(self):
        head = [*UNITS, "电话", "值班时间", "颜色", "标志"]
        garden = ["xianggang-huayuan", "community", "香港花园社区", "Hong Kong Garden Community", "badaguan"]
        self.take(units=as_csv([head, [*garden, "0532-85550000", "每天8点到20点", ""]]))
        self.take(units=as_csv([head, [*garden, "", "", "blue", "园"]]))
        profile = self.read("units")["xianggang-huayuan"]["profile"]
        self.assertEqual(profile["phones"][0]["number"], "0532-85550000")
        self.assertEqual((profile["hours"]["en"], profile["color"]), ("每天8点到20点", "blue"))
        self.assertEqual(profile["logo"], "园")

    def test_rows_are_counted_as_people_count_them(self):
        rows = communities()
        rows[1][2] = "新建\n第一\n社区"
        rows[5][1] = "社区"
        with self.assertRaisesRegex(CloudError, r"units\.table:6: kind '社区'"):
            self.take(units=as_csv(rows))
        broken = as_csv(rows[:3]) + b'"new-9","x\r\n'
        with self.assertRaisesRegex(CloudError, r"units\.table:4: unexpected end of data"):
            self.take(units=broken)

    def test_files_that_are_no_tables_are_refused(self):
        for raw, words in (
            (b"", "is empty"),
            (b"PK\x03\x04broken", "no workbook"),
            *((damaged(as_xlsx(communities()), name, text), "damaged one .*save it as .xlsx") for name, text in DAMAGES),
            (b"\xff\xfe\x00\x01\xff", "neither UTF-8"),
            (as_csv([["id", "colour"]]), "has no column kind"),
            (as_csv([[*UNITS, "colour"], ["a", "grid", "x", "x", "badaguan", "red"]]), "which nothing reads"),
        ):
            with self.assertRaisesRegex(CloudError, words):
                self.take(units=raw)


if __name__ == "__main__":
    unittest.main()
