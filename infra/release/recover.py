"""Puts the second copy of a stack into a stack: an export of both tables, and the photos. Used by `make recover`.

It reads the exports of DynamoDB as BackupBucket holds them, checks each file against the manifest, and compares. With
--execute it writes what the stack does not have, and compares again by hash.
"""

import argparse
import base64
import gzip
import hashlib
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import copies  # noqa: E402 - found beside this file
from cloud import Cloud, CloudError  # noqa: E402

SUMMARY = "/manifest-summary.json"


def export_of(cloud, bucket, source, logical, wanted=None):
    """The prefix of the newest finished export of a table, or of the one that is named."""
    prefix = f"exports/{source}/{logical}/AWSDynamoDB/"
    answer = cloud.call("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", prefix) or {}
    # The summary is written last: an export without one is not finished.
    done = {one["Key"].removesuffix(SUMMARY): one["LastModified"]
            for one in answer.get("Contents", ()) if one["Key"].endswith(SUMMARY)}
    if wanted:
        done = {place: when for place, when in done.items() if place.endswith(f"/{wanted}")}
    if not done:
        raise CloudError(f"{bucket} has no finished export of {logical} of {source}" + (f" named {wanted}" if wanted else ""))
    return max(done, key=lambda place: str(done[place]))


def exported(folder, place):
    """The items of an export that lies in a folder, each file checked against the manifest."""
    summary = json.loads((folder / "manifest-summary.json").read_text("utf-8"))
    if summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise CloudError(f"{place} is in the format {summary['outputFormat']}: it must be DYNAMODB_JSON")
    found = []
    for row in (folder / "manifest-files.json").read_text("utf-8").splitlines():
        file = json.loads(row)
        data = (folder / "data" / file["dataFileS3Key"].rsplit("/", 1)[-1]).read_bytes()
        if base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode() != file["md5Checksum"]:
            raise CloudError(f"{file['dataFileS3Key']} is not what the manifest says: take another export (EXPORT=)")
        read = [json.loads(one)["Item"] for one in gzip.decompress(data).decode().splitlines()]
        if len(read) != file["itemCount"]:
            raise CloudError(f"{file['dataFileS3Key']} has {len(read)} items, and the manifest says {file['itemCount']}")
        found += read
    if len(found) != summary["itemCount"]:
        raise CloudError(f"{place} has {len(found)} items, and its summary says {summary['itemCount']}")
    return copies.by_key(found)


def fetched(cloud, bucket, place):
    """The items of an export in the bucket."""
    with tempfile.TemporaryDirectory() as folder:
        cloud.text("s3", "cp", "--recursive", "--quiet", f"s3://{bucket}/{place}/", folder)
        return exported(Path(folder), place)


def table(cloud, options, parts, logical):
    """Recovers one table; answers a line that says how it compares."""
    place = export_of(cloud, options.bucket, options.source, logical, options.export)
    everything = fetched(cloud, options.bucket, place)
    copy = {key: item for key, item in everything.items() if copies.is_of(parts.district, key[0])}
    print(f"{logical}: {place} has {len(copy)} items of {parts.district}" +
          (f", and {len(everything) - len(copy)} of others" if len(copy) != len(everything) else ""))
    if not copy:
        raise CloudError(f"the export has nothing of {parts.district}: recover into a stack of the district that it is of")
    here = copies.items(cloud, parts.tables[logical], parts.district)
    if logical == "CasesTable":
        copies.refuse_unless_empty(here, copy)
    if not options.execute:
        missing = len(copy.keys() - here.keys())
        return f"{logical}: {missing} items would be written that are missing, and those put back that differ"
    copies.put(cloud, parts.tables[logical], here, copy)
    return copies.verified(logical, copies.items(cloud, parts.tables[logical], parts.district), copy)


def photos(cloud, options, parts):
    """Recovers the photos; answers a line that says how they compare."""
    prefix = f"{parts.district}/"
    copy = copies.etags(cloud, options.bucket, prefix)
    if options.execute:
        cloud.text("s3", "sync", "--quiet", f"s3://{options.bucket}/{prefix}", f"s3://{parts.photos}/{prefix}")
    here = copies.etags(cloud, parts.photos, prefix)
    missing = [key for key in copy if key not in here]
    other = [key for key in copy if key in here and here[key] != copy[key]]
    if options.execute and (missing or other):
        raise CloudError(f"photos: {len(missing)} are missing and {len(other)} differ, such as {(missing + other)[0]}")
    return f"photos: {len(copy)} in the copy, {len(missing)} missing, {len(other)} differ"


def recover(cloud, options):
    """The whole of it."""
    parts = copies.parts(cloud, options.stack)
    # The directory first: a case without it shows no names.
    done = [table(cloud, options, parts, logical) for logical in ("DirectoryTable", "CasesTable")]
    print("\n".join([*done, photos(cloud, options, parts)]))
    if not options.execute:
        print("Nothing was changed: EXECUTE=1 does it.")


def main(arguments):
    parser = argparse.ArgumentParser(description="Puts the second copy of a stack into a stack.")
    parser.add_argument("--stack", required=True, help="the stack that gets the data")
    parser.add_argument("--region", required=True)
    parser.add_argument("--bucket", required=True, help="BackupBucket, where the second copy lies")
    parser.add_argument("--source", help="the stack that the copy is of; the same name when it is left out")
    parser.add_argument("--export", help="the id of an export; the newest when it is left out")
    parser.add_argument("--execute", action="store_true", help="do it; without this it is only compared")
    options = parser.parse_args(arguments)
    if not all((options.stack, options.region, options.bucket)):
        raise CloudError("say which, where and from what: STACK=zhitiao REGION=cn-north-1 FROM=bucket, for example")
    options.source = options.source or options.stack
    recover(Cloud(options.region), options)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"recover: {refusal}")
