"""Schedule expressions as EventBridge takes them: `rate(...)`, `cron(...)` of six fields, `at(...)`."""

import re
from datetime import datetime

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
# Name, least and greatest number, words for the numbers, pattern of what the field takes besides.
FIELDS = (
    ("minutes", 0, 59, (), None),
    ("hours", 0, 23, (), None),
    ("day of month", 1, 31, (), r"\?|L|LW|L-\d{1,2}|\d{1,2}W"),
    ("month", 1, 12, MONTHS, None),
    ("day of week", 1, 7, DAYS, r"\?|L|[1-7]L|[1-7]#[1-5]"),
    ("year", 1970, 2199, (), None),
)


def defect(expression):
    """What is wrong with an expression, with the remedy; None if nothing is."""
    kind, _, rest = expression.partition("(")
    checks = {"rate": _rate, "cron": _cron, "at": _at}
    if kind not in checks or not rest.endswith(")"):
        return "write rate(...), cron(...) or at(...)"
    return checks[kind](rest[:-1])


def _rate(inside):
    parts = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", inside)
    if not parts:
        return "write rate(<number> <minutes, hours or days>)"
    if (parts[1] == "1") == bool(parts[3]):
        return f"write rate({parts[1]} {parts[2]}{'' if parts[1] == '1' else 's'})"
    return None


def _at(inside):
    try:
        datetime.strptime(inside, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return "write at(yyyy-mm-ddThh:mm:ss)"
    return None


def _cron(inside):
    parts = inside.split()
    if len(parts) != len(FIELDS):
        return "write six fields: minutes, hours, day of month, month, day of week, year"
    if (parts[2] == "?") == (parts[4] == "?"):
        return "write ? in exactly one of day of month and day of week"
    for part, field in zip(parts, FIELDS):
        if not all(_fits(entry, field) for entry in part.split(",")):
            return f"mend the {field[0]}, {part}"
    return None


def _fits(entry, field):
    _, least, greatest, words, special = field
    if special and re.fullmatch(special, entry):
        return True
    span, _, step = entry.partition("/")
    if "/" in entry and not (step.isdigit() and int(step) > 0):
        return False
    ends = [str(words.index(end) + 1) if end in words else end for end in span.split("-")]
    if ends == ["*"]:
        return True
    return len(ends) <= 2 and all(end.isdigit() and least <= int(end) <= greatest for end in ends)
