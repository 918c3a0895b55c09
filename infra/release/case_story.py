"""Tells the story of one case by its number, or all that the service holds about one member of staff.

Operators see no case: of events, photos, deliveries and log lines it shows times, kinds and ids, and nothing that a
person wrote. What may be shown is decided by the name of a field and never by its value. Used by `make story`.
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
# The fields of what is stored that hold ids, kinds, numbers and moments. Every other field stays out.
SHOWN = frozenset(
    # Of an author, an event and a photo.
    "by id unit kind from to person category tier published step publication matter hold waits_for budget_line "
    "review_at received_at due_at due_version scheduled_at superseded clock rung requester approver proposer cause "
    "children into photo photos withheld hidden_photos hidden_events evidence version promise state "
    "outcome satisfied code "
    # By what a promise was extended.
    "elapsed_minutes work_minutes work_days calendar_days "
    # Of the head: community, unit, category, state and tier.
    "cm un ca st ti".split()
)
# The fields in which people write, or which repeat such words. A test holds every field of an event to one of the two.
WRITTEN = frozenset("text reason words statement signature authority".split())
# What an id, a kind, a number or a moment looks like: a second lock, after the name of the field.
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.#:+-]{0,63}")
LOG_FIELDS = ("service", "level", "message", "route", "status", "code", "rung", "channel", "request_id")


def case_id(number):
    """The id in a number: without dashes and check character; typed O, I and L are read as 0 and 1."""
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


def shown(fields):
    """Those of some fields that may be shown, with their names."""
    return " ".join(f"{name} {text}" for name, value in fields.items() if name in SHOWN and (text := _told(value)))


def _told(value):
    """The value of a field that may be shown."""
    if isinstance(value, dict):
        return shown(value)
    if isinstance(value, list):
        return " ".join(filter(None, map(_told, value)))
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if PLAIN.fullmatch(text) else ""


def kind(what):
    """The kind of something that happened."""
    return _told(what.get("kind")) or "?"


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
            told.append((item["at"], "event", event(int(key.removeprefix("EVENT#")), item)))
        elif key.startswith("PHOTO#"):
            # Where it was taken stays out.
            state = shown({"state": item["what"].get("state")})
            told.append((item["at"], "photo", f"{key.removeprefix('PHOTO#')} {state}".strip()))
    for key, item in items(cloud, table, f"{district}#SENT#{case}").items():
        at = item.get("at") or item.get("dn") or 0
        state = shown({"state": item.get("state")})
        told.append((at, "delivery", f"{key.removeprefix('DELIVERY#')} {state}".strip()))
    for key, item in items(cloud, table, f"{district}#CONTACT#{case}").items():
        if key.startswith("READ#"):
            told.append((int(key.split("#")[1]), "contact", f"read by {item['by']} of {item['unit']}"))
    told += logged(cloud, stack, case, days)
    head = found["#"]
    rows = sorted(key for key in found if key.startswith(("ASSIGN#", "HELD", "SUPERVISED")))
    first = f"case {case}: {shown({name: head.get(name) for name in ('cm', 'un', 'ca', 'st', 'ti')})}"
    lines = [f"{moment(at)}  {what:9}{text}" for at, what, text in sorted(told)]
    return [first, *(f"row {row}" for row in rows), *lines]


def event(number, item):
    """One event: its number, what happened, by whom, and the ids in it."""
    what = item["what"]
    rest = shown({name: value for name, value in what.items() if name != "kind"})
    return f"{number} {kind(what)} {shown(item['who'])}" + (f": {rest}" if rest else "")


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
            named = f"{post['role']} of {post['unit']}"
            todo.append(f"give the post {named} to another person, or its reminders reach nobody")
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
