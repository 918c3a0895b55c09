"""Tells the story of one case by its number, or all that the service holds about one member of staff.

Operators see no case: of events, photos, deliveries and log lines it shows times, kinds and ids, and nothing that a person
wrote. Used by `make story`.
"""

import argparse
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud import Cloud, CloudError  # noqa: E402 - found beside this file

SHANGHAI = timezone(timedelta(hours=8))
# A case id has eight characters; its number adds a check character, and dashes for people.
NUMBER = re.compile(r"([0-9A-HJKMNP-TV-Z]{8})[0-9A-Z*~$=]?")
# What may be shown of a value: ids and kinds. Whatever a person wrote has a space, a sign or another script.
SHOWN = re.compile(r"[a-z0-9][a-z0-9_.#:-]{0,63}")
LOG_FIELDS = ("service", "level", "message", "route", "status", "code", "rung", "channel", "request_id")


def case_id(number):
    """The id in a number: without dashes and without the check character; typed O, I and L count as people mean them."""
    plain = number.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    found = NUMBER.fullmatch(plain)
    if not found:
        raise CloudError(f"{number!r} is no case number: such as K7M3-9QXD-5")
    return found[1]


def plain(value):
    """A value of DynamoDB as Python has it."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {key: plain(one) for key, one in inner.items()}
    if kind == "L":
        return [plain(one) for one in inner]
    if kind == "N":
        return float(inner) if "." in inner else int(inner)
    return None if kind == "NULL" else "…" if kind == "B" else inner


def items(cloud, table, partition):
    """The items of a partition, by sort key."""
    values = json.dumps({":pk": {"S": partition}})
    answer = cloud.call(
        *("dynamodb", "query", "--table-name", table, "--key-condition-expression", "pk = :pk"),
        *("--expression-attribute-values", values, "--consistent-read"),
    )
    return {item["sk"]["S"]: {key: plain(one) for key, one in item.items()} for item in answer["Items"]}


def shown(value):
    """The ids and kinds within a value, and nothing that a person wrote."""
    if isinstance(value, dict):
        parts = [f"{key} {inner}" if inner else "" for key, one in value.items() if (inner := shown(one)) or one == {}]
        return " ".join(part for part in parts if part)
    if isinstance(value, list):
        return " ".join(filter(None, map(shown, value)))
    if isinstance(value, bool) or value is None:
        return str(value).lower() if value else ""
    text = str(value)
    return text if SHOWN.fullmatch(text) else ""


def kind(what):
    """The kind of something: its tag, or the one key that it has."""
    if isinstance(what, str):
        return what
    if isinstance(what, dict):
        return str(what.get("kind") or what.get("type") or next(iter(what), "?"))
    return "?"


def moment(millis):
    """A time as people of the district read it."""
    return datetime.fromtimestamp(millis / 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def of_case(cloud, stack, district, number, days):
    """The lines of a case's story, in order of time."""
    case = case_id(number)
    table = cloud.resource(stack, "CasesTable")
    found = items(cloud, table, f"{district}#{case}")
    if "#" not in found:
        raise CloudError(f"there is no case {case} in {district}")
    told = []
    for key, item in found.items():
        if key.startswith("EVENT#"):
            told.append((item["at"], "event", f"{int(key[6:])} {kind(item['what'])} by {shown(item['who'])}: {shown(item['what'])}"))
        elif key.startswith("PHOTO#"):
            # Where it was taken stays out.
            told.append((item["at"], "photo", f"{key[6:]} {shown(item['what'].get('state') or kind(item['what']))}"))
    for key, item in items(cloud, table, f"{district}#SENT#{case}").items():
        at = item.get("at") or item.get("dn") or 0
        told.append((at, "delivery", f"{key.removeprefix('DELIVERY#')} {shown(item.get('state'))}".strip()))
    for key, item in items(cloud, table, f"{district}#CONTACT#{case}").items():
        if key.startswith("READ#"):
            told.append((int(key.split("#")[1]), "contact", f"read by {item['by']} of {item['unit']}"))
    told += logged(cloud, stack, case, days)
    head = found["#"]
    rows = sorted(key for key in found if key.startswith(("ASSIGN#", "HELD", "SUPERVISED")))
    first = f"case {case}: {shown({key: head.get(key) for key in ('cm', 'un', 'ca', 'st', 'ti') if head.get(key)})}"
    return [first, *(f"row {row}" for row in rows), *(f"{moment(at)}  {what:9}{text}" for at, what, text in sorted(told))]


def logged(cloud, stack, case, days):
    """The log lines of a case."""
    since = int((datetime.now(timezone.utc) - timedelta(days=days)).timestamp() * 1000)
    groups = cloud.call("logs", "describe-log-groups", "--log-group-name-prefix", f"/aws/lambda/{stack}/")["logGroups"]
    for group in groups:
        answer = cloud.call(
            *("logs", "filter-log-events", "--log-group-name", group["logGroupName"], "--start-time", str(since)),
            *("--filter-pattern", f'{{ $.case_id = "{case}" }}'),
        )
        for event in answer["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            # Some emulators take no notice of the pattern.
            if line.get("case_id") == case:
                yield event["timestamp"], "log", " ".join(str(line[name]) for name in LOG_FIELDS if name in line)


def of_staff(cloud, stack, district, person):
    """What the service holds about a member of staff, and what has to be done before the person leaves."""
    directory = items(cloud, cloud.resource(stack, "DirectoryTable"), district)
    me = directory.get(f"STAFF#{person}")
    if me is None:
        raise CloudError(f"the directory of {district} has no {person}")
    staff = {key[6:]: one for key, one in directory.items() if key.startswith("STAFF#")}
    yield f"{person}: signs in as {me.get('subject', person)}"
    todo = []
    for post in me["posts"]:
        others = [name for name, one in staff.items() if name != person and post in one["posts"]]
        yield f"post: {post['role']} of {post['unit']}, also held by {', '.join(sorted(others)) or 'nobody'}"
        if not others:
            todo.append(f"give the post {post['role']} of {post['unit']} to another person, or its reminders reach nobody")
    for name, one in sorted(staff.items()):
        if one.get("deputy") == person:
            yield f"stands in for {name}"
            todo.append(f"name another deputy for {name}")
    if me.get("deputy"):
        yield f"deputy: {me['deputy']}"
    for days in me.get("absences", ()):
        yield f"absent: {days['from']} to {days['to']}"
    audit = items(cloud, cloud.resource(stack, "DirectoryTable"), f"{district}#AUDIT")
    for key, change in sorted(audit.items()):
        about = f'"{person}"' in json.dumps(change["what"], ensure_ascii=False)
        if change["by"] == person or about:
            yield f"{moment(change['at'])}  change {int(key[7:])} by {change['by']}: {kind(change['what'])}"
    hours = items(cloud, cloud.resource(stack, "CasesTable"), f"{district}#RATE#{person}")
    yield f"messages counted in {len(hours)} hours"
    yield "Cases name the person as author of events. These stay: they are the record of what the district did."
    if me["posts"]:
        todo.append(f'send PUT /v1/directory/staff/{person} with "posts": []')
    for number, line in enumerate(todo, 1):
        yield f"before the person leaves ({number}): {line}"


def main(arguments):
    parser = argparse.ArgumentParser(description="The story of a case, or all about a member of staff.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--number", default="", help="the number of a case")
    parser.add_argument("--staff", default="", help="the id of a member of staff")
    parser.add_argument("--days", type=int, default=30, help="how far back log lines are searched for")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region or bool(options.number) == bool(options.staff):
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1, and NUMBER=K7M3-9QXD-5 or STAFF=wang.fang")
    cloud = Cloud(options.region)
    (found,) = cloud.call("cloudformation", "describe-stacks", "--stack-name", options.stack)["Stacks"]
    district = next(one["ParameterValue"] for one in found["Parameters"] if one["ParameterKey"] == "District")
    if options.number:
        lines = of_case(cloud, options.stack, district, options.number, options.days)
    else:
        lines = of_staff(cloud, options.stack, district, options.staff)
    print("\n".join(lines))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"story: {refusal}")
