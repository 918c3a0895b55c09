"""Compares a table of a stack with a restored copy of it and puts back what was lost. Used by `make restore`.

The stack keeps its own table, with stream, alarms and rights, and gets items back: partitions that lost their head, or
of a partition that is named whatever is missing. A single missing item of another partition may have been deleted
rightly, and is only shown. With --overwrite a partition becomes what the copy has of it: what differs is put back, and
what was added since is deleted, for an event that a head does not know of would keep every later one from being stored.
Without --execute it only compares.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud import Cloud, CloudError  # noqa: E402 - found beside this file

# Writes that one batch request takes.
BATCH = 25
# Sort key of the head of a partition; see shared/store/src/keys.rs.
HEAD = "#"
# What names the partition of what was sent about a case.
SENT = "#SENT#"
# Rows of a case that its changes add and delete: they come back with the head that they belong to, or not at all.
ROWS = ("ASSIGN#", "HELD", "SUPERVISED")


def owner(pk):
    """The partition that another one comes back with: of what was sent about a case, the case."""
    return pk.replace(SENT, "#", 1)


def items(cloud, table, partition):
    """The items of a table, or of one partition of it, by key."""
    if partition:
        values = json.dumps({":pk": {"S": partition}})
        which = ["query", "--key-condition-expression", "pk = :pk", "--expression-attribute-values", values]
    else:
        which = ["scan"]
    # The CLI collects all pages.
    answer = cloud.call("dynamodb", *which, "--table-name", table, "--consistent-read")
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Items"]}


def compared(here, copy):
    """The keys that are missing here, those whose items differ, and those that the copy's partitions do not have."""
    missing = sorted(key for key in copy if key not in here)
    differing = sorted(key for key in copy if key in here and here[key] != copy[key])
    known = {pk for pk, _ in copy}
    surplus = sorted(key for key in here if key not in copy and key[0] in known)
    return missing, differing, surplus


def lost(here, copy):
    """The partitions whose head only the copy has."""
    return {pk for pk, sk in copy if sk == HEAD and (pk, HEAD) not in here}


def chosen(here, copy, partition, overwrite):
    """The keys to put back and the keys to delete."""
    missing, differing, surplus = compared(here, copy)
    if overwrite:
        heads = {owner(partition)} if partition else {pk for pk, sk in copy if sk == HEAD}
        back, away = ([key for key in keys if owner(key[0]) in heads] for keys in (missing + differing, surplus))
        return back, away
    # A head from the copy does not fit events that were added after it.
    stuck = lost(here, copy) & {pk for pk, _ in surplus}
    for pk in sorted(stuck):
        print(f"left    {pk}: it lost its head and has items that the copy has not; OVERWRITE=1 takes it back")
    whole = lost(here, copy) - stuck
    single = {partition} - stuck
    return [(pk, sk) for pk, sk in missing if owner(pk) in whole or pk in single and not sk.startswith(ROWS)], []


def write(cloud, table, requests):
    """Puts and deletes items, 25 at a time, until all is written."""
    for start in range(0, len(requests), BATCH):
        left = requests[start : start + BATCH]
        while left:
            with tempfile.TemporaryDirectory() as folder:
                request = Path(folder, "items.json")
                request.write_text(json.dumps({table: left}), "utf-8")
                # Version 1 of the CLI has no such option and would store binary attributes encoded twice: it must fail.
                encoding = ("--cli-binary-format", "base64")
                answer = cloud.call("dynamodb", "batch-write-item", "--request-items", f"file://{request}", *encoding)
            left = ((answer or {}).get("UnprocessedItems") or {}).get(table, [])
        print(f"{min(start + BATCH, len(requests))} of {len(requests)} written")


def restore(cloud, table, source, partition=None, overwrite=False, execute=False):
    """Compares and, when asked to, puts back and deletes; answers how many items were."""
    here, copy = items(cloud, table, partition), items(cloud, source, partition)
    if partition and not copy:
        raise CloudError(f"the copy has nothing of {partition}")
    found = dict(zip(("missing", "differs", "surplus"), compared(here, copy)))
    for word, keys in found.items():
        for name, count in sorted(Counter(pk for pk, _ in keys).items()):
            print(f"{word} {name}: {count} items")
    missing, differing, surplus = map(len, found.values())
    print(f"{len(here)} items, {len(copy)} in the copy: {missing} missing, {differing} differ, {surplus} surplus")
    wanted, unwanted = chosen(here, copy, partition, overwrite)
    print(f"{len(wanted)} to put back, {len(unwanted)} to delete")
    if not execute:
        return 0
    # What was sent comes first: a case that comes back is announced, and no person shall be told twice.
    wanted.sort(key=lambda key: SENT not in key[0])
    puts = [{"PutRequest": {"Item": copy[key]}} for key in wanted]
    deletes = [{"DeleteRequest": {"Key": {"pk": here[key]["pk"], "sk": here[key]["sk"]}}} for key in unwanted]
    write(cloud, table, puts + deletes)
    return len(puts) + len(deletes)


def main(arguments):
    parser = argparse.ArgumentParser(description="Compares a table with a restored copy and puts back what was lost.")
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--region", required=True, help="such as cn-north-1")
    parser.add_argument("--source", required=True, help="the table that was restored")
    parser.add_argument("--table", default="CasesTable", choices=["CasesTable", "DirectoryTable"], help="of the stack")
    parser.add_argument("--partition", help="only this partition, such as shinan#K7M39QXD")
    parser.add_argument("--overwrite", action="store_true", help="put back what differs and delete what was added, too")
    parser.add_argument("--execute", action="store_true", help="do it; without this it is only compared")
    options = parser.parse_args(arguments)
    if not all((options.stack, options.region, options.source)):
        raise CloudError("say which, where and from what: STACK=zhitiao REGION=cn-north-1 FROM=table, for example")
    cloud = Cloud(options.region)
    table = cloud.resource(options.stack, options.table)
    restore(cloud, table, options.source, options.partition, options.overwrite, options.execute)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"restore: {refusal}")
