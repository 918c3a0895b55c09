"""Takes units, staff, categories and places from spreadsheets (CSV, XLSX) into the folder of `zhitiao-operator`.

Rows add entries or change those with the same id; nothing is removed. Every fault is named by file, row and column
before anything is written, then what would change, and with --write it is written. Used by `make import`.
"""

import argparse
import csv
import io
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud import CloudError  # noqa: E402 - found beside this file

# As shared/domain/src/kernel/ids.rs reads them.
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PERSON = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
KINDS = ("district", "department", "subdistrict", "community", "grid", "team")
ROLES = (
    "district_supervisor", "desk_officer", "operator", "department_head", "department_liaison", "handler",
    "subdistrict_secretary", "subdistrict_director", "community_director", "grid_worker", "team_member",
)
TIERS = ("p0", "p1", "p2", "p3", "p4", "question")
COLORS = ("green", "blue", "red", "purple", "brown", "teal")
ASSETS = {
    "楼栋": "building", "电梯": "lift", "路灯": "lamp", "院落": "courtyard", "活动场地": "playground", "其他": "other",
}
# The heads of columns, as people of a district write them.
HEADS = {
    "编号": "id", "类型": "kind", "名称": "name_zh", "英文名": "name_en", "英文名称": "name_en", "上级": "parent",
    "姓名": "name", "单位": "unit", "职务": "role", "账号": "subject", "代岗人": "deputy", "等级": "tier", "部门": "department",
    "社区": "community", "位置": "address", "设施": "asset", "类别": "categories", "电话": "phone", "停用": "retired",
    "颜色": "color", "标志": "logo", "值班时间": "hours_zh", "欢迎语": "welcome_zh",
}
# Columns of each kind of sheet: those that a row must fill, and the others.
SHEETS = {
    "units": (
        ("id", "kind", "name_zh", "name_en"),
        ("parent", "color", "logo", "phone", "hours_zh", "hours_en", "welcome_zh", "welcome_en"),
    ),
    "staff": (("id", "name", "unit", "role"), ("subject", "deputy")),
    "categories": (("id", "name_zh", "name_en", "tier", "department"), ()),
    "places": (("id", "community", "address", "asset"), ("categories", "unit", "phone", "retired")),
}
CHOICES = {
    "kind": KINDS, "role": ROLES, "tier": TIERS, "color": COLORS,
    "asset": (*ASSETS, *ASSETS.values()), "retired": ("yes", "no", "是", "否"),
}
# What answers at the one telephone that a sheet of units has.
OFFICE = {"zh": "社区办公室", "en": "Community office"}
# Several categories in one cell.
SEVERAL = re.compile(r"[\s,;，；、]+")
# No sheet of a district is larger; a zip that unfolds without end is refused.
MOST_BYTES = 50_000_000
_NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
# What names the file of a sheet, and where the files stand.
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK, _FILES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# What a file that is no workbook, or a damaged one, makes the readers raise.
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, IndexError, KeyError, NotImplementedError,
    RuntimeError, TypeError, ValueError,
)


def rows(path):
    """The rows of a file with their numbers, as people count them."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CloudError(f"{path} cannot be read: {error}") from None
    table = xlsx(path, raw) if raw[:2] == b"PK" else comma_separated(path, raw)
    return [(number, [cell.strip() for cell in cells]) for number, cells in table if any(cell.strip() for cell in cells)]


def comma_separated(path, raw):
    """CSV as Excel writes it: UTF-8 with or without a mark, or GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CloudError(f"{path} is neither UTF-8 nor GB 18030")
    table = []
    # Rows and not lines are counted: a cell may have several lines.
    try:
        table += enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1)
    except csv.Error as error:
        raise CloudError(f"{path}:{len(table) + 1}: {error}") from None
    return table


def xlsx(path, raw):
    """The first sheet of a workbook, in the order in which people see them."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            if sum(one.file_size for one in book.infolist()) > MOST_BYTES:
                raise CloudError(f"{path} is too large")
            texts = _xml(path, book, "xl/sharedStrings.xml") if "xl/sharedStrings.xml" in book.namelist() else []
            shared = [_text(item) for item in texts]
            sheet = _xml(path, book, _first_sheet(path, book))
        return [_row(number, row, shared) for number, row in enumerate(sheet.iterfind("x:sheetData/x:row", _NS), 1)]
    except _DAMAGES as damage:
        raise CloudError(
            f"{path} is no workbook, or a damaged one ({damage}): open it, save it as .xlsx or as CSV, and take that"
        ) from None


def _first_sheet(path, book):
    """The file of the sheet that stands first; workbooks name the files as they like."""
    first = _xml(path, book, _BOOK).find("x:sheets/x:sheet", _NS)
    if first is None:
        raise ValueError("it has no sheet")
    files = {relation.get("Id"): relation.get("Target") for relation in _xml(path, book, _FILES)}
    target = files[first.get(_RELATION)]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _row(number, row, shared):
    cells = {}
    for cell in row.iterfind("x:c", _NS):
        column = 0
        for letter in re.match("[A-Z]*", cell.get("r", ""))[0]:
            column = column * 26 + ord(letter) - 64
        value = cell.findtext("x:v", "", _NS)
        if cell.get("t") == "s":
            value = shared[int(value)]
        elif cell.get("t") == "inlineStr":
            value = _text(cell)
        cells[column or len(cells) + 1] = value
    return int(row.get("r", number)), [cells.get(index, "") for index in range(1, max(cells, default=0) + 1)]


def _text(element):
    return "".join(part.text or "" for part in element.iter(f"{{{_NS['x']}}}t"))


def _xml(path, book, name):
    text = book.read(name)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise CloudError(f"{path} has definitions of its own, which no workbook has")
    return ElementTree.fromstring(text)


def pattern(kind, name):
    """What the id in a column looks like; a place has the name that the district gave to the thing."""
    if kind == "places" and name == "id":
        return re.compile(r"[^\x00-\x1f]{1,40}")
    return PERSON if name == "deputy" or kind == "staff" and name == "id" else ID


def entries(kind, path, faults):
    """The entries of a sheet by id, each as {column: value} of its rows with the rows' numbers."""
    needed, others = SHEETS[kind]
    table = rows(path)
    if not table:
        faults.append(f"{path}: is empty")
        return {}
    number, head = table[0]
    columns = [HEADS.get(name, name) for name in head]
    for name in needed:
        if name not in columns:
            faults.append(f"{path}:{number}: has no column {name}")
    for name in columns:
        if name not in (*needed, *others):
            faults.append(f"{path}:{number}: has a column {name!r}, which nothing reads")
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        faults.append(f"{path}:{number}: has the column {name} twice")
    found = {}
    for number, cells in table[1:]:
        if len(cells) > len(columns):
            beyond = f"{cells[len(columns)]!r} stands behind {columns[-1]}"
            faults.append(f"{path}:{number}: has more cells than columns: {beyond}")
        # A workbook leaves out the empty cells at the end of a row.
        row = dict(zip(columns, cells + [""] * (len(columns) - len(cells))))
        # Only the district stands under no other unit.
        if "parent" in row and not row["parent"] and row.get("kind") not in ("district", ""):
            faults.append(f"{path}:{number}: parent is empty")
        for name in needed:
            if name in columns and not row.get(name):
                faults.append(f"{path}:{number}: {name} is empty")
        for name in ("id", "parent", "unit", "department", "deputy", "community"):
            if row.get(name) and not pattern(kind, name).fullmatch(row[name]):
                faults.append(f"{path}:{number}: {name} {row[name]!r} is no id: at most 32 of a-z, 0-9 and dashes")
        for name, allowed in CHOICES.items():
            if row.get(name) and row[name] not in allowed:
                faults.append(f"{path}:{number}: {name} {row[name]!r} is none of {', '.join(allowed)}")
        found.setdefault(row.get("id", ""), []).append((number, row))
    return {key: value for key, value in found.items() if key}


def made(kind, path, given, faults):
    """The entries as the folder has them."""
    whole = {}
    for key, several in given.items():
        (number, row), *more = several
        if kind == "staff":
            for name in ("name", "subject", "deputy"):
                for other, again in more:
                    if again.get(name) != row.get(name):
                        faults.append(f"{path}:{other}: {name} of {key} differs from row {number}")
            entry = {"id": key, "name": row.get("name", "")}
            entry["posts"] = [{"unit": one.get("unit", ""), "role": one.get("role", "")} for _, one in several]
            entry |= {name: row[name] for name in ("subject", "deputy") if row.get(name)}
        else:
            for other, _ in more:
                faults.append(f"{path}:{other}: id {key} is listed twice, also in row {number}")
            entry = {"id": key} | ENTRIES[kind](row)
        whole[key] = entry
    return whole


def _names(row):
    return {"name": {"zh": row.get("name_zh", ""), "en": row.get("name_en", "")}}


def unit(row):
    """A unit. A sheet without the column of the unit above leaves every unit where it is."""
    above = {"parent": row["parent"] or None} if "parent" in row else {}
    said = {name: row[name] for name in ("color", "logo") if row.get(name)}
    if row.get("phone"):
        said["phones"] = [{"name": OFFICE, "number": row["phone"]}]
    for name in ("hours", "welcome"):
        if zh := row.get(f"{name}_zh"):
            said[name] = {"zh": zh, "en": row.get(f"{name}_en") or zh}
    return {"kind": row.get("kind", "")} | _names(row) | above | ({"profile": said} if said else {})


def category(row):
    """A category."""
    return _names(row) | {"tier": row.get("tier", ""), "department": row.get("department", "")}


def place(row):
    """A place with a code."""
    asset = row.get("asset", "")
    entry = {"community": row.get("community", ""), "address": row.get("address", ""), "asset": ASSETS.get(asset, asset)}
    entry["categories"] = [one for one in SEVERAL.split(row.get("categories", "")) if one]
    entry |= {name: row[name] for name in ("unit", "phone") if row.get(name)}
    return entry | ({"retired": True} if row.get("retired") in ("yes", "是") else {})


ENTRIES = {"units": unit, "categories": category, "places": place}


def stored(folder, kind):
    """The entries that the folder has, in their order."""
    path = folder / f"{kind}.json"
    try:
        return {one["id"]: one for one in json.loads(path.read_text("utf-8"))} if path.exists() else {}
    except (ValueError, KeyError, TypeError) as error:
        raise CloudError(f"{path} cannot be read: {error}; run `zhitiao-operator check`") from None


def merged(before, new):
    """What the folder has afterwards: a row changes its own columns, and keeps absences, bounds and the like."""
    after = {key: dict(entry) for key, entry in before.items()}
    for key, entry in new.items():
        was = after.get(key, {})
        after[key] = {**was, **entry}
        if "profile" in was and "profile" in entry:
            after[key]["profile"] = {**was["profile"], **entry["profile"]}
    return after


def references(folder, after, sheets, faults):
    """Names that lead nowhere, and new units that stand nowhere, by the row that has them."""
    units = after.get("units") or stored(folder, "units")
    staff = after.get("staff") or stored(folder, "staff")
    for kind, (path, given) in sheets.items():
        for key, several in given.items():
            for number, row in several:
                if kind == "units" and "parent" not in row and "parent" not in after[kind][key]:
                    faults.append(f"{path}:{number}: {key} is new and the sheet has no column parent (上级)")
                names = {name: units for name in ("parent", "unit", "department", "community")} | {"deputy": staff}
                for name, known in names.items():
                    if row.get(name) and pattern(kind, name).fullmatch(row[name]) and row[name] not in known:
                        faults.append(f"{path}:{number}: {name} {row[name]!r} of {key} is not there")


def described(before, after):
    """One line for each entry that changes."""
    for key in after:
        if key not in before:
            yield f"+ {key}"
        elif before[key] != after[key]:
            fields = sorted(name for name in {*before[key], *after[key]} if before[key].get(name) != after[key].get(name))
            yield f"~ {key}: {', '.join(fields)}"


def take(folder, files, write):
    """The whole of it; what it prints."""
    faults, sheets, after, said = [], {}, {}, []
    for kind, path in files.items():
        given = entries(kind, path, faults)
        sheets[kind] = (path, given)
        after[kind] = merged(stored(folder, kind), made(kind, path, given, faults))
    references(folder, after, sheets, faults)
    if faults:
        raise CloudError("\n".join([f"{len(faults)} faults, nothing was written:", *sorted(set(faults), key=_by_row)]))
    for kind, whole in after.items():
        changes = list(described(stored(folder, kind), whole))
        said += [f"{kind}.json: {line}" for line in changes] or [f"{kind}.json: nothing changes"]
        if write and changes:
            lines = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in whole.values())
            (folder / f"{kind}.json").write_text(f"[\n  {lines}\n]\n", "utf-8")
    return said


def _by_row(fault):
    found = re.match(r"(.*?):(\d+):", fault)
    return (found[1], int(found[2]), fault) if found else (fault, 0, fault)


def main(arguments):
    parser = argparse.ArgumentParser(description="Takes units, staff, categories and places from spreadsheets.")
    parser.add_argument("--folder", required=True, type=Path, help="the folder with units.json and the others")
    for kind in SHEETS:
        parser.add_argument(f"--{kind}", type=Path, help=f"a CSV or XLSX file with {', '.join(SHEETS[kind][0])}")
    parser.add_argument("--write", action="store_true", help="write what is shown")
    options = parser.parse_args(arguments)
    files = {kind: path for kind in SHEETS if (path := getattr(options, kind))}
    if not files or not options.folder.is_dir():
        raise CloudError("say which: FOLDER=shinan UNITS=units.csv STAFF=staff.xlsx CATEGORIES=… PLACES=places.xlsx")
    print("\n".join(take(options.folder, files, options.write)))
    next_step = "Written; now `zhitiao-operator check`, for places `zhitiao-operator places import`."
    print(next_step if options.write else "Nothing was written: WRITE=1 writes it.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"import: {refusal}")
