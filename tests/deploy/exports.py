"""What DynamoDB's export to S3 writes, for an emulator that answers the call and writes nothing (ministack 1.5.33).

The files are those of AWS's documentation: a summary, a list of data files with their MD5, and the items as DynamoDB's
JSON, one a line, compressed.
"""

import base64
import gzip
import hashlib
import json
import time


def export(emulator, given, items):
    """Writes an export of items by the request that a schedule sends; answers where."""
    identity = f"{time.time_ns() // 1_000_000:014}-0a1b2c3d"
    place = f"{given['S3Prefix']}/AWSDynamoDB/{identity}"
    half = (len(items) + 1) // 2
    files, rows = {}, []
    for number, part in enumerate((items[:half], items[half:])):
        lines = "".join(json.dumps({"Item": item}, ensure_ascii=False) + "\n" for item in part)
        name, data = f"{place}/data/part{number}.json.gz", gzip.compress(lines.encode())
        checksum = base64.b64encode(hashlib.md5(data).digest()).decode()
        rows.append({"itemCount": len(part), "md5Checksum": checksum, "etag": "0-1", "dataFileS3Key": name})
        files[name] = data
    summary = {
        "version": "2020-06-30", "tableArn": given["TableArn"], "s3Bucket": given["S3Bucket"], "s3Prefix": given["S3Prefix"],
        "manifestFilesS3Key": f"{place}/manifest-files.json", "itemCount": len(items), "outputFormat": "DYNAMODB_JSON",
    }
    files[f"{place}/manifest-files.json"] = "".join(json.dumps(row) + "\n" for row in rows).encode()
    files[f"{place}/manifest-summary.json"] = json.dumps(summary).encode()
    for key, body in files.items():
        emulator.client("s3").put_object(Bucket=given["S3Bucket"], Key=key, Body=body)
    return place
