"""Writes all data of a district into a folder, or takes such a folder into a stack: `make handover`, `make takeover`.

The folder has `cases.jsonl` and `directory.jsonl`, one item a line in DynamoDB's JSON as docs/access-patterns.md names
them, the photos under `photos/`, and `manifest.json` with the hash of each file. No secret is in it.
"""

import argparse
import hashlib
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import copies  # noqa: E402 - found beside this file
from cloud import Cloud, CloudError  # noqa: E402

FORMAT = "zhitiao-district-1"
MANIFEST, PHOTOS = "manifest.json", "photos"


def file_hash(path):
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(folder):
    """The hash of each file of the folder but the manifest, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


def hand_over(cloud, stack, folder):
    """Writes the folder; answers its manifest."""
    if folder.exists() and any(folder.iterdir()):
        raise CloudError(f"{folder} is not empty: name a new folder")
    parts = copies.parts(cloud, stack)
    folder.mkdir(parents=True, exist_ok=True)
    # It holds what residents wrote, and how they are reached.
    folder.chmod(0o700)
    counts = {}
    for logical, file in copies.TABLES.items():
        found = copies.items(cloud, parts.tables[logical], parts.district)
        (folder / file).write_text(copies.lines(found), "utf-8")
        counts[file] = len(found)
    (folder / PHOTOS).mkdir()
    prefix = f"{parts.district}/"
    cloud.text("s3", "sync", "--quiet", f"s3://{parts.photos}/{prefix}", str(folder / PHOTOS / parts.district))
    there = copies.etags(cloud, parts.photos, prefix)
    have = {path.relative_to(folder / PHOTOS).as_posix() for path in (folder / PHOTOS).rglob("*") if path.is_file()}
    if missing := sorted(there.keys() - have):
        raise CloudError(f"{len(missing)} photos came while this ran, such as {missing[0]}: close the service, and try again")
    manifest = {
        "format": FORMAT, "district": parts.district, "stack": stack, "items": counts, "photos": len(have),
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "sha256": listed(folder),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return manifest


def checked(folder):
    """The manifest of a folder whose files are what it says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CloudError(f"{folder / MANIFEST} cannot be read: {error}") from None
    if manifest.get("format") != FORMAT:
        raise CloudError(f"{folder / MANIFEST} has the format {manifest.get('format')}, and this release reads {FORMAT}")
    found, said = listed(folder), manifest["sha256"]
    wrong = sorted(name for name in found.keys() | said.keys() if found.get(name) != said.get(name))
    if wrong:
        raise CloudError(f"{len(wrong)} files are missing, new or not what the manifest says, such as {wrong[0]}")
    return manifest


def rows(path, district):
    """The items of a file, all of them of the district."""
    found = copies.by_key(json.loads(row) for row in path.read_text("utf-8").splitlines())
    if strange := sorted(pk for pk, _ in found if not copies.is_of(district, pk)):
        raise CloudError(f"{path.name} has items of another district, such as {strange[0]}")
    return found


def take_over(cloud, stack, folder, execute):
    """Takes the folder into a stack."""
    manifest, parts = checked(folder), copies.parts(cloud, stack)
    if manifest["district"] != parts.district:
        raise CloudError(f"the folder is of {manifest['district']}, and {stack} serves {parts.district}: every key of a table "
                         "begins with the district")
    copied = {logical: rows(folder / file, parts.district) for logical, file in copies.TABLES.items()}
    here = {logical: copies.items(cloud, table, parts.district) for logical, table in parts.tables.items()}
    copies.refuse_unless_empty(here["CasesTable"], copied["CasesTable"])
    for logical, copy in copied.items():
        print(f"{logical}: {len(copy)} items in the folder, {len(copy.keys() - here[logical].keys())} missing in {stack}")
    print(f"photos: {manifest['photos']} in the folder")
    if not execute:
        print("Nothing was changed: EXECUTE=1 does it.")
        return
    # A photo before the case that shows it, and the directory before the cases that name its units.
    local = folder / PHOTOS / parts.district
    if local.is_dir():
        # What the service says of a picture when it stores one; see shared/photos/src/store.rs.
        said = ("--content-type", "image/jpeg", "--content-disposition", "attachment")
        cloud.text("s3", "sync", "--quiet", str(local), f"s3://{parts.photos}/{parts.district}/", *said)
    for logical in ("DirectoryTable", "CasesTable"):
        copies.put(cloud, parts.tables[logical], here[logical], copied[logical])
        now = copies.items(cloud, parts.tables[logical], parts.district)
        print(copies.verified(logical, now, copied[logical]))
    verify_photos(cloud, parts, folder)


def verify_photos(cloud, parts, folder):
    """Compares the photos of the bucket with those of the folder by hash."""
    there = copies.etags(cloud, parts.photos, f"{parts.district}/")
    files = {path.relative_to(folder / PHOTOS).as_posix(): path for path in (folder / PHOTOS).rglob("*") if path.is_file()}
    # S3 hashes in pieces what is larger than 8 MB; no picture of the service is.
    wrong = [name for name, path in files.items()
             if there.get(name) != hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()]
    if wrong:
        raise CloudError(f"{len(wrong)} photos are missing or differ, such as {wrong[0]}: run it again")
    print(f"photos: {len(files)}, the same hashes")


def main(arguments):
    parser = argparse.ArgumentParser(description="All data of a district, out of a stack or into one.")
    parser.add_argument("direction", choices=["out", "in"])
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--execute", action="store_true", help="write; without this a folder is only compared")
    options = parser.parse_args(arguments)
    if not all((options.stack, options.region, options.folder)):
        raise CloudError("say which, where and what: STACK=zhitiao REGION=cn-north-1 FOLDER=shinan-2026, for example")
    cloud, folder = Cloud(options.region), Path(options.folder)
    if options.direction == "in":
        take_over(cloud, options.stack, folder, options.execute)
        return
    manifest = hand_over(cloud, options.stack, folder)
    print("\n".join(f"{name}: {count} items" for name, count in manifest["items"].items()))
    print(f"photos: {manifest['photos']}\nIt holds what residents wrote: encrypt {folder} before it leaves this machine.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"handover: {refusal}")
