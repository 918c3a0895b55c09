"""Compares a table of a stack with a restored copy of it and puts back what was lost. Used by `make restore`.

The stack keeps its own table, with stream, alarms and rights, and gets the items back: what the copy has and the table
has not, and with --overwrite also what differs. What was written since stays. Without --execute it only compares.
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
    """The keys that are missing here, and those whose items differ."""
    missing = sorted(key for key in copy if key not in here)
    differing = sorted(key for key in copy if key in here and here[key] != copy[key])
    return missing, differing


def put(cloud, table, wanted):
    """Writes items, 25 at a time, until all are written."""
    for start in range(0, len(wanted), BATCH):
        left = [{"PutRequest": {"Item": item}} for item in wanted[start : start + BATCH]]
        while left:
            with tempfile.TemporaryDirectory() as folder:
                request = Path(folder, "items.json")
                request.write_text(json.dumps({table: left}), "utf-8")
                # Version 1 of the CLI has no such option and would store binary attributes encoded twice: it must fail.
                encoding = ("--cli-binary-format", "base64")
                answer = cloud.call("dynamodb", "batch-write-item", "--request-items", f"file://{request}", *encoding)
            left = ((answer or {}).get("UnprocessedItems") or {}).get(table, [])
        print(f"{min(start + BATCH, len(wanted))} of {len(wanted)} put back")


def restore(cloud, table, source, partition=None, overwrite=False, execute=False):
    """Compares and, when asked to, puts back; answers how many items were."""
    here, copy = items(cloud, table, partition), items(cloud, source, partition)
    missing, differing = compared(here, copy)
    for word, keys in (("missing", missing), ("differs", differing)):
        for name, count in sorted(Counter(pk for pk, _ in keys).items()):
            print(f"{word} {name}: {count} items")
    print(f"{len(here)} items, {len(copy)} in the copy: {len(missing)} missing, {len(differing)} differ")
    keys = missing + differing if overwrite else missing
    if not execute or not keys:
        return 0
    put(cloud, table, [copy[key] for key in keys])
    return len(keys)


def main(arguments):
    parser = argparse.ArgumentParser(description="Compares a table with a restored copy and puts back what was lost.")
    parser.add_argument("--stack", required=True, help="name of the stack")
    parser.add_argument("--region", required=True, help="such as cn-north-1")
    parser.add_argument("--source", required=True, help="the table that was restored")
    parser.add_argument("--table", default="CasesTable", choices=["CasesTable", "DirectoryTable"], help="of the stack")
    parser.add_argument("--partition", help="only this partition, such as shinan#K7M39QXD")
    parser.add_argument("--overwrite", action="store_true", help="put back what differs, too")
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
