"""All data of a district as items and photos: read out of a stack, hashed, and put into a stack.

Shared by `make handover`, `make takeover` and `make recover`. Items are DynamoDB's JSON. Channels stay behind: they are
addresses and keys of real people, whom neither a practice nor a successor may send to. The hash of a table is that of
its lines in the order of their keys: two stacks with the same items have the same hash.
"""

import hashlib
import json
from collections import namedtuple

import creation
import restore
from cloud import CloudError

TABLES = {"CasesTable": "cases.jsonl", "DirectoryTable": "directory.jsonl"}
# What was sent or shown comes first: the stream announces a case that comes, and no person shall be told twice.
FIRST = ("#SENT#", "#INBOX#", "#RATE#")

Parts = namedtuple("Parts", "district tables photos")


def parts(cloud, stack):
    """The district of a stack, its tables by logical id, and its bucket of photos."""
    values = creation.values(creation.existing(cloud, stack))
    if values is None:
        raise CloudError(f"there is no stack {stack}")
    tables = {logical: cloud.resource(stack, logical) for logical in TABLES}
    return Parts(values["District"], tables, cloud.resource(stack, "PhotosBucket"))


def is_of(district, pk):
    """Whether a partition is of the district, and may go elsewhere."""
    return pk == district or pk.startswith(f"{district}#") and pk != f"{district}#CHANNELS"


def items(cloud, table, district):
    """All items of the district in a table, by key."""
    values = json.dumps({":d": {"S": district}, ":p": {"S": f"{district}#"}})
    answer = cloud.call(
        *("dynamodb", "scan", "--table-name", table, "--consistent-read"),
        *("--filter-expression", "pk = :d OR begins_with(pk, :p)", "--expression-attribute-values", values),
    )
    return by_key(item for item in answer["Items"] if is_of(district, item["pk"]["S"]))


def by_key(found):
    """Items by partition and sort key."""
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def lines(found):
    """Items as JSON Lines in the order of their keys, each spelled in one way only."""
    return "".join(line(found[key]) + "\n" for key in sorted(found))


def line(item):
    """An item as one line: names in order, and the members of a set, which have none."""
    return json.dumps(ordered(item), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def ordered(value):
    """A value with its sets in order."""
    if isinstance(value, list):
        return [ordered(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: sorted(one) if name in ("SS", "NS", "BS") and isinstance(one, list) else ordered(one)
            for name, one in value.items()}


def table_hash(found):
    """The hash of a table's items."""
    return hashlib.sha256(lines(found).encode()).hexdigest()


def refuse_unless_empty(found, copy):
    """Refuses to mix two districts' lives: a stack that has cases which the copy does not have."""
    strange = sorted(pk for pk, sk in found if sk == restore.HEAD and (pk, sk) not in copy)
    if strange:
        shown = ", ".join(strange[:5])
        raise CloudError(f"the stack has {len(strange)} cases that the copy does not have ({shown}): take a stack without any")


def put(cloud, table, found, copy):
    """Writes what is missing or differs; answers how many items that were."""
    wanted = sorted((key for key, item in copy.items() if ordered(found.get(key)) != ordered(item)),
                    key=lambda key: (not any(word in key[0] for word in FIRST), key))
    restore.write(cloud, table, [{"PutRequest": {"Item": copy[key]}} for key in wanted])
    return len(wanted)


def verified(name, here, copy):
    """A line on how a table compares with the copy after all was written; refuses when something is missing."""
    missing, differing, surplus = restore.compared({key: ordered(one) for key, one in here.items()},
                                                   {key: ordered(one) for key, one in copy.items()})
    if missing:
        raise CloudError(f"{name}: {len(missing)} items are still missing, such as {missing[0]}: run it again")
    if here.keys() == copy.keys() and not differing:
        return f"{name}: {len(copy)} items, the same hash {table_hash(here)}"
    mine = len(here.keys() - copy.keys())
    return (f"{name}: {len(copy)} items, all there; the service has moved {len(differing)} of them on since, and has "
            f"{mine} of its own")


def etags(cloud, bucket, prefix):
    """What a bucket has under a prefix: {key: hash}; S3 hashes what is put in one piece by MD5."""
    answer = cloud.call("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", prefix) or {}
    return {one["Key"]: one["ETag"].strip('"') for one in answer.get("Contents", ())}
