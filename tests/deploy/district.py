"""The district of infra/seed: writes it into a stack's directory table, and finds people in it for the story."""

import decimal
import json

from boto3.dynamodb.types import TypeSerializer

from stack import ROOT

FOLDER = ROOT / "infra" / "seed"

# The largest batch that DynamoDB takes.
BATCH = 25


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(), parse_float=decimal.Decimal)


def items():
    """The sort key and the content of every item, as `zhitiao_store::DirectoryData` has them."""
    for kind, name in (("UNIT", "units"), ("STAFF", "staff"), ("CATEGORY", "categories")):
        for one in read(name):
            yield f"{kind}#{one['id']}", one
    for kind, name in (("PROMISES", "promises"), ("CALENDAR", "calendar")):
        one = read(name)
        yield f"{kind}#{one['version']:06}", one


def seed(stack):
    """Writes the district into the directory table of a stack."""
    table, tenant = stack.output("DirectoryTableName"), stack.names["District"]
    write = TypeSerializer().serialize
    puts = [
        {"PutRequest": {"Item": {name: write(value) for name, value in {**one, "pk": tenant, "sk": key}.items()}}}
        for key, one in items()
    ]
    client = stack.emulator.client("dynamodb")
    for first in range(0, len(puts), BATCH):
        left = {table: puts[first : first + BATCH]}
        while left:
            left = client.batch_write_item(RequestItems=left).get("UnprocessedItems")


def officer():
    """A person at the desk of a community, and the community."""
    communities = {unit["id"] for unit in read("units") if unit["kind"] == "community"}
    for person in read("staff"):
        for post in person["posts"]:
            if post["role"] == "desk_officer" and post["unit"] in communities:
                return person["id"], post["unit"]
    raise LookupError("infra/seed has no desk officer")


def operator():
    """A person who keeps the directory."""
    return next(one["id"] for one in read("staff") if any(post["role"] == "operator" for post in one["posts"]))


def category():
    """A kind of thing that is reported."""
    return read("categories")[0]["id"]
