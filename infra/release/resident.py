"""Writes all that the service holds of some cases into a folder, for the resident who asks. Used by `make resident`.

A resident is known by case numbers alone: nothing is kept by name or telephone, so that no person can be looked up by
them.
Unlike the story of a case, this holds what people wrote. It goes into files that only the operator can read, and never
onto the screen; the district reads them before it hands them out.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import case_story as story  # noqa: E402 - found beside this file
import copies  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402

# What an event names other cases by: one that it was merged into, and the parts of one that was split. The head of a
# part names its whole.
RELATED, WHOLE = ("into", "children"), "pa"
README = """\
report.json has, for each case: the report as it is stored (`head`; docs/access-patterns.md and decision 0005 name the
short fields), its history with what was written, the contact details and who read them, and what was sent about it.
photos/ has the pictures that are kept. Log lines name cases, and no person; they are deleted after LogRetentionDays.

Before you hand this over: make sure that the person who asks is the reporter (the slip, or an answer to the telephone
number in `contact`), and take out what is about other people: notes of staff, photos with faces of others.
"""


def of_case(cloud, table, district, number):
    """All items about one case, by what they are."""
    case = story.case_id(number)
    found = story.items(cloud, table, f"{district}#{case}")
    if "#" not in found:
        raise CloudError(f"there is no case {case} in {district}")
    contact = story.items(cloud, table, f"{district}#CONTACT#{case}")
    sent = story.items(cloud, table, f"{district}#SENT#{case}")
    return {
        "case": case,
        "head": bare(found["#"]),
        "history": kind(found, "EVENT#"),
        "photos": kind(found, "PHOTO#"),
        "queues": sorted(key for key in found if key != "#" and not key.startswith(("EVENT#", "PHOTO#"))),
        "contact": bare(contact.get("#", {})),
        "contact_readings": kind(contact, "READ#"),
        "deliveries": kind(sent, "DELIVERY#"),
    }


def kind(found, prefix):
    """The items of one kind, each with what its key says."""
    return [{"key": key.removeprefix(prefix), **bare(item)} for key, item in sorted(found.items()) if key.startswith(prefix)]


def bare(item):
    """An item without its keys."""
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}


def related(report):
    """The other cases that the history names."""
    found = {report["head"][WHOLE]} if report["head"].get(WHOLE) else set()
    for event in report["history"]:
        for name in RELATED:
            value = event.get("what", {}).get(name)
            found |= {one for one in (value if isinstance(value, list) else [value])
                      if isinstance(one, str) and story.NUMBER.fullmatch(one)}
    return sorted(found - {report["case"]})


def write(cloud, stack, numbers, folder):
    """Writes the folder; answers lines that say what is in it, without any words of people."""
    if folder.exists() and any(folder.iterdir()):
        raise CloudError(f"{folder} is not empty: name a new folder")
    parts = copies.parts(cloud, stack)
    # All of them before anything is written: a wrong number leaves no half of a report.
    reports = [of_case(cloud, parts.tables["CasesTable"], parts.district, number) for number in numbers]
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "report.json").write_text(json.dumps(reports, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "README.txt").write_text(README, "utf-8")
    lines, asked = [], {one["case"] for one in reports}
    for one in reports:
        prefix = f"{parts.district}/{one['case']}/"
        cloud.text("s3", "sync", "--quiet", f"s3://{parts.photos}/{prefix}", str(folder / "photos" / one["case"]))
        pictures = sum(path.is_file() for path in (folder / "photos" / one["case"]).rglob("*"))
        lines.append(f"{one['case']}: {len(one['history'])} events, {pictures} pictures, {len(one['deliveries'])} deliveries, "
                     f"contact details {'kept' if one['contact'] else 'none'}, read {len(one['contact_readings'])} times")
        lines += [f"{one['case']} names case {other}: ask whether that is of the same person"
                  for other in related(one) if other not in asked]
    return [*lines, f"Read {folder}/README.txt before you hand it over."]


def main(arguments):
    parser = argparse.ArgumentParser(description="All that is held of a resident's cases, into a folder.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--numbers", required=True, help="the numbers of the cases, with spaces between them")
    parser.add_argument("--folder", required=True)
    options = parser.parse_args(arguments)
    numbers = options.numbers.split()
    if not all((options.stack, options.region, numbers, options.folder)):
        raise CloudError('say which: STACK=zhitiao REGION=cn-north-1 NUMBERS="K7M3-9QXD-5 …" FOLDER=request-17')
    print("\n".join(write(Cloud(options.region), options.stack, numbers, Path(options.folder))))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"resident: {refusal}")
